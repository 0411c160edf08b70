//! One site: what is remembered of it, what a report changes, and which alerts start by it.

mod alerts;
mod assessment;
mod banks;
mod changes;
mod daily;
mod forbidden;
mod joint;
mod past_threats;
mod places;
mod scattered;
mod sighting;
mod visitors;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ObservedReport;
use super::alert::{Alert, AlertKind, Episode, Severity};
use super::audience::Audience;
use super::collectors::Collectors;
use super::destination_state::DestinationState;
use super::destinations::{DestinationKey, SiteDestinations};
use super::digest::Digest;
use super::exported::SeenFinding;
use super::findings::Findings;
use super::flood::NewDestinations;
use super::forbidden::Forbidden;
use super::issuers::{Issuers, NewIssuers};
use super::missing_hosts::MissingHosts;
use super::newcomers::Newcomers;
use super::noted_releases::NotedReleases;
use super::one_network::WatchedNetworks;
use super::origins::Origins;
use super::page_views::PageViews;
use super::placed_by::PlacedBy;
use super::policies::Policies;
use super::recent_decisions::RECENT_DECISION;
use super::report_rate::ReportRate;
use super::scattered::Scattered;
use super::scripts::Scripts;
use super::unapproved_scripts::UnapprovedScripts;
use super::unplaced::Unplaced;
use super::wrappers::Wrappers;
use crate::base::client_id::NetworkId;
use crate::base::clock::Timestamp;
use crate::base::collections::{HashMap, HashSet};
use crate::base::limits;
use crate::decisions::{Approvals, SeenAt};
use crate::journal::Row;
use crate::pipeline::judge::Site;
use crate::report::{Kind, Verdict};
use assessment::Postponed;
use past_threats::PastThreat;

/// What is remembered of one site.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SiteState {
    /// The unknown destinations of the site.
    pub destinations: SiteDestinations,
    pub(super) scripts: Scripts,
    pub(super) unapproved_scripts: UnapprovedScripts,
    pub(super) policies: Policies,
    findings: Findings,
    /// Code of payment pages that their policies do not allow; its names are hashes.
    pub(super) code: SiteDestinations,
    code_findings: Findings,
    /// The destinations of drills. They are apart from all else, so that a drill changes nothing that is known of the site.
    #[serde(skip)]
    drills: SiteDestinations,
    /// For the words of alerts.
    #[serde(skip)]
    pub(super) releases: NotedReleases,
    new_destinations: NewDestinations,
    /// The visitors of each page group.
    audiences: HashMap<Arc<str>, Audience>,
    /// The visitors of all payment pages together, and what they report; empty where the site has one page group of these.
    buyers: Audience,
    joint: SiteDestinations,
    collectors: Collectors,
    issuers: HashMap<Arc<str>, Issuers>,
    new_issuers: NewIssuers,
    origins: Origins,
    /// Visits of pages where cards are entered that brought a destination of their own.
    scattered: HashMap<Arc<str>, Scattered>,
    wrappers: Wrappers,
    digest: Digest,
    rates: HashMap<Arc<str>, ReportRate>,
    newcomers: HashMap<Arc<str>, Newcomers>,
    watched_networks: WatchedNetworks,
    missing_hosts: MissingHosts,
    /// What the configuration expects and the policies forbid.
    forbidden: Forbidden,
    /// The site's configuration; `None` where it has none.
    #[serde(skip)]
    pub(super) configured: Option<Arc<Site>>,
    #[serde(skip)]
    page_views: PageViews,
    #[serde(skip)]
    unplaced: Unplaced,
    #[serde(skip)]
    postponed: Postponed,
    flood: Episode,
    /// Card numbers in URLs that do not go to an unknown destination, by page group.
    cards: HashMap<Arc<str>, Episode>,
    /// Failed or missing integrity, by page group and the script's domain.
    integrity: HashMap<DestinationKey, Episode>,
    /// Destinations that were reported before a threat list had them.
    past_threats: HashMap<DestinationKey, PastThreat>,
    /// What limited approvals made forgotten lately, and when.
    settled_parts: HashMap<DestinationKey, Timestamp>,
}

/// One report, with what several of the methods need of it.
struct Observation<'a> {
    report: &'a ObservedReport<'a>,
    row: &'a Row<'a>,
    group: Arc<str>,
    /// The page group with cards that its path looks like.
    resembled: Option<Arc<str>>,
    placed_by: PlacedBy,
    network: NetworkId,
    now: Timestamp,
}

impl SiteState {
    pub(super) fn observe(
        &mut self,
        report: &ObservedReport<'_>,
        approvals: &Approvals,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let observation = self.observation(report);
        let (row, now) = (observation.row, observation.now);
        if !report.taken_elsewhere {
            self.note_visitor(&observation);
        }
        self.assess_postponed(now, on_alert);
        self.note_page(&observation, on_alert);
        match row.kind {
            Kind::Csp => self.learn_policy(&observation, on_alert),
            Kind::CspHash => {
                self.learn_script(&observation, on_alert);
                self.assess_waiting(observation.network, now, on_alert);
                self.count_scattered(&observation, on_alert);
                self.check_approval(&observation, approvals, on_alert);
            }
            Kind::InlineHash => self.check_approval(&observation, approvals, on_alert),
            Kind::Census => {
                self.assess_waiting(observation.network, now, on_alert);
                self.count_scattered(&observation, on_alert);
            }
            Kind::Integrity | Kind::SriFailure => self.note_integrity(&observation, on_alert),
            _ => {}
        }
        if matches!(row.verdict, Verdict::Known | Verdict::Own) {
            self.note_expected(&observation, on_alert);
        }
        let is_unknown = matches!(row.verdict, Verdict::Unknown | Verdict::Impossible);
        if is_unknown && !row.destination.is_empty() {
            self.note_contact(&observation, on_alert);
        } else if row.verdict == Verdict::Inline && row.payment && sighting::is_code(row) {
            self.note_code(&observation, on_alert);
        } else if row.leaks_card_number() {
            self.note_card(&observation, on_alert);
        }
    }

    /// Learns a report of a drill.
    pub(super) fn observe_drill(
        &mut self,
        report: &ObservedReport<'_>,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let observation = self.observation(report);
        self.note_drill(&observation, on_alert);
    }

    fn observation<'a>(&mut self, report: &'a ObservedReport<'a>) -> Observation<'a> {
        let ObservedReport { row, client, received: now, .. } = *report;
        Observation {
            report,
            row,
            group: self.group(row.page_group, now),
            resembled: self.resembled(row),
            placed_by: PlacedBy::Document,
            network: client.network(),
            now,
        }
    }

    /// The page group of that name. It begins a report rate when the page group is new, and allocates the name then only.
    fn group(&mut self, name: &str, now: Timestamp) -> Arc<str> {
        if let Some((group, _)) = self.rates.get_key_value(name) {
            return Arc::clone(group);
        }
        let group: Arc<str> = Arc::from(name);
        self.rates.insert(Arc::clone(&group), ReportRate::new(now));
        group
    }

    /// Forgets what is over, and raises an alert for each page group that has fallen silent.
    pub(super) fn check_silence(&mut self, now: Timestamp, mut on_alert: impl FnMut(Alert)) {
        if self.integrity.len() >= limits::DESTINATIONS_PER_SITE / 2 {
            self.integrity.retain(|_, episode| episode.is_active(now));
        }
        self.unapproved_scripts.forget_old(now);
        self.report_digest(now, &mut on_alert);
        self.report_issuers(now, &mut on_alert);
        self.place_waiting(now, &mut on_alert);
        self.assess_postponed(now, &mut on_alert);
        self.report_silence(now, &mut on_alert);
    }

    /// Goes on with an alert about a destination, if it was reported within a day.
    pub(super) fn recall(&mut self, page_group: &str, destination: &str, severity: Severity) {
        let key = DestinationKey::new(&Arc::from(page_group), destination);
        if let Some(state) = self.destinations.get_mut(&key) {
            state.severity = state.severity.max(Some(severity));
            state.episode.raise_to(severity);
        }
    }

    /// Forgets destinations, and returns those of each page group. `is_forgotten` gets a destination and where it was seen.
    pub(super) fn forget(
        &mut self,
        is_forgotten: impl Fn(&str, SeenAt<'_>) -> bool,
    ) -> HashSet<DestinationKey> {
        let mut forgotten = self.destinations.forget(&is_forgotten);
        self.joint.forget(&is_forgotten);
        self.drills.forget(&is_forgotten);
        self.findings.forget(|leader, last| {
            let seen = SeenAt { directives: &[], page_group: &leader.page_group, last };
            forgotten.contains(leader) || is_forgotten(&leader.destination, seen)
        });
        self.forbidden.forget(&is_forgotten);
        let past = self.past_threats.extract_if(|key, threat| {
            let seen = SeenAt { directives: &[], page_group: &key.page_group, last: threat.found };
            is_forgotten(&key.destination, seen)
        });
        forgotten.extend(past.map(|(key, _)| key));
        forgotten
    }

    /// Notes what limited approvals made forgotten, for as long as a decision is recent.
    pub(super) fn note_settled(
        &mut self,
        parts: impl Iterator<Item = DestinationKey>,
        now: Timestamp,
    ) {
        self.settled_parts.retain(|_, at| now.is_within(RECENT_DECISION, *at));
        for key in parts {
            if self.settled_parts.len() < limits::DECISION_SERIES {
                self.settled_parts.insert(key, now);
            }
        }
    }

    /// The destinations that limited approvals made forgotten on a page group within the last hour, and when.
    pub fn settled_parts(&self) -> impl Iterator<Item = (&DestinationKey, Timestamp)> {
        self.settled_parts.iter().map(|(key, at)| (key, *at))
    }

    /// For each page group the time after which silence is no chance any more, as far as its rate is known.
    pub fn silence_deadlines(&self) -> impl Iterator<Item = (&Arc<str>, Timestamp)> {
        self.rates.iter().filter_map(|(group, rate)| {
            let lack = self.newcomers.get(group).and_then(Newcomers::lack);
            let deadlines = [rate.silence_deadline(), lack.map(|lack| lack.deadline)];
            Some((group, deadlines.into_iter().flatten().min()?))
        })
    }

    /// When the policy of each page group changed last, and the effect of that change.
    pub fn policy_changes(&self) -> impl Iterator<Item = (&Arc<str>, &'static str, Timestamp)> {
        self.policies.changes()
    }

    /// When scripts changed last, by page group and host.
    pub fn script_changes(&self) -> impl Iterator<Item = (&Arc<str>, &str, Timestamp)> {
        self.scripts.changes()
    }

    /// When scripts that nobody approved were last reported, by page group and host.
    pub fn unapproved_scripts(&self) -> impl Iterator<Item = ((&Arc<str>, &str), Timestamp)> {
        self.unapproved_scripts.latest()
    }

    /// The findings about code that payment pages run though their policies do not allow it, at most `count`. Their names are
    /// hashes.
    pub fn unexpected_code(&self, count: usize) -> Vec<SeenFinding<'_>> {
        self.code.newest_findings(count)
    }

    /// Whether what was first reported then follows a release.
    pub fn follows_release(&self, first: Timestamp) -> bool {
        self.releases.before(first).is_some()
    }

    /// The latest drills that are alerts, at most `count`.
    pub fn drills(&self, count: usize) -> Vec<(&DestinationKey, &DestinationState)> {
        self.drills.foremost(count)
    }

    /// When the last digest was made that had something to say, and how many destinations it had.
    pub fn last_digest(&self) -> Option<(Timestamp, usize)> {
        self.digest.last
    }

    /// The hosts that the configuration lacks, and when each was last reported.
    pub fn missing_hosts(&self) -> impl Iterator<Item = (&str, Timestamp)> {
        self.missing_hosts.named()
    }

    /// When the site last had more new destinations than a site can have.
    pub fn last_flood(&self) -> Option<Timestamp> {
        self.flood.last()
    }
}

/// A ticket with one reason.
fn ticket(
    kind: AlertKind,
    group: &Arc<str>,
    destination: &str,
    reports: u64,
    reason: &str,
) -> Alert {
    Alert {
        kind,
        page_group: Arc::clone(group),
        destination: destination.to_owned(),
        severity: Severity::Ticket,
        reports,
        clients: 0,
        pages: Vec::new(),
        reasons: vec![reason.to_owned()],
        destinations: Vec::new(),
        score: None,
        evidence: Vec::new(),
    }
}

//! One site: what a report changes, and which alerts start by it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::alert::{Alert, AlertKind, Episode, QUIET, Severity};
use super::destination_state::SiteContext;
use super::destinations::{DestinationKey, SiteDestinations};
use super::policies::Policies;
use super::report_rate::ReportRate;
use super::scripts::Scripts;
use super::severity::{self, AlertReason};
use super::unapproved_scripts::UnapprovedScripts;
use super::witnesses::Witnesses;
use super::{ObservedReport, PastDestination};
use crate::base::client_id::{ClientId, NetworkId};
use crate::base::clock::Timestamp;
use crate::base::collections::HashMap;
use crate::base::domain::registrable;
use crate::base::limits;
use crate::csp::ReportedPolicy;
use crate::decisions::{ApprovalTarget, Approvals, ThreatLists};
use crate::journal::Row;
use crate::report::{Cause, Engine, Kind, Reason, Verdict};

/// What is remembered of one site.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SiteState {
    /// Its unknown destinations.
    pub destinations: SiteDestinations,
    pub(super) scripts: Scripts,
    pub(super) unapproved_scripts: UnapprovedScripts,
    pub(super) policies: Policies,
    witnesses: Witnesses,
    rates: HashMap<Arc<str>, ReportRate>,
    flood: Episode,
    /// By page group: card numbers in URLs of the site's own, and failed integrity.
    cards: HashMap<Arc<str>, Episode>,
    integrity: HashMap<DestinationKey, Episode>,
    /// Destinations of the past that a threat list has.
    past_threats: HashMap<DestinationKey, PastThreat>,
}

/// A destination of the past that a threat list has.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PastThreat {
    /// When that was found.
    pub found: Timestamp,
    /// Pages are about where cards are entered.
    pub severity: Severity,
}

/// One report, with what is asked of it again and again.
struct Observation<'a> {
    report: &'a ObservedReport<'a>,
    row: &'a Row<'a>,
    group: Arc<str>,
    client: ClientId,
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
        let ObservedReport { row, client, received: now, .. } = *report;
        let group = self.group(row.page_group, now);
        let observation =
            Observation { report, row, group, client, network: client.network(), now };
        if let Some(rate) = self.rates.get_mut(&observation.group)
            && !report.taken_elsewhere
        {
            rate.record(observation.network, now);
        }
        match row.kind {
            Kind::Csp => self.learn_policy(&observation, on_alert),
            Kind::CspHash => {
                self.learn_script(&observation, on_alert);
                self.check_approval(&observation, approvals, on_alert);
            }
            Kind::Integrity | Kind::SriFailure => self.note_integrity(&observation, on_alert),
            _ => {}
        }
        let is_unknown = matches!(row.verdict, Verdict::Unknown | Verdict::Impossible);
        if is_unknown && !row.destination.is_empty() {
            self.note_destination(&observation, on_alert);
        } else if row.pan_in_url && row.verdict != Verdict::Known {
            self.note_card(&observation, on_alert);
        }
    }

    /// The page group's name, allocated once.
    fn group(&mut self, name: &str, now: Timestamp) -> Arc<str> {
        if let Some((group, _)) = self.rates.get_key_value(name) {
            return Arc::clone(group);
        }
        let group: Arc<str> = Arc::from(name);
        self.rates.insert(Arc::clone(&group), ReportRate::new(now));
        group
    }

    fn learn_policy(&mut self, observation: &Observation<'_>, on_alert: &mut impl FnMut(Alert)) {
        let Observation { report, row, group, network, now, .. } = observation;
        let text = report.policy.map_or("", ReportedPolicy::text);
        let Some(changed) = self.policies.learn(group, row.policy_hash, text, *network, *now)
        else {
            return;
        };
        if changed.is_news {
            let reason = "two networks report a policy that this page group did not carry before";
            let mut alert = plain(AlertKind::PolicyChanged, group, "", 2, reason);
            alert.reasons.extend(changed.changes);
            on_alert(alert);
        }
    }

    fn learn_script(&mut self, observation: &Observation<'_>, on_alert: &mut impl FnMut(Alert)) {
        let Observation { row, group, client, now, .. } = observation;
        let Some(changed) = self.scripts.learn(group, row, *now) else { return };
        if changed.is_news {
            let reason = format!(
                "{}{} holds something else than before",
                row.blocked_host, row.blocked_path
            );
            let destination = registrable(row.blocked_host);
            on_alert(plain(AlertKind::ScriptChanged, group, destination, 1, &reason));
        }
        // What it reached before its change was known is judged again.
        for key in self.destinations.reached_by(group, row.blocked_host, row.blocked_path) {
            if let Some(seen) = self.destinations.get_mut(&key)
                && now.is_within(QUIET, seen.last)
            {
                seen.evidence.changed_script = true;
                self.assess(&key, *client, *now, on_alert);
            }
        }
    }

    fn check_approval(
        &mut self,
        observation: &Observation<'_>,
        approvals: &Approvals,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let Observation { row, group, now, .. } = observation;
        if !row.payment || row.verdict == Verdict::Noise {
            return;
        }
        let (host, path) = (row.blocked_host, row.blocked_path);
        let script = ApprovalTarget {
            site: row.site,
            page_group: row.page_group,
            host,
            path,
            hash: row.detail,
        };
        if approvals.approves(script) == Some(false)
            && self.unapproved_scripts.meet(group, row, *now)
        {
            let content = if row.detail.is_empty() {
                "without CORS, so that its content is unknown"
            } else {
                row.detail
            };
            let reason = format!("{host}{path} ({content}) runs there, and nobody approved it");
            on_alert(plain(AlertKind::ScriptUnapproved, group, registrable(host), 1, &reason));
        }
    }

    /// WebKit reports scripts whose integrity is in order.
    fn note_integrity(&mut self, observation: &Observation<'_>, on_alert: &mut impl FnMut(Alert)) {
        let Observation { row, group, now, .. } = observation;
        if row.kind == Kind::Integrity && row.engine == Engine::Webkit {
            return;
        }
        let destination = registrable(row.blocked_host);
        let key =
            DestinationKey { page_group: Arc::clone(group), destination: Box::from(destination) };
        if self.integrity.len() >= limits::DESTINATIONS_PER_SITE
            && !self.integrity.contains_key(&key)
        {
            return;
        }
        let episode = self.integrity.entry(key).or_default();
        if episode.record(Severity::Ticket, *now) {
            let reason = match row.kind {
                Kind::Integrity => "a script has no integrity metadata",
                _ => "a script did not pass its integrity check",
            };
            on_alert(plain(AlertKind::Integrity, group, destination, 1, reason));
        }
    }

    /// A card number in a URL that is not on its way to an unknown destination.
    fn note_card(&mut self, observation: &Observation<'_>, on_alert: &mut impl FnMut(Alert)) {
        let episode = self.cards.entry(Arc::clone(&observation.group)).or_default();
        if episode.record(Severity::Page, observation.now) {
            let reason = "a card number stands in a URL of the site's own";
            let alert = plain(AlertKind::CardDataInUrl, &observation.group, "", 1, reason);
            on_alert(Alert { severity: Severity::Page, ..alert });
        }
    }

    fn note_destination(
        &mut self,
        observation: &Observation<'_>,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let Observation { row, group, client, network, now, .. } = observation;
        let key = DestinationKey {
            page_group: Arc::clone(group),
            destination: Box::from(row.destination),
        };
        let (name, is_alone) =
            (key.hash_of_destination(), !self.destinations.is_on_plain_pages(row.destination));
        let changed = !row.source_host.is_empty()
            && self.scripts.changed_lately(group, row.source_host, row.source_path, *now);
        let (seen, is_new) = self.destinations.meet(&key, row.payment, *now);
        seen.add(observation.report);
        seen.evidence.changed_script |= changed;
        if row.verdict == Verdict::Unknown
            && !matches!(Reason::read(row.reason).cause, Cause::Unproven(_))
        {
            if is_new {
                self.witnesses.first_seen(name, row.payment && is_alone, *now);
            }
            self.witnesses.reported_by(*network, name, *now);
        }
        self.note_flood(*now, on_alert);
        self.assess(&key, *client, *now, on_alert);
    }

    fn note_flood(&mut self, now: Timestamp, on_alert: &mut impl FnMut(Alert)) {
        let Some(count) = self.witnesses.flood(now) else { return };
        if self.flood.record(Severity::Ticket, now) {
            let reason =
                format!("{count} new destinations within an hour: somebody invents reports");
            on_alert(plain(AlertKind::ReportFlood, &Arc::from(""), "", count as u64, &reason));
        }
    }

    /// Settles how much a destination matters now; `client`: who told something of it.
    fn assess(
        &mut self,
        key: &DestinationKey,
        client: ClientId,
        now: Timestamp,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let is_everywhere = self.destinations.is_on_plain_pages(&key.destination);
        let is_flooded = self.flood.is_active(now);
        let Some(seen) = self.destinations.get_mut(key) else { return };
        let rate = self.rates.get(&key.page_group);
        let since = seen.first.max(now - QUIET);
        let reporting = || rate.map_or(0, |rate| rate.networks_since(since));
        let is_carried = is_everywhere && !seen.evidence.own_script;
        seen.context = SiteContext {
            is_believed: !seen.payment
                || self.witnesses.is_credible(
                    seen.networks(),
                    key.hash_of_destination(),
                    client,
                    now,
                ),
            is_everywhere: is_carried,
            is_common: is_carried && 2 * seen.networks_since(since) >= reporting(),
        };
        seen.severity = seen.severity.max(severity::severity(seen));
        let is_held = seen.severity == Severity::Ticket && is_flooded;
        if seen.severity == Severity::Page {
            self.witnesses.credit_single_claim(
                seen.networks(),
                key.hash_of_destination(),
                client,
                now,
            );
        }
        if is_held || !seen.is_reportable() || !seen.episode.raise_to(seen.severity) {
            return;
        }
        let has_card = seen.evidence.card_number && seen.severity == Severity::Page;
        on_alert(Alert {
            kind: if has_card { AlertKind::CardDataInUrl } else { AlertKind::UnknownDestination },
            page_group: Arc::clone(&key.page_group),
            destination: key.destination.to_string(),
            severity: seen.severity,
            reports: seen.reports,
            clients: seen.clients(),
            pages: seen.pages().to_vec(),
            reasons: severity::reasons(seen).map(|reason| reason.to_string()).collect(),
        });
    }

    /// Compares what is remembered with threat lists.
    pub(super) fn match_threats(
        &mut self,
        threats: &ThreatLists,
        now: Timestamp,
        on_alert: &mut impl FnMut(Alert),
    ) {
        for (key, list) in self.destinations.listed(threats) {
            let Some(seen) = self.destinations.get_mut(&key) else { continue };
            seen.evidence.threat = Some(Box::from(list));
            if seen.episode.is_active(now) {
                self.assess(&key, ClientId::default(), now, on_alert);
                continue;
            }
            let history = PastDestination {
                page_group: &key.page_group,
                payment: seen.payment,
                destination: &key.destination,
                list,
                last: seen.last,
                reports: seen.reports,
                clients: seen.clients(),
            };
            self.report_past_threat_once(&key, &history, now, on_alert);
        }
    }

    /// Likewise with what only ClickHouse knows.
    pub(super) fn report_past_threat(
        &mut self,
        of: &PastDestination<'_>,
        now: Timestamp,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let page_group = Arc::from(of.page_group);
        let key = DestinationKey { page_group, destination: Box::from(of.destination) };
        if self.destinations.get_mut(&key).is_none() {
            self.report_past_threat_once(&key, of, now, on_alert);
        }
    }

    /// Forgets what was seen of destinations until then. `is_forgotten`: asked with a destination and a time.
    pub(super) fn forget(&mut self, is_forgotten: impl Fn(&str, Timestamp) -> bool) {
        self.destinations.forget(|destination, seen| is_forgotten(destination, seen.last));
        self.past_threats.retain(|key, listed| !is_forgotten(&key.destination, listed.found));
    }

    /// Tells once that a list has a destination of the past.
    fn report_past_threat_once(
        &mut self,
        key: &DestinationKey,
        of: &PastDestination<'_>,
        now: Timestamp,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let is_full = self.past_threats.len() >= limits::PAST_THREATS;
        if is_full || self.past_threats.contains_key(key) {
            return;
        }
        let severity = if of.payment { Severity::Page } else { Severity::Ticket };
        self.past_threats.insert(key.clone(), PastThreat { found: now, severity });
        let list = AlertReason::ThreatList(of.list).to_string();
        let last = format!("last reported {}, before that was known", of.last);
        let alert = plain(
            AlertKind::UnknownDestination,
            &key.page_group,
            of.destination,
            of.reports,
            &list,
        );
        let reasons = vec![list, last];
        on_alert(Alert { severity, clients: of.clients, reasons, ..alert });
    }

    /// Destinations of the past that a threat list has.
    pub fn past_threats(&self) -> impl Iterator<Item = (&DestinationKey, PastThreat)> {
        self.past_threats.iter().map(|(key, listed)| (key, *listed))
    }

    /// Forgets what is over, and looks for page groups that have fallen silent.
    pub(super) fn check_silence(&mut self, now: Timestamp, mut on_alert: impl FnMut(Alert)) {
        if self.integrity.len() >= limits::DESTINATIONS_PER_SITE / 2 {
            self.integrity.retain(|_, episode| episode.is_active(now));
        }
        self.unapproved_scripts.forget_old(now);
        for (group, rate) in &mut self.rates {
            let is_over = rate.silence_deadline().is_some_and(|ends| now > ends);
            if is_over && !rate.is_reported {
                rate.is_reported = true;
                if !rate.silence.record(Severity::Ticket, now) {
                    continue;
                }
                let hours = now.since(rate.last()).as_secs() / 3_600;
                let reason = format!("no report for {hours} hours, in which several were due");
                on_alert(plain(AlertKind::SiteSilent, group, "", 0, &reason));
            }
        }
    }

    /// When the silence of each page group stops being chance.
    pub fn silence_deadlines(&self) -> impl Iterator<Item = (&Arc<str>, Timestamp)> {
        self.rates.iter().filter_map(|(group, rate)| Some((group, rate.silence_deadline()?)))
    }

    /// When the policy of each page group changed last, and to what effect.
    pub fn policy_changes(&self) -> impl Iterator<Item = (&Arc<str>, &'static str, Timestamp)> {
        self.policies.changes()
    }

    /// When scripts changed last, by page group and host.
    pub fn script_changes(&self) -> impl Iterator<Item = (&Arc<str>, &str, Timestamp)> {
        self.scripts.changes()
    }

    /// When scripts that nobody approved were reported last, by page group and host.
    pub fn unapproved_scripts(&self) -> impl Iterator<Item = ((&Arc<str>, &str), Timestamp)> {
        self.unapproved_scripts.latest()
    }

    /// When more new destinations came than a site can have.
    pub fn last_flood(&self) -> Option<Timestamp> {
        self.flood.last()
    }
}

/// A ticket with one reason.
fn plain(
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
    }
}

//! One site: what a report changes, and which alerts start by it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::alert::{Alert, AlertKind, Episode, QUIET_MILLIS, Severity};
use super::crowd::Crowd;
use super::destinations::{Key, SiteDestinations};
use super::policies::Policies;
use super::pulse::Pulse;
use super::scripts::Scripts;
use super::seen::Surroundings;
use super::severity::{self, Reason};
use super::unapproved::Unapproved;
use super::{History, Observed};
use crate::base::client_id::network_of;
use crate::base::clock::Timestamp;
use crate::base::collections::HashMap;
use crate::base::domain::registrable;
use crate::base::limits;
use crate::csp::ReportedPolicy;
use crate::decisions::{Approvals, Script, ThreatLists};
use crate::journal::Row;
use crate::pipeline::judge::UNPROVEN;
use crate::report::{Engine, Kind, Verdict};

/// What is remembered of one site.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SiteWatch {
    /// Its unknown destinations.
    pub destinations: SiteDestinations,
    pub(super) scripts: Scripts,
    pub(super) unapproved: Unapproved,
    pub(super) policies: Policies,
    crowd: Crowd,
    pulses: HashMap<Arc<str>, Pulse>,
    flood: Episode,
    /// By page group: card numbers in URLs of the site's own, and failed integrity.
    cards: HashMap<Arc<str>, Episode>,
    integrity: HashMap<Key, Episode>,
    /// Destinations of the past that a threat list has.
    listed: HashMap<Key, Listed>,
}

/// A destination of the past that a threat list has.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Listed {
    /// When that was found.
    pub found: Timestamp,
    /// Pages are about where cards are entered.
    pub severity: Severity,
}

/// One report, with what is asked of it again and again.
struct Sighting<'a> {
    report: &'a Observed<'a>,
    row: &'a Row<'a>,
    group: Arc<str>,
    client: u64,
    network: u32,
    now: Timestamp,
}

impl SiteWatch {
    pub(super) fn observe(
        &mut self,
        report: &Observed<'_>,
        approvals: &Approvals,
        tell: &mut impl FnMut(Alert),
    ) {
        let Observed { row, client, received: now, .. } = *report;
        let group = self.group(row.page_group, now);
        let sighting = Sighting { report, row, group, client, network: network_of(client), now };
        if let Some(pulse) = self.pulses.get_mut(&sighting.group)
            && !report.taken_elsewhere
        {
            pulse.beat(sighting.network, now);
        }
        match row.kind {
            Kind::Csp => self.learn_policy(&sighting, tell),
            Kind::CspHash => {
                self.learn_script(&sighting, tell);
                self.check_approval(&sighting, approvals, tell);
            }
            Kind::Integrity | Kind::SriFailure => self.note_integrity(&sighting, tell),
            _ => {}
        }
        let is_unknown = matches!(row.verdict, Verdict::Unknown | Verdict::Impossible);
        if is_unknown && !row.destination.is_empty() {
            self.note_destination(&sighting, tell);
        } else if row.pan_in_url && row.verdict != Verdict::Known {
            self.note_card(&sighting, tell);
        }
    }

    /// The page group's name, allocated once.
    fn group(&mut self, name: &str, now: Timestamp) -> Arc<str> {
        if let Some((group, _)) = self.pulses.get_key_value(name) {
            return Arc::clone(group);
        }
        let group: Arc<str> = Arc::from(name);
        self.pulses.insert(Arc::clone(&group), Pulse::new(now));
        group
    }

    fn learn_policy(&mut self, sighting: &Sighting<'_>, tell: &mut impl FnMut(Alert)) {
        let Sighting { report, row, group, network, now, .. } = sighting;
        let text = report.policy.map_or("", ReportedPolicy::text);
        let Some(changed) = self.policies.learn(group, row.policy_hash, text, *network, *now)
        else {
            return;
        };
        if changed.is_news {
            let reason = "two networks report a policy that this page group did not carry before";
            let mut alert = plain(AlertKind::PolicyChanged, group, "", 2, reason);
            alert.reasons.extend(changed.changes);
            tell(alert);
        }
    }

    fn learn_script(&mut self, sighting: &Sighting<'_>, tell: &mut impl FnMut(Alert)) {
        let Sighting { row, group, client, now, .. } = sighting;
        let Some(changed) = self.scripts.learn(group, row, *now) else { return };
        if changed.is_news {
            let reason = format!(
                "{}{} holds something else than before",
                row.blocked_host, row.blocked_path
            );
            let destination = registrable(row.blocked_host);
            tell(plain(AlertKind::ScriptChanged, group, destination, 1, &reason));
        }
        // What it reached before its change was known is judged again.
        for key in self.destinations.reached_by(group, row.blocked_host, row.blocked_path) {
            if let Some(seen) = self.destinations.get_mut(&key)
                && now.0 - seen.last.0 < QUIET_MILLIS
            {
                seen.traits.changed_script = true;
                self.assess(&key, *client, *now, tell);
            }
        }
    }

    fn check_approval(
        &mut self,
        sighting: &Sighting<'_>,
        approvals: &Approvals,
        tell: &mut impl FnMut(Alert),
    ) {
        let Sighting { row, group, now, .. } = sighting;
        if !row.payment || row.verdict == Verdict::Noise {
            return;
        }
        let (host, path) = (row.blocked_host, row.blocked_path);
        let script =
            Script { site: row.site, page_group: row.page_group, host, path, hash: row.detail };
        if approvals.approves(script) == Some(false) && self.unapproved.meet(group, row, *now) {
            let content = if row.detail.is_empty() {
                "without CORS, so that its content is unknown"
            } else {
                row.detail
            };
            let reason = format!("{host}{path} ({content}) runs there, and nobody approved it");
            tell(plain(AlertKind::ScriptUnapproved, group, registrable(host), 1, &reason));
        }
    }

    /// WebKit reports scripts whose integrity is in order.
    fn note_integrity(&mut self, sighting: &Sighting<'_>, tell: &mut impl FnMut(Alert)) {
        let Sighting { row, group, now, .. } = sighting;
        if row.kind == Kind::Integrity && row.engine == Engine::Webkit {
            return;
        }
        let destination = registrable(row.blocked_host);
        let key = Key { page_group: Arc::clone(group), destination: Box::from(destination) };
        if self.integrity.len() >= limits::DESTINATIONS_PER_SITE
            && !self.integrity.contains_key(&key)
        {
            return;
        }
        let episode = self.integrity.entry(key).or_default();
        if episode.news(Severity::Ticket, *now) {
            let reason = match row.kind {
                Kind::Integrity => "a script has no integrity metadata",
                _ => "a script did not pass its integrity check",
            };
            tell(plain(AlertKind::Integrity, group, destination, 1, reason));
        }
    }

    /// A card number in a URL that is not on its way to an unknown destination.
    fn note_card(&mut self, sighting: &Sighting<'_>, tell: &mut impl FnMut(Alert)) {
        let episode = self.cards.entry(Arc::clone(&sighting.group)).or_default();
        if episode.news(Severity::Page, sighting.now) {
            let reason = "a card number stands in a URL of the site's own";
            let alert = plain(AlertKind::CardDataInUrl, &sighting.group, "", 1, reason);
            tell(Alert { severity: Severity::Page, ..alert });
        }
    }

    fn note_destination(&mut self, sighting: &Sighting<'_>, tell: &mut impl FnMut(Alert)) {
        let Sighting { row, group, client, network, now, .. } = sighting;
        let key = Key { page_group: Arc::clone(group), destination: Box::from(row.destination) };
        let (name, is_alone) = (key.name(), !self.destinations.is_on_plain_pages(row.destination));
        let changed = !row.source_host.is_empty()
            && self.scripts.changed_lately(group, row.source_host, row.source_path, *now);
        let (seen, is_new) = self.destinations.meet(&key, row.payment, *now);
        seen.add(sighting.report);
        seen.traits.changed_script |= changed;
        if row.verdict == Verdict::Unknown && !row.reason.starts_with(UNPROVEN) {
            if is_new {
                self.crowd.meet(name, row.payment && is_alone, *now);
            }
            self.crowd.name(*network, name, *now);
        }
        self.note_flood(*now, tell);
        self.assess(&key, *client, *now, tell);
    }

    fn note_flood(&mut self, now: Timestamp, tell: &mut impl FnMut(Alert)) {
        let Some(count) = self.crowd.flood(now) else { return };
        if self.flood.news(Severity::Ticket, now) {
            let reason =
                format!("{count} new destinations within an hour: somebody invents reports");
            tell(plain(AlertKind::ReportFlood, &Arc::from(""), "", count as u64, &reason));
        }
    }

    /// Settles how much a destination matters now; `client`: who told something of it.
    fn assess(&mut self, key: &Key, client: u64, now: Timestamp, tell: &mut impl FnMut(Alert)) {
        let is_everywhere = self.destinations.is_on_plain_pages(&key.destination);
        let is_flooded = self.flood.is_present(now);
        let Some(seen) = self.destinations.get_mut(key) else { return };
        let pulse = self.pulses.get(&key.page_group);
        let since = seen.first.max(now.minus_millis(QUIET_MILLIS));
        let reporting = || pulse.map_or(0, |pulse| pulse.networks_since(since));
        let is_carried = is_everywhere && !seen.traits.own_script;
        seen.around = Surroundings {
            is_believed: !seen.payment
                || self.crowd.believes(seen.networks(), key.name(), client, now),
            is_everywhere: is_carried,
            is_common: is_carried && 2 * seen.networks_since(since) >= reporting(),
        };
        seen.severity = seen.severity.max(severity::severity(seen));
        let is_held = seen.severity == Severity::Ticket && is_flooded;
        if seen.severity == Severity::Page {
            self.crowd.believed_one(seen.networks(), key.name(), client, now);
        }
        if is_held || !seen.is_evidence() || !seen.episode.rises_to(seen.severity) {
            return;
        }
        let has_card = seen.traits.card_number && seen.severity == Severity::Page;
        tell(Alert {
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
    pub(super) fn warn(
        &mut self,
        threats: &ThreatLists,
        now: Timestamp,
        tell: &mut impl FnMut(Alert),
    ) {
        for (key, list) in self.destinations.listed(threats) {
            let Some(seen) = self.destinations.get_mut(&key) else { continue };
            seen.traits.threat = Some(Box::from(list));
            if seen.episode.is_present(now) {
                self.assess(&key, 0, now, tell);
                continue;
            }
            let history = History {
                page_group: &key.page_group,
                payment: seen.payment,
                destination: &key.destination,
                list,
                last: seen.last,
                reports: seen.reports,
                clients: seen.clients(),
            };
            self.listed(&key, &history, now, tell);
        }
    }

    /// Likewise with what only ClickHouse knows.
    pub(super) fn warn_of_history(
        &mut self,
        of: &History<'_>,
        now: Timestamp,
        tell: &mut impl FnMut(Alert),
    ) {
        let page_group = Arc::from(of.page_group);
        let key = Key { page_group, destination: Box::from(of.destination) };
        if self.destinations.get_mut(&key).is_none() {
            self.listed(&key, of, now, tell);
        }
    }

    /// Forgets what was seen of destinations until then. `is_forgotten`: asked with a destination and a time.
    pub(super) fn forget(&mut self, is_forgotten: impl Fn(&str, Timestamp) -> bool) {
        self.destinations.forget(|destination, seen| is_forgotten(destination, seen.last));
        self.listed.retain(|key, listed| !is_forgotten(&key.destination, listed.found));
    }

    /// Tells once that a list has a destination of the past.
    fn listed(
        &mut self,
        key: &Key,
        of: &History<'_>,
        now: Timestamp,
        tell: &mut impl FnMut(Alert),
    ) {
        let is_full = self.listed.len() >= limits::THREATS_IN_HISTORY;
        if is_full || self.listed.contains_key(key) {
            return;
        }
        let severity = if of.payment { Severity::Page } else { Severity::Ticket };
        self.listed.insert(key.clone(), Listed { found: now, severity });
        let list = Reason::ThreatList(of.list).to_string();
        let last = format!("last reported {}, before that was known", of.last);
        let alert = plain(
            AlertKind::UnknownDestination,
            &key.page_group,
            of.destination,
            of.reports,
            &list,
        );
        let reasons = vec![list, last];
        tell(Alert { severity, clients: of.clients, reasons, ..alert });
    }

    /// Destinations of the past that a threat list has.
    pub fn threats_in_history(&self) -> impl Iterator<Item = (&Key, Listed)> {
        self.listed.iter().map(|(key, listed)| (key, *listed))
    }

    /// Forgets what is over, and looks for page groups that have fallen silent.
    pub(super) fn look(&mut self, now: Timestamp, mut tell: impl FnMut(Alert)) {
        if self.integrity.len() >= limits::DESTINATIONS_PER_SITE / 2 {
            self.integrity.retain(|_, episode| episode.is_present(now));
        }
        self.unapproved.forget_old(now);
        for (group, pulse) in &mut self.pulses {
            let is_over = pulse.patience_ends().is_some_and(|ends| now > ends);
            if is_over && !pulse.is_told {
                pulse.is_told = true;
                if !pulse.silence.news(Severity::Ticket, now) {
                    continue;
                }
                let hours = (now.0 - pulse.last().0) / 3_600_000;
                let reason = format!("no report for {hours} hours, in which several were due");
                tell(plain(AlertKind::SiteSilent, group, "", 0, &reason));
            }
        }
    }

    /// When the silence of each page group stops being chance.
    pub fn patience(&self) -> impl Iterator<Item = (&Arc<str>, Timestamp)> {
        self.pulses.iter().filter_map(|(group, pulse)| Some((group, pulse.patience_ends()?)))
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
        self.unapproved.latest()
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

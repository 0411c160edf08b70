//! The series that alerts watch: what detection remembers, a bounded part of it.

use std::sync::Arc;

use prometheus::core::{Collector, Desc};
use prometheus::proto::{MetricFamily, MetricType};

use super::family::Snapshot;
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::base::lock::Mutex;
use crate::detect::{self, ChannelState, DestinationKey, DestinationState, Detector};
use crate::report::Channel;

const LABELS: &[&str] = &["site", "page_group", "destination", "channel", "severity"];
const GROUP: &[&str] = &["site", "page_group"];

/// Exports what detection remembers.
pub(super) struct DetectionCollector {
    detector: Arc<Mutex<Detector>>,
    last_seen: Snapshot,
    reports: Snapshot,
    clients: Snapshot,
    reasons: Snapshot,
    overflow: Snapshot,
    script_changed: Snapshot,
    script_unapproved: Snapshot,
    policy_changed: Snapshot,
    silent_from: Snapshot,
    flood: Snapshot,
    decided: Snapshot,
    threat_in_history: Snapshot,
}

impl DetectionCollector {
    pub(super) fn new(detector: Arc<Mutex<Detector>>) -> Result<Self, prometheus::Error> {
        let gauge = |name, help, labels| Snapshot::new(MetricType::GAUGE, name, help, labels);
        let counter = |name, help, labels| Snapshot::new(MetricType::COUNTER, name, help, labels);
        Ok(Self {
            detector,
            last_seen: gauge(
                "cspwatch_unknown_destination_last_seen_timestamp_seconds",
                "When the last report arrived that named this unknown destination.",
                LABELS,
            )?,
            reports: counter(
                "cspwatch_unknown_destination_reports_total",
                "Reports that named this unknown destination.",
                LABELS,
            )?,
            clients: gauge(
                "cspwatch_unknown_destination_clients",
                "Distinct clients that reported this unknown destination; beyond 100 an estimate.",
                LABELS,
            )?,
            reasons: gauge(
                "cspwatch_unknown_destination_reason",
                "Always 1: a reason why this unknown destination has its severity.",
                &["site", "page_group", "destination", "reason"],
            )?,
            overflow: counter(
                "cspwatch_unknown_destinations_overflow_total",
                "Unknown destinations that came when 100 were there already.",
                &["site"],
            )?,
            script_changed: gauge(
                "cspwatch_script_changed_timestamp_seconds",
                "When a script of this host last held something else than before.",
                &["site", "page_group", "script_host"],
            )?,
            script_unapproved: gauge(
                "cspwatch_script_unapproved_timestamp_seconds",
                "When a script of this host that nobody approved last ran on a payment page.",
                &["site", "page_group", "script_host"],
            )?,
            policy_changed: gauge(
                "cspwatch_policy_changed_timestamp_seconds",
                "When two networks last told of a policy that the page group did not carry before.",
                &["site", "page_group", "effect"],
            )?,
            silent_from: gauge(
                "cspwatch_site_silent_from_timestamp_seconds",
                "When the silence since the last report stops being chance, as learnt.",
                GROUP,
            )?,
            flood: gauge(
                "cspwatch_report_flood_timestamp_seconds",
                "When more new destinations were last reported than a site can have.",
                &["site"],
            )?,
            decided: gauge(
                "cspwatch_destination_decided_timestamp_seconds",
                "Since when a person's decision about a destination holds here; for an hour.",
                &["site", "destination", "decision"],
            )?,
            threat_in_history: gauge(
                "cspwatch_threat_in_history_timestamp_seconds",
                "When a destination of the past was found on a threat list.",
                &["site", "page_group", "destination", "severity"],
            )?,
        })
    }
}

impl Collector for DetectionCollector {
    fn desc(&self) -> Vec<&Desc> {
        let destinations =
            [&self.last_seen, &self.reports, &self.clients, &self.reasons, &self.overflow];
        let sites = [&self.script_changed, &self.policy_changed, &self.silent_from, &self.flood];
        let others = [&self.script_unapproved, &self.decided, &self.threat_in_history];
        destinations.into_iter().chain(sites).chain(others).map(Snapshot::desc).collect()
    }

    #[allow(clippy::cast_precision_loss, reason = "counts stay exact in f64 up to 2^53")]
    fn collect(&self) -> Vec<MetricFamily> {
        let detector = self.detector.lock();
        let share = share(detector.sites().count());
        let mut series: Vec<([&str; 5], &ChannelState)> = Vec::new();
        let mut reasons: Vec<([&str; 4], f64)> = Vec::new();
        for (site, watch) in detector.sites() {
            let mut of_site = Vec::new();
            for (key, seen) in watch.destinations.foremost(share) {
                let channels = seen.channels();
                of_site.extend(channels.map(|(name, of)| (labels(site, key, name, seen), of)));
                let of_key = |reason| ([&**site, &*key.page_group, &*key.destination, reason], 1.0);
                reasons.extend(detect::reasons(seen).map(of_key));
            }
            of_site.truncate(share);
            series.append(&mut of_site);
        }
        let overflow =
            detector.sites().map(|(site, watch)| ([&**site], watch.destinations.overflow() as f64));
        let scripts = detector.sites().flat_map(|(site, watch)| {
            let changes = watch.script_changes().take(share);
            changes.map(move |(group, host, at)| ([&**site, &**group, host], at.as_seconds()))
        });
        let unapproved = detector.sites().flat_map(|(site, watch)| {
            let scripts = watch.unapproved_scripts().take(share);
            scripts.map(move |((group, host), at)| ([&**site, &**group, host], at.as_seconds()))
        });
        let policies = detector.sites().flat_map(|(site, watch)| {
            let changes = watch.policy_changes();
            changes.map(move |(group, effect, at)| ([&**site, &**group, effect], at.as_seconds()))
        });
        let silences =
            detector.sites().flat_map(|(site, watch)| of_groups(site, watch.silence_deadlines()));
        let floods = detector
            .sites()
            .filter_map(|(site, watch)| Some(([&**site], watch.last_flood()?.as_seconds())));
        let decided = detector.recent_decisions().iter().map(|recent| {
            let labels = [&*recent.site, &*recent.destination, recent.decision.as_str()];
            (labels, recent.at.as_seconds())
        });
        let threats = detector.sites().flat_map(|(site, watch)| {
            watch.past_threats().take(share).map(move |(key, listed)| {
                let severity = listed.severity.as_str();
                let labels = [&**site, &*key.page_group, &*key.destination, severity];
                (labels, listed.found.as_seconds())
            })
        });
        let family = |snapshot: &Snapshot, value: fn(&ChannelState) -> f64| {
            snapshot.family(series.iter().map(|(labels, seen)| (*labels, value(seen))))
        };
        vec![
            family(&self.last_seen, |seen| seen.last.as_seconds()),
            family(&self.reports, |seen| seen.reports as f64),
            family(&self.clients, |seen| seen.clients() as f64),
            self.reasons.family(reasons),
            self.overflow.family(overflow),
            self.script_changed.family(scripts),
            self.script_unapproved.family(unapproved),
            self.policy_changed.family(policies),
            self.silent_from.family(silences),
            self.flood.family(floods),
            self.decided.family(decided),
            self.threat_in_history.family(threats),
        ]
    }
}

fn of_groups<'s>(
    site: &'s str,
    groups: impl Iterator<Item = (&'s Arc<str>, Timestamp)>,
) -> impl Iterator<Item = ([&'s str; 2], f64)> {
    groups.map(move |(group, at)| ([site, &**group], at.as_seconds()))
}

/// How many destinations each of so many sites may have.
fn share(sites: usize) -> usize {
    let fair = limits::DESTINATION_SERIES / sites.max(1);
    fair.clamp(limits::DESTINATION_SERIES_MIN, limits::DESTINATION_SERIES_PER_SITE)
}

fn labels<'a>(
    site: &'a str,
    key: &'a DestinationKey,
    channel: Channel,
    seen: &DestinationState,
) -> [&'a str; 5] {
    [site, &key.page_group, &key.destination, channel.as_str(), seen.severity.as_str()]
}

//! The series about destinations: the unknown ones, those of the past that a threat list has, and decisions about them.

use prometheus::proto::{MetricFamily, MetricType};

use super::family::Snapshot;
use crate::detect::{self, ChannelState, Detector, Severity};

const DESTINATION: &[&str] =
    &["site", "page_group", "destination", "channel", "severity", "finding"];

/// One family for each of them. A destination without an alert has no series: it is in the day's digest.
pub(super) struct DestinationFamilies {
    last_seen: Snapshot,
    reports: Snapshot,
    clients: Snapshot,
    reasons: Snapshot,
    overflow: Snapshot,
    decided: Snapshot,
    threat_in_history: Snapshot,
    digest_made: Snapshot,
    digest_destinations: Snapshot,
}

impl DestinationFamilies {
    pub(super) fn new() -> Result<Self, prometheus::Error> {
        let gauge = |name, help, labels| Snapshot::new(MetricType::GAUGE, name, help, labels);
        let counter = |name, help, labels| Snapshot::new(MetricType::COUNTER, name, help, labels);
        Ok(Self {
            last_seen: gauge(
                "cspwatch_unknown_destination_last_seen_timestamp_seconds",
                "When the last report arrived that named this unknown destination.",
                DESTINATION,
            )?,
            reports: counter(
                "cspwatch_unknown_destination_reports_total",
                "Reports that named this unknown destination.",
                DESTINATION,
            )?,
            clients: gauge(
                "cspwatch_unknown_destination_clients",
                "Distinct clients that reported this unknown destination; above 100 an estimate.",
                DESTINATION,
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
            decided: gauge(
                "cspwatch_destination_decided_timestamp_seconds",
                "Since when a person's decision about a destination is in force here; shown for an hour.",
                &["site", "destination", "decision"],
            )?,
            threat_in_history: gauge(
                "cspwatch_threat_in_history_timestamp_seconds",
                "When a destination of the past was found on a threat list.",
                &["site", "page_group", "destination", "severity"],
            )?,
            digest_made: gauge(
                "cspwatch_destinations_digest_timestamp_seconds",
                "When the last digest of new destinations without an alert was made.",
                &["site"],
            )?,
            digest_destinations: gauge(
                "cspwatch_destinations_digest_destinations",
                "How many new destinations that digest has.",
                &["site"],
            )?,
        })
    }

    pub(super) fn snapshots(&self) -> Vec<&Snapshot> {
        let Self { last_seen, reports, clients, reasons, overflow, decided, .. } = self;
        let Self { threat_in_history, digest_made, digest_destinations, .. } = self;
        let of_destinations = [last_seen, reports, clients, reasons, overflow, decided];
        let of_sites = [threat_in_history, digest_made, digest_destinations];
        of_destinations.into_iter().chain(of_sites).collect()
    }

    /// The families now. `share`: series that each site may have of each.
    #[allow(clippy::cast_precision_loss, reason = "counts stay exact in f64 up to 2^53")]
    pub(super) fn collect(&self, detector: &Detector, share: usize) -> Vec<MetricFamily> {
        let (series, reasons) = unknown_destinations(detector, share);
        let by_channel = |snapshot: &Snapshot, value: fn(&ChannelState) -> f64| {
            snapshot.family(series.iter().map(|(labels, channel)| (*labels, value(channel))))
        };
        let overflow =
            detector.sites().map(|(site, state)| ([&**site], state.destinations.overflow() as f64));
        let decided = detector.recent_decisions().iter().map(|recent| {
            let labels = [&*recent.site, &*recent.destination, recent.decision.as_str()];
            (labels, recent.at.as_seconds())
        });
        let threats = detector.sites().flat_map(|(site, state)| {
            state.past_threats().take(share).map(move |(key, threat)| {
                let severity = threat.severity.as_str();
                let labels = [&**site, &*key.page_group, &*key.destination, severity];
                (labels, threat.found.as_seconds())
            })
        });
        let digests =
            || detector.sites().filter_map(|(site, state)| Some(([&**site], state.last_digest()?)));
        let made = digests().map(|(site, (at, _))| (site, at.as_seconds()));
        let counts = digests().map(|(site, (_, count))| (site, count as f64));
        vec![
            by_channel(&self.last_seen, |channel| channel.last.as_seconds()),
            by_channel(&self.reports, |channel| channel.reports as f64),
            by_channel(&self.clients, |channel| channel.clients() as f64),
            self.reasons.family(reasons),
            self.overflow.family(overflow),
            self.decided.family(decided),
            self.threat_in_history.family(threats),
            self.digest_made.family(made),
            self.digest_destinations.family(counts),
        ]
    }
}

type ChannelSeries<'d> = ([&'d str; 6], &'d ChannelState);
type ReasonSeries<'d> = ([&'d str; 4], f64);

/// The foremost destinations of each site by channel, and the reasons of their severity. Every destination of a finding has
/// the severity of the finding, so that they are one alert.
fn unknown_destinations(
    detector: &Detector,
    share: usize,
) -> (Vec<ChannelSeries<'_>>, Vec<ReasonSeries<'_>>) {
    let (mut series, mut reasons) = (Vec::new(), Vec::new());
    for (site, state) in detector.sites() {
        let mut series_of_site = Vec::new();
        for (key, destination) in state.destinations.foremost(share) {
            let finding = state.destinations.finding_of(key, destination);
            let Some(severity) = finding.severity else { continue };
            let (page_group, name) = (&*key.page_group, &*key.destination);
            series_of_site.extend(destination.channels().map(|(channel, of)| {
                let channel = channel.as_str();
                ([&**site, page_group, name, channel, severity.as_str(), finding.leader], of)
            }));
            let reason = |reason| ([&**site, page_group, name, reason], 1.0);
            reasons.extend(detect::reasons(destination).map(reason));
        }
        let forbidden = state.forbidden().map(|(group, destination, channel, of)| {
            let severity = Severity::Ticket.as_str();
            ([&**site, &**group, destination, channel.as_str(), severity, destination], of)
        });
        for (labels, of) in forbidden {
            // Two hosts may share their domain, and an unknown one has it, too.
            if !series_of_site.iter().any(|(known, _)| known[..5] == labels[..5]) {
                series_of_site.push((labels, of));
            }
        }
        series_of_site.truncate(share);
        series.append(&mut series_of_site);
    }
    (series, reasons)
}

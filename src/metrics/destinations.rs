//! The series about destinations: the unknown ones, those of the past that a threat list has, and decisions about them.

use std::collections::{BTreeMap, HashSet};

use prometheus::proto::{MetricFamily, MetricType};

use super::family::Snapshot;
use super::findings::{ChannelSeries, FindingFamily, ReasonSeries};
use crate::base::drill::{DrillRoute, said_route};
use crate::base::limits;
use crate::detect::{self, ChannelState, Detector, Severity, SiteState};

const DESTINATION: &[&str] =
    &["site", "page_group", "destination", "channel", "severity", "finding"];

/// A reason that weighs nothing, and that the on-call wants to know. The alert on `/alerts` names the release.
const AFTER_RELEASE: &str = "first reported within hours after a release";

/// The same, whether its page was raised again, and whether it is a drill: alerts are made of these series.
const DESTINATION_OF_ALERT: &[&str] =
    &["site", "page_group", "destination", "channel", "severity", "finding", "confirmed", "drill"];

/// One family for each of them. A destination without an alert has no series: it is in the day's digest.
pub(super) struct DestinationFamilies {
    last_seen: Snapshot,
    reports: Snapshot,
    all_reports: Snapshot,
    findings: FindingFamily,
    hidden: Snapshot,
    clients: Snapshot,
    reasons: Snapshot,
    overflow: Snapshot,
    decided: Snapshot,
    decided_on_pages: Snapshot,
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
                DESTINATION_OF_ALERT,
            )?,
            reports: counter(
                "cspwatch_unknown_destination_reports_total",
                "Reports that named this unknown destination.",
                DESTINATION,
            )?,
            all_reports: counter(
                "cspwatch_destination_reports_total",
                "Reports that named this unknown destination; the series stays when its severity or finding changes.",
                &["site", "page_group", "destination", "channel"],
            )?,
            findings: FindingFamily::new()?,
            hidden: gauge(
                "cspwatch_unknown_destinations_hidden",
                "Findings that would have an alert, and have no series because others took all places.",
                &["site", "severity"],
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
                &["site", "destination", "decision", "by"],
            )?,
            decided_on_pages: gauge(
                "cspwatch_destination_decided_on_pages_timestamp_seconds",
                "Since when limited approvals cover all that was known of a destination on a page group; shown for an hour.",
                &["site", "page_group", "destination"],
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
        let Self {
            all_reports,
            hidden,
            decided_on_pages,
            threat_in_history,
            digest_made,
            digest_destinations,
            ..
        } = self;
        let of_destinations = [last_seen, reports, clients, reasons, overflow, decided];
        let of_findings = [all_reports, self.findings.snapshot(), hidden];
        let of_sites = [decided_on_pages, threat_in_history, digest_made, digest_destinations];
        of_destinations.into_iter().chain(of_findings).chain(of_sites).collect()
    }

    /// The families now. `share`: series that each site may have of each.
    #[allow(clippy::cast_precision_loss, reason = "counts stay exact in f64 up to 2^53")]
    pub(super) fn collect(&self, detector: &Detector, share: usize) -> Vec<MetricFamily> {
        let UnknownSeries { series, reasons, hidden } = unknown_destinations(detector, share);
        let by_channel = |snapshot: &Snapshot, value: fn(&ChannelState) -> f64| {
            snapshot.family(series.iter().map(|(labels, channel)| {
                let [labels @ .., _confirmed, _drill] = *labels;
                (labels, value(channel))
            }))
        };
        let overflow =
            detector.sites().map(|(site, state)| ([&**site], state.destinations.overflow() as f64));
        let decided = detector.recent_decisions().iter().map(|recent| {
            let by = beginning(&recent.by);
            let labels = [&*recent.site, &*recent.destination, recent.decision.as_str(), by];
            (labels, recent.at.as_seconds())
        });
        let on_pages = detector.sites().flat_map(|(site, state)| {
            state.settled_parts().map(move |(key, at)| {
                ([&**site, &*key.page_group, &*key.destination], at.as_seconds())
            })
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
            self.last_seen
                .family(series.iter().map(|(labels, of)| (*labels, of.last.as_seconds()))),
            by_channel(&self.reports, |channel| channel.reports as f64),
            self.all_reports.family(all_reports(&series)),
            self.findings.family(&series, &reasons),
            self.hidden.family(hidden),
            by_channel(&self.clients, |channel| channel.clients() as f64),
            self.reasons.family(reasons),
            self.overflow.family(overflow),
            self.decided.family(decided),
            self.decided_on_pages.family(on_pages),
            self.threat_in_history.family(threats),
            self.digest_made.family(made),
            self.digest_destinations.family(counts),
        ]
    }
}

/// What is exported of unknown destinations.
#[derive(Default)]
struct UnknownSeries<'d> {
    series: Vec<ChannelSeries<'d>>,
    reasons: Vec<ReasonSeries<'d>>,
    /// By site and severity, how many findings are not among them.
    hidden: Vec<([&'d str; 2], f64)>,
}

/// The reports of each destination by channel, whatever its severity.
#[allow(clippy::cast_precision_loss, reason = "counts stay exact in f64 up to 2^53")]
fn all_reports<'d>(series: &[ChannelSeries<'d>]) -> BTreeMap<[&'d str; 4], f64> {
    let mut reports = BTreeMap::new();
    for ([site, group, destination, channel, ..], of) in series {
        *reports.entry([*site, *group, *destination, *channel]).or_insert(0.0) += of.reports as f64;
    }
    reports
}

/// The beginning of a name, as a label.
fn beginning(name: &str) -> &str {
    &name[..name.floor_char_boundary(limits::DECIDED_BY_BYTES)]
}

/// The foremost destinations of each site by channel, and the reasons of their severity. Every destination of a finding has
/// the severity of the finding, so that they are one alert.
fn unknown_destinations(detector: &Detector, share: usize) -> UnknownSeries<'_> {
    let UnknownSeries { mut series, mut reasons, mut hidden } = UnknownSeries::default();
    for (site, state) in detector.sites() {
        let mut series_of_site = Vec::new();
        for (key, destination) in state.destinations.foremost(share) {
            let finding = state.destinations.finding_of(key, destination);
            let Some(severity) = finding.severity else { continue };
            let (page_group, name) = (&*key.page_group, &*key.destination);
            let confirmed = if finding.is_confirmed { "true" } else { "" };
            series_of_site.extend(destination.channels().map(|(channel, of)| {
                let channel = channel.as_str();
                let severity = severity.as_str();
                ([&**site, page_group, name, channel, severity, finding.leader, confirmed, ""], of)
            }));
            let reason = |reason| ([&**site, page_group, name, reason], 1.0);
            let after = state.follows_release(destination.first).then_some(AFTER_RELEASE);
            reasons.extend(detect::reasons(destination).chain(after).map(reason));
        }
        let forbidden = state.forbidden().map(|(group, destination, channel, of)| {
            let severity = Severity::Ticket.as_str();
            ([&**site, &**group, destination, channel.as_str(), severity, destination, "", ""], of)
        });
        for (labels, of) in forbidden {
            // Two hosts may share their domain, and an unknown one has it, too.
            if !series_of_site.iter().any(|(known, _)| known[..5] == labels[..5]) {
                series_of_site.push((labels, of));
            }
        }
        series_of_site.truncate(share);
        let shown: HashSet<_> = series_of_site
            .iter()
            .map(|([_, group, .., leader, _, _], _)| (*group, *leader))
            .collect();
        let of_severity = state.destinations.findings_beside(&shown);
        hidden.extend(of_severity.map(|(severity, count)| ([&**site, severity.as_str()], count)));
        series.append(&mut series_of_site);
        series.extend(drills(site, state));
    }
    UnknownSeries { series, reasons, hidden }
}

/// The drills of a site by channel. They take no place from anything else.
fn drills<'d>(site: &'d str, state: &'d SiteState) -> impl Iterator<Item = ChannelSeries<'d>> {
    let drills = state.drills(limits::DRILLS_SHOWN).into_iter();
    drills.flat_map(move |(key, drill)| {
        let (page_group, name) = (&*key.page_group, &*key.destination);
        let severity = drill.severity.map_or("", Severity::as_str);
        let route = said_route(name).map_or("", DrillRoute::label);
        drill.channels().map(move |(channel, of)| {
            ([site, page_group, name, channel.as_str(), severity, name, "", route], of)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::client_id::{ClientId, NetworkId};
    use crate::base::clock::{HOUR, Timestamp};
    use crate::detect::ObservedReport;
    use crate::journal::Row;
    use crate::report::{Disposition, Verdict};

    /// The label `confirmed` of the series after reports of a form, so many hours after the first and from these networks.
    fn confirmed(reports: &[(u32, u32)]) -> Vec<String> {
        let mut detector = Detector::default();
        let destination = "evil.example";
        let row = Row {
            site: "shop",
            page_group: "payment",
            payment: true,
            directive: "form-action",
            verdict: Verdict::Unknown,
            reason: "unlisted",
            destination,
            ..Row::EMPTY
        };
        for (hours, network) in reports {
            let report = ObservedReport {
                row: &row,
                policy: None,
                disposition: Disposition::Enforce,
                extensionless: false,
                client: ClientId::new(NetworkId(*network), 1),
                session: 0,
                received: Timestamp::from_seconds(1_800_000_000) + *hours * HOUR,
                taken_elsewhere: false,
            };
            detector.observe(&report, |_| {});
        }
        let series = unknown_destinations(&detector, 10).series;
        series.iter().map(|(labels, _)| labels[6].to_owned()).collect()
    }

    #[test]
    fn a_page_that_is_raised_again_has_another_label() {
        assert_eq!(confirmed(&[(0, 1), (12, 1)]), [""]);
        assert_eq!(confirmed(&[(0, 1), (12, 1), (20, 2)]), ["true"]);
        assert_eq!(confirmed(&[(0, 1), (0, 2), (20, 3)]), [""], "it began with several");
    }
}

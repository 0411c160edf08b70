//! The series about what is another than before: scripts, policies, the rate of reports.

use std::collections::BTreeMap;

use prometheus::proto::{MetricFamily, MetricType};

use super::family::Snapshot;
use crate::base::clock::Timestamp;
use crate::base::destination::plain_name;
use crate::detect::Detector;

/// One family for each of them.
pub(super) struct ChangeFamilies {
    script_changed: Snapshot,
    script_unapproved: Snapshot,
    policy_changed: Snapshot,
    silent_from: Snapshot,
    flood: Snapshot,
    host_not_configured: Snapshot,
    inline_script: Snapshot,
}

impl ChangeFamilies {
    pub(super) fn new() -> Result<Self, prometheus::Error> {
        let gauge = |name, help, labels| Snapshot::new(MetricType::GAUGE, name, help, labels);
        Ok(Self {
            script_changed: gauge(
                "cspwatch_script_changed_timestamp_seconds",
                "When the content of a script of this host last changed.",
                &["site", "page_group", "script_host"],
            )?,
            script_unapproved: gauge(
                "cspwatch_script_unapproved_timestamp_seconds",
                "When a script of this host that nobody approved last ran on a payment page.",
                &["site", "page_group", "script_host"],
            )?,
            policy_changed: gauge(
                "cspwatch_policy_changed_timestamp_seconds",
                "When two networks last reported a policy that the page group did not carry before.",
                &["site", "page_group", "effect"],
            )?,
            silent_from: gauge(
                "cspwatch_site_silent_from_timestamp_seconds",
                "When the silence since the last report is too long to be chance, as learnt.",
                &["site", "page_group"],
            )?,
            flood: gauge(
                "cspwatch_report_flood_timestamp_seconds",
                "When more new destinations were last reported than a site can have.",
                &["site"],
            )?,
            host_not_configured: gauge(
                "cspwatch_host_not_configured_timestamp_seconds",
                "When two networks or more last reported pages of a host that the site's hosts lack.",
                &["site", "host"],
            )?,
            inline_script: gauge(
                "cspwatch_inline_script_last_seen_timestamp_seconds",
                "When the last report arrived of code that a payment page runs though its policy does not allow it.",
                &["site", "page_group", "severity", "finding"],
            )?,
        })
    }

    pub(super) fn snapshots(&self) -> Vec<&Snapshot> {
        vec![
            &self.script_changed,
            &self.script_unapproved,
            &self.policy_changed,
            &self.silent_from,
            &self.flood,
            &self.host_not_configured,
            &self.inline_script,
        ]
    }

    /// The families now. `share`: series that each site may have of each.
    pub(super) fn collect(&self, detector: &Detector, share: usize) -> Vec<MetricFamily> {
        let changed = detector.sites().flat_map(|(site, state)| {
            let changes = state.script_changes().take(share);
            changes.map(move |(group, host, at)| ([&**site, &**group, plain_name(host)], at))
        });
        let unapproved = detector.sites().flat_map(|(site, state)| {
            let scripts = state.unapproved_scripts().take(share);
            scripts.map(move |((group, host), at)| ([&**site, &**group, plain_name(host)], at))
        });
        let policies = detector.sites().flat_map(|(site, state)| {
            let changes = state.policy_changes();
            changes.map(move |(group, effect, at)| ([&**site, &**group, effect], at.as_seconds()))
        });
        let silences = detector.sites().flat_map(|(site, state)| {
            let deadlines = state.silence_deadlines();
            deadlines.map(move |(group, at)| ([&**site, &**group], at.as_seconds()))
        });
        let floods = detector
            .sites()
            .filter_map(|(site, state)| Some(([&**site], state.last_flood()?.as_seconds())));
        let missing = detector.sites().flat_map(|(site, state)| {
            let hosts = state.missing_hosts();
            hosts.map(move |(host, at)| ([&**site, host], at.as_seconds()))
        });
        let code = detector.sites().flat_map(|(site, state)| {
            let findings = state.unexpected_code(share).into_iter();
            findings.map(move |code| {
                let labels = [&**site, &**code.page_group, code.severity.as_str(), code.leader];
                (labels, code.last.as_seconds())
            })
        });
        vec![
            self.script_changed.family(latest(changed)),
            self.script_unapproved.family(latest(unapproved)),
            self.policy_changed.family(policies),
            self.silent_from.family(silences),
            self.flood.family(floods),
            self.host_not_configured.family(missing),
            self.inline_script.family(code),
        ]
    }
}

/// The latest time of each name: several hosts may have one.
fn latest<'d>(
    times: impl Iterator<Item = ([&'d str; 3], Timestamp)>,
) -> impl Iterator<Item = ([&'d str; 3], f64)> {
    let mut latest = BTreeMap::new();
    for (labels, at) in times {
        let known = latest.entry(labels).or_insert(at);
        *known = at.max(*known);
    }
    latest.into_iter().map(|(labels, at)| (labels, at.as_seconds()))
}

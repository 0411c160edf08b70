//! The series about what is another than before: scripts, policies, the rate of reports.

use prometheus::proto::{MetricFamily, MetricType};

use super::family::Snapshot;
use crate::detect::Detector;

/// One family for each of them.
pub(super) struct ChangeFamilies {
    script_changed: Snapshot,
    script_unapproved: Snapshot,
    policy_changed: Snapshot,
    silent_from: Snapshot,
    flood: Snapshot,
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
        })
    }

    pub(super) fn snapshots(&self) -> Vec<&Snapshot> {
        let Self { script_changed, script_unapproved, policy_changed, silent_from, flood } = self;
        vec![script_changed, script_unapproved, policy_changed, silent_from, flood]
    }

    /// The families now. `share`: series that each site may have of each.
    pub(super) fn collect(&self, detector: &Detector, share: usize) -> Vec<MetricFamily> {
        let changed = detector.sites().flat_map(|(site, state)| {
            let changes = state.script_changes().take(share);
            changes.map(move |(group, host, at)| ([&**site, &**group, host], at.as_seconds()))
        });
        let unapproved = detector.sites().flat_map(|(site, state)| {
            let scripts = state.unapproved_scripts().take(share);
            scripts.map(move |((group, host), at)| ([&**site, &**group, host], at.as_seconds()))
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
        vec![
            self.script_changed.family(changed),
            self.script_unapproved.family(unapproved),
            self.policy_changed.family(policies),
            self.silent_from.family(silences),
            self.flood.family(floods),
        ]
    }
}

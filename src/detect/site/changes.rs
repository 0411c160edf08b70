//! What is another than before: policies, scripts and their approvals, failed integrity, card numbers in URLs.

use std::sync::Arc;

use super::super::alert::{Alert, AlertKind, QUIET, Severity};
use super::super::destinations::DestinationKey;
use super::assessment::Subject;
use super::{Observation, SiteState, ticket};
use crate::base::domain::registrable;
use crate::base::limits;
use crate::csp::ReportedPolicy;
use crate::decisions::{ApprovalTarget, Approvals, INLINE};
use crate::journal::Row;
use crate::report::{Engine, Kind, UNLISTED_INLINE, Verdict};

impl SiteState {
    pub(super) fn learn_policy(
        &mut self,
        observation: &Observation<'_>,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let Observation { report, row, group, network, now, .. } = observation;
        let text = report.policy.map_or("", ReportedPolicy::text);
        let Some(change) = self.policies.learn(group, row.policy_hash, text, *network, *now) else {
            return;
        };
        if change.starts_episode {
            let reason = "two networks report a policy that this page group did not carry before";
            let mut alert = ticket(AlertKind::PolicyChanged, group, "", 2, reason);
            alert.reasons.extend(change.differences);
            on_alert(alert);
        }
    }

    pub(super) fn learn_script(
        &mut self,
        observation: &Observation<'_>,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let Observation { row, group, network, now, .. } = observation;
        let Some(change) = self.scripts.learn(group, row, *network, *now) else { return };
        if change.starts_episode {
            let reason = format!(
                "{}{} holds something else than before, as two networks report",
                row.blocked_host, row.blocked_path
            );
            let destination = registrable(row.blocked_host);
            on_alert(ticket(AlertKind::ScriptChanged, group, destination, 2, &reason));
        }
        // The destinations that it reached before its change was known matter more now.
        for key in self.destinations.reached_by(group, row.blocked_host, row.blocked_path) {
            if let Some(destination) = self.destinations.get_mut(&key)
                && now.is_within(QUIET, destination.last)
            {
                destination.evidence.changed_script = true;
                destination.hits.set_changed_script();
                self.assess(Subject::Destination, &key, *now, on_alert);
            }
        }
    }

    pub(super) fn check_approval(
        &mut self,
        observation: &Observation<'_>,
        approvals: &Approvals,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let Observation { row, group, network, now, .. } = observation;
        if !row.payment || row.verdict == Verdict::Noise {
            return;
        }
        let Some(script) = approval_target(row) else { return };
        if approvals.approves(script) == Some(false)
            && self.unapproved_scripts.record(group, script, *network, *now)
        {
            let ApprovalTarget { host, path, hash, .. } = script;
            let content = match (script.is_inline(), hash) {
                (true, "") => "more than are listed",
                (false, "") => "without CORS, so that its content is unknown",
                _ => hash,
            };
            let reason = format!("{host}{path} ({content}) runs there, and nobody approved it");
            on_alert(ticket(AlertKind::ScriptUnapproved, group, registrable(host), 1, &reason));
        }
    }

    /// Integrity reports of WebKit do not count: it sends them for scripts whose integrity is in order, too.
    pub(super) fn note_integrity(
        &mut self,
        observation: &Observation<'_>,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let Observation { row, group, now, .. } = observation;
        if row.kind == Kind::Integrity && row.engine == Engine::Webkit {
            return;
        }
        let destination = registrable(row.blocked_host);
        let key = DestinationKey::new(group, destination);
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
            on_alert(ticket(AlertKind::Integrity, group, destination, 1, reason));
        }
    }

    /// Notes a card number in a URL that does not go to an unknown destination.
    pub(super) fn note_card(
        &mut self,
        observation: &Observation<'_>,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let episode = self.cards.entry(Arc::clone(&observation.group)).or_default();
        if episode.record(Severity::Page, observation.now) {
            let reason = "a card number stands in a URL of the site's own";
            let alert = ticket(AlertKind::CardDataInUrl, &observation.group, "", 1, reason);
            on_alert(Alert { severity: Severity::Page, ..alert });
        }
    }
}

/// The script that a report is about; `None` where that is no script, because the hash was none.
fn approval_target<'a>(row: &Row<'a>) -> Option<ApprovalTarget<'a>> {
    let (site, page_group) = (row.site, row.page_group);
    if row.kind == Kind::InlineHash {
        let hash = if row.detail == UNLISTED_INLINE { "" } else { row.detail };
        let script = ApprovalTarget { site, page_group, host: "", path: INLINE, hash };
        return (!row.detail.is_empty()).then_some(script);
    }
    let (host, path) = (row.blocked_host, row.blocked_path);
    Some(ApprovalTarget { site, page_group, host, path, hash: row.detail })
}

//! The advice for a page group: what to send, why, and what it would have done to what was reported.

use super::build::{Suggestion, suggest};
use super::connections::ConnectionAdvice;
use super::evidence::{Inputs, PolicyEvidence};
use super::headers::{ResponseHeader, headers};
use super::inline::InlineAdvice;
use super::integrity::IntegrityStatus;
use super::replay::{Fate, ReplayedReport, replay};
use crate::audit::script_inventory::InventoryScript;
use crate::base::clock::Timestamp;
use crate::csp::{Policy, PolicyChange};
use crate::decisions::ThreatLists;
use crate::pipeline::judge::{PageGroup, Site};
use crate::store::policy::{PagePolicy, PolicyData};

/// What all page groups of a site have in common.
#[derive(Clone, Copy, Debug)]
pub struct AdviceContext<'a> {
    /// The site.
    pub site: &'a Site,
    /// The threat lists.
    pub threats: &'a ThreatLists,
    /// The scripts that ran on the site's pages within the range.
    pub scripts: &'a [InventoryScript],
    /// The present time.
    pub now: Timestamp,
    /// The beginning of the range.
    pub from: Timestamp,
    /// The end of the range.
    pub to: Timestamp,
}

/// The advice for a page group that reported.
#[derive(Debug)]
pub struct Advice<'a> {
    /// The current policy, which the suggestion starts from.
    pub current: Option<&'a PagePolicy>,
    /// The suggested policies.
    pub suggestion: Suggestion,
    /// The inline scripts of the pages.
    pub inline: InlineAdvice<'a>,
    /// The suggested Connection-Allowlist.
    pub connections: ConnectionAdvice,
    /// Whether the site can enforce `Integrity-Policy`.
    pub integrity: IntegrityStatus,
    /// The headers to send.
    pub headers: Vec<ResponseHeader>,
    /// What the first policy would have done to the reports of the range.
    pub replay: Vec<ReplayedReport<'a>>,
    /// The first policy as browsers read it.
    policy: Policy,
}

impl<'a> AdviceContext<'a> {
    /// Advises a page group; `None` where it did not report. `supplied` is the current policy if a person knows it, and otherwise it is chosen among those
    /// that reports carried. `endpoint` is the URL that accepts the site's reports.
    pub fn advise(
        &self,
        data: &'a PolicyData,
        group: &'a PageGroup,
        supplied: Option<&'a PagePolicy>,
        endpoint: &str,
    ) -> Option<Advice<'a>> {
        let reported = data.groups.get(&*group.name)?;
        let Self { site, threats, scripts, now, from, to } = *self;
        let current = supplied.or_else(|| PagePolicy::choose_current(&reported.policies));
        let is_other =
            |policy: &&PagePolicy| current.is_none_or(|current| !std::ptr::eq(*policy, current));
        let evidence = PolicyEvidence::new(Inputs {
            site,
            group,
            decisions: &data.decisions,
            limited: &data.limited,
            threats,
            now,
            from,
            to,
            current,
            others: reported.policies.iter().filter(is_other).collect(),
            reports: &reported.reports,
            scripts,
        });
        let mut suggestion = suggest(&evidence);
        let inline = InlineAdvice::of(scripts, &group.name, &suggestion);
        let connections = ConnectionAdvice::of(&evidence, &suggestion);
        suggestion.add_untrusted(connections.untrusted());
        let integrity = IntegrityStatus::of(&evidence, reported.has_integrity_reports);
        let headers = headers(&suggestion, integrity, &connections, endpoint);
        let policy = suggestion.now.policy();
        let replay = replay(&evidence, &policy);
        Some(Advice {
            current,
            headers,
            replay,
            suggestion,
            inline,
            connections,
            integrity,
            policy,
        })
    }
}

impl Advice<'_> {
    /// What differs between the current policy and the first suggested one. `None`: there is no current policy.
    pub fn changes(&self) -> Option<Vec<PolicyChange<'_>>> {
        self.current.map(|current| current.policy.diff(&self.policy))
    }

    /// How many reports of the range are about something that has this fate under the first policy.
    pub fn reports_with(&self, fate: Fate) -> u64 {
        let replayed = self.replay.iter().filter(|replayed| replayed.fate == fate);
        replayed.map(|replayed| replayed.occurrences.reports).sum()
    }
}

//! The evidence for a suggestion: the policies that the pages of a group carried, what browsers reported about them, and
//! what people and threat lists say about the hosts.

use std::collections::{BTreeSet, HashMap};

use crate::audit::script_inventory::InventoryScript;
use crate::base::clock::Timestamp;
use crate::csp::Policy;
use crate::decisions::{Extent, ThreatLists};
use crate::pipeline::judge::{PageGroup, Site};
use crate::report::{Disposition, Place};
use crate::store::policy::{PagePolicy, PolicyDecision, ReportSummary};

/// Everything that is known about a page group.
#[derive(Clone, Debug)]
pub struct Inputs<'a> {
    /// The site of the pages.
    pub site: &'a Site,
    /// The page group.
    pub group: &'a PageGroup,
    /// People's decisions for everywhere, by destination.
    pub decisions: &'a HashMap<String, PolicyDecision>,
    /// The limited approvals, each with its destination.
    pub limited: &'a [(String, Extent, PolicyDecision)],
    /// The threat lists.
    pub threats: &'a ThreatLists,
    /// The present time, at which decisions may have expired.
    pub now: Timestamp,
    /// The beginning of the range.
    pub from: Timestamp,
    /// The end of the range.
    pub to: Timestamp,
    /// The current policy, which the suggestion starts from.
    pub current: Option<&'a PagePolicy>,
    /// The other policies that the pages carried within the range.
    pub others: Vec<&'a PagePolicy>,
    /// What browsers reported within the range.
    pub reports: &'a [ReportSummary],
    /// The scripts that ran on the site's pages within the range.
    pub scripts: &'a [InventoryScript],
}

/// The inputs, and what follows from them alone.
#[derive(Debug)]
pub struct PolicyEvidence<'a> {
    /// The inputs.
    pub inputs: Inputs<'a>,
    /// The other policies that were in force over the whole range.
    pub(super) trials: Vec<&'a PagePolicy>,
    /// The directives that the current policy or a trial has.
    pub(super) existing_directives: BTreeSet<&'a str>,
}

impl Inputs<'_> {
    /// Whether a policy was in force over the whole range, so that browsers would have reported what it forbids. A policy
    /// is seen only when something violates it, so a tenth of the range may be missing at either end.
    pub fn covers_range(&self, policy: &PagePolicy) -> bool {
        let end = self.to.min(self.now);
        let slack = end.since(self.from) / 10;
        policy.first_seen <= self.from + slack && policy.last_seen >= end - slack
    }
}

impl<'a> PolicyEvidence<'a> {
    /// Derives from the inputs what the suggestion needs.
    pub fn new(inputs: Inputs<'a>) -> Self {
        let others = inputs.others.iter().copied();
        let trials: Vec<_> =
            others.filter(|other| other.policy.is_whole() && inputs.covers_range(other)).collect();
        let policies = inputs.current.iter().chain(&trials);
        let directives = policies.flat_map(|seen| seen.policy.directives());
        let existing_directives = directives.map(|(name, _)| name).collect();
        Self { inputs, trials, existing_directives }
    }

    /// The directive that would list what was reported. If no policy has a directive for elements or attributes of its own,
    /// that is the directive for both.
    pub(super) fn directive_of<'r>(&self, report: &'r ReportSummary) -> &'r str {
        match self.existing_directives.contains(report.directive.as_str()) {
            true => &report.directive,
            false => parent_directive(&report.directive),
        }
    }
}

impl PagePolicy {
    /// A current policy that a person supplied.
    pub fn supplied(text: &str, now: Timestamp) -> Self {
        Self {
            hash: String::new(),
            policy: Policy::parse(text),
            disposition: Disposition::Enforce,
            first_seen: now,
            last_seen: now,
            recent: 0,
            clients: 0,
        }
    }

    /// Whether a person supplied the policy. Otherwise it is from reports.
    pub fn is_supplied(&self) -> bool {
        self.hash.is_empty()
    }

    /// Chooses the current policy among those that reports carried: an enforced one before a report-only one, then the one
    /// that most of the recent reports carried. A policy that one client reported on one day only comes last, because anybody
    /// can invent a policy and send it.
    pub fn choose_current(seen: &[Self]) -> Option<&Self> {
        let rank = |policy: &&Self| {
            let is_confirmed =
                policy.clients >= 2 || policy.last_seen.day() > policy.first_seen.day();
            // WebKit's `report-uri` does not say whether a policy is enforced, but another browser may have said so.
            let is_report_only = |other: &Self| {
                other.hash == policy.hash && other.disposition == Disposition::Report
            };
            let enforced = match policy.disposition {
                Disposition::Enforce => 2,
                Disposition::Unknown if !seen.iter().any(is_report_only) => 1,
                _ => 0,
            };
            (is_confirmed, enforced, policy.recent, policy.last_seen)
        };
        seen.iter().filter(|policy| policy.policy.is_whole()).max_by_key(rank)
    }
}

impl ReportSummary {
    /// The document, as far as it is stored.
    pub(super) fn document(&self) -> Place<'_> {
        page_on(&self.document_host)
    }
}

/// A page on a host. ClickHouse does not hold the scheme of a document; a site that sends policies is on https.
pub(super) fn page_on(host: &str) -> Place<'_> {
    Place { scheme: "https".into(), host: host.into(), port: 0, path: "/".into() }
}

/// The directive for elements and attributes: `script-src` for `script-src-elem`.
pub(super) fn parent_directive(directive: &str) -> &str {
    match directive {
        "script-src-elem" | "script-src-attr" => "script-src",
        "style-src-elem" | "style-src-attr" => "style-src",
        other => other,
    }
}

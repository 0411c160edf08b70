//! What a policy would have done to what was reported.

use super::broadness::{Broadness, broadness};
use super::draft::Occurrences;
use super::evidence::PolicyEvidence;
use super::trust::{Distrust, Trust};
use crate::csp::{CheckResult, Policy, Source};
use crate::store::policy::ReportSummary;

/// Something that was reported, and what a policy does to it.
#[derive(Clone, Debug)]
pub struct ReplayedReport<'a> {
    /// What was reported.
    pub report: &'a ReportSummary,
    /// Whether its host is trusted. `None`: it has no host.
    pub assessment: Option<Result<Trust, Distrust>>,
    /// What the policy does.
    pub fate: Fate,
    /// How many reports, and when.
    pub occurrences: Occurrences,
}

/// What a policy does to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// The policy allows it.
    Passes,
    /// The policy blocks it.
    Blocked,
    /// The report does not say enough, or browsers differ.
    Unclear,
}

impl Fate {
    /// The public name, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passes => "passes",
            Self::Blocked => "blocked",
            Self::Unclear => "unclear",
        }
    }
}

/// Applies a policy to all violations of the range. Those with most reports come first.
pub fn replay<'a>(evidence: &PolicyEvidence<'a>, policy: &Policy) -> Vec<ReplayedReport<'a>> {
    let violations = evidence.inputs.reports.iter().filter(|report| report.is_violation());
    let replayed = violations.map(|report| {
        let host = &*report.blocked.host;
        let assess = || evidence.assess_report(report);
        ReplayedReport {
            assessment: (!host.is_empty()).then(assess),
            fate: fate(policy, report),
            occurrences: report.occurrences(),
            report,
        }
    });
    let mut replayed: Vec<_> = replayed.collect();
    replayed.sort_by_key(|replayed| std::cmp::Reverse(replayed.occurrences.reports));
    replayed
}

fn fate(policy: &Policy, report: &ReportSummary) -> Fate {
    let blocked = &report.blocked;
    if !blocked.host.is_empty() {
        return match policy.check(&report.directive, blocked, &report.document()) {
            CheckResult::Allowed => Fate::Passes,
            CheckResult::Blocked | CheckResult::ListedElsewhere(_) => Fate::Blocked,
            CheckResult::Unknown if policy.deciding(&report.directive).is_none() => Fate::Passes,
            CheckResult::Unknown => Fate::Unclear,
        };
    }
    let Some((directive, list)) = policy.deciding(&report.directive) else { return Fate::Passes };
    let has = |source: &Source| list.contains(source);
    let has_keyword = |word: &str| has(&Source::Keyword(word.into()));
    let allows_inline = |source| broadness(directive, source, list) == Broadness::Inline;
    let passes = match &*blocked.scheme {
        "inline" => list.iter().any(allows_inline),
        "eval" => has_keyword("'unsafe-eval'"),
        "wasm-eval" => has_keyword("'unsafe-eval'") || has_keyword("'wasm-unsafe-eval'"),
        "self" => has(&Source::SelfOrigin),
        "" | "unparsable" | "trusted-types-sink" | "trusted-types-policy" => return Fate::Unclear,
        scheme => has(&Source::Scheme(scheme.into())),
    };
    // Reports do not say which nonce or hash inline code has.
    let may_pass = list.iter().any(|source| matches!(source, Source::Nonce | Source::Hash(_)));
    match passes {
        true => Fate::Passes,
        false if &*blocked.scheme == "inline" && may_pass => Fate::Unclear,
        false => Fate::Blocked,
    }
}

//! Which sources allow more than anybody could approve, and what shows that nothing needs them.

use super::evidence::PolicyEvidence;
use crate::csp::{HostSource, Source};
use crate::store::policy::PagePolicy;

/// How much a source allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broadness {
    /// Something that has a name.
    Narrow,
    /// Nothing, in browsers that know the other sources of the list.
    Inert,
    /// Hosts of many owners: `*`, `https:`, `*.co.uk`.
    Hosts,
    /// Code inside a URL: `data:`, `blob:`.
    Embedded,
    /// Any inline code.
    Inline,
    /// `eval`.
    Eval,
}

/// How broad a source is in the list of a directive.
pub fn broadness(directive: &str, source: &Source, list: &[Source]) -> Broadness {
    let has = |test: fn(&Source) -> bool| list.iter().any(test);
    let is_script = matches!(directive, "script-src" | "script-src-elem");
    // A nonce, a hash or 'strict-dynamic' turns 'unsafe-inline' off (CSP3, section 6.7.3.2), and 'strict-dynamic' all hosts
    // and schemes (section 8.2). They then have an effect in old browsers only.
    let is_dynamic = is_script && list.contains(&Source::StrictDynamic);
    match source {
        Source::Keyword(word) if &**word == "'unsafe-inline'" => {
            let is_off = has(|other| {
                matches!(other, Source::Nonce | Source::Hash(_) | Source::StrictDynamic)
            });
            if is_off { Broadness::Inert } else { Broadness::Inline }
        }
        Source::Keyword(word) if &**word == "'unsafe-eval'" => Broadness::Eval,
        Source::Any | Source::Scheme(_) | Source::Host(_) if is_dynamic => Broadness::Inert,
        Source::Any => Broadness::Hosts,
        Source::Scheme(scheme) => match &**scheme {
            "http" | "https" | "ws" | "wss" | "ftp" => Broadness::Hosts,
            _ if is_script || directive == "object-src" => Broadness::Embedded,
            _ => Broadness::Narrow,
        },
        Source::Host(host) if has_many_owners(host) => Broadness::Hosts,
        _ => Broadness::Narrow,
    }
}

/// Whether a source allows all hosts, or all below a public suffix.
fn has_many_owners(source: &HostSource) -> bool {
    source.below && psl::domain_str(&source.host).is_none()
}

impl PolicyEvidence<'_> {
    /// A policy that was in force over the range and forbade everything of this broadness, and its list for the directive.
    pub(super) fn trial_without(
        &self,
        directive: &str,
        broad: Broadness,
    ) -> Option<(&PagePolicy, &[Source])> {
        self.trials.iter().find_map(|trial| {
            let (_, list) = trial.policy.deciding(directive)?;
            // Under 'strict-dynamic' trusted scripts load others from any host, and browsers do not report it.
            let hides = broad == Broadness::Hosts && list.contains(&Source::StrictDynamic);
            let allows = |source: &Source| broadness(directive, source, list) == broad;
            (!hides && !list.iter().any(allows)).then_some((*trial, list))
        })
    }

    /// A policy that was in force over the range and had a list for a directive, and that list.
    pub(super) fn trial_with(&self, directive: &str) -> Option<(&PagePolicy, &[Source])> {
        self.trials.iter().find_map(|trial| Some((*trial, trial.policy.deciding(directive)?.1)))
    }

    /// How many reports show that the pages use something of this broadness.
    pub(super) fn uses(&self, directive: &str, broad: Broadness) -> u64 {
        let is_use = |scheme: &str| match broad {
            Broadness::Inline => scheme == "inline",
            Broadness::Eval => matches!(scheme, "eval" | "wasm-eval"),
            Broadness::Embedded => {
                !matches!(scheme, "" | "self" | "inline" | "eval" | "wasm-eval" | "unparsable")
            }
            _ => false,
        };
        let uses = self.inputs.reports.iter().filter(|report| {
            // `default-src` decides about directives with other names.
            let is_here = directive == "default-src" || self.directive_of(report) == directive;
            is_here && report.blocked.host.is_empty() && is_use(&report.blocked.scheme)
        });
        uses.map(|report| report.reports).sum()
    }
}

//! Which sources let pass more than anybody could approve, and what shows that nothing needs them.

use super::evidence::{Carried, Evidence};
use crate::csp::{HostSource, Source};

/// What a source lets pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breadth {
    /// Something that has a name.
    Narrow,
    /// Nothing, in browsers that know what stands beside it.
    Inert,
    /// Hosts that nobody chose: `*`, `https:`, `*.co.uk`.
    Hosts,
    /// Code that the page carries in a URL: `data:`, `blob:`.
    Carried,
    /// Any inline code.
    Inline,
    /// `eval`.
    Eval,
}

/// How broad a source is in a directive's list.
pub fn breadth(directive: &str, source: &Source, list: &[Source]) -> Breadth {
    let has = |test: fn(&Source) -> bool| list.iter().any(test);
    let is_script = matches!(directive, "script-src" | "script-src-elem");
    // CSP3, section 6.7.3.2: a nonce, a hash or 'strict-dynamic' switches 'unsafe-inline' off; section 8.2:
    // 'strict-dynamic' all hosts and schemes. What remains is for old browsers.
    let is_dynamic = is_script && has(|it| matches!(it, Source::StrictDynamic));
    match source {
        Source::Keyword(word) if &**word == "'unsafe-inline'" => {
            let is_off =
                has(|it| matches!(it, Source::Nonce | Source::Hash(_) | Source::StrictDynamic));
            if is_off { Breadth::Inert } else { Breadth::Inline }
        }
        Source::Keyword(word) if &**word == "'unsafe-eval'" => Breadth::Eval,
        Source::Any | Source::Scheme(_) | Source::Host(_) if is_dynamic => Breadth::Inert,
        Source::Any => Breadth::Hosts,
        Source::Scheme(scheme) => match &**scheme {
            "http" | "https" | "ws" | "wss" | "ftp" => Breadth::Hosts,
            _ if is_script || directive == "object-src" => Breadth::Carried,
            _ => Breadth::Narrow,
        },
        Source::Host(host) if is_shared(host) => Breadth::Hosts,
        _ => Breadth::Narrow,
    }
}

/// Whether it means the hosts of many owners: all, or those below a public suffix.
fn is_shared(source: &HostSource) -> bool {
    source.below && psl::domain_str(&source.host).is_none()
}

impl Evidence<'_> {
    /// A policy that was in force over the range and forbade this there; its list for the directive.
    pub(super) fn trial_without(
        &self,
        directive: &str,
        broad: Breadth,
    ) -> Option<(&Carried, &[Source])> {
        self.trials.iter().find_map(|trial| {
            let (_, list) = trial.policy.deciding(directive)?;
            // What trusted scripts load passes it unseen.
            let hides = broad == Breadth::Hosts && list.contains(&Source::StrictDynamic);
            let allows = |source: &Source| breadth(directive, source, list) == broad;
            (!hides && !list.iter().any(allows)).then_some((*trial, list))
        })
    }

    /// A policy that was in force over the range and had a list for a directive.
    pub(super) fn trial_with(&self, directive: &str) -> Option<(&Carried, &[Source])> {
        self.trials.iter().find_map(|trial| Some((*trial, trial.policy.deciding(directive)?.1)))
    }

    /// How many reports say that something of this breadth is in use.
    pub(super) fn uses(&self, directive: &str, broad: Breadth) -> u64 {
        let is_use = |scheme: &str| match broad {
            Breadth::Inline => scheme == "inline",
            Breadth::Eval => matches!(scheme, "eval" | "wasm-eval"),
            Breadth::Carried => {
                !matches!(scheme, "" | "self" | "inline" | "eval" | "wasm-eval" | "unparsable")
            }
            _ => false,
        };
        let used = self.given.reported.iter().filter(|it| {
            // `default-src` decides about directives that reports name.
            let is_there = directive == "default-src" || self.listed_under(it) == directive;
            is_there && it.blocked.host.is_empty() && is_use(&it.blocked.scheme)
        });
        used.map(|it| it.reports).sum()
    }
}

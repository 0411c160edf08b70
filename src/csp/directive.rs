//! A directive of a policy, and whether its list as a whole allows a URL.

use super::known_directives::{DirectiveKind, is_script};
use super::matching::{FetchedUrl, is_below};
use super::path::{Match, path};
use super::source::{HostSource, Source};
use crate::report::Place;

/// A directive: its name and its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    pub(super) name: Box<str>,
    pub(super) kind: DirectiveKind,
    pub(super) sources: Vec<Source>,
}

impl Directive {
    /// Whether its list allows a URL that was fetched under the effective directive `effective`.
    pub(super) fn allows(&self, effective: &str, url: &FetchedUrl<'_>) -> Match {
        let found = self.sources.iter().map(|source| url.matches(source)).max();
        let found = found.unwrap_or(Match::No);
        if !self.sources.contains(&Source::StrictDynamic) {
            return found;
        }
        // Section 8.2: for scripts it disables everything but nonces and hashes. Engines differ about workers, and about
        // what only falls back to this list.
        if is_script(effective) { Match::No } else { found.min(Match::Maybe) }
    }

    /// Whether it is a fetch directive whose list names the host of a URL; where the source has a path, it must match.
    pub(super) fn names(&self, blocked: &Place<'_>) -> bool {
        let names = |source: &Source| match source {
            Source::Host(source) => {
                source.names(&blocked.host) && path(&source.path, &blocked.path) == Match::Yes
            }
            _ => false,
        };
        self.kind == DirectiveKind::Fetch && self.sources.iter().any(names)
    }
}

impl HostSource {
    /// Whether it names a host, or the registrable domain that the host is below: `*.cloudfront.net` names none of its
    /// customers.
    fn names(&self, host: &str) -> bool {
        if !self.below {
            return host == &*self.host;
        }
        is_below(host, &self.host) && psl::domain_str(&self.host).is_some()
    }
}

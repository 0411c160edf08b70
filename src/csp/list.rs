//! A directive and its list as a whole.

use super::directives::{Form, is_script};
use super::matching::{Request, is_below};
use super::path::{Match, path};
use super::source::{HostSource, Source};
use crate::report::Place;

/// A directive and its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    pub(super) name: Box<str>,
    pub(super) form: Form,
    pub(super) sources: Vec<Source>,
}

impl Directive {
    /// Whether its list matches a URL that was loaded in the name of `effective`.
    pub(super) fn allows(&self, effective: &str, request: &Request<'_>) -> Match {
        let found = self.sources.iter().map(|source| request.matches(source)).max();
        let found = found.unwrap_or(Match::No);
        if !self.sources.contains(&Source::StrictDynamic) {
            return found;
        }
        // Section 8.2: for scripts it makes all but nonces and hashes count for nothing. Of workers and of
        // what only falls back to the list engines think differently.
        if is_script(effective) { Match::No } else { found.min(Match::Maybe) }
    }

    /// Whether it is a list for fetching that names the host, with a path only where that matches.
    pub(super) fn names(&self, blocked: &Place<'_>) -> bool {
        let names = |source: &Source| match source {
            Source::Host(source) => {
                source.names(&blocked.host) && path(&source.path, &blocked.path) == Match::Yes
            }
            _ => false,
        };
        self.form == Form::Fetch && self.sources.iter().any(names)
    }
}

impl HostSource {
    /// Whether it names a host, or the domain that the host is below. Who wrote `*.cloudfront.net` named
    /// none of its customers.
    fn names(&self, host: &str) -> bool {
        if !self.below {
            return host == &*self.host;
        }
        is_below(host, &self.host) && psl::domain_str(&self.host).is_some()
    }
}

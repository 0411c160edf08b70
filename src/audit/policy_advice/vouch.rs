//! Who vouches for a host: the configuration or a person. As when a report is judged, but by what holds now: a report
//! that came before its destination was approved counts as approved.

use super::evidence::{Decided, Evidence};
use crate::base::domain::registrable;
use crate::csp::{HostSource, Source};
use crate::decisions::Decision;

/// Why a host is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vouch {
    /// `site.hosts` names it by this pattern; none where no site is configured.
    Own(Option<String>),
    /// `site.known` names it by this pattern.
    Known(String),
    /// Somebody approved its destination.
    Approved(Decided),
}

/// Why it is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Nobody said anything.
    Unknown,
    /// Somebody said that it is nothing.
    Ignored(Decided),
    /// This threat list has it, whatever others say.
    Listed(String),
}

impl Evidence<'_> {
    /// What is said of a host, seen from a document.
    pub fn of_host(&self, host: &str, document_host: &str) -> Result<Vouch, Doubt> {
        if self.given.site.owns(host, document_host) {
            return Ok(Vouch::Own(self.given.site.owned_as(host)));
        }
        if let Some(list) = self.given.threats.find(host) {
            return Err(Doubt::Listed(list.to_owned()));
        }
        if let Some(pattern) = self.given.site.known_as(host) {
            return Ok(Vouch::Known(pattern));
        }
        let decided = self.given.decided.get(registrable(host));
        let holds = |it: &&Decided| it.until.is_none_or(|until| self.given.now < until);
        match decided.filter(holds) {
            Some(it) if it.decision == Decision::Approve => Ok(Vouch::Approved(it.clone())),
            Some(it) if it.decision == Decision::Ignore => Err(Doubt::Ignored(it.clone())),
            _ => Err(Doubt::Unknown),
        }
    }

    /// What is said of all that a source names; `None` where it names no host.
    pub(super) fn of_source(&self, source: &Source) -> Option<Result<Vouch, Doubt>> {
        let Source::Host(HostSource { host, below, .. }) = source else { return None };
        // No host is called so, but what holds of it holds of all that are below.
        let host = if *below { format!("*.{host}") } else { host.to_string() };
        Some(self.of_host(&host, &self.given.site.name))
    }
}

impl Vouch {
    /// The domain below which it vouches for every host.
    pub(super) fn widest<'a>(&'a self, host: &'a str) -> Option<&'a str> {
        match self {
            Self::Own(Some(pattern)) | Self::Known(pattern) => pattern.strip_prefix("*."),
            Self::Own(None) | Self::Approved(_) => Some(registrable(host)),
        }
    }
}

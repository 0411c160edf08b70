//! The destinations that a site's configuration expects.

use crate::base::destination::{VISITOR_NETWORK, WEBRTC, is_local};
use crate::base::domain::registrable;
use crate::config::{HostPattern, KnownDestination};
use crate::csp::is_path_below;
use crate::report::Report;

use super::host_set::HostSet;

/// What a page contacted, as it is compared with the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Contact<'a> {
    /// The violated directive.
    pub directive: &'a str,
    /// The host, or [`WEBRTC`].
    pub host: &'a str,
    /// Its path, or empty.
    pub path: &'a str,
    /// Whether the host is not in the public network. Each list of the configuration asks for it.
    pub(super) is_local: bool,
}

impl<'a> Contact<'a> {
    /// A contact with a host, or with [`WEBRTC`].
    pub fn new(directive: &'a str, host: &'a str, path: &'a str) -> Self {
        Self { directive, host, path, is_local: is_local(host) }
    }

    /// What a report says was contacted.
    pub(super) fn of(report: &'a Report<'_>) -> Self {
        let host = if report.is_webrtc() { WEBRTC } else { &report.blocked.host };
        Self::new(&report.directive, host, &report.blocked.path)
    }
}

/// The entries of one list of the configuration.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownSet {
    /// Those that name a host alone: nearly all.
    hosts: HostSet,
    /// Those with a path, or with a directive.
    narrow: Vec<KnownDestination>,
}

impl KnownSet {
    pub(super) fn new(entries: &[KnownDestination]) -> Self {
        let (hosts, narrow): (Vec<_>, Vec<_>) =
            entries.iter().partition(|entry| entry.is_whole_host());
        Self {
            hosts: HostSet::new(hosts.iter().map(|entry| &entry.host)),
            narrow: narrow.into_iter().cloned().collect(),
        }
    }

    /// Whether an entry expects the contact: its host, or [`VISITOR_NETWORK`] for a host there.
    pub(super) fn has(&self, contact: &Contact<'_>) -> bool {
        let elsewhere = Contact { host: VISITOR_NETWORK, ..*contact };
        self.has_host_of(contact) || (contact.is_local && self.has_host_of(&elsewhere))
    }

    /// Whether an entry names the very host.
    pub(super) fn has_host_of(&self, contact: &Contact<'_>) -> bool {
        self.hosts.contains(contact.host) || self.narrow(contact).is_some()
    }

    /// The entry with a path, or with a directive, that expects the contact.
    pub(super) fn narrow(&self, contact: &Contact<'_>) -> Option<&KnownDestination> {
        self.narrow.iter().find(|entry| {
            entry.host.matches(contact.host)
                && covers(&entry.directive, contact.directive)
                && (entry.path.is_empty() || is_path_below(&entry.path, contact.path))
        })
    }

    /// All entries, those of hosts alone first.
    pub(super) fn entries(&self) -> Vec<KnownDestination> {
        let whole = |host| KnownDestination { directive: String::new(), host, path: String::new() };
        let hosts = self.hosts.patterns().into_iter().map(whole);
        hosts.chain(self.narrow.iter().cloned()).collect()
    }

    /// The hosts that an entry names alone.
    pub(super) fn hosts(&self) -> &HostSet {
        &self.hosts
    }
}

/// Whether an entry's directive covers the reported one: `script-src` covers `script-src-elem` and `script-src-attr`.
fn covers(directive: &str, reported: &str) -> bool {
    let parent = || reported.strip_suffix("-elem").or_else(|| reported.strip_suffix("-attr"));
    directive.is_empty() || directive == reported || parent() == Some(directive)
}

/// The registrable domains whose other hosts count as related: those of hosts that are known for everything. What is known with
/// a path shares its host with others, and what is known for one directive is not expected for another.
pub(super) fn related(entries: &[KnownDestination]) -> impl Iterator<Item = &str> {
    entries.iter().filter(|entry| entry.is_whole_host()).map(|entry| registrable(entry.host.name()))
}

/// Whether a pattern is a real host's, so that another name can imitate it.
pub(super) fn is_imitable(pattern: &HostPattern) -> bool {
    !is_local(pattern.name())
}

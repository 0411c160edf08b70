//! The destinations that a site's configuration expects.

use crate::base::destination::{VISITOR_NETWORK, WEBRTC, is_local};
use crate::base::domain::{registered, registrable};
use crate::config::{HostPattern, KnownDestination};
use crate::csp::is_path_below;
use crate::decisions::covers_directive;
use crate::report::Report;

use super::host_set::HostSet;

/// Vendors number their own hosts with fewer digits, and their customers with more.
const ACCOUNT_DIGITS: usize = 4;

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
                && covers_directive(&entry.directive, contact.directive)
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

/// The registrable domains whose other hosts count as related: those of hosts that are known for everything. What is known with
/// a path shares its host with others, and what is known for one directive is not expected for another.
pub(super) fn related(entries: &[KnownDestination]) -> impl Iterator<Item = &str> {
    entries.iter().filter(|entry| entry.is_whole_host()).map(|entry| registrable(entry.host.name()))
}

/// The registrable domains of which an entry names one customer's host: after the site, or by the number of an account. The next
/// customer's is a stranger's. `names`: what the site is called.
pub(super) fn with_tenants<'e>(
    entries: &'e [KnownDestination],
    names: &[&str],
) -> impl Iterator<Item = &'e str> {
    let exact = entries.iter().filter_map(|entry| match &entry.host {
        HostPattern::Exact(host) => Some(host.as_str()),
        HostPattern::Below(_) => None,
    });
    exact.filter_map(move |host| {
        let domain = registered(host)?;
        let below = host.strip_suffix(domain)?;
        // A domain that is named after the site is the site's own.
        let is_own = has_name(domain, names);
        let mut labels = below.split('.');
        (!is_own && labels.any(|label| has_name(label, names) || is_account(label)))
            .then_some(domain)
    })
}

/// Whether one of the parts of a label, or of a domain, is a name.
fn has_name(text: &str, names: &[&str]) -> bool {
    text.split(['-', '.']).any(|part| names.contains(&part))
}

/// Whether a label has the number of an account: `o447951` of `o447951.ingest.sentry.io`, and not `cdn2`.
fn is_account(label: &str) -> bool {
    label.bytes().filter(u8::is_ascii_digit).count() >= ACCOUNT_DIGITS
}

/// Whether a pattern is a real host's, so that another name can imitate it.
pub(super) fn is_imitable(pattern: &HostPattern) -> bool {
    !is_local(pattern.name())
}

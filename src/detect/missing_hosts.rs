//! Hosts of the site's owner that report, and that `hosts` does not have: pages that nobody configured, such as a checkout on
//! `secure.shop.example`. Their reports are judged like the site's; somebody should add them.
//!
//! Anybody can invent a host. So a host counts once two networks name it, few are named at a time, and the rest is a number.

use serde::{Deserialize, Serialize};

use super::alert::{Episode, Severity};
use crate::base::client_id::NetworkId;
use crate::base::clock::Timestamp;
use crate::base::limits;

/// The hosts of a site that its configuration lacks.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct MissingHosts {
    hosts: Vec<MissingHost>,
    /// How many reports named a host for which there was no room.
    uncounted: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct MissingHost {
    host: Box<str>,
    /// The network that was the first to name it.
    network: NetworkId,
    last: Timestamp,
    reports: u64,
    /// Begins with the second network.
    episode: Option<Episode>,
}

/// A host that two networks named, and that is news.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NewHost {
    pub(super) reports: u64,
    /// How many reports named hosts that no alert names.
    pub(super) uncounted: u64,
}

impl MissingHosts {
    /// Notes a report of a page on a missing host. Returns something when an alert is due.
    pub(super) fn note(
        &mut self,
        host: &str,
        network: NetworkId,
        now: Timestamp,
    ) -> Option<NewHost> {
        let named = self.named().count();
        let Some(known) = self.hosts.iter_mut().find(|known| *known.host == *host) else {
            self.begin(host, network, now);
            return None;
        };
        known.last = known.last.max(now);
        known.reports += 1;
        if known.episode.is_none() && (known.network == network || named >= limits::HOSTS_NAMED) {
            return None;
        }
        let is_news = known.episode.get_or_insert_default().record(Severity::Ticket, now);
        is_news.then_some(NewHost { reports: known.reports, uncounted: self.uncounted })
    }

    /// The hosts that two networks named, and when each was last reported.
    pub(super) fn named(&self) -> impl Iterator<Item = (&str, Timestamp)> {
        let hosts = self.hosts.iter().filter(|host| host.episode.is_some());
        hosts.map(|host| (&*host.host, host.last))
    }

    /// Forgets the hosts that are configured by now.
    pub(super) fn forget(&mut self, is_configured: impl Fn(&str) -> bool) {
        self.hosts.retain(|host| !is_configured(&host.host));
    }

    fn begin(&mut self, host: &str, network: NetworkId, now: Timestamp) {
        if !is_plain(host) {
            self.uncounted += 1;
            return;
        }
        if self.hosts.len() >= limits::HOSTS_MISSING {
            self.hosts.retain(|host| host.episode.is_none_or(|episode| episode.is_active(now)));
        }
        if self.hosts.len() >= limits::HOSTS_MISSING {
            self.uncounted += 1;
            // The oldest of those that one network named, so that inventing hosts keeps no true one out for long.
            let unnamed = self.hosts.iter().enumerate().filter(|(_, host)| host.episode.is_none());
            let oldest = unnamed.min_by_key(|(_, host)| host.last).map(|(index, _)| index);
            let Some(oldest) = oldest else { return };
            self.hosts.swap_remove(oldest);
        }
        let host = Box::from(host);
        self.hosts.push(MissingHost { host, network, last: now, reports: 1, episode: None });
    }
}

/// Whether a name is safe in a label, and short.
fn is_plain(host: &str) -> bool {
    let is_safe = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    host.len() <= limits::HOST_BYTES_NAMED && host.bytes().all(is_safe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::{DAY, SECOND};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn a_host_is_news_with_the_second_network_and_after_a_silence() {
        let mut missing = MissingHosts::default();
        let mut note = |network, at| missing.note("pay.shop.example", NetworkId(network), at);
        assert_eq!(note(1, NOW), None);
        assert_eq!(note(1, NOW), None, "one network can invent everything");
        assert_eq!(note(2, NOW), Some(NewHost { reports: 3, uncounted: 0 }));
        assert_eq!(note(3, NOW + SECOND), None);
        assert!(note(3, NOW + 3 * DAY).is_some());
        assert_eq!(missing.named().count(), 1);
        missing.forget(|host| host == "pay.shop.example");
        assert_eq!(missing.named().count(), 0);
    }

    #[test]
    fn invented_hosts_are_counted_and_keep_no_true_one_out() {
        let mut missing = MissingHosts::default();
        for index in 0..1_000 {
            let at = NOW + index * SECOND;
            missing.note(&format!("x{index}.shop.example"), NetworkId(1), at);
        }
        assert!(missing.hosts.len() <= limits::HOSTS_MISSING && missing.uncounted > 900);
        let at = NOW + 1_000 * SECOND;
        missing.note("pay.shop.example", NetworkId(2), at);
        assert!(missing.note("pay.shop.example", NetworkId(3), at).is_some());
        for index in 0..1_000 {
            let host = format!("y{index}.shop.example");
            missing.note(&host, NetworkId(4), at);
            missing.note(&host, NetworkId(5), at);
        }
        assert_eq!(missing.named().count(), limits::HOSTS_NAMED);
        assert_eq!(missing.note("a b.shop.example", NetworkId(4), at), None);
    }
}

//! Quotas. They shed volume, never evidence: a report of an unknown destination has a reserve of its own,
//! so that a client's noise cannot use up the place of its one real sighting. The reserve is its network's:
//! a network with any number of clients has one, and a flood of forged domains out of it takes nothing from
//! the others. What is over that as well is not kept, unless it is the first sighting of its network, and detection learns of
//! it all the same (`src/journal/budget.rs`): a page that floods in its visitors' names hides nothing.
//!
//! A client is the keyed hash of an IPv4 address or an IPv6 /64. governor's keyed store grows by a
//! key per client, so the keys are bounded: later clients share a bucket with others until the old ones rest. Nobody can
//! choose which others, so a flood cannot take the bucket of the clients that it is to silence.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::base::client_id::{ClientId, NetworkId};
use crate::base::limits;
use crate::base::occupancy::StateTable;
use crate::config::{self, Rate};
use crate::report::Verdict;

/// The quotas of clients, their networks, and sites.
#[derive(Debug, Default)]
pub struct Quotas {
    /// Of a client, of a network, and of a site.
    rates: [Option<Rate>; 3],
    clients: Option<Bucket<ClientId>>,
    networks: Option<Bucket<NetworkId>>,
    /// Second quota, that of a client's network, for reports of unknown destinations only.
    reserve: Option<Bucket<NetworkId>>,
    sites: Option<Bucket<Arc<str>>>,
}

#[derive(Debug)]
struct Bucket<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    /// Whether it had as many keys as it may when they were last counted.
    is_full: AtomicBool,
    taken: AtomicU64,
    overflow: AtomicU64,
}

/// Keys are counted once in so many requests: counting takes every lock of the store.
const COUNT_EVERY: u64 = 1024;

impl Quotas {
    /// The quotas of a configuration.
    pub fn new(limits: &config::Limits) -> Self {
        Self {
            rates: [limits.per_client, limits.per_network, limits.per_site],
            clients: limits.per_client.map(Bucket::new),
            networks: limits.per_network.map(Bucket::new),
            reserve: limits.per_client.map(Bucket::new),
            sites: limits.per_site.map(Bucket::new),
        }
    }

    /// Whether these quotas are as large as others.
    pub fn has_limits_of(&self, others: &Self) -> bool {
        self.rates == others.rates
    }

    /// Whether a report is within its quotas; if not, it is counted as limited.
    pub fn admits(&self, client: ClientId, site: &Arc<str>, verdict: Verdict) -> bool {
        let is_evidence = is_evidence(verdict);
        let network = client.network();
        let of_network = |bucket| within(bucket, network, network.group());
        let by_client = (within(&self.clients, client, client.group())
            && of_network(&self.networks))
            || (is_evidence && of_network(&self.reserve));
        by_client && self.sites.as_ref().is_none_or(|bucket| bucket.takes(site) || is_evidence)
    }

    /// Forgets clients and networks whose quota is whole again. To be called now and then.
    pub fn retain_recent(&self) {
        self.clients.iter().for_each(Bucket::retain_recent);
        self.networks.iter().for_each(Bucket::retain_recent);
        self.reserve.iter().for_each(Bucket::retain_recent);
        if let Some(bucket) = &self.sites {
            bucket.limiter.retain_recent();
        }
    }

    /// The keys that have a quota.
    pub fn state(&self) -> Vec<StateTable> {
        vec![
            table("quota_clients", self.clients.as_ref()),
            table("quota_networks", self.networks.as_ref()),
            table("quota_evidence", self.reserve.as_ref()),
        ]
    }
}

/// Whether a report may be of a theft.
pub(super) fn is_evidence(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Unknown | Verdict::Impossible)
}

/// Whether there is no quota, or something is left of it for a key. `group`: for a key that has none of its own.
fn within<K: Hash + Eq + Copy>(bucket: &Option<Bucket<K>>, key: K, group: K) -> bool {
    bucket.as_ref().is_none_or(|bucket| bucket.takes_bounded(key, group))
}

fn table<K: Hash + Eq + Clone>(name: &'static str, bucket: Option<&Bucket<K>>) -> StateTable {
    StateTable {
        name,
        entries: bucket.map_or(0, |bucket| bucket.limiter.len()),
        limit: limits::QUOTA_KEYS,
        overflow: bucket.map_or(0, |bucket| bucket.overflow.load(Ordering::Relaxed)),
    }
}

impl<K: Hash + Eq + Clone> Bucket<K> {
    fn new(rate: Rate) -> Self {
        let count = NonZeroU32::new(rate.count).unwrap_or(NonZeroU32::MIN);
        // The whole quota may come at once: a page's load brings its reports in one burst.
        let quota = Quota::with_period(rate.per / count.get()).unwrap_or(Quota::per_second(count));
        Self {
            limiter: RateLimiter::keyed(quota.allow_burst(count)),
            is_full: AtomicBool::default(),
            taken: AtomicU64::default(),
            overflow: AtomicU64::default(),
        }
    }

    fn takes(&self, key: &K) -> bool {
        self.limiter.check_key(key).is_ok()
    }
}

impl<K: Hash + Eq + Copy> Bucket<K> {
    /// Keys beyond the bound share the bucket of their group, which hardly is anybody's own: there are 2^32 networks.
    fn takes_bounded(&self, key: K, group: K) -> bool {
        if self.taken.fetch_add(1, Ordering::Relaxed).is_multiple_of(COUNT_EVERY) {
            self.count_keys();
        }
        if !self.is_full.load(Ordering::Relaxed) {
            return self.takes(&key);
        }
        self.overflow.fetch_add(1, Ordering::Relaxed);
        self.takes(&group)
    }

    fn retain_recent(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
        self.count_keys();
    }

    fn count_keys(&self) {
        let is_full = self.limiter.len() >= limits::QUOTA_KEYS;
        self.is_full.store(is_full, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn quotas(per_client: Option<u32>, per_site: Option<u32>) -> Quotas {
        let rate = |count| Rate { count, per: Duration::from_secs(3600) };
        let config = config::Config::from_text("t", "", &Default::default()).expect("defaults");
        Quotas::new(&config::Limits {
            per_client: per_client.map(rate),
            per_network: per_client.map(|count| rate(4 * count)),
            per_site: per_site.map(rate),
            ..config.limits
        })
    }

    fn admitted(quotas: &Quotas, client: ClientId, verdict: Verdict, reports: usize) -> usize {
        let site = Arc::from("shop");
        (0..reports).filter(|_| quotas.admits(client, &site, verdict)).count()
    }

    #[test]
    fn a_client_has_its_quota_and_no_other() {
        let quotas = quotas(Some(3), None);
        assert_eq!(admitted(&quotas, ClientId(1), Verdict::Inline, 9), 3);
        assert_eq!(admitted(&quotas, ClientId(2), Verdict::Inline, 9), 3);
    }

    #[test]
    fn a_flood_of_noise_leaves_room_for_evidence() {
        let quotas = quotas(Some(3), Some(1));
        assert_eq!(admitted(&quotas, ClientId(1), Verdict::Noise, 99), 1);
        assert_eq!(admitted(&quotas, ClientId(1), Verdict::Unknown, 9), 3);
    }

    #[test]
    fn a_flood_of_forged_evidence_leaves_room_for_other_networks() {
        let quotas = quotas(Some(3), None);
        let client = |network, client| ClientId::new(NetworkId(network), client);
        let forged = |index| admitted(&quotas, client(7, index), Verdict::Unknown, 9);
        assert_eq!(forged(1), 3 + 3, "its own quota and its network's reserve");
        assert_eq!((2..100).map(forged).sum::<usize>(), 9, "what is left of its network's quota");
        assert_eq!(admitted(&quotas, client(8, 1), Verdict::Noise, 9), 3);
        assert_eq!(admitted(&quotas, client(8, 1), Verdict::Unknown, 1), 1);
    }

    #[test]
    fn keys_are_bounded_and_the_rest_shares_with_its_group() {
        let quotas = quotas(Some(3), None);
        let site = Arc::from("shop");
        let flood = NetworkId(5);
        for client in (0..).take(limits::QUOTA_KEYS + 3_000) {
            quotas.admits(ClientId::new(flood, client), &site, Verdict::Noise);
        }
        let table = quotas.state()[0];
        assert!(table.entries as u64 <= limits::QUOTA_KEYS as u64 + COUNT_EVERY + 1, "{table:?}");
        assert!(table.overflow >= COUNT_EVERY, "{table:?}");
        let newcomer =
            |network| admitted(&quotas, ClientId::new(NetworkId(network), 1), Verdict::Noise, 9);
        assert_eq!(newcomer(7), 0, "its group is that of the flood, and has spent its bucket");
        assert_eq!(newcomer(1 << 16), 3, "another group has a bucket of its own");
        assert_eq!(newcomer(1 << 16 | 1), 0, "for all of it");
    }

    #[test]
    fn without_a_rate_everything_passes() {
        assert_eq!(admitted(&quotas(None, None), ClientId(1), Verdict::Noise, 5_000), 5_000);
    }
}

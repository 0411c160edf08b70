//! Quotas. They shed volume, never evidence: a report of an unknown destination has a reserve of its own,
//! so that a client's noise cannot use up the place of its one real sighting. The reserve is its network's:
//! a network with any number of clients has one, and a flood of forged domains out of it takes nothing from
//! the others.
//!
//! A client is the keyed hash of an IPv4 address or an IPv6 /64. governor's keyed store grows by a
//! key per client, so the keys are bounded: later clients share one bucket until the old ones rest.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::accept::network_of;
use crate::config::{self, Rate};
use crate::limits;
use crate::report::Verdict;

/// The quotas of clients, their networks, and sites.
#[derive(Debug, Default)]
pub struct Admission {
    clients: Option<Bucket<u64>>,
    networks: Option<Bucket<u64>>,
    /// Second quota, that of a client's network, for reports of unknown destinations only.
    reserve: Option<Bucket<u64>>,
    sites: Option<Bucket<Arc<str>>>,
}

#[derive(Debug)]
struct Bucket<K: Hash + Eq + Clone>(DefaultKeyedRateLimiter<K>);

/// The key of all clients beyond the bound. A client whose hash is 0 shares it, which is one in 2^64.
const SHARED: u64 = 0;

impl Admission {
    /// The quotas of a configuration.
    pub fn new(limits: &config::Limits) -> Self {
        Self {
            clients: limits.per_client.map(Bucket::new),
            networks: limits.per_network.map(Bucket::new),
            reserve: limits.per_client.map(Bucket::new),
            sites: limits.per_site.map(Bucket::new),
        }
    }

    /// Whether a report is kept; if not, it is counted as limited.
    pub fn admits(&self, client: u64, site: &Arc<str>, verdict: Verdict) -> bool {
        let is_evidence = matches!(verdict, Verdict::Unknown | Verdict::Impossible);
        let within = |bucket: &Option<Bucket<u64>>, key| {
            bucket.as_ref().is_none_or(|bucket| bucket.takes_client(key))
        };
        let network = u64::from(network_of(client));
        let by_client = (within(&self.clients, client) && within(&self.networks, network))
            || (is_evidence && within(&self.reserve, network));
        by_client && self.sites.as_ref().is_none_or(|bucket| bucket.takes(site) || is_evidence)
    }

    /// Forgets clients and networks whose quota is whole again. To be called now and then.
    pub fn retain_recent(&self) {
        for bucket in [&self.clients, &self.networks, &self.reserve].into_iter().flatten() {
            bucket.0.retain_recent();
            bucket.0.shrink_to_fit();
        }
        if let Some(bucket) = &self.sites {
            bucket.0.retain_recent();
        }
    }
}

impl<K: Hash + Eq + Clone> Bucket<K> {
    fn new(rate: Rate) -> Self {
        let count = NonZeroU32::new(rate.count).unwrap_or(NonZeroU32::MIN);
        // The whole quota may come at once: a page's load brings its reports in one burst.
        let quota = Quota::with_period(rate.per / count.get()).unwrap_or(Quota::per_second(count));
        Self(RateLimiter::keyed(quota.allow_burst(count)))
    }

    fn takes(&self, key: &K) -> bool {
        self.0.check_key(key).is_ok()
    }
}

impl Bucket<u64> {
    fn takes_client(&self, client: u64) -> bool {
        let is_full = self.0.len() >= limits::QUOTA_KEYS;
        self.takes(if is_full { &SHARED } else { &client })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn admission(per_client: Option<u32>, per_site: Option<u32>) -> Admission {
        let rate = |count| Rate { count, per: Duration::from_secs(3600) };
        let config = config::Config::from_text("t", "", &Default::default()).expect("defaults");
        Admission::new(&config::Limits {
            per_client: per_client.map(rate),
            per_network: per_client.map(|count| rate(4 * count)),
            per_site: per_site.map(rate),
            ..config.limits
        })
    }

    fn admitted(admission: &Admission, client: u64, verdict: Verdict, reports: usize) -> usize {
        let site = Arc::from("shop");
        (0..reports).filter(|_| admission.admits(client, &site, verdict)).count()
    }

    #[test]
    fn a_client_has_its_quota_and_no_other() {
        let admission = admission(Some(3), None);
        assert_eq!(admitted(&admission, 1, Verdict::Inline, 9), 3);
        assert_eq!(admitted(&admission, 2, Verdict::Inline, 9), 3);
    }

    #[test]
    fn a_flood_of_noise_leaves_room_for_evidence() {
        let admission = admission(Some(3), Some(1));
        assert_eq!(admitted(&admission, 1, Verdict::Noise, 99), 1);
        assert_eq!(admitted(&admission, 1, Verdict::Unknown, 9), 3);
    }

    #[test]
    fn a_flood_of_forged_evidence_leaves_room_for_other_networks() {
        let admission = admission(Some(3), None);
        let client = |network: u64, client: u64| network << 32 | client;
        let forged = |index| admitted(&admission, client(7, index), Verdict::Unknown, 9);
        assert_eq!(forged(1), 3 + 3, "its own quota and its network's reserve");
        assert_eq!((2..100).map(forged).sum::<usize>(), 9, "what is left of its network's quota");
        assert_eq!(admitted(&admission, client(8, 1), Verdict::Noise, 9), 3);
        assert_eq!(admitted(&admission, client(8, 1), Verdict::Unknown, 1), 1);
    }

    #[test]
    fn without_a_rate_everything_passes() {
        assert_eq!(admitted(&admission(None, None), 1, Verdict::Noise, 5_000), 5_000);
    }
}

//! The keyed hash of clients whose key changes: what is stored of one period cannot be put together with another's by
//! somebody who has no key. Periods are counted in days since 1970, so collectors with the same secret change at the same time.
//!
//! What detection knows of the last day is about the old hashes. So a network that reported on the last day of a period keeps
//! its old hash for the first day of the next: it is no second witness of what it has reported already.

use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::client_addr::ClientHasher;
use crate::base::client_id::{ClientId, NetworkId};
use crate::base::clock::Timestamp;
use crate::base::collections::HashSet;
use crate::base::limits;
use crate::base::lock::Mutex;

/// Hashes clients, with the key of the present period.
pub struct RotatingHasher {
    key: [u8; 16],
    /// The hasher of the secret itself, where no key is rotated.
    fixed: ClientHasher,
    /// How long a key is used; `None`: for ever.
    days: Option<u32>,
    period: ArcSwap<Period>,
    /// The networks of the last day of a period, by the hash that they have in it.
    last_day: Mutex<HashSet<NetworkId>>,
}

struct Period {
    number: i64,
    hasher: ClientHasher,
    before: ClientHasher,
}

impl Period {
    fn new(key: &[u8; 16], number: i64) -> Self {
        let of = |number| ClientHasher::new(&key_of(key, number));
        Self { number, hasher: of(number), before: of(number - 1) }
    }
}

impl RotatingHasher {
    /// A hasher with this secret, whose key is used for so many days.
    pub fn new(key: &[u8; 16], days: Option<u32>) -> Self {
        let period = ArcSwap::from_pointee(Period::new(key, 0));
        let fixed = ClientHasher::new(key);
        Self { key: *key, fixed, days, period, last_day: Mutex::default() }
    }

    /// The hash of a client that sends now.
    pub fn hash(&self, address: IpAddr) -> ClientId {
        match self.days {
            None => self.fixed.hash(address),
            Some(days) => self.hash_at(address, days, Timestamp::now()),
        }
    }

    fn hash_at(&self, address: IpAddr, days: u32, now: Timestamp) -> ClientId {
        let (number, day) = period_of(now, days);
        let mut period = self.period.load_full();
        if period.number != number {
            period = Arc::new(Period::new(&self.key, number));
            self.period.store(Arc::clone(&period));
        }
        let client = period.hasher.hash(address);
        let mut last_day = self.last_day.lock();
        if day == 0 && !last_day.is_empty() {
            let before = period.before.hash(address);
            return if last_day.contains(&before.network()) { before } else { client };
        }
        if day == i64::from(days) - 1 {
            if last_day.len() < limits::QUOTA_KEYS {
                last_day.insert(client.network());
            }
        } else if !last_day.is_empty() {
            *last_day = HashSet::default();
        }
        client
    }

    /// All hashes that a client may have in rows of so many days.
    pub fn all_of(&self, address: IpAddr, now: Timestamp, kept: u32) -> Vec<ClientId> {
        let Some(days) = self.days else { return vec![self.fixed.hash(address)] };
        let (last, _) = period_of(now, days);
        // One more, for the first day of a period.
        let first = last - i64::from(kept.div_ceil(days)) - 1;
        let of = |number| ClientHasher::new(&key_of(&self.key, number)).hash(address);
        // And what is from before the rotation was set.
        let before = self.fixed.hash(address);
        (first..=last).map(of).chain([before]).collect()
    }
}

/// The period of a time, and which of its days that is.
fn period_of(now: Timestamp, days: u32) -> (i64, i64) {
    (now.day().div_euclid(i64::from(days)), now.day().rem_euclid(i64::from(days)))
}

/// The key of a period; the secret alone is none, so that to set a rotation changes all hashes at once.
fn key_of(secret: &[u8; 16], period: i64) -> [u8; 16] {
    let material = [&secret[..], &period.to_le_bytes()].concat();
    let mut key = [0; 16];
    key.copy_from_slice(
        &blake3::derive_key("cspwatch 2026-11 client hash of a period", &material)[..16],
    );
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::DAY;

    const ADDRESSES: [[u8; 4]; 2] = [[192, 0, 2, 1], [198, 51, 100, 7]];

    fn at(day: i64) -> Timestamp {
        Timestamp::from_day(day) + DAY / 2
    }

    /// The hash of a client on a day.
    fn hash(hasher: &RotatingHasher, address: IpAddr, day: i64) -> ClientId {
        hasher.hash_at(address, hasher.days.expect("a rotation"), at(day))
    }

    #[test]
    fn without_a_rotation_the_hash_stays_as_it_was() {
        let hasher = RotatingHasher::new(&[7; 16], None);
        let address = ADDRESSES[0].into();
        assert_eq!(hasher.hash(address), ClientHasher::new(&[7; 16]).hash(address));
        assert_eq!(hasher.all_of(address, at(1), 800), [hasher.hash(address)]);
        assert_eq!(hasher.all_of(address, at(9_999), 800), [hasher.hash(address)]);
    }

    #[test]
    fn a_network_of_the_last_day_keeps_its_hash_for_one_more() {
        let hasher = RotatingHasher::new(&[7; 16], Some(10));
        let [known, other] = ADDRESSES.map(IpAddr::from);
        let old = hash(&hasher, known, 12);
        assert_eq!(old, hash(&hasher, known, 19), "one key for ten days");
        let neighbour: IpAddr = [192, 0, 2, 99].into();
        assert_eq!(hash(&hasher, known, 20), old, "no second witness");
        assert_eq!(hash(&hasher, neighbour, 20).network(), old.network());
        let new = hash(&hasher, other, 20);
        assert_eq!(hash(&hasher, other, 29), new, "unknown on the last day, new on the first");
        assert_ne!(hash(&hasher, known, 21), old);
        assert_ne!(hash(&hasher, known, 21).network(), old.network());
    }

    #[test]
    fn collectors_with_one_secret_agree_and_all_hashes_of_the_past_are_known() {
        let [one, two] = [(); 2].map(|()| RotatingHasher::new(&[7; 16], Some(30)));
        let address = ADDRESSES[0].into();
        let all = one.all_of(address, at(900), 800);
        for day in (100..=900).step_by(7) {
            assert!(all.contains(&hash(&two, address, day)), "day {day}");
        }
        assert_eq!(all.len(), 30);
        assert!(!all.contains(&hash(&RotatingHasher::new(&[8; 16], Some(30)), address, 900)));
    }
}

//! How often somebody may try to log in. Attempts are counted before the password is looked at, so that many at once are not
//! more than one after the other.
//!
//! An attacker must not lock the on-call out: attempts from a network where this account logged in before have a count of
//! their own, and the account's common count does not concern them.

use std::collections::HashMap;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::base::client_id::NetworkId;
use crate::base::clock::{MINUTE, Timestamp, days};
use crate::base::limits;
use crate::base::lock::Mutex;

/// The time in which attempts are counted.
pub(super) const WINDOW: Duration = MINUTE.saturating_mul(15);
/// How long a network stays one from which the account logged in.
const REMEMBERED: Duration = days(30);

/// The attempts so far.
#[derive(Default)]
pub(in crate::console) struct Throttle(Mutex<HashMap<Key, Count>>);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    /// One account, from networks that it never logged in from.
    Account(Account),
    /// One account from one network.
    Pair(Account, NetworkId),
    /// All accounts from one network.
    Network(NetworkId),
    /// The account logged in from this network.
    LoggedIn(Account, NetworkId),
}

/// A hash of what was typed as a name.
type Account = [u8; 16];

#[derive(Clone, Copy)]
struct Count {
    attempts: u32,
    since: Timestamp,
}

impl Key {
    fn lasts(self) -> Duration {
        match self {
            Self::LoggedIn(..) => REMEMBERED,
            _ => WINDOW,
        }
    }

    fn attempts_max(self) -> u32 {
        match self {
            Self::Account(_) => limits::CONSOLE_LOGINS_PER_ACCOUNT,
            Self::Pair(..) => limits::CONSOLE_LOGINS_PER_PAIR,
            Self::Network(_) => limits::CONSOLE_LOGINS_PER_NETWORK,
            Self::LoggedIn(..) => u32::MAX,
        }
    }
}

impl Throttle {
    /// Counts an attempt; the error is how long to wait.
    pub(super) fn begin(
        &self,
        name: &str,
        network: NetworkId,
        now: Timestamp,
    ) -> Result<(), Duration> {
        let account = account(name);
        let mut counts = self.0.lock();
        let is_known = counts
            .get(&Key::LoggedIn(account, network))
            .is_some_and(|count| now.is_within(REMEMBERED, count.since));
        let common = (!is_known).then_some(Key::Account(account));
        let keys = [Some(Key::Pair(account, network)), Some(Key::Network(network)), common];
        let keys: Vec<Key> = keys.into_iter().flatten().collect();
        for key in &keys {
            if let Some(count) = counts.get(key).filter(|count| now.is_within(WINDOW, count.since))
                && count.attempts >= key.attempts_max()
            {
                return Err(WINDOW.saturating_sub(now.since(count.since)));
            }
        }
        make_room(&mut counts, now);
        for key in keys {
            let count = counts.entry(key).or_insert(Count { attempts: 0, since: now });
            if !now.is_within(WINDOW, count.since) {
                *count = Count { attempts: 0, since: now };
            }
            count.attempts += 1;
        }
        Ok(())
    }

    /// The attempt succeeded: the account has no failed attempts from this network any more.
    pub(super) fn succeed(&self, name: &str, network: NetworkId, now: Timestamp) {
        let account = account(name);
        let mut counts = self.0.lock();
        counts.remove(&Key::Pair(account, network));
        for key in [Key::Network(network), Key::Account(account)] {
            if let Some(count) = counts.get_mut(&key) {
                count.attempts = count.attempts.saturating_sub(1);
            }
        }
        counts.insert(Key::LoggedIn(account, network), Count { attempts: 0, since: now });
    }
}

/// Drops what is over and, where that is not enough, the oldest eighth at once: to look for the oldest at each attempt would cost
/// more than the attempt.
fn make_room(counts: &mut HashMap<Key, Count>, now: Timestamp) {
    if counts.len() < limits::CONSOLE_LOGIN_COUNTS {
        return;
    }
    counts.retain(|key, count| now.is_within(key.lasts(), count.since));
    if counts.len() < limits::CONSOLE_LOGIN_COUNTS {
        return;
    }
    let mut to_drop = limits::CONSOLE_LOGIN_COUNTS / 8;
    let mut times: Vec<Timestamp> = counts.values().map(|count| count.since).collect();
    let (_, newest_dropped, _) = times.select_nth_unstable(to_drop);
    counts.retain(|_, count| {
        let is_dropped = to_drop > 0 && count.since <= *newest_dropped;
        to_drop -= usize::from(is_dropped);
        !is_dropped
    });
}

fn account(name: &str) -> Account {
    let mut account = [0; 16];
    account.copy_from_slice(&Sha256::digest(name)[..16]);
    account
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn tries(throttle: &Throttle, name: &str, networks: impl Iterator<Item = u32>) -> usize {
        networks.filter(|network| throttle.begin(name, NetworkId(*network), NOW).is_ok()).count()
    }

    #[test]
    fn attempts_are_bounded_for_an_account_and_a_network() {
        let pair = limits::CONSOLE_LOGINS_PER_PAIR as usize;
        let throttle = Throttle::default();
        assert_eq!(tries(&throttle, "ada", std::iter::repeat_n(1, 100)), pair);
        assert!(throttle.begin("ada", NetworkId(1), NOW + WINDOW).is_ok(), "the window is over");
        let account = limits::CONSOLE_LOGINS_PER_ACCOUNT as usize;
        assert_eq!(tries(&Throttle::default(), "ada", 0..1_000), account);
        let network = limits::CONSOLE_LOGINS_PER_NETWORK as usize;
        let throttle = Throttle::default();
        let names = (0..1_000).map(|name| format!("user {name}"));
        let begun = names.filter(|name| throttle.begin(name, NetworkId(1), NOW).is_ok());
        assert_eq!(begun.count(), network);
    }

    #[test]
    fn whoever_guesses_does_not_lock_out_whoever_logged_in_before() {
        let throttle = Throttle::default();
        assert!(throttle.begin("ada", NetworkId(7), NOW).is_ok());
        throttle.succeed("ada", NetworkId(7), NOW);
        tries(&throttle, "ada", 1_000..2_000);
        assert!(throttle.begin("ada", NetworkId(8), NOW).is_err());
        assert!(throttle.begin("ada", NetworkId(7), NOW).is_ok());
    }

    #[test]
    fn the_table_is_bounded() {
        let throttle = Throttle::default();
        for network in 0..u32::try_from(limits::CONSOLE_LOGIN_COUNTS).expect("few") {
            let _ = throttle.begin("ada", NetworkId(network), NOW);
            let _ = throttle.begin(&network.to_string(), NetworkId(network), NOW);
        }
        assert!(throttle.0.lock().len() <= limits::CONSOLE_LOGIN_COUNTS + 3);
    }
}

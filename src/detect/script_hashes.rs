//! The contents that one script had, by their hashes. Anybody can invent a hash, so one counts once two networks have reported
//! it, as a policy does; and what is invented pushes out what its own network invented before.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::room::oldest_of_busiest;
use crate::base::client_id::NetworkId;
use crate::base::clock::{DAY, Timestamp, days};
use crate::base::collections::HashSet;
use crate::base::limits;

/// How long a hash is remembered that nobody reports: a release is rolled back within days, and what comes back after months is
/// news. A script that is rarely loaded has as long to find its second network.
const KEPT: Duration = days(30);

/// So many networks must report a hash.
const NETWORKS: usize = 2;

/// So many that each report a hash of their own within a day mean a script that is made anew for every visitor.
const NETWORKS_OF_THEIR_OWN: usize = 16;

/// Then so many must report a hash: a visitor who takes a script along from one network to the next is in two or three.
const NETWORKS_OF_MADE_ANEW: usize = 4;

/// A script whose contents all are of one day is renewed all the time if so many networks were the ones that made them count: a
/// few that invent contents are not enough.
const NETWORKS_OF_RENEWED: usize = 8;

/// What is known of the contents of one script.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct ScriptHashes {
    known: Vec<KnownHash>,
    /// Those that too few networks have reported, the oldest first.
    pending: Vec<PendingHash>,
}

/// A content that the script really had.
#[derive(Debug, Serialize, Deserialize)]
struct KnownHash {
    hash: Box<str>,
    since: Timestamp,
    last: Timestamp,
    /// The network whose report made it count.
    made_known_by: NetworkId,
}

#[derive(Debug, Serialize, Deserialize)]
struct PendingHash {
    hash: Box<str>,
    network: NetworkId,
    at: Timestamp,
}

impl ScriptHashes {
    /// Learns a hash. Returns whether it is a change: the script had another content before.
    pub(super) fn learn(&mut self, hash: &str, network: NetworkId, now: Timestamp) -> bool {
        // Nearly every report has a hash that was reported lately.
        if self.is_seen_again(hash, now, |known| now.is_within(KEPT, known.last)) {
            return false;
        }
        self.forget_old(now);
        if self.is_seen_again(hash, now, |_| true) {
            return false;
        }
        if !self.is_enough(hash, network, now) {
            self.wait(hash, network, now);
            return false;
        }
        self.pending.retain(|pending| *pending.hash != *hash);
        let is_change = !self.known.is_empty() && !self.is_renewed(now);
        self.remember(hash, network, now);
        is_change
    }

    /// Notes that a hash is reported again, if it is known.
    fn is_seen_again(
        &mut self,
        hash: &str,
        now: Timestamp,
        counts: impl Fn(&KnownHash) -> bool,
    ) -> bool {
        let known = self.known.iter_mut().find(|known| *known.hash == *hash && counts(known));
        let Some(known) = known else { return false };
        known.last = known.last.max(now);
        true
    }

    /// Whether the script has been one that two networks agree on.
    pub(super) fn is_known(&self) -> bool {
        !self.known.is_empty()
    }

    /// Whether enough networks report a hash, this one included.
    fn is_enough(&self, hash: &str, network: NetworkId, now: Timestamp) -> bool {
        let of_hash = self.pending.iter().filter(|pending| *pending.hash == *hash);
        let others: HashSet<NetworkId> =
            of_hash.map(|pending| pending.network).filter(|other| *other != network).collect();
        let today = self.pending.iter().filter(|pending| now.is_within(DAY, pending.at));
        let of_their_own: HashSet<NetworkId> = today.map(|pending| pending.network).collect();
        let is_made_anew = of_their_own.len() >= NETWORKS_OF_THEIR_OWN;
        others.len() + 1 >= if is_made_anew { NETWORKS_OF_MADE_ANEW } else { NETWORKS }
    }

    /// Whether all contents that are remembered are of one day, and visitors say so: then another one says nothing.
    fn is_renewed(&self, now: Timestamp) -> bool {
        let by: HashSet<NetworkId> = self.known.iter().map(|known| known.made_known_by).collect();
        self.known.len() >= limits::HASHES_PER_SCRIPT
            && self.known.iter().all(|known| now.is_within(DAY, known.since))
            && by.len() >= NETWORKS_OF_RENEWED
    }

    /// Notes that one more network reports a hash. The network with most of them loses its oldest to make room.
    fn wait(&mut self, hash: &str, network: NetworkId, now: Timestamp) {
        let is_same = |pending: &PendingHash| pending.network == network && *pending.hash == *hash;
        if self.pending.iter().any(is_same) {
            return;
        }
        if self.pending.len() >= limits::HASHES_PENDING_PER_SCRIPT {
            let places = (0..).zip(&self.pending);
            let entries = places.map(|(place, pending)| (place, pending.network, place));
            if let Some(place) = oldest_of_busiest(entries) {
                self.pending.remove(place);
            }
        }
        self.pending.push(PendingHash { hash: Box::from(hash), network, at: now });
    }

    /// Forgets what nobody has reported for long, but never the latest content: a script that is loaded again after months is
    /// compared with what it was.
    fn forget_old(&mut self, now: Timestamp) {
        self.pending.retain(|pending| now.is_within(KEPT, pending.at));
        let latest = self.known.iter().map(|known| known.last).max();
        self.known.retain(|known| now.is_within(KEPT, known.last) || Some(known.last) == latest);
    }

    fn remember(&mut self, hash: &str, network: NetworkId, now: Timestamp) {
        if self.known.len() >= limits::HASHES_PER_SCRIPT {
            let last = |(_, known): &(usize, &KnownHash)| known.last;
            let oldest = self.known.iter().enumerate().min_by_key(last).map(|(place, _)| place);
            if let Some(oldest) = oldest {
                self.known.remove(oldest);
            }
        }
        let hash = Box::from(hash);
        self.known.push(KnownHash { hash, since: now, last: now, made_known_by: network });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::{HOUR, MINUTE};

    const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    /// Each of these networks reports the hash, a minute apart. Returns whether one of the reports was a change.
    fn report(
        script: &mut ScriptHashes,
        hash: &str,
        networks: impl IntoIterator<Item = u32>,
        at: Duration,
    ) -> bool {
        let mut is_change = false;
        for (network, minutes) in networks.into_iter().zip(0_u32..) {
            is_change |= script.learn(hash, NetworkId(network), START + at + minutes * MINUTE);
        }
        is_change
    }

    /// A script of one content.
    fn script() -> ScriptHashes {
        let mut script = ScriptHashes::default();
        assert!(!report(&mut script, "first", 0..40, Duration::ZERO), "the first is no change");
        script
    }

    #[test]
    fn a_hash_is_a_change_once_two_networks_report_it() {
        let mut script = script();
        assert!(!report(&mut script, "second", [7, 7, 7], HOUR), "one network");
        assert!(report(&mut script, "second", [8], 2 * HOUR));
        assert!(!report(&mut script, "second", 9..20, 3 * HOUR), "known by now");
        assert!(!report(&mut script, "first", 20..30, 4 * HOUR), "a rollback");
    }

    #[test]
    fn a_hash_that_one_network_invents_first_is_not_what_the_script_was() {
        let mut script = ScriptHashes::default();
        assert!(!report(&mut script, "invented", [7], Duration::ZERO));
        assert!(!report(&mut script, "first", 0..40, HOUR));
        assert!(report(&mut script, "invented", [8], 2 * HOUR));
    }

    #[test]
    fn what_one_network_invents_hides_no_change() {
        for invented in [1, 16, 1_000] {
            let mut script = script();
            assert!(!report(&mut script, "second", [100], HOUR));
            for index in 0..invented {
                assert!(!report(&mut script, &index.to_string(), [7], HOUR));
            }
            assert!(report(&mut script, "second", [101], 2 * HOUR), "{invented}");
        }
    }

    #[test]
    fn what_few_networks_invent_together_hides_no_change() {
        let mut script = script();
        for index in 0..1_000 {
            report(&mut script, &index.to_string(), [7, 8, 9], HOUR);
        }
        assert!(report(&mut script, "second", [100, 101], 2 * HOUR));
    }

    #[test]
    fn every_release_is_a_change_however_many_came_before() {
        for apart in [HOUR * 3, DAY, days(7), days(60)] {
            let mut script = script();
            for release in 1..60 {
                let is_change = report(&mut script, &release.to_string(), 0..5, release * apart);
                assert!(is_change, "release {release} after {apart:?}");
            }
        }
    }

    #[test]
    fn a_hash_that_comes_back_after_months_is_a_change_if_there_was_another() {
        let mut script = script();
        assert!(!report(&mut script, "first", [1, 2], days(200)), "nothing else was there");
        assert!(report(&mut script, "second", [1, 2], days(201)));
        assert!(report(&mut script, "first", [1, 2], days(300)));
    }

    #[test]
    fn a_script_that_is_made_anew_for_every_visitor_changes_when_they_all_get_the_same() {
        let mut script = script();
        for visitor in 0..200 {
            // One of four is at home, and then on the way.
            let hash = visitor.to_string();
            let networks = [1_000 + visitor, 2_000 + visitor];
            let networks = &networks[..if visitor % 4 == 0 { 2 } else { 1 }];
            let at = HOUR + visitor * MINUTE;
            let is_change = report(&mut script, &hash, networks.iter().copied(), at);
            assert!(!is_change || visitor < 24, "{visitor}");
        }
        assert!(report(&mut script, "the same", 0..4, 5 * HOUR));
    }

    #[test]
    fn a_script_that_is_renewed_all_the_time_says_nothing() {
        let mut script = script();
        let change_in = |script: &mut ScriptHashes, round: u32| {
            let networks = 10 * round..10 * round + 5;
            report(script, &round.to_string(), networks, round * HOUR)
        };
        let changes = (1..200).filter(|round| change_in(&mut script, *round)).count();
        assert!(changes <= limits::HASHES_PER_SCRIPT, "{changes}");
    }

    #[test]
    fn there_are_no_more_hashes_than_the_limits() {
        let mut script = script();
        for index in 0..100 {
            report(&mut script, &format!("known {index}"), [index, index + 1], index * HOUR);
        }
        for index in 0..100 {
            report(&mut script, &format!("pending {index}"), [index], 100 * HOUR);
        }
        assert_eq!(script.known.len(), limits::HASHES_PER_SCRIPT);
        assert_eq!(script.pending.len(), limits::HASHES_PENDING_PER_SCRIPT);
    }
}

//! Which policies the pages of a site carry. An attacker who edits a page can edit its policy, too, for instance to allow the
//! attacker's host. Then browsers report nothing of the theft, but every other report carries the new policy.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::alert::{Episode, QUIET, Severity};
use super::room::oldest_of_busiest;
use crate::base::client_id::NetworkId;
use crate::base::clock::Timestamp;
use crate::base::collections::{HashMap, HashSet};
use crate::base::limits;
use crate::csp::{Effect, differences};

/// Hash of a policy without its nonces and the names of its report endpoints; 0 = no policy.
type PolicyHash = u64;

/// The policies of a site.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Policies {
    groups: HashMap<Arc<str>, GroupPolicies>,
    /// Policies that one network alone has reported: which one, and when.
    pending: HashMap<PolicyHash, (NetworkId, Timestamp)>,
    /// Policies that two networks have reported, and when the second did.
    announced: HashMap<PolicyHash, Timestamp>,
    /// The texts of policies, as far as they are known.
    texts: HashMap<PolicyHash, Box<str>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct GroupPolicies {
    /// When the first report of the page group came.
    since: Timestamp,
    /// The policies that it carries or carried, the latest last.
    known: Vec<PolicyHash>,
    episode: Episode,
    /// When it carried another one first that it did not carry on its first day.
    changed: Option<Timestamp>,
    /// Whether the last change weakened the policy.
    effect: Option<Effect>,
}

/// A policy that a page group did not carry before.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NewPolicy {
    /// How it differs from the most similar policy of the page group; empty where the texts are not known.
    pub(super) differences: Vec<String>,
    /// It is the first change of this page group within a day.
    pub(super) starts_episode: bool,
}

impl Policies {
    /// Learns the policy that a report carries. On a page group's first day every policy counts as its own; later two
    /// networks must report a policy, because anybody can invent one. `text`: the policy, or empty.
    pub(super) fn learn(
        &mut self,
        group: &Arc<str>,
        policy: PolicyHash,
        text: &str,
        network: NetworkId,
        now: Timestamp,
    ) -> Option<NewPolicy> {
        if policy == 0 {
            return None;
        }
        // Nearly every report carries a policy that is known.
        if self.groups.get(group).is_some_and(|group| group.known.contains(&policy)) {
            return None;
        }
        let group = self.groups.entry(Arc::clone(group)).or_insert_with(|| GroupPolicies {
            since: now,
            known: Vec::new(),
            episode: Episode::default(),
            changed: None,
            effect: None,
        });
        let is_reported = self.announced.get(&policy).is_some_and(|at| now.is_within(QUIET, *at));
        if is_reported || now.is_within(QUIET, group.since) {
            group.changed = group.changed.max(is_reported.then_some(now));
            group.remember(policy);
            self.keep(policy, text);
            return None;
        }
        match self.pending.get(&policy) {
            Some((first, _)) if *first != network => {}
            Some(_) => return None,
            None => {
                self.make_room_for_pending();
                self.pending.insert(policy, (network, now));
                return None;
            }
        }
        self.pending.remove(&policy);
        bound(&mut self.announced, |at| *at);
        self.announced.insert(policy, now);
        let known = group.known.iter().filter_map(|before| self.texts.get(before));
        let (differences, effect) = differences(known.map(|before| &**before), text);
        (group.effect, group.changed) = (effect, Some(now));
        group.remember(policy);
        let starts_episode = group.episode.record(Severity::Ticket, now);
        self.keep(policy, text);
        Some(NewPolicy { differences, starts_episode })
    }

    /// Makes room for one more that one network alone has reported: the network that reported most of them loses its oldest.
    fn make_room_for_pending(&mut self) {
        if self.pending.len() < limits::POLICIES_PER_PAGE_GROUP {
            return;
        }
        let entries = self.pending.iter().map(|(policy, (network, at))| (*policy, *network, *at));
        if let Some(policy) = oldest_of_busiest(entries) {
            self.pending.remove(&policy);
        }
    }

    /// Keeps the text of a policy while a page group may have to be compared with it.
    fn keep(&mut self, policy: PolicyHash, text: &str) {
        if text.is_empty() || text.len() > limits::POLICY_COMPARED_BYTES {
            return;
        }
        self.texts.entry(policy).or_insert_with(|| Box::from(text));
        if self.texts.len() > limits::POLICIES_PER_SITE {
            let known: HashSet<PolicyHash> =
                self.groups.values().flat_map(|group| group.known.iter().copied()).collect();
            self.texts.retain(|policy, _| known.contains(policy));
        }
    }

    /// When the policy of each page group changed last, and the effect of that change.
    pub(super) fn changes(&self) -> impl Iterator<Item = (&Arc<str>, &'static str, Timestamp)> {
        self.groups.iter().filter_map(|(name, group)| {
            let effect = group.effect.map_or("unknown", Effect::as_str);
            Some((name, effect, group.episode.last()?))
        })
    }

    /// When a page group carried another policy first that it did not carry on its first day.
    pub(super) fn changed(&self, group: &str) -> Option<Timestamp> {
        self.groups.get(group)?.changed
    }

    /// How many policies are remembered, each as often as a page group has it.
    pub(super) fn len(&self) -> usize {
        let known: usize = self.groups.values().map(|group| group.known.len()).sum();
        known + self.pending.len()
    }
}

impl GroupPolicies {
    fn remember(&mut self, policy: PolicyHash) {
        if self.known.len() >= limits::POLICIES_PER_PAGE_GROUP {
            self.known.remove(0);
        }
        self.known.push(policy);
    }
}

/// Whether two times are within a day of each other, whichever is first.
pub(super) fn is_near(one: Timestamp, other: Timestamp) -> bool {
    one.max(other).is_within(QUIET, one.min(other))
}

/// Makes room for one more: forgets the oldest if there are too many.
fn bound<V>(policies: &mut HashMap<PolicyHash, V>, at: impl Fn(&V) -> Timestamp) {
    if policies.len() < limits::POLICIES_PER_PAGE_GROUP {
        return;
    }
    if let Some(oldest) = policies.iter().min_by_key(|(_, value)| at(value)).map(|(key, _)| *key) {
        policies.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::{DAY, SECOND};
    use std::time::Duration;

    #[test]
    fn after_a_day_of_learning_two_networks_make_a_change_known_once() {
        let (payment, other): (Arc<str>, Arc<str>) = (Arc::from("payment"), Arc::from("other"));
        let mut policies = Policies::default();
        let mut learn = |group: &Arc<str>, policy: u64, network, after| {
            let text = format!("img-src 'self' cdn{policy}.example;");
            policies.learn(group, policy, &text, NetworkId(network), Timestamp::default() + after)
        };
        assert_eq!(learn(&payment, 1, 1, Duration::ZERO), None, "learnt");
        assert_eq!(learn(&other, 9, 1, Duration::ZERO), None, "learnt");
        assert_eq!(learn(&payment, 2, 1, DAY), None, "one network");
        assert_eq!(learn(&payment, 2, 1, DAY), None, "the same network");
        let differences = vec![
            "img-src has cdn2.example now: weakens the policy".to_owned(),
            "img-src has cdn1.example no more: tightens the policy".to_owned(),
        ];
        let changed = NewPolicy { differences, starts_episode: true };
        assert_eq!(learn(&payment, 2, 2, DAY), Some(changed));
        assert_eq!(learn(&payment, 2, 3, DAY), None, "known by now");
        assert_eq!(learn(&other, 2, 3, DAY + SECOND), None, "the same change on other pages");
        assert_eq!(learn(&payment, 0, 3, DAY), None, "no policy");
    }
    /// Whether a policy counts that a second network reports after this network invented so many others.
    fn is_noticed(inventors: u32, each: u64) -> bool {
        let group: Arc<str> = Arc::from("payment");
        let mut policies = Policies::default();
        let mut learn = |policy: u64, network: u32, after| {
            policies.learn(&group, policy, "", NetworkId(network), Timestamp::default() + after)
        };
        assert_eq!(learn(1, 1, Duration::ZERO), None, "learnt");
        assert_eq!(learn(2, 100, DAY + SECOND), None, "one network");
        for (network, index) in (0..inventors).flat_map(|of| (0..each).map(move |at| (of, at))) {
            let invented = 1_000 * (1 + u64::from(network)) + index;
            assert_eq!(learn(invented, network, DAY + 2 * SECOND), None);
        }
        learn(2, 101, DAY + 3 * SECOND).is_some()
    }

    #[test]
    fn what_a_network_invents_pushes_out_what_it_invented_before() {
        for (inventors, each) in [(0, 0), (1, 1), (1, 64), (1, 900), (5, 900), (30, 20)] {
            assert!(is_noticed(inventors, each), "{each} of each of {inventors}");
        }
        assert!(!is_noticed(100, 1), "as many networks as there is room for");
    }
}

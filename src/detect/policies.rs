//! Which policies the pages of a site carry. Who edits a page can edit its policy, or write the thief's host into
//! it; then browsers report nothing of the theft, but every other report carries the new policy.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::alert::{Episode, QUIET, Severity};
use crate::base::client_id::NetworkId;
use crate::base::clock::Timestamp;
use crate::base::collections::{HashMap, HashSet};
use crate::base::limits;
use crate::csp::{Effect, differences};

/// Hash of a policy without nonces and report endpoints' names; 0 = none.
type PolicyHash = u64;

/// The policies of a site.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Policies {
    groups: HashMap<Arc<str>, Group>,
    /// Policies that were told by one network alone.
    pending: HashMap<PolicyHash, (NetworkId, Timestamp)>,
    /// Policies that two networks told of, and when.
    announced: HashMap<PolicyHash, Timestamp>,
    /// What they say, as far as it is known.
    texts: HashMap<PolicyHash, Box<str>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Group {
    since: Timestamp,
    /// The latest last.
    known: Vec<PolicyHash>,
    episode: Episode,
    /// What the last change did.
    effect: Option<Effect>,
}

/// A page group carries a policy that it did not carry before.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Changed {
    /// How it differs from the one that it is most like, in words; empty where that cannot be told.
    pub(super) changes: Vec<String>,
    /// The first change of this page group for a day.
    pub(super) is_news: bool,
}

impl Policies {
    /// Learns the policy that a report carries. A page group's first day is for learning; later two networks have
    /// to tell of a policy, because anybody can make one up. `text`: what it says, or empty.
    pub(super) fn learn(
        &mut self,
        group: &Arc<str>,
        policy: PolicyHash,
        text: &str,
        network: NetworkId,
        now: Timestamp,
    ) -> Option<Changed> {
        if policy == 0 {
            return None;
        }
        let group = self.groups.entry(Arc::clone(group)).or_insert_with(|| Group {
            since: now,
            known: Vec::new(),
            episode: Episode::default(),
            effect: None,
        });
        if group.known.contains(&policy) {
            return None;
        }
        let is_reported = self.announced.get(&policy).is_some_and(|at| now.is_within(QUIET, *at));
        if is_reported || now.is_within(QUIET, group.since) {
            group.remember(policy);
            self.keep(policy, text);
            return None;
        }
        match self.pending.get(&policy) {
            Some((first, _)) if *first != network => {}
            Some(_) => return None,
            None => {
                bound(&mut self.pending, |(_, at)| *at);
                self.pending.insert(policy, (network, now));
                return None;
            }
        }
        self.pending.remove(&policy);
        bound(&mut self.announced, |at| *at);
        self.announced.insert(policy, now);
        let known = group.known.iter().filter_map(|before| self.texts.get(before));
        let (changes, effect) = differences(known.map(|before| &**before), text);
        group.effect = effect;
        group.remember(policy);
        let is_news = group.episode.record(Severity::Ticket, now);
        self.keep(policy, text);
        Some(Changed { changes, is_news })
    }

    /// Keeps what a policy says as long as a page group may be compared with it.
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

    /// When the policy of a page group changed last, and to what effect.
    pub(super) fn changes(&self) -> impl Iterator<Item = (&Arc<str>, &'static str, Timestamp)> {
        self.groups.iter().filter_map(|(name, group)| {
            let effect = group.effect.map_or("unknown", Effect::as_str);
            Some((name, effect, group.episode.last()?))
        })
    }

    /// All that are remembered.
    pub(super) fn len(&self) -> usize {
        let known: usize = self.groups.values().map(|group| group.known.len()).sum();
        known + self.pending.len()
    }
}

impl Group {
    fn remember(&mut self, policy: PolicyHash) {
        if self.known.len() >= limits::POLICIES_PER_PAGE_GROUP {
            self.known.remove(0);
        }
        self.known.push(policy);
    }
}

/// Forgets the oldest where there are too many.
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
    fn after_a_day_of_learning_two_networks_tell_of_a_change_once() {
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
        let changes = vec![
            "img-src has cdn2.example now: weakens the policy".to_owned(),
            "img-src has cdn1.example no more: tightens the policy".to_owned(),
        ];
        let changed = Changed { changes, is_news: true };
        assert_eq!(learn(&payment, 2, 2, DAY), Some(changed));
        assert_eq!(learn(&payment, 2, 3, DAY), None, "told");
        assert_eq!(learn(&other, 2, 3, DAY + SECOND), None, "the same change on other pages");
        assert_eq!(learn(&payment, 0, 3, DAY), None, "no policy");
    }
}

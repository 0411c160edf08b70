//! What people decided about destinations: the newest decision about each, by site.
//!
//! The file `decisions` beside the journal keeps them, so that they are in force before ClickHouse answers. It has one JSON
//! object a line:
//!
//! ```text
//! {"site":"shop","destination":"cdn.example","decision":"approve","by":"ada","until":null,"decided":1799999999000,"applied":1800000000000}
//! ```
//!
//! `until` (when the decision expires), `decided` and `applied` (when this collector learnt of it) are milliseconds since 1970.
//!
//! A decision is undone by a newer one, which is either what was in force before, or the same one with an end that is
//! not after its beginning ([`is_undone`]): so nothing is in force, and detection keeps what it has.
//!
//! What is known only grows: a replica of ClickHouse that lags behind takes no decision back.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;

/// A report that was judged before a decision was in force is durable this much later at most.
const UNDERWAY: Duration = Duration::from_mins(1);

/// What a person decides about a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It is expected, as if it were configured: its reports are `known`.
    Approve,
    /// It does not matter: its reports are `noise`.
    Ignore,
    /// No decision is in force any more, and detection forgets what it saw: the next report counts as the first.
    Forget,
    /// It is a theft. No decision is in force any more, and detection keeps what it saw.
    Theft,
}

impl Decision {
    /// The name in ClickHouse, in metrics and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Ignore => "ignore",
            Self::Forget => "forget",
            Self::Theft => "theft",
        }
    }
}

/// A decision, with the times between which it is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedDecision {
    /// What was decided.
    pub decision: Decision,
    /// Who decided it; empty where a file of an earlier version does not say.
    pub by: Arc<str>,
    /// When it expires; `None`: when somebody decides otherwise.
    pub until: Option<Timestamp>,
    /// When it was decided, by the clock of whoever wrote it; 1970 where a file of an earlier version does not say.
    pub decided: Timestamp,
    /// When this collector learnt of it, by this machine's clock.
    pub applied: Timestamp,
}

/// The newest decision about each destination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions(HashMap<Box<str>, HashMap<Box<str>, RecordedDecision>>);

#[derive(Serialize, Deserialize)]
struct DecisionLine {
    site: Box<str>,
    destination: Box<str>,
    decision: Decision,
    #[serde(default)]
    by: Arc<str>,
    until: Option<Timestamp>,
    #[serde(default)]
    decided: Timestamp,
    applied: Timestamp,
}

/// A decision as ClickHouse has it.
#[derive(Clone, Copy, Debug)]
pub struct LearntDecision<'a> {
    /// What was decided.
    pub decision: Decision,
    /// Who decided it.
    pub by: &'a str,
    /// When it expires; `None`: when somebody decides otherwise.
    pub until: Option<Timestamp>,
    /// When it was decided.
    pub decided: Timestamp,
}

/// Whether a decision is one that was undone: it ended when it was made. What people decide ends later.
pub fn is_undone(decided: Timestamp, until: Option<Timestamp>) -> bool {
    until.is_some_and(|until| until <= decided)
}

impl RecordedDecision {
    /// Whether somebody has undone it: see [`is_undone`].
    pub fn is_undone(&self) -> bool {
        is_undone(self.decided, self.until)
    }

    /// Whether nothing is new in a decision. To forget once more is new: it is about what was seen since.
    fn is_same(&self, stored: LearntDecision<'_>) -> bool {
        let is_known = self.decided == stored.decided || self.decided == Timestamp::default();
        (self.decision, self.until) == (stored.decision, stored.until)
            && (is_known || stored.decision != Decision::Forget)
    }
}

impl Decisions {
    /// Learns a decision that ClickHouse has, unless a later one about the destination is known. One that is known already,
    /// or changes nothing, stays applied since then; another one is applied since `now`.
    pub fn learn(
        &mut self,
        (site, destination): (&str, &str),
        stored: LearntDecision<'_>,
        now: Timestamp,
    ) {
        let LearntDecision { decision, by, until, decided } = stored;
        let known = self.newest(site, destination);
        if known.is_some_and(|known| known.decided > decided) {
            return;
        }
        let same = known.filter(|known| known.is_same(stored));
        let applied = same.map_or(now, |known| known.applied);
        let recorded = RecordedDecision { decision, by: Arc::from(by), until, decided, applied };
        self.put(site, destination, recorded);
    }

    fn put(&mut self, site: &str, destination: &str, decided: RecordedDecision) {
        self.0.entry(Box::from(site)).or_default().insert(Box::from(destination), decided);
    }

    fn newest(&self, site: &str, destination: &str) -> Option<&RecordedDecision> {
        self.0.get(site)?.get(destination)
    }

    /// The decision that is in force about a destination: to approve or to ignore it.
    pub fn in_force(&self, site: &str, destination: &str, now: Timestamp) -> Option<Decision> {
        let decided = self.newest(site, destination)?;
        let is_in_force = matches!(decided.decision, Decision::Approve | Decision::Ignore)
            && decided.until.is_none_or(|until| now < until)
            && !decided.is_undone();
        is_in_force.then_some(decided.decision)
    }

    /// Whether detection forgets a destination that was last seen at `last`.
    pub fn is_forgotten(
        &self,
        site: &str,
        destination: &str,
        last: Timestamp,
        now: Timestamp,
    ) -> bool {
        let newest = self.newest(site, destination).filter(|newest| !newest.is_undone());
        let Some(newest) = newest else { return false };
        // What is still reported long after it was approved is a host that the approval does not cover.
        let until = newest.applied + UNDERWAY;
        (self.in_force(site, destination, now).is_some() && last <= until)
            || (newest.decision == Decision::Forget && last <= newest.applied)
    }

    /// Site, destination and decision of all, expired ones included.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str, &RecordedDecision)> {
        self.0.iter().flat_map(|(site, site_decisions)| {
            site_decisions
                .iter()
                .map(move |(destination, decided)| (&**site, &**destination, decided))
        })
    }

    /// Whether one expired after `since`, up to `now`.
    pub fn any_expired_between(&self, since: Timestamp, now: Timestamp) -> bool {
        self.all().any(|(.., decided)| decided.until.is_some_and(|at| since < at && at <= now))
    }

    /// Whether there is no decision at all, expired ones included.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The content of the file `decisions`.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (site, destination, decided) in self.all() {
            let line = DecisionLine {
                site: Box::from(site),
                destination: Box::from(destination),
                decision: decided.decision,
                by: Arc::clone(&decided.by),
                until: decided.until,
                decided: decided.decided,
                applied: decided.applied,
            };
            // Writing texts and numbers to memory does not fail.
            let _ = serde_json::to_writer(&mut bytes, &line);
            bytes.push(b'\n');
        }
        bytes
    }

    /// Reads the file `decisions`. It skips a line that it cannot read, because ClickHouse has all decisions.
    pub fn decode(bytes: &[u8]) -> Self {
        let mut decisions = Self::default();
        for line in bytes.split(|byte| *byte == b'\n') {
            let Ok(line) = serde_json::from_slice::<DecisionLine>(line) else { continue };
            let DecisionLine { decision, ref by, until, decided, applied, .. } = line;
            let by = Arc::clone(by);
            let recorded = RecordedDecision { decision, by, until, decided, applied };
            decisions.put(&line.site, &line.destination, recorded);
        }
        decisions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::SECOND;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn stored(
        decision: Decision,
        until: Option<Timestamp>,
        decided: Timestamp,
    ) -> LearntDecision<'static> {
        LearntDecision { decision, by: "ada", until, decided }
    }

    fn decided(decision: Decision, until: Option<Timestamp>) -> Decisions {
        let mut decisions = Decisions::default();
        decisions.learn(("shop", "a.example"), stored(decision, until, NOW), NOW);
        decisions
    }

    #[test]
    fn a_replica_that_lags_behind_takes_nothing_back() {
        let later = NOW + SECOND;
        let mut decisions = decided(Decision::Approve, None);
        let old = stored(Decision::Forget, None, NOW - SECOND);
        decisions.learn(("shop", "a.example"), old, later);
        assert_eq!(decisions, decided(Decision::Approve, None), "an older decision");
        let new = stored(Decision::Forget, None, later);
        decisions.learn(("shop", "a.example"), new, later);
        assert_eq!(decisions.in_force("shop", "a.example", later), None, "a newer one");
    }

    #[test]
    fn a_decision_is_in_force_for_its_site_until_it_expires() {
        let later = NOW + SECOND;
        let decisions = decided(Decision::Approve, Some(later));
        assert_eq!(decisions.in_force("shop", "a.example", NOW), Some(Decision::Approve));
        assert_eq!(decisions.in_force("other", "a.example", NOW), None);
        assert_eq!(decisions.in_force("shop", "b.example", NOW), None);
        assert_eq!(decisions.in_force("shop", "a.example", later), None, "it has expired");
        for ended in [Decision::Forget, Decision::Theft] {
            assert_eq!(decided(ended, None).in_force("shop", "a.example", NOW), None);
        }
    }

    #[test]
    fn what_was_undone_is_not_in_force_and_makes_nothing_forgotten() {
        for decision in [Decision::Approve, Decision::Ignore, Decision::Forget] {
            let mut decisions = decided(decision, None);
            let forgets = |decisions: &Decisions| {
                decisions.is_forgotten("shop", "a.example", NOW - SECOND, NOW + SECOND)
            };
            assert!(forgets(&decisions), "{decision:?}");
            let at = NOW + SECOND;
            decisions.learn(("shop", "a.example"), stored(decision, Some(at), at), at);
            assert!(!forgets(&decisions), "{decision:?}");
            // The clock of whoever undid it may be ahead.
            assert_eq!(decisions.in_force("shop", "a.example", NOW), None, "{decision:?}");
        }
    }

    #[test]
    fn to_forget_once_more_is_about_what_was_seen_since() {
        let later = NOW + SECOND;
        let mut decisions = decided(Decision::Forget, None);
        let forgets = |decisions: &Decisions| {
            decisions.is_forgotten("shop", "a.example", later, later + SECOND)
        };
        decisions.learn(("shop", "a.example"), stored(Decision::Forget, None, NOW), later);
        assert!(!forgets(&decisions), "the same decision, read again");
        decisions.learn(("shop", "a.example"), stored(Decision::Forget, None, later), later);
        assert!(forgets(&decisions));
        let of_earlier_version =
            br#"{"site":"shop","destination":"a.example","decision":"forget","until":null,"applied":1800000000000}"#;
        let mut read = Decisions::decode(of_earlier_version);
        read.learn(("shop", "a.example"), stored(Decision::Forget, None, NOW), later);
        assert!(!forgets(&read), "which did not say when it was decided");
    }

    #[test]
    fn what_is_still_reported_long_after_an_approval_is_not_forgotten() {
        let decisions = decided(Decision::Approve, None);
        let forgets = |last| decisions.is_forgotten("shop", "a.example", last, NOW + 600 * SECOND);
        assert!(forgets(NOW - SECOND) && forgets(NOW + SECOND), "a report may be underway");
        assert!(!forgets(NOW + 300 * SECOND), "a host that the approval does not cover");
        assert!(!decided(Decision::Approve, Some(NOW)).is_forgotten("shop", "a.example", NOW, NOW));
    }

    #[test]
    fn decisions_survive_in_the_file_with_the_time_at_which_they_were_applied() {
        let first = decided(Decision::Ignore, None);
        let read = Decisions::decode(&[&first.encode()[..], b"half a li"].concat());
        assert_eq!(read, first);
        let later = NOW + SECOND;
        for (decision, applied) in [(Decision::Ignore, NOW), (Decision::Forget, later)] {
            let mut next = read.clone();
            next.learn(("shop", "a.example"), stored(decision, None, later), later);
            let (.., decided) = next.all().next().expect("one");
            assert_eq!(decided.applied, applied);
        }
        let of_earlier_version =
            br#"{"site":"shop","destination":"a.example","decision":"ignore","until":null,"applied":1800000000000}"#;
        let mut read = Decisions::decode(of_earlier_version);
        read.learn(("shop", "a.example"), stored(Decision::Ignore, None, NOW), later);
        assert_eq!(read, first);
    }
}

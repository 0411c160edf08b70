//! What people decided about destinations: the newest decision about each, by site.
//!
//! The file `decisions` beside the journal keeps them, so that they are in force before ClickHouse answers. It has one JSON
//! object a line:
//!
//! ```text
//! {"site":"shop","destination":"cdn.example","decision":"approve","by":"ada","until":null,"applied":1800000000000}
//! ```
//!
//! `until` (when the decision expires) and `applied` (when this collector learnt of it) are milliseconds since 1970.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;

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
}

impl Decision {
    /// The name in ClickHouse, in metrics and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Ignore => "ignore",
            Self::Forget => "forget",
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
    applied: Timestamp,
}

impl Decisions {
    /// Adds a decision that ClickHouse has. If `before` has it too, its `applied` stays; else it is `now`.
    pub fn add(
        &mut self,
        (site, destination): (&str, &str),
        (decision, by, until): (Decision, &str, Option<Timestamp>),
        before: &Self,
        now: Timestamp,
    ) {
        let known = before.newest(site, destination);
        let same = known.filter(|known| (known.decision, known.until) == (decision, until));
        let applied = same.map_or(now, |known| known.applied);
        self.put(
            site,
            destination,
            RecordedDecision { decision, by: Arc::from(by), until, applied },
        );
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
        let is_in_force =
            decided.decision != Decision::Forget && decided.until.is_none_or(|until| now < until);
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
        let newest = || self.newest(site, destination);
        self.in_force(site, destination, now).is_some()
            || newest()
                .is_some_and(|newest| newest.decision == Decision::Forget && last <= newest.applied)
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
            let DecisionLine { decision, ref by, until, applied, .. } = line;
            decisions.put(
                &line.site,
                &line.destination,
                RecordedDecision { decision, by: Arc::clone(by), until, applied },
            );
        }
        decisions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::SECOND;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn decided(decision: Decision, until: Option<Timestamp>) -> Decisions {
        let mut decisions = Decisions::default();
        decisions.add(("shop", "a.example"), (decision, "ada", until), &Decisions::default(), NOW);
        decisions
    }

    #[test]
    fn a_decision_is_in_force_for_its_site_until_it_expires() {
        let later = NOW + SECOND;
        let decisions = decided(Decision::Approve, Some(later));
        assert_eq!(decisions.in_force("shop", "a.example", NOW), Some(Decision::Approve));
        assert_eq!(decisions.in_force("other", "a.example", NOW), None);
        assert_eq!(decisions.in_force("shop", "b.example", NOW), None);
        assert_eq!(decisions.in_force("shop", "a.example", later), None, "it has expired");
        assert_eq!(decided(Decision::Forget, None).in_force("shop", "a.example", NOW), None);
    }

    #[test]
    fn decisions_survive_in_the_file_with_the_time_at_which_they_were_applied() {
        let first = decided(Decision::Ignore, None);
        let read = Decisions::decode(&[&first.encode()[..], b"half a li"].concat());
        assert_eq!(read, first);
        let later = NOW + SECOND;
        for (decision, applied) in [(Decision::Ignore, NOW), (Decision::Forget, later)] {
            let mut next = Decisions::default();
            next.add(("shop", "a.example"), (decision, "ada", None), &read, later);
            let (.., decided) = next.all().next().expect("one");
            assert_eq!(decided.applied, applied);
        }
    }
}

//! What people decided about destinations: the newest decision of each, by site.
//!
//! Kept beside the journal, so that they hold before ClickHouse answers, as the file `decisions`: one JSON object a
//! line,
//!
//! ```text
//! {"site":"shop","destination":"cdn.example","decision":"approve","until":null,"applied":1800000000000}
//! ```
//!
//! `until` and `applied` are milliseconds since 1970.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;

/// What somebody decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It is expected, as if it were configured: its reports are `known`.
    Approve,
    /// It is nothing: its reports are `noise`.
    Ignore,
    /// Nothing is decided any more, and what was seen is forgotten: the next report is the first.
    Forget,
}

impl Decision {
    /// Its name, also in ClickHouse.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Ignore => "ignore",
            Self::Forget => "forget",
        }
    }
}

/// A decision that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// What.
    pub decision: Decision,
    /// Until when; `None`: until somebody decides otherwise.
    pub until: Option<Timestamp>,
    /// Since when it holds here, by this machine's clock.
    pub applied: Timestamp,
}

/// The newest decision about each destination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions(HashMap<Box<str>, HashMap<Box<str>, Decided>>);

#[derive(Serialize, Deserialize)]
struct Line {
    site: Box<str>,
    destination: Box<str>,
    decision: Decision,
    until: Option<i64>,
    applied: i64,
}

impl Decisions {
    /// Adds a decision as ClickHouse has it. One that `before` has too holds since then, else since `now`.
    pub fn add(
        &mut self,
        (site, destination): (&str, &str),
        (decision, until): (Decision, Option<Timestamp>),
        before: &Self,
        now: Timestamp,
    ) {
        let known = before.newest(site, destination);
        let same = known.filter(|known| (known.decision, known.until) == (decision, until));
        let applied = same.map_or(now, |known| known.applied);
        self.put(site, destination, Decided { decision, until, applied });
    }

    fn put(&mut self, site: &str, destination: &str, decided: Decided) {
        self.0.entry(Box::from(site)).or_default().insert(Box::from(destination), decided);
    }

    fn newest(&self, site: &str, destination: &str) -> Option<&Decided> {
        self.0.get(site)?.get(destination)
    }

    /// What holds about a destination: that it is approved or ignored.
    pub fn of(&self, site: &str, destination: &str, now: Timestamp) -> Option<Decision> {
        let decided = self.newest(site, destination)?;
        let holds =
            decided.decision != Decision::Forget && decided.until.is_none_or(|until| now < until);
        holds.then_some(decided.decision)
    }

    /// Whether what was seen of a destination until `last` is to be forgotten.
    pub fn forget(&self, site: &str, destination: &str, last: Timestamp, now: Timestamp) -> bool {
        let newest = || self.newest(site, destination);
        self.of(site, destination, now).is_some()
            || newest().is_some_and(|it| it.decision == Decision::Forget && last <= it.applied)
    }

    /// All, those whose time is over included: site, destination, decision.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str, &Decided)> {
        self.0.iter().flat_map(|(site, of_site)| {
            of_site.iter().map(move |(destination, decided)| (&**site, &**destination, decided))
        })
    }

    /// Whether the time of one was over after `since`, and until `now`.
    pub fn ended_between(&self, since: Timestamp, now: Timestamp) -> bool {
        self.all().any(|(.., decided)| decided.until.is_some_and(|at| since < at && at <= now))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As the file has them.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (site, destination, decided) in self.all() {
            let line = Line {
                site: Box::from(site),
                destination: Box::from(destination),
                decision: decided.decision,
                until: decided.until.map(|until| until.0),
                applied: decided.applied.0,
            };
            // Texts and numbers can be written.
            let _ = serde_json::to_writer(&mut bytes, &line);
            bytes.push(b'\n');
        }
        bytes
    }

    /// Reads the file; a line that is none is left out: ClickHouse has all of them.
    pub fn decode(bytes: &[u8]) -> Self {
        let mut decisions = Self::default();
        for line in bytes.split(|byte| *byte == b'\n') {
            let Ok(line) = serde_json::from_slice::<Line>(line) else { continue };
            let Line { decision, until, applied, .. } = line;
            let (until, applied) = (until.map(Timestamp), Timestamp(applied));
            decisions.put(&line.site, &line.destination, Decided { decision, until, applied });
        }
        decisions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn decided(decision: Decision, until: Option<Timestamp>) -> Decisions {
        let mut decisions = Decisions::default();
        decisions.add(("shop", "a.example"), (decision, until), &Decisions::default(), NOW);
        decisions
    }

    #[test]
    fn a_decision_holds_for_its_site_and_its_time() {
        let later = Timestamp(NOW.0 + 1_000);
        let decisions = decided(Decision::Approve, Some(later));
        assert_eq!(decisions.of("shop", "a.example", NOW), Some(Decision::Approve));
        assert_eq!(decisions.of("other", "a.example", NOW), None);
        assert_eq!(decisions.of("shop", "b.example", NOW), None);
        assert_eq!(decisions.of("shop", "a.example", later), None, "its time is over");
        assert_eq!(decided(Decision::Forget, None).of("shop", "a.example", NOW), None);
    }

    #[test]
    fn they_come_back_from_the_file_and_hold_since_they_did() {
        let first = decided(Decision::Ignore, None);
        let read = Decisions::decode(&[&first.encode()[..], b"half a li"].concat());
        assert_eq!(read, first);
        let later = Timestamp(NOW.0 + 5);
        for (decision, applied) in [(Decision::Ignore, NOW), (Decision::Forget, later)] {
            let mut next = Decisions::default();
            next.add(("shop", "a.example"), (decision, None), &read, later);
            let (.., decided) = next.all().next().expect("one");
            assert_eq!(decided.applied, applied);
        }
    }
}

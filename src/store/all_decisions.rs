//! All decisions of people, about destinations and about scripts, the newest first, and what became of each.

use std::cmp::Reverse;
use std::collections::HashMap;

use clickhouse::Client;

use super::decisions::{self, StoredDecision, in_force};
use super::error::InsertError;
use super::scripts::{self, RecordedScriptDecision};
use crate::base::clock::Timestamp;
use crate::decisions::{Decision, Standing, Undo, standings};

/// What a decision is about, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A destination.
    Destination(StoredDecision),
    /// A script.
    Script(RecordedScriptDecision),
}

/// What became of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    InForce,
    /// A person took it back.
    Undone {
        /// When.
        at: Timestamp,
        /// Who.
        by: String,
    },
    /// Its last day is over, or a later decision took its place.
    Over,
    /// It undid another one, or ended an alert: nothing of it goes on.
    Momentary,
}

/// A decision, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeDecision {
    /// What was decided.
    pub subject: Subject,
    /// What became of it.
    pub outcome: Outcome,
}

impl MadeDecision {
    /// When it was made.
    pub fn decided_at(&self) -> Timestamp {
        match &self.subject {
            Subject::Destination(decision) => decision.decided_at,
            Subject::Script(decision) => decision.decided_at,
        }
    }

    /// The site that it is about.
    pub fn site(&self) -> &str {
        match &self.subject {
            Subject::Destination(decision) => &decision.site,
            Subject::Script(decision) => &decision.site,
        }
    }

    /// Who decided.
    pub fn by(&self) -> &str {
        match &self.subject {
            Subject::Destination(decision) => &decision.by,
            Subject::Script(decision) => &decision.by,
        }
    }

    /// The reason.
    pub fn why(&self) -> &str {
        match &self.subject {
            Subject::Destination(decision) => &decision.why,
            Subject::Script(decision) => &decision.justification,
        }
    }

    /// `destination` or `script`.
    pub fn about(&self) -> &'static str {
        match &self.subject {
            Subject::Destination(_) => "destination",
            Subject::Script(_) => "script",
        }
    }

    /// What was decided, as it is stored.
    pub fn decision(&self) -> &str {
        match &self.subject {
            Subject::Destination(decision) => &decision.decision,
            Subject::Script(decision) => &decision.decision,
        }
    }

    /// Whether it undoes another one.
    pub fn is_undo(&self) -> bool {
        matches!(&self.subject, Subject::Destination(decision) if decision.undo() != Undo::No)
    }

    /// What was decided, for people: `undo` where it undoes another one.
    pub fn kind(&self) -> &str {
        if self.is_undo() { "undo" } else { self.decision() }
    }
}

/// The latest `limit` about destinations, and as many about scripts; `site` empty: about all sites.
///
/// # Errors
/// [`InsertError`].
pub async fn latest(
    client: &Client,
    site: &str,
    limit: u64,
    now: Timestamp,
) -> Result<Vec<MadeDecision>, InsertError> {
    let (destinations, scripts) = tokio::try_join!(
        decisions::latest(client, site, limit),
        scripts::latest(client, site, limit),
    )?;
    let mut all = of_destinations(destinations, now);
    all.extend(of_scripts(scripts));
    all.sort_by_key(|decision| Reverse(decision.decided_at()));
    Ok(all)
}

fn of_destinations(latest: Vec<StoredDecision>, now: Timestamp) -> Vec<MadeDecision> {
    let is_in_force = in_force(&latest, now);
    let outcomes: Vec<Outcome> = standings(latest.iter().map(StoredDecision::logged))
        .into_iter()
        .zip(latest.iter().zip(is_in_force))
        .map(|(standing, (decision, is_in_force))| outcome(standing, decision, is_in_force))
        .collect();
    let made = latest.into_iter().zip(outcomes);
    made.map(|(decision, outcome)| MadeDecision {
        subject: Subject::Destination(decision),
        outcome,
    })
    .collect()
}

fn outcome(standing: Standing<'_>, decision: &StoredDecision, is_in_force: bool) -> Outcome {
    let is_momentary =
        standing.undo == Undo::ToNothing || decision.decision == Decision::Forget.as_str();
    match standing.undone {
        Some((at, by)) => Outcome::Undone { at, by: by.to_owned() },
        _ if is_in_force => Outcome::InForce,
        _ if is_momentary => Outcome::Momentary,
        _ => Outcome::Over,
    }
}

/// Of a script on pages, the newest decision holds; `revoke` takes back the approval before it.
fn of_scripts(latest: Vec<RecordedScriptDecision>) -> Vec<MadeDecision> {
    let mut later: HashMap<[String; 5], (Timestamp, Option<String>)> = HashMap::new();
    let made = latest.into_iter().map(|decision| {
        let RecordedScriptDecision { site, page_group, script_host, script_path, hash, .. } =
            &decision;
        let about = [site, page_group, script_host, script_path, hash].map(String::clone);
        let is_revoked = decision.decision == "revoke";
        let revoked_by = is_revoked.then(|| decision.by.clone());
        let outcome = match later.insert(about, (decision.decided_at, revoked_by)) {
            _ if is_revoked => Outcome::Momentary,
            None => Outcome::InForce,
            Some((at, Some(by))) => Outcome::Undone { at, by },
            Some((_, None)) => Outcome::Over,
        };
        MadeDecision { subject: Subject::Script(decision), outcome }
    });
    made.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::SECOND;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn destination(
        decision: &str,
        ago: u32,
        why: &str,
        until: Option<Timestamp>,
    ) -> StoredDecision {
        StoredDecision {
            decided_at: NOW - ago * SECOND,
            site: "shop".to_owned(),
            destination: "a.example".to_owned(),
            decision: decision.to_owned(),
            by: "ada".to_owned(),
            why: why.to_owned(),
            until,
            ..StoredDecision::default()
        }
    }

    fn script(decision: &str, ago: u32) -> RecordedScriptDecision {
        RecordedScriptDecision {
            decided_at: NOW - ago * SECOND,
            decision: decision.to_owned(),
            by: "bert".to_owned(),
            ..RecordedScriptDecision::default()
        }
    }

    #[test]
    fn each_decision_says_what_became_of_it() {
        let undoing = "undid \"theft\" of ada: a mistake";
        let rows = vec![
            destination("approve", 1, "ours", None),
            destination("theft", 2, undoing, Some(NOW - 2 * SECOND)),
            destination("theft", 3, "a skimmer", None),
            destination("forget", 4, "gone", None),
            destination("ignore", 5, "an extension", None),
        ];
        let made = of_destinations(rows, NOW);
        let kinds: Vec<_> = made.iter().map(MadeDecision::kind).collect();
        assert_eq!(kinds, ["approve", "undo", "theft", "forget", "ignore"]);
        let outcomes: Vec<_> = made.into_iter().map(|decision| decision.outcome).collect();
        let undone = Outcome::Undone { at: NOW - 2 * SECOND, by: "ada".to_owned() };
        let expected =
            [Outcome::InForce, Outcome::Momentary, undone, Outcome::Momentary, Outcome::Over];
        assert_eq!(outcomes, expected);
    }

    #[test]
    fn an_approval_of_a_script_holds_until_it_is_revoked() {
        let rows = ["approve", "revoke", "approve", "approve"];
        let rows = rows.iter().zip(1..).map(|(decision, ago)| script(decision, ago));
        let outcomes: Vec<_> =
            of_scripts(rows.collect()).into_iter().map(|decision| decision.outcome).collect();
        let undone = Outcome::Undone { at: NOW - 2 * SECOND, by: "bert".to_owned() };
        assert_eq!(outcomes, [Outcome::InForce, Outcome::Momentary, undone, Outcome::Over]);
    }
}

//! Decisions of people about destinations: the table `decisions`, a log in which the newest row about a destination counts; of
//! limited approvals, the newest of each extent that came after the newest row for everywhere.

use std::collections::{HashMap, HashSet};
use std::ptr;

use clap::ValueEnum as _;
use clickhouse::{Client, Row};
use serde::{Deserialize, Serialize};

use super::error::InsertError;
use super::insert::one_by_people;
use super::queries;
use crate::base::clock::{MILLISECOND, Timestamp};
use crate::base::domain::registrable;
use crate::base::limits;
use crate::config::{serves_strangers, strangers_of};
use crate::decisions::{
    Decision, Decisions, Extent, LearntDecision, LoggedDecision, Undo, is_undone, undo_reason,
};

/// The name of the table.
const DECISIONS: &str = "decisions";

/// A decision as it is stored: `decision_of.sql`, `decisions_latest.sql`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct StoredDecision {
    pub decided_at: Timestamp,
    pub site: String,
    pub destination: String,
    pub decision: String,
    pub directive: String,
    pub page_group: String,
    pub by: String,
    pub why: String,
    pub until: Option<Timestamp>,
}

impl StoredDecision {
    /// How far it goes.
    pub fn extent(&self) -> Extent {
        Extent::of(&self.directive, &self.page_group)
    }

    /// Whether this is the mark that the decision was undone.
    pub fn is_undone(&self) -> bool {
        is_undone(self.decided_at, self.until)
    }

    /// Whether it undoes another one.
    pub fn undo(&self) -> Undo {
        Undo::of(self.decided_at, self.until, &self.why)
    }

    /// As the log has it.
    pub fn logged(&self) -> LoggedDecision<'_> {
        let Self { decided_at, site, destination, by, why, until, .. } = self;
        let about = (site.as_str(), destination.as_str());
        LoggedDecision { about, decided_at: *decided_at, by, why, until: *until }
    }

    fn is_in_force(&self, now: Timestamp) -> bool {
        !self.is_undone() && self.until.is_none_or(|until| now < until)
    }
}

/// A decision that somebody makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDecision {
    /// What is decided.
    pub decision: Decision,
    /// How far that goes.
    pub extent: Extent,
    /// When that ends; `None`: when somebody decides otherwise.
    pub until: Option<Timestamp>,
    /// The reason.
    pub why: String,
}

/// Who decides about what, and when.
#[derive(Debug, Clone, Copy)]
pub struct Deciding<'a> {
    /// The site.
    pub site: &'a str,
    /// The destination, a [`subject`].
    pub destination: &'a str,
    /// Who decides.
    pub by: &'a str,
    /// When; several at once are a millisecond apart.
    pub at: Timestamp,
}

impl NewDecision {
    /// What undoes the newest decision at `at`, in the order in which it is to be written: what was in force before, or the newest
    /// decision with an end; the reason names what is undone. `latest`: the newest first. Empty: no decision is in force.
    pub fn undoing(latest: &[StoredDecision], why: &str, at: Timestamp) -> Vec<Self> {
        let Some((newest, before)) = latest.split_first() else { return Vec::new() };
        if !newest.is_in_force(at) {
            return Vec::new();
        }
        let why = undo_reason((&newest.decision, &newest.by), why);
        // A word of a newer version brings nothing back.
        let again = |of: &StoredDecision, until| {
            let decision = Decision::from_str(&of.decision, false).ok()?;
            Some(Self { decision, extent: of.extent(), until, why: why.clone() })
        };
        let before: Vec<_> = before.iter().collect();
        let restored = standing(&before, at).into_iter();
        // Approvals of other extents are in force as they were, unless a decision for everywhere has replaced them.
        let is_limited = !newest.extent().is_everywhere();
        let is_lost = |of: &&StoredDecision| {
            !is_limited || of.extent().is_everywhere() || of.extent() == newest.extent()
        };
        let restored: Vec<_> =
            restored.filter(is_lost).filter_map(|of| again(of, of.until)).collect();
        if restored.is_empty() { again(newest, Some(at)).into_iter().collect() } else { restored }
    }
}

/// What is in force of decisions that are given the newest first: the one for everywhere, or the limited ones since.
fn standing<'a>(latest: &[&'a StoredDecision], at: Timestamp) -> Vec<&'a StoredDecision> {
    let is_everywhere = |of: &&StoredDecision| of.extent().is_everywhere();
    let count = match latest.first().is_some_and(is_everywhere) {
        true => 1,
        false => latest.iter().position(is_everywhere).unwrap_or(latest.len()),
    };
    let mut extents = HashSet::new();
    let newest = latest[..count].iter().copied().filter(|of| extents.insert(of.extent()));
    // After `forget`, nothing was in force.
    newest.filter(|of| of.is_in_force(at) && of.decision != Decision::Forget.as_str()).collect()
}

/// Whether each is in force at a time. `latest`: about any destinations, the newest first.
pub fn in_force(latest: &[StoredDecision], at: Timestamp) -> Vec<bool> {
    let mut about: HashMap<(&str, &str), Vec<&StoredDecision>> = HashMap::new();
    for of in latest {
        about.entry((&of.site, &of.destination)).or_default().push(of);
    }
    let standing = about.values().flat_map(|rows| standing(rows, at)).map(ptr::from_ref);
    let standing: HashSet<*const StoredDecision> = standing.collect();
    latest.iter().map(|of| standing.contains(&ptr::from_ref(of))).collect()
}

/// A decision to write.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize)]
#[expect(missing_docs, reason = "the columns are described where they are made, in the SQL")]
pub struct DecisionRow<'a> {
    pub decided_at: Timestamp,
    pub site: &'a str,
    pub destination: &'a str,
    pub decision: i8,
    pub directive: &'a str,
    pub page_group: &'a str,
    pub by: &'a str,
    pub why: &'a str,
    pub until: Option<Timestamp>,
}

#[derive(Debug, Row, Deserialize)]
struct NewestDecision {
    decided_at: Timestamp,
    site: String,
    destination: String,
    decision: i8,
    directive: String,
    page_group: String,
    by: String,
    until: Option<Timestamp>,
}

/// A limited approval: `approve_within` in the column's `Enum8`. Versions that know no extents take what they do not know as a
/// decision that takes back what held before, and would approve the whole site by `approve`.
const APPROVE_WITHIN: i8 = 5;

/// The codes of the column's `Enum8`.
pub fn code(decision: Decision, extent: &Extent) -> i8 {
    match decision {
        Decision::Approve if !extent.is_everywhere() => APPROVE_WITHIN,
        Decision::Approve => 1,
        Decision::Ignore => 2,
        Decision::Forget => 3,
        Decision::Theft => 4,
    }
}

/// `None`: a newer version wrote it, or nobody's version, as an approval of no extent that should have one.
pub(super) fn from_code(number: i8, extent: &Extent) -> Option<Decision> {
    if number == APPROVE_WITHIN {
        return (!extent.is_everywhere()).then_some(Decision::Approve);
    }
    let everywhere = Extent::default();
    Decision::value_variants().iter().copied().find(|known| code(*known, &everywhere) == number)
}

/// Writes a decision.
///
/// # Errors
/// [`InsertError`].
pub async fn decide(client: &Client, row: &DecisionRow<'_>) -> Result<(), InsertError> {
    one_by_people::<DecisionRow<'_>>(client, DECISIONS, row).await
}

/// What a decision about a host is stored under: its registrable domain, or the very host where anybody can have an account.
pub fn subject(host: &str) -> &str {
    if serves_strangers(host) { host } else { registrable(host) }
}

/// Writes a decision about a destination, and the same about those of its hosts where anybody can have an account and that reports
/// of the site named until now: a decision about a domain covers no other of these. Returns these hosts.
///
/// # Errors
/// [`InsertError`].
pub async fn decide_with_hosts(
    client: &Client,
    row: &DecisionRow<'_>,
) -> Result<Vec<String>, InsertError> {
    let query = client.query_raw(queries::DESTINATION_HOSTS).param("site", row.site);
    let reported: Vec<String> = query.param("destination", row.destination).fetch_all().await?;
    let is_apart = |host: &String| host != row.destination && serves_strangers(host);
    let mut hosts: Vec<String> = reported.into_iter().filter(is_apart).collect();
    hosts.truncate(limits::HOSTS_PER_DECISION);
    for host in &hosts {
        let before = newest_of(client, (row.site, host)).await?;
        let decided_at = time_after(before.first().map(|before| before.decided_at), row.decided_at);
        decide(client, &DecisionRow { decided_at, destination: host, ..row.clone() }).await?;
    }
    decide(client, row).await?;
    Ok(hosts)
}

/// Writes decisions that are made at once, one after the other, each by [`decide_with_hosts`]. Returns them as they are stored, and
/// the hosts of the last.
///
/// # Errors
/// [`InsertError`].
pub async fn decide_all(
    client: &Client,
    deciding: Deciding<'_>,
    decisions: Vec<NewDecision>,
) -> Result<(Vec<StoredDecision>, Vec<String>), InsertError> {
    let Deciding { site, destination, by, at: mut decided_at } = deciding;
    let (mut stored, mut hosts) = (Vec::new(), Vec::new());
    for NewDecision { decision, extent, until, why } in decisions {
        let row = DecisionRow {
            decided_at,
            site,
            destination,
            decision: code(decision, &extent),
            directive: &extent.directive,
            page_group: &extent.page_group,
            by,
            why: &why,
            until,
        };
        hosts = decide_with_hosts(client, &row).await?;
        stored.push(StoredDecision {
            decided_at,
            site: site.to_owned(),
            destination: destination.to_owned(),
            decision: decision.as_str().to_owned(),
            directive: extent.directive.into_string(),
            page_group: extent.page_group.into_string(),
            by: by.to_owned(),
            why,
            until,
        });
        decided_at = decided_at + MILLISECOND;
    }
    Ok((stored, hosts))
}

/// What people should know of the hosts that a decision covers, in sentences. `hosts`: those of [`decide_with_hosts`].
pub fn scope(destination: &str, hosts: &[String]) -> Vec<String> {
    let covered = hosts.iter().map(|host| {
        format!(
            "{host} is covered, too, because reports named it: anybody can have an account there; if this one is not yours, \
             forget the decision about {host}"
        )
    });
    let others = match strangers_of(destination) {
        Some(_) if destination != registrable(destination) => Some(format!(
            "the decision is about {destination} alone, where anybody can have an account; an alert about {} goes on until \
             somebody decides about that",
            registrable(destination)
        )),
        Some(example) => Some(format!(
            "other hosts of {destination} where anybody can have an account, such as {example}, are not covered: if you use one, \
             decide about it by its name"
        )),
        None => None,
    };
    covered.chain(others).collect()
}

/// The newest decision of each extent about each destination, learnt on top of what is known in `before`, at the time `now`. One
/// of a code that a newer version wrote takes back what was decided before.
///
/// # Errors
/// [`InsertError`].
pub async fn all(
    client: &Client,
    before: &Decisions,
    now: Timestamp,
) -> Result<Decisions, InsertError> {
    let newest: Vec<NewestDecision> =
        client.query_raw(queries::DECISIONS_NEWEST).fetch_all().await?;
    let mut all = before.clone();
    for row in &newest {
        let extent = Extent::of(&row.directive, &row.page_group);
        let decision = from_code(row.decision, &extent).unwrap_or(Decision::Theft);
        let (by, until, decided) = (&*row.by, row.until, row.decided_at);
        let stored = LearntDecision { decision, by, until, decided };
        all.learn((&row.site, &row.destination), extent, stored, now);
    }
    Ok(all)
}

/// The newest decisions about a destination, the newest first: those that undoing the newest may bring back.
///
/// # Errors
/// [`InsertError`].
pub async fn newest_of(
    client: &Client,
    (site, destination): (&str, &str),
) -> Result<Vec<StoredDecision>, InsertError> {
    let query = client.query_raw(queries::DECISION_OF).param("site", site);
    let query = query.param("destination", destination);
    Ok(query.param("limit", limits::DECISIONS_OF_DESTINATION).fetch_all().await?)
}

/// The time of a decision that is made now: later than the newest about the same destination, because the newest counts. A
/// clock that is behind the one of the decision before must not make this one the older.
pub fn time_after(newest: Option<Timestamp>, now: Timestamp) -> Timestamp {
    newest.map_or(now, |before| now.max(before + MILLISECOND))
}

/// The latest decisions; `site` empty: about all sites.
///
/// # Errors
/// [`InsertError`].
pub async fn latest(
    client: &Client,
    site: &str,
    limit: u64,
) -> Result<Vec<StoredDecision>, InsertError> {
    let query = client.query_raw(queries::DECISIONS_LATEST).param("site", site);
    Ok(query.param("limit", limit).fetch_all().await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::SECOND;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn made(decision: &str, ago: u32, until: Option<Timestamp>) -> StoredDecision {
        StoredDecision {
            decided_at: NOW - ago * SECOND,
            site: "shop".to_owned(),
            destination: "a.example".to_owned(),
            decision: decision.to_owned(),
            by: "ada".to_owned(),
            why: "because".to_owned(),
            until,
            ..StoredDecision::default()
        }
    }

    #[test]
    fn to_undo_a_decision_brings_back_what_was_in_force_before() {
        let later = Some(NOW + SECOND);
        let (undone, expired) = (Some(NOW - 9 * SECOND), Some(NOW - SECOND));
        for (before, back) in [
            (made("approve", 9, later), ("approve", later)),
            (made("ignore", 9, None), ("ignore", None)),
            (made("approve", 9, expired), ("theft", Some(NOW))),
            (made("approve", 9, undone), ("theft", Some(NOW))),
            (made("forget", 9, None), ("theft", Some(NOW))),
        ] {
            let latest = [made("theft", 2, None), before.clone()];
            let undoing = NewDecision::undoing(&latest, "a mistake", NOW);
            let [undoing] = &undoing[..] else { panic!("{undoing:?}") };
            assert_eq!((undoing.decision.as_str(), undoing.until), back, "{before:?}");
            assert_eq!(undoing.why, "undid \"theft\" of ada: a mistake");
        }
    }

    #[test]
    fn where_nothing_is_in_force_there_is_nothing_to_undo() {
        let at = NOW - 2 * SECOND;
        for latest in
            [vec![], vec![made("theft", 2, Some(at))], vec![made("approve", 2, Some(NOW))]]
        {
            assert_eq!(NewDecision::undoing(&latest, "a mistake", NOW), [], "{latest:?}");
        }
    }

    #[test]
    fn of_all_decisions_those_are_in_force_that_nothing_replaced_or_ended() {
        let other = |of: StoredDecision| StoredDecision { site: "other".to_owned(), ..of };
        let rows = [
            limited("img-src", 1, None),
            other(made("forget", 2, None)),
            limited("form-action", 3, Some(NOW - SECOND)),
            limited("img-src", 4, None),
            other(made("approve", 5, None)),
            made("ignore", 6, None),
            limited("font-src", 7, None),
        ];
        // A newer limited approval takes the place of what was decided for everywhere.
        let expected = [true, false, false, false, false, false, false];
        assert_eq!(in_force(&rows, NOW), expected);
        assert_eq!(in_force(&rows[5..], NOW), [true, false]);
    }

    fn limited(directive: &str, ago: u32, until: Option<Timestamp>) -> StoredDecision {
        StoredDecision { directive: directive.to_owned(), ..made("approve", ago, until) }
    }

    /// What undoing the newest of these writes: decision, directive and whether it has an end now.
    fn undone(latest: &[StoredDecision]) -> Vec<(String, String, bool)> {
        let rows = NewDecision::undoing(latest, "a mistake", NOW).into_iter();
        rows.map(|row| {
            (
                row.decision.as_str().to_owned(),
                row.extent.directive.into_string(),
                row.until == Some(NOW),
            )
        })
        .collect()
    }

    #[test]
    fn to_undo_a_limited_approval_leaves_the_others_and_to_undo_what_replaced_them_brings_them_back()
     {
        let row = |decision: &str, directive: &str, is_ended| {
            (decision.to_owned(), directive.to_owned(), is_ended)
        };
        let (images, forms) = (limited("img-src", 5, None), limited("form-action", 4, None));
        let ended = row("approve", "form-action", true);
        assert_eq!(undone(&[forms.clone(), images.clone()]), std::slice::from_ref(&ended));
        assert_eq!(undone(&[forms.clone(), made("forget", 9, None)]), [ended]);
        let ignored = [forms.clone(), made("ignore", 9, None), images.clone()];
        assert_eq!(undone(&ignored), [row("ignore", "", false)]);
        let theft = made("theft", 1, None);
        let both = [row("approve", "form-action", false), row("approve", "img-src", false)];
        assert_eq!(undone(&[theft.clone(), forms.clone(), images.clone()]), both);
        let mark = limited("img-src", 2, Some(NOW - 2 * SECOND));
        assert_eq!(undone(&[theft, mark, forms, images]), both[..1]);
    }

    #[test]
    fn a_limited_approval_has_a_code_that_earlier_versions_do_not_know() {
        let (everywhere, within) = (Extent::default(), Extent::of("", "payment"));
        for extent in [&everywhere, &within] {
            for decision in Decision::value_variants() {
                assert_eq!(from_code(code(*decision, extent), extent), Some(*decision));
            }
        }
        assert!(!(1..=4).contains(&code(Decision::Approve, &within)));
        assert_eq!(from_code(APPROVE_WITHIN, &everywhere), None, "nobody limited it");
    }
}

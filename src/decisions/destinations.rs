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
//! An approval may be limited to a directive, a page group or both: its [`Extent`]. A site's state about a destination is either
//! the newest decision for everywhere, or the limited approvals that came after it, the newest of each extent: they add up, a
//! decision for everywhere replaces them all, and a limited approval replaces a decision for everywhere. In the file a limited
//! one has `limited` in the place of `decision`, with `directive` and `page_group`: a version that knows no extents skips such a
//! line, because it would take the approval for one of the whole site.
//!
//! A decision is undone by a newer one, which is either what was in force before, or the same one with an end that is
//! not after its beginning ([`is_undone`]): so nothing is in force, and detection keeps what it has.
//!
//! What is known only grows: a replica of ClickHouse that lags behind takes no decision back.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::extent::{ContactedFrom, Extent, SeenAt};
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

/// The newest decisions about each destination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions(HashMap<Box<str>, HashMap<Box<str>, OfDestination>>);

/// The newest decisions about one destination of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OfDestination {
    /// The newest one for everywhere.
    everywhere: Option<RecordedDecision>,
    /// The limited ones that came after it, the newest of each extent.
    limited: HashMap<Extent, RecordedDecision>,
}

#[derive(Serialize, Deserialize)]
struct DecisionLine {
    site: Box<str>,
    destination: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decision: Option<Decision>,
    /// The decision where it is limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limited: Option<Decision>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    directive: Box<str>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    page_group: Box<str>,
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

    /// Whether it is in force: it approves or ignores, and it has not ended.
    fn is_in_force(&self, now: Timestamp) -> bool {
        matches!(self.decision, Decision::Approve | Decision::Ignore)
            && self.until.is_none_or(|until| now < until)
            && !self.is_undone()
    }

    /// Whether nothing is new in a decision. To forget once more is new: it is about what was seen since.
    fn is_same(&self, stored: LearntDecision<'_>) -> bool {
        let is_known = self.decided == stored.decided || self.decided == Timestamp::default();
        (self.decision, self.until) == (stored.decision, stored.until)
            && (is_known || stored.decision != Decision::Forget)
    }
}

impl OfDestination {
    /// Learns a decision, unless a later one is known that is about the same or replaces it.
    fn learn(&mut self, extent: Extent, stored: LearntDecision<'_>, now: Timestamp) {
        let is_older = |known: &RecordedDecision| stored.decided < known.decided;
        let known = match extent.is_everywhere() {
            true => self.everywhere.as_ref(),
            false => self.limited.get(&extent),
        };
        if self.everywhere.as_ref().is_some_and(is_older) || known.is_some_and(is_older) {
            return;
        }
        // What a limited one has replaced since is new when it is decided again.
        let is_replaced = extent.is_everywhere() && !self.limited.is_empty();
        let same = known.filter(|known| {
            known.is_same(stored) && (!is_replaced || known.decided == stored.decided)
        });
        let applied = same.map_or(now, |known| known.applied);
        let LearntDecision { decision, by, until, decided } = stored;
        self.put(extent, RecordedDecision { decision, by: Arc::from(by), until, decided, applied });
    }

    fn put(&mut self, extent: Extent, recorded: RecordedDecision) {
        if extent.is_everywhere() {
            self.limited.retain(|_, limited| limited.decided > recorded.decided);
            self.everywhere = Some(recorded);
        } else {
            self.limited.insert(extent, recorded);
        }
    }

    fn in_force(&self, from: ContactedFrom<'_>, now: Timestamp) -> Option<Decision> {
        if self.limited.is_empty() {
            let everywhere = self.everywhere.as_ref().filter(|known| known.is_in_force(now));
            return everywhere.map(|known| known.decision);
        }
        self.limited_in_force(from, now).map(|known| known.decision).next()
    }

    fn limited_in_force(
        &self,
        from: ContactedFrom<'_>,
        now: Timestamp,
    ) -> impl Iterator<Item = &RecordedDecision> {
        let covering = self.limited.iter().filter(move |(extent, _)| extent.covers(from));
        covering.map(|(_, known)| known).filter(move |known| known.is_in_force(now))
    }

    /// Since when all places where something was seen are covered by what is in force.
    fn covered_since(&self, seen: SeenAt<'_>, now: Timestamp) -> Option<Timestamp> {
        if self.limited.is_empty() {
            let everywhere = self.everywhere.as_ref().filter(|known| known.is_in_force(now));
            return everywhere.map(|known| known.applied);
        }
        let since = |directive: &str| {
            let from = ContactedFrom { directive, page_group: seen.page_group };
            self.limited_in_force(from, now).map(|known| known.applied).min()
        };
        if seen.directives.is_empty() {
            return since("");
        }
        let each = seen.directives.iter().map(|directive| since(directive));
        each.collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    fn all(&self) -> impl Iterator<Item = (Extent, &RecordedDecision)> {
        let limited = self.limited.iter().map(|(extent, known)| (extent.clone(), known));
        self.everywhere.iter().map(|known| (Extent::default(), known)).chain(limited)
    }
}

impl Decisions {
    /// Learns a decision that ClickHouse has, unless a later one about the destination is known. One that is known already,
    /// or changes nothing, stays applied since then; another one is applied since `now`.
    pub fn learn(
        &mut self,
        (site, destination): (&str, &str),
        extent: Extent,
        stored: LearntDecision<'_>,
        now: Timestamp,
    ) {
        self.entry(site, destination).learn(extent, stored, now);
    }

    fn entry(&mut self, site: &str, destination: &str) -> &mut OfDestination {
        let of_site = self.0.entry(Box::from(site)).or_default();
        of_site.entry(Box::from(destination)).or_default()
    }

    fn get(&self, site: &str, destination: &str) -> Option<&OfDestination> {
        self.0.get(site)?.get(destination)
    }

    /// The decision that is in force about a contact with a destination: to approve or to ignore it.
    pub fn in_force(
        &self,
        site: &str,
        destination: &str,
        from: ContactedFrom<'_>,
        now: Timestamp,
    ) -> Option<Decision> {
        self.get(site, destination)?.in_force(from, now)
    }

    /// Whether detection forgets a destination that was seen there. A limited approval makes nothing forgotten that was also
    /// seen outside of it.
    pub fn is_forgotten(
        &self,
        site: &str,
        destination: &str,
        seen: SeenAt<'_>,
        now: Timestamp,
    ) -> bool {
        let Some(known) = self.get(site, destination) else { return false };
        let over = known.everywhere.as_ref().filter(|newest| {
            newest.decision == Decision::Forget
                && !newest.is_undone()
                && seen.last <= newest.applied
        });
        // What is still reported long after it was approved is a host that the approval does not cover.
        let is_covered = |since: Timestamp| seen.last <= since + UNDERWAY;
        over.is_some() || known.covered_since(seen, now).is_some_and(is_covered)
    }

    /// Site, destination, extent and decision of all, expired ones included.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str, Extent, &RecordedDecision)> {
        self.0.iter().flat_map(|(site, site_decisions)| {
            site_decisions.iter().flat_map(move |(destination, known)| {
                known.all().map(move |(extent, decided)| (&**site, &**destination, extent, decided))
            })
        })
    }

    /// The newest decision about each destination, if that is one for everywhere.
    pub fn everywhere(&self) -> impl Iterator<Item = (&str, &str, &RecordedDecision)> {
        let replaced = |site: &str, destination: &str| self.is_limited(site, destination);
        let all = self.all().filter(move |(site, destination, ..)| !replaced(site, destination));
        all.map(|(site, destination, _, decided)| (site, destination, decided))
    }

    /// Whether limited approvals are what is known of a destination.
    pub fn is_limited(&self, site: &str, destination: &str) -> bool {
        self.get(site, destination).is_some_and(|known| !known.limited.is_empty())
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
        for (site, destination, extent, decided) in self.all() {
            let is_limited = !extent.is_everywhere();
            let line = DecisionLine {
                site: Box::from(site),
                destination: Box::from(destination),
                decision: (!is_limited).then_some(decided.decision),
                limited: is_limited.then_some(decided.decision),
                directive: extent.directive,
                page_group: extent.page_group,
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
            let DecisionLine { by, until, decided, applied, directive, page_group, .. } = line;
            let extent = Extent { directive, page_group };
            let decision = if extent.is_everywhere() { line.decision } else { line.limited };
            let Some(decision) = decision else { continue };
            let recorded = RecordedDecision { decision, by, until, decided, applied };
            decisions.entry(&line.site, &line.destination).put(extent, recorded);
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

    const ANYWHERE: ContactedFrom<'static> = ContactedFrom { directive: "", page_group: "" };

    fn decided(decision: Decision, until: Option<Timestamp>) -> Decisions {
        let mut decisions = Decisions::default();
        learn(&mut decisions, ("", ""), stored(decision, until, NOW), NOW);
        decisions
    }

    fn learn(
        decisions: &mut Decisions,
        (directive, page_group): (&str, &str),
        stored: LearntDecision<'_>,
        now: Timestamp,
    ) {
        decisions.learn(("shop", "a.example"), Extent::of(directive, page_group), stored, now);
    }

    fn in_force(decisions: &Decisions, now: Timestamp) -> Option<Decision> {
        decisions.in_force("shop", "a.example", ANYWHERE, now)
    }

    fn seen(last: Timestamp) -> SeenAt<'static> {
        SeenAt { directives: &[], page_group: "", last }
    }

    #[test]
    fn a_replica_that_lags_behind_takes_nothing_back() {
        let later = NOW + SECOND;
        let mut decisions = decided(Decision::Approve, None);
        let old = stored(Decision::Forget, None, NOW - SECOND);
        learn(&mut decisions, ("", ""), old, later);
        assert_eq!(decisions, decided(Decision::Approve, None), "an older decision");
        let new = stored(Decision::Forget, None, later);
        learn(&mut decisions, ("", ""), new, later);
        assert_eq!(in_force(&decisions, later), None, "a newer one");
    }

    #[test]
    fn a_decision_is_in_force_for_its_site_until_it_expires() {
        let later = NOW + SECOND;
        let decisions = decided(Decision::Approve, Some(later));
        assert_eq!(in_force(&decisions, NOW), Some(Decision::Approve));
        assert_eq!(decisions.in_force("other", "a.example", ANYWHERE, NOW), None);
        assert_eq!(decisions.in_force("shop", "b.example", ANYWHERE, NOW), None);
        assert_eq!(in_force(&decisions, later), None, "it has expired");
        for ended in [Decision::Forget, Decision::Theft] {
            assert_eq!(in_force(&decided(ended, None), NOW), None);
        }
    }

    #[test]
    fn what_was_undone_is_not_in_force_and_makes_nothing_forgotten() {
        for decision in [Decision::Approve, Decision::Ignore, Decision::Forget] {
            let mut decisions = decided(decision, None);
            let forgets = |decisions: &Decisions| {
                decisions.is_forgotten("shop", "a.example", seen(NOW - SECOND), NOW + SECOND)
            };
            assert!(forgets(&decisions), "{decision:?}");
            let at = NOW + SECOND;
            learn(&mut decisions, ("", ""), stored(decision, Some(at), at), at);
            assert!(!forgets(&decisions), "{decision:?}");
            // The clock of whoever undid it may be ahead.
            assert_eq!(in_force(&decisions, NOW), None, "{decision:?}");
        }
    }

    #[test]
    fn to_forget_once_more_is_about_what_was_seen_since() {
        let later = NOW + SECOND;
        let mut decisions = decided(Decision::Forget, None);
        let forgets = |decisions: &Decisions| {
            decisions.is_forgotten("shop", "a.example", seen(later), later + SECOND)
        };
        learn(&mut decisions, ("", ""), stored(Decision::Forget, None, NOW), later);
        assert!(!forgets(&decisions), "the same decision, read again");
        learn(&mut decisions, ("", ""), stored(Decision::Forget, None, later), later);
        assert!(forgets(&decisions));
        let of_earlier_version =
            br#"{"site":"shop","destination":"a.example","decision":"forget","until":null,"applied":1800000000000}"#;
        let mut read = Decisions::decode(of_earlier_version);
        learn(&mut read, ("", ""), stored(Decision::Forget, None, NOW), later);
        assert!(!forgets(&read), "which did not say when it was decided");
    }

    #[test]
    fn what_is_still_reported_long_after_an_approval_is_not_forgotten() {
        let decisions = decided(Decision::Approve, None);
        let forgets =
            |last| decisions.is_forgotten("shop", "a.example", seen(last), NOW + 600 * SECOND);
        assert!(forgets(NOW - SECOND) && forgets(NOW + SECOND), "a report may be underway");
        assert!(!forgets(NOW + 300 * SECOND), "a host that the approval does not cover");
        assert!(!decided(Decision::Approve, Some(NOW)).is_forgotten(
            "shop",
            "a.example",
            seen(NOW),
            NOW
        ));
    }

    #[test]
    fn decisions_survive_in_the_file_with_the_time_at_which_they_were_applied() {
        let first = decided(Decision::Ignore, None);
        let read = Decisions::decode(&[&first.encode()[..], b"half a li"].concat());
        assert_eq!(read, first);
        let later = NOW + SECOND;
        for (decision, applied) in [(Decision::Ignore, NOW), (Decision::Forget, later)] {
            let mut next = read.clone();
            learn(&mut next, ("", ""), stored(decision, None, later), later);
            let (.., decided) = next.all().next().expect("one");
            assert_eq!(decided.applied, applied);
        }
        let of_earlier_version =
            br#"{"site":"shop","destination":"a.example","decision":"ignore","until":null,"applied":1800000000000}"#;
        let mut read = Decisions::decode(of_earlier_version);
        learn(&mut read, ("", ""), stored(Decision::Ignore, None, NOW), later);
        assert_eq!(read, first);
    }

    const IMAGES: (&str, &str) = ("img-src", "other");
    const FORMS: (&str, &str) = ("form-action", "payment");

    fn approves(decisions: &Decisions, (directive, page_group): (&str, &str)) -> bool {
        let from = ContactedFrom { directive, page_group };
        decisions.in_force("shop", "a.example", from, NOW + 60 * SECOND).is_some()
    }

    /// Whether images on other pages and forms of payment pages are approved.
    fn approved(decisions: &Decisions) -> [bool; 2] {
        [IMAGES, FORMS].map(|from| approves(decisions, from))
    }

    #[test]
    fn limited_approvals_add_up_and_a_decision_for_everywhere_replaces_them() {
        let at = |seconds: u32| NOW + seconds * SECOND;
        let approve = |seconds| stored(Decision::Approve, None, at(seconds));
        let rows = [
            (("", ""), approve(0), [true, true]),
            (IMAGES, approve(1), [true, false]),
            (FORMS, approve(2), [true, true]),
            (IMAGES, stored(Decision::Approve, Some(at(3)), at(3)), [false, true]),
            (("", ""), stored(Decision::Forget, None, at(4)), [false, false]),
            (("", "other"), approve(5), [true, false]),
            (("", ""), stored(Decision::Ignore, None, at(6)), [true, true]),
        ];
        let mut decisions = Decisions::default();
        for (index, (extent, stored, expected)) in rows.iter().enumerate() {
            learn(&mut decisions, *extent, *stored, stored.decided);
            assert_eq!(approved(&decisions), *expected, "{index}");
            // In whichever order ClickHouse names them, and with a replica that lags behind.
            let mut backwards = decisions.clone();
            let mut anew = Decisions::default();
            for (extent, stored, _) in rows[..=index].iter().rev() {
                learn(&mut backwards, *extent, *stored, at(60));
                learn(&mut anew, *extent, *stored, at(60));
            }
            assert_eq!(backwards, decisions, "{index}");
            assert_eq!(approved(&anew), *expected, "{index}");
        }
    }

    #[test]
    fn a_limited_approval_makes_only_that_forgotten_which_was_seen_nowhere_else() {
        let mut decisions = Decisions::default();
        let approve = stored(Decision::Approve, None, NOW);
        learn(&mut decisions, ("script-src", "other"), approve, NOW);
        learn(&mut decisions, IMAGES, approve, NOW + SECOND);
        let forgets = |directives: &[&str], page_group| {
            let directives: Vec<Box<str>> =
                directives.iter().map(|name| Box::from(*name)).collect();
            let seen = SeenAt { directives: &directives, page_group, last: NOW };
            decisions.is_forgotten("shop", "a.example", seen, NOW + 2 * SECOND)
        };
        assert!(forgets(&["img-src"], "other"));
        assert!(forgets(&["img-src", "script-src-elem"], "other"));
        assert!(!forgets(&["img-src", "form-action"], "other"));
        assert!(!forgets(&["img-src"], "payment"));
        assert!(!forgets(&[], "other"), "it is not known by what");
        assert!(!forgets(&["img-src"], ""), "it was seen on several page groups");
    }

    #[test]
    fn what_is_limited_survives_in_the_file_and_an_earlier_version_skips_it() {
        let mut decisions = decided(Decision::Ignore, None);
        let later = NOW + SECOND;
        learn(&mut decisions, IMAGES, stored(Decision::Approve, None, later), later);
        let bytes = decisions.encode();
        assert_eq!(Decisions::decode(&bytes), decisions);
        let lines: Vec<serde_json::Value> = bytes
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect();
        let limited = lines.iter().filter(|line| line["directive"] == "img-src");
        let limited: Vec<_> = limited.collect();
        assert_eq!((lines.len(), limited.len()), (2, 1));
        assert!(limited[0].get("decision").is_none(), "which it would take for everywhere");
    }

    #[test]
    fn what_was_approved_again_after_a_decision_for_everywhere_is_new() {
        let mut decisions = Decisions::default();
        let at = |seconds: u32| NOW + seconds * SECOND;
        learn(&mut decisions, IMAGES, stored(Decision::Approve, None, NOW), NOW);
        learn(&mut decisions, ("", ""), stored(Decision::Forget, None, at(1)), at(1));
        learn(&mut decisions, IMAGES, stored(Decision::Approve, None, at(300)), at(300));
        let directives = [Box::from("img-src")];
        let seen = SeenAt { directives: &directives, page_group: "other", last: at(299) };
        assert!(decisions.is_forgotten("shop", "a.example", seen, at(301)));
    }
}

//! Which rows of the log of decisions undid others. Nothing is deleted: what undoes a decision is a row of its own, or are several
//! that were written at once, each with a reason that begins as [`reason`] has it. One that brings nothing back repeats the decision
//! with an end that is its beginning ([`is_undone`]).

use std::collections::HashMap;

use super::destinations::is_undone;
use crate::base::clock::{MILLISECOND, Timestamp};

/// How the reason of a row begins that undoes another one.
const BEGINNING: &str = "undid \"";

/// Whether a row undoes the one before it, and what holds then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Undo {
    /// It is a decision of its own.
    #[default]
    No,
    /// Nothing is in force then.
    ToNothing,
    /// What it says is in force again.
    ToItself,
}

/// A row of the log, as far as it says what undid what.
#[derive(Clone, Copy, Debug)]
pub struct LoggedDecision<'a> {
    /// The site and the destination.
    pub about: (&'a str, &'a str),
    /// When it was written.
    pub decided_at: Timestamp,
    /// Who decided.
    pub by: &'a str,
    /// The reason.
    pub why: &'a str,
    /// When it ends.
    pub until: Option<Timestamp>,
}

/// What a row is to the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing<'a> {
    /// Whether it undoes another one.
    pub undo: Undo,
    /// When and by whom it was undone, as far as the rows show it.
    pub undone: Option<(Timestamp, &'a str)>,
}

/// The reason of a row that undoes a decision.
pub fn reason((decision, by): (&str, &str), why: &str) -> String {
    format!("{BEGINNING}{decision}\" of {by}: {why}")
}

impl Undo {
    /// What a row does, by its own words.
    pub fn of(decided_at: Timestamp, until: Option<Timestamp>, why: &str) -> Self {
        let is_undoing = why.starts_with(BEGINNING) && why.contains("\" of ");
        match (is_undone(decided_at, until), is_undoing) {
            (true, _) => Self::ToNothing,
            (false, true) => Self::ToItself,
            (false, false) => Self::No,
        }
    }

    /// What the row decides, in words: `approve for img-src`, or that it undoes.
    pub fn in_words(self, decided: &str) -> String {
        match self {
            Self::No => decided.to_owned(),
            Self::ToNothing => "undo".to_owned(),
            Self::ToItself => format!("undo: {decided} holds again"),
        }
    }
}

impl LoggedDecision<'_> {
    fn undo(&self) -> Undo {
        Undo::of(self.decided_at, self.until, self.why)
    }

    /// Whether both were written at once, this one after the other.
    fn goes_on_from(&self, other: &Self) -> bool {
        self.decided_at == other.decided_at + MILLISECOND
            && (self.by, self.why) == (other.by, other.why)
    }
}

/// What each row is to the others, in their order, which is any.
pub fn standings<'a>(rows: impl IntoIterator<Item = LoggedDecision<'a>>) -> Vec<Standing<'a>> {
    let rows: Vec<LoggedDecision<'_>> = rows.into_iter().collect();
    let undo = |row: &LoggedDecision<'_>| Standing { undo: row.undo(), ..Standing::default() };
    let mut standings: Vec<Standing<'a>> = rows.iter().map(undo).collect();
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&place| rows[place].decided_at);
    let mut newest: HashMap<(&str, &str), usize> = HashMap::new();
    for place in order {
        let row = &rows[place];
        let Some(before) = newest.insert(row.about, place) else { continue };
        let is_undoing = standings[place].undo != Undo::No;
        if is_undoing && !(standings[before].undo != Undo::No && row.goes_on_from(&rows[before])) {
            standings[before].undone = Some((row.decided_at, row.by));
        }
    }
    standings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::SECOND;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn row(ago: u32, why: &'static str, until: Option<Timestamp>) -> LoggedDecision<'static> {
        let decided_at = NOW - ago * SECOND;
        LoggedDecision { about: ("shop", "a.example"), decided_at, by: "ada", why, until }
    }

    #[test]
    fn an_undone_decision_and_what_undid_it_are_found_in_any_order() {
        let theft = row(1, "undid \"approve\" of ada: a mistake", Some(NOW - SECOND));
        let other = LoggedDecision { about: ("shop", "b.example"), ..row(2, "ours", None) };
        let rows = [theft, other, row(3, "ours", None), row(5, "undid nothing", None)];
        let standings = standings(rows);
        let undone = standings.iter().map(|standing| standing.undone.is_some());
        assert_eq!(undone.collect::<Vec<_>>(), [false, false, true, false]);
        assert_eq!(standings[2].undone, Some((theft.decided_at, "ada")));
        let undo = standings.iter().map(|standing| standing.undo);
        assert_eq!(undo.collect::<Vec<_>>(), [Undo::ToNothing, Undo::No, Undo::No, Undo::No]);
    }

    #[test]
    fn what_several_rows_bring_back_undid_one_and_can_be_undone_itself() {
        let why: &str = "undid \"theft\" of ada: a mistake";
        let first = row(5, why, None);
        let second = LoggedDecision { decided_at: first.decided_at + MILLISECOND, ..first };
        let again = row(1, "undid \"approve\" of ada: no", Some(NOW - SECOND));
        let standings = standings([row(9, "a skimmer", None), first, second, again]);
        let undone: Vec<_> =
            standings.iter().map(|standing| standing.undone.map(|(at, _)| at)).collect();
        assert_eq!(undone, [Some(first.decided_at), None, Some(again.decided_at), None]);
        assert_eq!(standings[1].undo, Undo::ToItself);
        assert_eq!(
            Undo::ToItself.in_words("approve for img-src"),
            "undo: approve for img-src holds again"
        );
    }
}

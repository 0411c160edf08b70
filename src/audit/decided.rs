//! Until when a decision holds, as tables of pages and JSON say it.

use serde_json::{Value, json};

use super::html::table::Cell;
use super::html::values::moment;
use crate::base::clock::Timestamp;
use crate::base::display::time;
use crate::decisions::{Standing, Undo};

/// The cell of a decision with this end. `open`: what to say where it has none.
pub fn until(standing: Standing<'_>, until: Option<Timestamp>, open: &str) -> Cell {
    match (standing, until) {
        (Standing { undone: Some((at, by)), .. }, _) => {
            Cell::Text(format!("undone {} by {by}", moment(at)))
        }
        // The end of one that brings nothing back is a mark.
        (Standing { undo: Undo::ToNothing, .. }, _) => Cell::text(""),
        (_, Some(end)) => Cell::Time(end),
        (_, None) => Cell::text(open),
    }
}

/// The decisions as JSON, each with whether it undoes another one, and when and by whom it was undone as far as they show it.
pub fn with_marks<'a>(
    decisions: impl IntoIterator<Item = Value>,
    standings: impl IntoIterator<Item = Standing<'a>>,
) -> Vec<Value> {
    let marked = decisions.into_iter().zip(standings).map(|(mut value, standing)| {
        value["is_undo"] = json!(standing.undo != Undo::No);
        value["undone_at"] = json!(standing.undone.map(|(at, _)| time(at)));
        value["undone_by"] = json!(standing.undone.map(|(_, by)| by));
        value
    });
    marked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_ends_when_it_is_undone() {
        let noon = Timestamp::parse("2026-11-01T12:00:00Z").expect("a time");
        let undone = Standing { undone: Some((noon, "ada")), ..Standing::default() };
        assert_eq!(
            until(undone, None, "the next decision"),
            Cell::text("undone 2026-11-01 12:00:00 by ada")
        );
        let undoing = Standing { undo: Undo::ToNothing, ..Standing::default() };
        assert_eq!(until(undoing, Some(noon), "the next decision"), Cell::text(""));
        assert_eq!(until(Standing::default(), Some(noon), ""), Cell::Time(noon));
        assert_eq!(
            until(Standing::default(), None, "the next decision"),
            Cell::text("the next decision")
        );
    }
}

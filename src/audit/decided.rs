//! Until when a decision holds, as tables of pages say it.

use super::html::table::Cell;
use super::html::values::moment;
use crate::base::clock::Timestamp;
use crate::decisions::{Standing, Undo};

/// The cell of a decision with this end. `open`: what to say where it has none.
pub fn until(standing: Standing, until: Option<Timestamp>, open: &str) -> Cell {
    match (standing, until) {
        (Standing { undone_at: Some(at), .. }, _) => Cell::Text(format!("undone {}", moment(at))),
        // The end of one that brings nothing back is a mark.
        (Standing { undo: Undo::ToNothing, .. }, _) => Cell::text(""),
        (_, Some(end)) => Cell::Time(end),
        (_, None) => Cell::text(open),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_ends_when_it_is_undone() {
        let noon = Timestamp::parse("2026-11-01T12:00:00Z").expect("a time");
        let undone = Standing { undone_at: Some(noon), ..Standing::default() };
        assert_eq!(
            until(undone, None, "the next decision"),
            Cell::text("undone 2026-11-01 12:00:00")
        );
        let undoing = Standing { undo: Undo::ToNothing, undone_at: None };
        assert_eq!(until(undoing, Some(noon), "the next decision"), Cell::text(""));
        assert_eq!(until(Standing::default(), Some(noon), ""), Cell::Time(noon));
        assert_eq!(
            until(Standing::default(), None, "the next decision"),
            Cell::text("the next decision")
        );
    }
}

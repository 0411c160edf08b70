//! The latest alerts, and which of them are in ClickHouse already.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::alert::{RaisedAlert, Severity};
use crate::base::limits;

/// A bounded number of them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct AlertLog {
    /// With their numbers, which ascend, the oldest first.
    latest: VecDeque<(u64, RaisedAlert)>,
    /// The number of the next one.
    next: u64,
    /// Below it, all are stored.
    stored_below: u64,
    /// Those that had to go before they were stored.
    lost: u64,
}

impl AlertLog {
    /// Tickets make room first.
    pub(super) fn push(&mut self, news: RaisedAlert) {
        if self.latest.len() >= limits::ALERTS_REMEMBERED {
            let is_ticket =
                |(_, told): &(u64, RaisedAlert)| told.alert.severity == Severity::Ticket;
            let ticket = self.latest.iter().position(is_ticket);
            let gone = self.latest.remove(ticket.unwrap_or(0));
            self.lost += u64::from(gone.is_some_and(|(number, _)| number >= self.stored_below));
        }
        self.latest.push_back((self.next, news));
        self.next += 1;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &RaisedAlert> {
        self.latest.iter().map(|(_, told)| told)
    }

    /// Those that are to be stored, and the number below which all are stored afterwards.
    pub(super) fn unstored(&self) -> (Vec<RaisedAlert>, u64) {
        let unstored = self.latest.iter().filter(|(number, _)| *number >= self.stored_below);
        (unstored.map(|(_, told)| told.clone()).collect(), self.next)
    }

    pub(super) fn set_stored(&mut self, below: u64) {
        self.stored_below = self.stored_below.max(below);
    }

    pub(super) fn len(&self) -> usize {
        self.latest.len()
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::alert::{Alert, AlertKind};
    use super::*;
    use crate::base::clock::Timestamp;

    fn told(at: i64, severity: Severity) -> RaisedAlert {
        let alert = Alert {
            kind: AlertKind::Integrity,
            page_group: Arc::from("payment"),
            destination: String::new(),
            severity,
            reports: 1,
            clients: 1,
            pages: Vec::new(),
            reasons: Vec::new(),
        };
        RaisedAlert { at: Timestamp::from_millis(at), site: Arc::from("shop"), alert }
    }

    #[test]
    fn each_is_stored_once_and_what_had_to_go_before_is_counted() {
        let mut log = AlertLog::default();
        log.push(told(1, Severity::Page));
        let (first, below) = log.unstored();
        assert_eq!((first.len(), below), (1, 1));
        log.push(told(2, Severity::Ticket));
        log.set_stored(below);
        let (second, below) = log.unstored();
        assert_eq!((second[0].at, below), (Timestamp::from_millis(2), 2));
        for at in 3..=limits::ALERTS_REMEMBERED as i64 + 1 {
            log.push(told(at, Severity::Page));
        }
        assert_eq!((log.len(), log.lost()), (limits::ALERTS_REMEMBERED, 1), "the ticket went");
        assert_eq!(log.iter().next().map(|told| told.at), Some(Timestamp::from_millis(1)));
        log.push(told(9_999, Severity::Page));
        assert_eq!(log.lost(), 1, "the first page was stored");
    }
}

//! The latest alerts, and which of them are in ClickHouse already.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::alert::{RaisedAlert, Severity};
use crate::base::limits;

/// At most [`limits::ALERTS_REMEMBERED`] alerts, each with its number.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct AlertLog {
    /// The oldest first; the numbers ascend.
    latest: VecDeque<(u64, RaisedAlert)>,
    /// The number of the next one.
    next: u64,
    /// ClickHouse has all alerts below this number.
    stored_below: u64,
    /// Alerts that had to make room before they were stored.
    lost: u64,
}

impl AlertLog {
    /// Adds an alert. If there is no room, the oldest ticket goes, or the oldest of all.
    pub(super) fn push(&mut self, raised: RaisedAlert) {
        if self.latest.len() >= limits::ALERTS_REMEMBERED {
            let is_ticket =
                |(_, raised): &(u64, RaisedAlert)| raised.alert.severity == Severity::Ticket;
            let ticket = self.latest.iter().position(is_ticket);
            let gone = self.latest.remove(ticket.unwrap_or(0));
            self.lost += u64::from(gone.is_some_and(|(number, _)| number >= self.stored_below));
        }
        self.latest.push_back((self.next, raised));
        self.next += 1;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &RaisedAlert> {
        self.latest.iter().map(|(_, raised)| raised)
    }

    /// The alerts to store, and the number to give to `set_stored` once they are.
    pub(super) fn unstored(&self) -> (Vec<RaisedAlert>, u64) {
        let unstored = self.latest.iter().filter(|(number, _)| *number >= self.stored_below);
        (unstored.map(|(_, raised)| raised.clone()).collect(), self.next)
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

    fn raised(at: i64, severity: Severity) -> RaisedAlert {
        let alert = Alert {
            kind: AlertKind::Integrity,
            page_group: Arc::from("payment"),
            destination: String::new(),
            severity,
            reports: 1,
            clients: 1,
            pages: Vec::new(),
            reasons: Vec::new(),
            destinations: Vec::new(),
            score: None,
            evidence: Vec::new(),
        };
        RaisedAlert { at: Timestamp::from_millis(at), site: Arc::from("shop"), alert }
    }

    #[test]
    fn each_alert_is_stored_once_and_those_lost_before_are_counted() {
        let mut log = AlertLog::default();
        log.push(raised(1, Severity::Page));
        let (first, below) = log.unstored();
        assert_eq!((first.len(), below), (1, 1));
        log.push(raised(2, Severity::Ticket));
        log.set_stored(below);
        let (second, below) = log.unstored();
        assert_eq!((second[0].at, below), (Timestamp::from_millis(2), 2));
        for at in 3..=limits::ALERTS_REMEMBERED as i64 + 1 {
            log.push(raised(at, Severity::Page));
        }
        assert_eq!((log.len(), log.lost()), (limits::ALERTS_REMEMBERED, 1), "the ticket went");
        assert_eq!(log.iter().next().map(|raised| raised.at), Some(Timestamp::from_millis(1)));
        log.push(raised(9_999, Severity::Page));
        assert_eq!(log.lost(), 1, "the first page was stored");
    }
}

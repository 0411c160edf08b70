//! Whether a destination needs a person: the same answer as on *Now*, which asks ClickHouse (`findings_open.sql`).

use maud::{Markup, html};

use super::super::OPEN;
use super::Destination;
use crate::base::display::defanged;
use crate::console::links;
use crate::console::words::severity_words;
use crate::store::findings::StoredAlert;

/// What is to be done about a destination, or who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status<'a> {
    /// An approval is in force.
    Approved,
    /// It is ignored.
    Ignored,
    /// A person called it a theft, and has not said that it is over.
    Theft,
    /// A person said that it is over, and no alert came since.
    Over,
    /// An alert is about it, and nobody has settled it.
    Open {
        /// Whether an alert pages.
        is_urgent: bool,
        /// The destination whose alert it is part of, where no alert has its own name.
        leader: Option<&'a str>,
    },
    /// No alert is about it.
    NoAlert,
}

/// What is said in place of what happens to the alert.
pub(super) const NO_ALERT: &str = "No alert is about it.";

impl Destination {
    pub(super) fn status(&self) -> Status<'_> {
        let newest = self.newest();
        let in_force = newest.filter(|newest| newest.is_in_force(self.now));
        match in_force.map(|newest| (newest.decision.as_str(), newest.decided_at)) {
            Some(("approve", _)) if self.is_settled_by_approval() => Status::Approved,
            Some(("ignore", _)) => Status::Ignored,
            Some(("theft", _)) => Status::Theft,
            Some(("forget", at)) if self.open_alerts().all(|alert| alert.last_at <= at) => {
                Status::Over
            }
            _ => self.open_or_quiet(),
        }
    }

    /// Whether the newest approval, or those of parts together, leave nothing open.
    fn is_settled_by_approval(&self) -> bool {
        let is_whole = self.newest().is_some_and(|newest| newest.extent().is_everywhere());
        is_whole || self.open_alerts().next().is_none()
    }

    /// Whether the newest decision is a limited approval, and in force.
    pub(super) fn is_approved_in_part(&self) -> bool {
        self.newest()
            .is_some_and(|newest| !newest.extent().is_everywhere() && newest.is_in_force(self.now))
    }

    fn open_or_quiet(&self) -> Status<'_> {
        let is_urgent = self.open_alerts().any(|alert| alert.severity == "page");
        let is_own = self.open_alerts().any(|alert| alert.destination == self.destination);
        match self.open_alerts().next() {
            None => Status::NoAlert,
            Some(newest) => {
                Status::Open { is_urgent, leader: (!is_own).then_some(newest.destination.as_str()) }
            }
        }
    }

    /// The alerts that *Now* counts: of the last month, and not of a page group that limited approvals cover.
    fn open_alerts(&self) -> impl Iterator<Item = &StoredAlert> {
        self.lately().filter(|alert| !self.covered.contains(&alert.page_group))
    }

    /// Whether an alert was about it in the last month, whatever has been decided since.
    pub(super) fn has_alerted(&self) -> bool {
        self.lately().next().is_some()
    }

    /// Its alerts of the last month.
    fn lately(&self) -> impl Iterator<Item = &StoredAlert> {
        let since = self.now - OPEN;
        self.alerts.iter().filter(move |alert| {
            alert.last_at >= since
                && matches!(alert.alert.as_str(), "unknown_destination" | "card_data_in_url")
        })
    }

    pub(super) fn status_chip(&self) -> Markup {
        html! {
            @match self.status() {
                Status::Approved => span class="chip good" { "approved" (self.newest_extent()) },
                Status::Ignored => span class="chip good" { "ignored as noise" },
                Status::Theft => span class="chip urgent" { "theft" },
                Status::Over => span class="chip good" { "over" },
                Status::NoAlert if !self.own.is_empty() => span class="chip" { "own" },
                Status::NoAlert if !self.known.is_empty() => span class="chip" { "known" },
                Status::NoAlert => span class="chip" { "no alert" },
                Status::Open { is_urgent, leader } => {
                    span class=(if is_urgent { "chip urgent" } else { "chip" }) {
                        "open, " (severity_words(is_urgent))
                        @if let Some(leader) = leader { ": part of the alert about " (defanged(leader)) }
                    }
                }
            }
        }
    }

    /// How far the newest decision goes, in words; empty: everywhere.
    pub(super) fn newest_extent(&self) -> String {
        self.newest().map_or_else(String::new, |newest| newest.extent().in_words())
    }

    /// The way to the alert that it is part of.
    pub(super) fn leader_note(&self) -> Markup {
        html! {
            @if let Status::Open { leader: Some(leader), .. } = self.status() {
                p class="note" {
                    "No alert has its name: it is part of the alert about "
                    a href=(links::destination(&self.site, leader)) { (defanged(leader)) }
                    ", because the same visitors reported both. Decide about each: the alert goes on for those that are left."
                }
            }
        }
    }
}

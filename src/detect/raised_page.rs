//! A page that was raised, and what confirms it. One network alone can forge a page's reason, and keep the page open by a
//! report a day; then the theft itself would be no news. So what confirms such a page raises it again, once an episode.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::score::StrongReasons;
use crate::base::clock::{HOUR, Timestamp};

/// What comes within this time is part of the page: people are looking at it, and see it grow. A second page about each theft
/// whose second victim comes after some minutes would wake nobody who is not awake.
const LOOKED_AT_FOR: Duration = HOUR;

/// What a page rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grounds {
    /// How many networks report it.
    pub(super) networks: usize,
    pub(super) strong: StrongReasons,
    /// Whether no crowd of findings would hold it back: a forger may confirm his own.
    pub(super) stands_apart: bool,
}

/// A page that was raised.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct RaisedPage {
    at: Timestamp,
    is_of_one_network: bool,
    strong: StrongReasons,
    is_confirmed: bool,
}

impl RaisedPage {
    pub(super) fn new(grounds: Grounds, now: Timestamp) -> Self {
        Self {
            at: now,
            is_of_one_network: grounds.networks < 2,
            strong: grounds.strong,
            is_confirmed: false,
        }
    }

    /// Notes what it rests on now. Returns whether that is to be raised: several networks report what one did, or there is a
    /// strong reason that there was not.
    pub(super) fn confirm(&mut self, grounds: Grounds, now: Timestamp) -> bool {
        if !grounds.stands_apart {
            return false;
        }
        let is_more =
            self.is_of_one_network && grounds.networks >= 2 || self.strong.lacks(grounds.strong);
        self.is_of_one_network &= grounds.networks < 2;
        self.strong.add(grounds.strong);
        let is_news = is_more && !self.is_confirmed && !now.is_within(LOOKED_AT_FOR, self.at);
        self.is_confirmed |= is_news;
        is_news
    }

    pub(super) fn is_confirmed(&self) -> bool {
        self.is_confirmed
    }
}

#[cfg(test)]
mod tests {
    use super::super::score::StrongReason;
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn grounds(networks: usize, strong: &[StrongReason]) -> Grounds {
        let strong = StrongReasons::of(strong.iter().map(|reason| (*reason, true)));
        Grounds { networks, strong, stands_apart: true }
    }

    /// Whether each of these, so many hours after the page, is news.
    #[track_caller]
    fn check(page: Grounds, later: &[(u32, Grounds)], expected: &[bool]) {
        let mut raised = RaisedPage::new(page, START);
        let confirm =
            |(hours, grounds): &(u32, Grounds)| raised.confirm(*grounds, START + *hours * HOUR);
        assert_eq!(later.iter().map(confirm).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_several_networks_confirm_later_is_news_once() {
        use StrongReason::{CardNumber, Form};
        let forged = grounds(1, &[Form]);
        let (same, more) = (grounds(1, &[Form]), grounds(2, &[Form]));
        check(
            forged,
            &[(12, same), (24, same), (30, more), (31, more)],
            &[false, false, true, false],
        );
        let with_card = grounds(3, &[Form, CardNumber]);
        check(forged, &[(30, more), (31, with_card)], &[true, false]);
    }

    #[test]
    fn a_further_strong_reason_is_news() {
        use StrongReason::{CardNumber, ChangedScript, Form, ThreatList};
        for further in [CardNumber, ChangedScript, ThreatList] {
            check(grounds(1, &[Form]), &[(2, grounds(1, &[Form, further]))], &[true]);
            check(grounds(5, &[]), &[(2, grounds(5, &[further]))], &[true]);
        }
        check(grounds(1, &[Form, CardNumber]), &[(2, grounds(1, &[Form]))], &[false]);
    }

    #[test]
    fn what_a_crowd_would_hold_back_confirms_nothing() {
        use StrongReason::Form;
        let held = Grounds { stands_apart: false, ..grounds(2, &[Form]) };
        check(grounds(1, &[Form]), &[(2, held), (3, grounds(3, &[Form]))], &[false, true]);
    }

    #[test]
    fn what_comes_while_people_look_at_the_page_is_part_of_it() {
        use StrongReason::Form;
        let (one, two) = (grounds(1, &[Form]), grounds(2, &[Form]));
        check(one, &[(0, two), (5, two)], &[false, false]);
    }
}

//! The reasons of which one is nearly enough for a page.

use serde::{Deserialize, Serialize};

/// A reason that is enough for one network to page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::detect) enum StrongReason {
    Form,
    CardNumber,
    ThreatList,
    ChangedScript,
}

/// A set of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::detect) struct StrongReasons(u8);

impl StrongReasons {
    /// Those of some reasons that hold.
    pub(in crate::detect) fn of(reasons: impl IntoIterator<Item = (StrongReason, bool)>) -> Self {
        let hold = reasons.into_iter().filter(|(_, holds)| *holds);
        Self(hold.fold(0, |set, (reason, _)| set | 1 << reason as u8))
    }

    pub(in crate::detect) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether others have a reason that is not among these.
    pub(in crate::detect) fn lacks(self, others: Self) -> bool {
        others.0 & !self.0 != 0
    }

    pub(in crate::detect) fn add(&mut self, others: Self) {
        self.0 |= others.0;
    }
}

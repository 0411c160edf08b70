//! Until when ClickHouse has noted that this collector works.

use std::time::{Duration, Instant};

use crate::base::clock::Timestamp;

/// The pause between two notes. One note in an hour is enough for the hour to count.
const NOTE_EVERY: Duration = Duration::from_secs(300);

/// What was noted last.
pub(super) struct CollectorActivity {
    /// The time up to which it is noted; before the first note, when the collector started.
    until: Timestamp,
    /// When the last note was made.
    noted: Option<Instant>,
}

impl CollectorActivity {
    pub(super) fn new(started: Timestamp) -> Self {
        Self { until: started, noted: None }
    }

    /// The beginning of the time to note, if a note is due.
    pub(super) fn due_since(&self) -> Option<Timestamp> {
        let is_due = self.noted.is_none_or(|noted| noted.elapsed() >= NOTE_EVERY);
        is_due.then_some(self.until)
    }

    /// ClickHouse has it up to then.
    pub(super) fn set_noted(&mut self, until: Timestamp) {
        (self.until, self.noted) = (until, Some(Instant::now()));
    }
}

//! Whether the journal would take a report now: it is asked before a browser has to find out.

use super::Journal;
use super::shared::Shared;
use crate::base::clock::Timestamp;
use crate::base::limits;

impl Journal {
    /// Refuses the reports that wait for a disk that does not answer. Returns whether it is so. Does not block.
    pub fn refuse_stalled(&self) -> bool {
        self.shared.queue.refuse_stalled(limits::COMMIT_DEADLINE)
    }

    /// Looks whether a report would be refused, and why; `None`: it would be taken. Writes a probe where nothing was written
    /// lately. Blocks.
    pub fn look(&self) -> Option<String> {
        let now = Timestamp::now();
        if !now.is_credible() {
            return Some(format!(
                "the machine's clock says {now}, which cannot be: set it, or let ClickHouse's correct it"
            ));
        }
        let Shared { dir, health, .. } = &*self.shared;
        if let Err(no_room) = self.shared.room() {
            return Some(no_room.to_string());
        }
        if health.is_probe_due() {
            match dir.probe() {
                Ok(()) => health.succeeded(),
                Err(error) => health.failed(&error),
            }
        }
        health.error()
    }

    /// Notes what a look found, or that it does not come back.
    pub fn set_trouble(&self, trouble: Option<String>) {
        self.shared.health.set_trouble(trouble);
    }

    /// What the last look found.
    pub fn trouble(&self) -> Option<String> {
        self.shared.health.trouble()
    }
}

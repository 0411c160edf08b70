//! Whether the journal would take a report now: it is asked before a browser has to find out.

use super::Journal;
use super::health::DIRECTORY_GONE;
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
        let trouble = trouble(&self.shared);
        self.shared.health.set_trouble(trouble.clone());
        trouble
    }

    /// States what a look would have found that does not come back from the disk.
    pub fn set_trouble(&self, trouble: &str) {
        self.shared.health.set_trouble(Some(trouble.to_owned()));
    }

    /// What the last look found.
    pub fn trouble(&self) -> Option<String> {
        self.shared.health.trouble()
    }
}

fn trouble(shared: &Shared) -> Option<String> {
    let dir = &shared.dir;
    let now = Timestamp::now();
    if !now.is_credible() {
        return Some(format!(
            "the machine's clock says {now}, which cannot be: set it, or let ClickHouse's correct it"
        ));
    }
    if !dir.is_there() {
        return Some(DIRECTORY_GONE.to_owned());
    }
    let used = shared.files().usage().bytes;
    if used >= shared.bytes_max {
        return Some(format!("it is full: {used} bytes of journal.max_bytes wait for ClickHouse"));
    }
    match dir.disk.free_bytes(&dir.path) {
        Ok(free) if free < limits::DISK_FREE_BYTES => {
            return Some(format!(
                "the disk is full: {free} bytes are free, and {} stay free",
                limits::DISK_FREE_BYTES
            ));
        }
        Ok(_) => {}
        Err(error) => return Some(error.to_string()),
    }
    if shared.health.is_probe_due() {
        match dir.probe() {
            Ok(()) => shared.health.succeeded(),
            Err(error) => shared.health.failed(&error),
        }
    }
    shared.health.error()
}

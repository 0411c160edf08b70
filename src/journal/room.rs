//! Whether there is room for more reports: within `journal.max_bytes`, and on the disk.

use std::io;

use super::shared::Shared;
use crate::base::limits;

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoRoom {
    #[error("the journal's directory was removed or replaced: restore it, or restart")]
    Gone,
    #[error("it is full: {used} bytes of journal.max_bytes wait for ClickHouse")]
    Full { used: u64 },
    #[error("the disk is full: {free} bytes are free, and {} stay free", limits::DISK_FREE_BYTES)]
    DiskFull { free: u64 },
    #[error("{0}")]
    Disk(io::Error),
}

impl Shared {
    /// Bytes that the segments may still grow by.
    pub(super) fn room(&self) -> Result<u64, NoRoom> {
        if !self.dir.is_there() {
            return Err(NoRoom::Gone);
        }
        let used = self.files().usage().bytes;
        if used >= self.bytes_max {
            return Err(NoRoom::Full { used });
        }
        let free = self.dir.disk.free_bytes(&self.dir.path).map_err(NoRoom::Disk)?;
        match free.checked_sub(limits::DISK_FREE_BYTES) {
            None => Err(NoRoom::DiskFull { free }),
            Some(of_disk) => Ok(of_disk.min(self.bytes_max - used)),
        }
    }
}

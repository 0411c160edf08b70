//! Whether there is room for more reports: within `journal.max_bytes`, and on the disk.

use std::io;

use super::shared::Shared;
use crate::base::limits;

/// Which bytes there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// So many for everything.
    Usual(u64),
    /// Those of the reserve alone, which only new evidence may use.
    Reserve,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoRoom {
    #[error("the journal's directory was removed or replaced: restore it, or restart")]
    Gone,
    #[error(
        "it is full: {used} bytes of journal.max_bytes wait for ClickHouse, and the rest is for new evidence"
    )]
    Full { used: u64 },
    #[error("the disk is full: {free} bytes are free, and {} stay free", limits::DISK_FREE_BYTES)]
    DiskFull { free: u64 },
    #[error("{0}")]
    Disk(io::Error),
}

impl Shared {
    /// Bytes that the segments may still grow by; without new evidence, nothing may use the reserve.
    pub(super) fn room(&self) -> Result<u64, NoRoom> {
        match self.room_for_evidence()? {
            Room::Usual(bytes) => Ok(bytes),
            Room::Reserve => {
                let used = self.files().usage().bytes;
                if used.saturating_add(self.reserve()) >= self.bytes_max {
                    return Err(NoRoom::Full { used });
                }
                let free = self.dir.disk.free_bytes(&self.dir.path).map_err(NoRoom::Disk)?;
                Err(NoRoom::DiskFull { free })
            }
        }
    }

    /// Which bytes there are for a report that is new evidence.
    pub(super) fn room_for_evidence(&self) -> Result<Room, NoRoom> {
        if !self.dir.is_there() {
            return Err(NoRoom::Gone);
        }
        let used = self.files().usage().bytes;
        if used >= self.bytes_max {
            return Err(NoRoom::Full { used });
        }
        let free = self.dir.disk.free_bytes(&self.dir.path).map_err(NoRoom::Disk)?;
        if free.saturating_add(self.reserve()) < limits::DISK_FREE_BYTES {
            return Err(NoRoom::DiskFull { free });
        }
        let of_limit = (self.bytes_max - used).saturating_sub(self.reserve());
        let of_disk = free.saturating_sub(limits::DISK_FREE_BYTES);
        match of_limit.min(of_disk) {
            0 => Ok(Room::Reserve),
            bytes => Ok(Room::Usual(bytes)),
        }
    }

    /// Bytes that only new evidence may use.
    pub(super) fn reserve(&self) -> u64 {
        limits::JOURNAL_RESERVE_BYTES.min(self.bytes_max / 16)
    }
}

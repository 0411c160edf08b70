//! What the committer, the requests and the sink share.

use std::collections::BTreeMap;
use std::sync::MutexGuard;
use std::sync::atomic::AtomicU64;

use tokio::sync::Notify;

use super::dir::JournalDir;
use super::health::Health;
use super::quarantine::QuarantineUsage;
use super::queue::CommitQueue;
use super::recovery::Recovered;
use super::segment::SegmentFile;
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::base::lock::Mutex;
use crate::base::occupancy::StateTable;
use crate::config::DailyBytes;

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) dir: JournalDir,
    pub(super) queue: CommitQueue,
    pub(super) health: Health,
    /// `journal.max_bytes`.
    pub(super) bytes_max: u64,
    /// What may be written in a day.
    daily_bytes: Mutex<DailyBytes>,
    /// Numbers up to this one are used elsewhere.
    pub(super) skipped_numbers: AtomicU64,
    files: Mutex<Files>,
    occupancy: Mutex<Occupancy>,
    /// Notified whenever a segment is sealed.
    pub(super) sealed: Notify,
}

impl Shared {
    pub(super) fn new(dir: JournalDir, recovered: Recovered, bytes_max: u64) -> Self {
        let Recovered { sealed, quarantined, .. } = recovered;
        Self {
            dir,
            queue: CommitQueue::default(),
            health: Health::default(),
            bytes_max,
            daily_bytes: Mutex::default(),
            skipped_numbers: AtomicU64::default(),
            files: Mutex::new(Files { sealed, open: None, quarantined }),
            occupancy: Mutex::default(),
            sealed: Notify::new(),
        }
    }

    /// Whether the file of a segment was removed, while the directory is the one that was opened.
    pub(super) fn is_gone(&self, number: u64) -> bool {
        // A disk that does not answer is no proof.
        self.dir.is_there()
            && self.dir.disk.exists(&self.dir.segment_path(number)).is_ok_and(|exists| !exists)
    }

    /// What may be written in a day.
    pub(super) fn daily_bytes(&self) -> MutexGuard<'_, DailyBytes> {
        self.daily_bytes.lock()
    }

    pub(super) fn occupancy(&self) -> MutexGuard<'_, Occupancy> {
        self.occupancy.lock()
    }

    pub(super) fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock()
    }
}

/// The segment files in the directory.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) sealed: BTreeMap<u64, SegmentFile>,
    pub(super) open: Option<SegmentFile>,
    pub(super) quarantined: QuarantineUsage,
}

impl Files {
    pub(super) fn usage(&self) -> Usage {
        let all = || self.sealed.values().chain(&self.open);
        Usage {
            bytes: all().map(|segment| segment.bytes).sum::<u64>() + self.quarantined.bytes,
            segments: all().count(),
            quarantined: self.quarantined.segments,
            oldest: all().map(|segment| segment.id.opened).min(),
            ..Usage::default()
        }
    }
}

/// Numbers for metrics and limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of all segments, those in quarantine included.
    pub bytes: u64,
    /// Segments that were not sent, the open one included.
    pub segments: usize,
    /// Segments in quarantine.
    pub quarantined: usize,
    /// When the oldest segment that was not sent was opened.
    pub oldest: Option<Timestamp>,
    /// Reports that wait for the disk.
    pub waiting: usize,
    /// Bytes that it may have at the most: `journal.max_bytes`.
    pub limit: u64,
    /// Bytes that it may still grow by: until the limit, or until the disk has no more than it leaves alone. At 0, reports are
    /// refused.
    pub room: u64,
}

/// How full the committer's bounded tables are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Occupancy {
    /// Distinct violations of the open segment.
    pub(super) violations: usize,
    /// Segments that were sealed because they were full.
    pub(super) full_segments: u64,
    pub(super) deliveries: usize,
    pub(super) forgotten_deliveries: u64,
    /// Policies of the open segment.
    pub(super) policies: usize,
    /// Policies for which a segment had no room.
    pub(super) unkept_policies: u64,
    /// What is remembered of budgets; `None` before the first turn.
    pub(super) budgets: Option<[StateTable; 2]>,
}

impl Occupancy {
    pub(super) fn tables(&self) -> Vec<StateTable> {
        let own = [
            StateTable {
                name: "violations",
                entries: self.violations,
                limit: limits::SEGMENT_ROWS as usize,
                overflow: self.full_segments,
            },
            StateTable {
                name: "deliveries",
                entries: self.deliveries,
                limit: 2 * limits::DELIVERIES_PER_GENERATION,
                overflow: self.forgotten_deliveries,
            },
            StateTable {
                name: "segment_policies",
                entries: self.policies,
                limit: limits::POLICIES_PER_SEGMENT,
                overflow: self.unkept_policies,
            },
        ];
        own.into_iter().chain(self.budgets.into_iter().flatten()).collect()
    }
}

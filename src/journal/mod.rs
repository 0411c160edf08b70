//! The journal: what was answered 204 is on this machine's disk.
//!
//! A row of segments ([`segment`]). The open one is appended to by the committer, a thread of its own: it
//! writes what gathered while the last sync ran, syncs once for all, then answers all who wait. After a
//! few seconds, or when it is full, or at midnight UTC, the segment is sealed; the sink sends it, and
//! only then does it go. A segment is sealed once: its rows, their order and its token are the same on
//! every attempt, also after a restart, because both times they are read from the same bytes.
//!
//! Only this module deletes the journal's files.

mod codec;
mod committer;
mod dedup;
pub mod delivery;
mod disk;
mod frame;
mod home;
pub mod inspect;
mod open;
mod quarantine;
mod record;
mod recovery;
mod refusals;
mod row;
mod segment;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

pub use dedup::{Deliveries, Folded, Identity};
pub use home::stored_client_key;
pub use quarantine::Quarantine;
pub use record::{Record, Sighting};
pub use refusals::{Part, Refusals, Table};
pub use row::{PreparedRow, Row};
pub use segment::{SegmentId, SegmentReader, State};

use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::base::occupancy::StateTable;
use crate::config;
use crate::csp::ReportedPolicy;
use crate::report::Fingerprint;
use crate::report::{Disposition, Kind};
use committer::{Committer, Queue};
use disk::{Disk, RealDisk};
use home::Home;

/// One report on its way to the disk.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its identity.
    pub fingerprint: Fingerprint,
    /// When it happened.
    pub at: Timestamp,
    /// Whether it was blocked.
    pub disposition: Disposition,
    /// What a repeated delivery of it has in common with it; `None` where there are none.
    pub identity: Option<Identity>,
    /// What it says.
    pub row: Arc<PreparedRow>,
    /// The policy that it carries.
    pub policy: Option<CarriedPolicy>,
}

impl Entry {
    /// The policy that it carries, if it is still remembered.
    pub fn known_policy(&self) -> Option<Arc<ReportedPolicy>> {
        self.policy.as_ref()?.policy.upgrade()
    }
}

/// A policy that a report carries.
#[derive(Clone, Debug)]
pub struct CarriedPolicy {
    /// Tells this policy on this page group, enforced or not, from all others.
    pub key: u64,
    /// The policy, as long as the pipeline remembers it: a hundred thousand reports that wait for the disk must not
    /// keep as many policies that were made up.
    pub policy: Weak<ReportedPolicy>,
}

/// Reports over a quota: counted, not kept.
#[derive(Clone, Debug)]
pub struct Limited {
    /// Whose endpoint.
    pub site: Arc<str>,
    /// Their kind.
    pub kind: Kind,
    /// How many.
    pub count: u64,
}

/// What one request brought.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// When it arrived.
    pub received: Timestamp,
    /// Keyed hash of the client.
    pub client: u64,
    /// The correlation tag, or empty.
    pub tag: String,
    /// Whether the site itself made the tag.
    pub is_tag_signed: bool,
    /// What a repeated delivery of the whole request has in common with it.
    pub identity: Option<Identity>,
    /// The reports that are kept.
    pub entries: Vec<Entry>,
    /// The reports that are only counted.
    pub limited: Vec<Limited>,
}

/// Why reports were not taken. The answer is 503; nothing of them is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// `journal.max_bytes` or the floor of free disk is reached.
    #[error("the journal is full")]
    Full,
    /// The disk failed.
    #[error("the journal cannot be written")]
    Failed,
    /// More reports wait for the disk than may.
    #[error("too many reports wait for the disk")]
    Busy,
    /// The collector is stopping.
    #[error("the collector is stopping")]
    Closing,
}

/// The journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum JournalError {
    #[error("the journal at {dir} cannot be used: {error}; check that it may be written and has room", dir = .dir.display())]
    Directory { dir: PathBuf, error: io::Error },
    #[error("the journal at {dir} is in use by another process; set journal.dir to another directory", dir = .dir.display())]
    Locked { dir: PathBuf },
    #[error("{file} does not hold {expected}; restore it, or move it away to start anew", file = .file.display())]
    Unreadable { file: PathBuf, expected: String },
}

/// Learns what the committer did, in its thread, before the requests are answered.
pub trait Observer: Send + 'static {
    /// A batch is durable; `folded` holds one value per entry.
    fn committed(&mut self, batch: &Batch, folded: &[Folded]);
    /// A sync took this long.
    fn synced(&mut self, duration: Duration);
    /// Writing failed; the reports that were to be written are refused.
    fn failed(&mut self, error: &io::Error);
}

/// A sealed segment that was not sent yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Which one.
    pub id: SegmentId,
    /// Bytes of its file.
    pub bytes: u64,
}

/// The journal as others use it. Dropping it without [`Journal::close`] leaves the open segment for the
/// next start to recover.
#[derive(Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    client_key: [u8; 16],
    committer: Mutex<Option<JoinHandle<()>>>,
}

/// What the committer, the requests and the sink share.
#[derive(Debug)]
struct Shared {
    home: Home,
    queue: Queue,
    files: Mutex<Files>,
    memory: Mutex<Memory>,
    sealed: Notify,
}

/// The files that there are.
#[derive(Debug, Default)]
struct Files {
    sealed: BTreeMap<u64, Sealed>,
    open: Option<Sealed>,
    quarantined: Quarantined,
}

/// Segments of which something was refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Quarantined {
    segments: usize,
    bytes: u64,
}

impl Quarantined {
    fn among(files: &[(u64, String, u64)]) -> Self {
        let quarantined = files.iter().filter(|(_, name, _)| name == segment::QUARANTINED);
        quarantined.fold(Self::default(), |sum, (.., bytes)| Self {
            segments: sum.segments + 1,
            bytes: sum.bytes + bytes,
        })
    }
}

/// What the committer remembers of reports.
#[derive(Clone, Copy, Debug, Default)]
struct Memory {
    /// Distinct violations of the open segment.
    violations: usize,
    /// Segments that were sealed because they were full.
    full_segments: u64,
    deliveries: usize,
    forgotten_deliveries: u64,
    /// Policies of the open segment.
    policies: usize,
    /// Policies that found no place in theirs.
    unkept_policies: u64,
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
}

impl Journal {
    /// Opens the directory, seals what an earlier process left open, and starts the committer.
    pub fn open(config: &config::Journal, observer: impl Observer) -> Result<Self, JournalError> {
        let (mut journal, committer) = Self::open_on(Arc::new(RealDisk), config, observer)?;
        journal.committer = Mutex::new(Some(committer.start()));
        Ok(journal)
    }

    /// The journal, and its committer, which was not started yet.
    fn open_on<O: Observer>(
        disk: Arc<dyn Disk>,
        config: &config::Journal,
        observer: O,
    ) -> Result<(Self, Committer<O>), JournalError> {
        let home = Home::open(disk, &config.dir)?;
        let client_key = home.client_key()?;
        let recovered = recovery::recover(&home)?;
        let shared = Arc::new(Shared {
            home,
            queue: Queue::default(),
            files: Mutex::new(Files {
                sealed: recovered.sealed,
                open: None,
                quarantined: recovered.quarantined,
            }),
            memory: Mutex::default(),
            sealed: Notify::new(),
        });
        let committer =
            Committer::new(Arc::clone(&shared), config.clone(), recovered.next_number, observer);
        Ok((Self { shared, client_key, committer: Mutex::default() }, committer))
    }

    /// The secret of the keyed client hash that is kept beside the segments.
    pub fn client_key(&self) -> [u8; 16] {
        self.client_key
    }

    /// Hands a batch to the committer. The receiver hears when it is durable. Once handed over it is
    /// written, whether or not anybody still waits.
    pub fn submit(&self, batch: Batch) -> oneshot::Receiver<Result<(), Refused>> {
        self.shared.queue.push(batch)
    }

    /// Sealed segments that were not sent, oldest first.
    pub fn pending(&self) -> Vec<Sealed> {
        self.shared.files().sealed.values().copied().collect()
    }

    /// Waits until a segment may have been sealed.
    pub async fn sealed(&self) {
        self.shared.sealed.notified().await;
    }

    /// The bytes of a sealed segment.
    pub fn read(&self, number: u64) -> io::Result<Vec<u8>> {
        self.shared.home.disk.read(&self.shared.home.segment(number))
    }

    /// Whether the file of a segment was removed, while the directory is what it was.
    pub fn is_gone(&self, number: u64) -> bool {
        self.shared.is_gone(number)
    }

    /// Forgets segments that were sent, up to this number.
    pub fn forget(&self, number: u64) -> io::Result<()> {
        let home = &self.shared.home;
        home.set_sent(number)?;
        // From here on it is only room on the disk; what fails below, the next start does.
        let mut files = self.shared.files();
        let younger = files.sealed.split_off(&(number + 1));
        let sent = std::mem::replace(&mut files.sealed, younger);
        drop(files);
        sent.into_keys().try_for_each(|number| home.remove_segment(number))?;
        home.disk.sync_dir(&home.dir)
    }

    /// Writes a sealed segment anew without what was damaged since.
    pub fn mend(&self, number: u64) -> io::Result<()> {
        let home = &self.shared.home;
        let sealed = recovery::finish(&*home.disk, &home.segment(number), None)?;
        let mut files = self.shared.files();
        match sealed {
            Some(sealed) => files.sealed.insert(number, sealed),
            None => files.sealed.remove(&number),
        };
        Ok(())
    }

    /// What ClickHouse refused of a segment so far.
    pub fn refusals(&self, number: u64) -> io::Result<Refusals> {
        let home = &self.shared.home;
        match Refusals::read(&*home.disk, &home.segment(number)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Refusals::default()),
            read => read,
        }
    }

    /// Notes durably what was refused.
    pub fn set_refusals(&self, number: u64, refusals: &Refusals) -> io::Result<()> {
        let home = &self.shared.home;
        refusals.write(&*home.disk, &home.segment(number))
    }

    /// Puts a segment into quarantine of which something was refused and the rest stored:
    /// `cspwatch journal resend` sends it when the cause is mended. It must be the oldest.
    pub fn quarantine(&self, number: u64) -> io::Result<()> {
        self.put_away(number, segment::QUARANTINED)
    }

    /// Sets a segment aside of which nothing can be read, for a person to look at. It must be the oldest.
    pub fn set_aside(&self, number: u64) -> io::Result<()> {
        self.put_away(number, segment::DAMAGED)
    }

    fn put_away(&self, number: u64, extension: &str) -> io::Result<()> {
        let home = &self.shared.home;
        let path = home.segment(number);
        home.disk.rename(&path, &path.with_extension(extension))?;
        home.disk.sync_dir(&home.dir)?;
        // From here on nobody sends it, whether or not the pointer says so already.
        self.shared.files().sealed.remove(&number);
        home.set_sent(number)?;
        self.count_quarantined()
    }

    /// A person may have sent or removed some meanwhile.
    fn count_quarantined(&self) -> io::Result<()> {
        let quarantined = Quarantined::among(&self.shared.home.segments()?);
        self.shared.files().quarantined = quarantined;
        Ok(())
    }

    /// What detection remembered when it was last noted; `None` where it never was.
    pub fn detection(&self) -> io::Result<Option<Vec<u8>>> {
        self.shared.home.small("detection")
    }

    /// Notes durably what detection remembers.
    pub fn set_detection(&self, memory: &[u8]) -> io::Result<()> {
        self.shared.home.set_small("detection", memory)
    }

    /// What people had decided when it was last noted; `None` where it never was.
    pub fn decisions(&self) -> io::Result<Option<Vec<u8>>> {
        self.shared.home.small("decisions")
    }

    /// Notes durably what people decided.
    pub fn set_decisions(&self, decisions: &[u8]) -> io::Result<()> {
        self.shared.home.set_small("decisions", decisions)
    }

    /// This collector's id.
    pub fn collector(&self) -> u64 {
        self.shared.home.collector
    }

    /// The newest segment that is sealed; 0 where none is known. What it holds was told to the observer.
    pub fn newest_sealed(&self) -> u64 {
        let files = self.shared.files();
        let open = files.open.map(|open| open.id.number - 1);
        open.or(files.sealed.keys().next_back().copied()).unwrap_or(0)
    }

    /// What it uses now.
    pub fn usage(&self) -> Usage {
        if let Err(error) = self.count_quarantined() {
            tracing::warn!(%error, "the journal's directory cannot be listed");
        }
        let waiting = self.shared.queue.waiting();
        let files = self.shared.files();
        Usage { waiting, ..files.usage() }
    }

    /// What is remembered to recognise repetitions.
    pub fn state(&self) -> [StateTable; 3] {
        let memory = *self.shared.memory();
        [
            StateTable {
                name: "violations",
                entries: memory.violations,
                limit: limits::SEGMENT_ROWS as usize,
                overflow: memory.full_segments,
            },
            StateTable {
                name: "deliveries",
                entries: memory.deliveries,
                limit: 2 * limits::DELIVERIES_PER_GENERATION,
                overflow: memory.forgotten_deliveries,
            },
            StateTable {
                name: "segment_policies",
                entries: memory.policies,
                limit: limits::POLICIES_PER_SEGMENT,
                overflow: memory.unkept_policies,
            },
        ]
    }

    /// Takes no more batches, commits those that wait, seals, and ends the committer. Blocks.
    pub fn close(&self) {
        self.shared.queue.close();
        let committer = self.committer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(committer) = committer
            && committer.join().is_err()
        {
            tracing::error!("the journal's committer ended by a panic");
        }
    }
}

impl Shared {
    fn is_gone(&self, number: u64) -> bool {
        // A disk that does not answer is no proof.
        self.home.is_there()
            && self.home.disk.exists(&self.home.segment(number)).is_ok_and(|is| !is)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files {
    fn usage(&self) -> Usage {
        let all = || self.sealed.values().chain(&self.open);
        Usage {
            bytes: all().map(|segment| segment.bytes).sum::<u64>() + self.quarantined.bytes,
            segments: all().count(),
            quarantined: self.quarantined.segments,
            oldest: all().map(|segment| segment.id.opened).min(),
            waiting: 0,
        }
    }
}

#[cfg(test)]
mod tests;

//! The journal: what was answered 204 is on this machine's disk.
//!
//! A row of segments ([`segment`]). The committer, a thread of its own, appends to the open one: it writes what
//! gathered while the last sync ran, syncs once for all, and then answers every request that waits. After a few
//! seconds, or when it is full, or at midnight UTC, the segment is sealed; the sink sends it, and only then is it
//! removed. A segment is sealed once: its rows, their order and its token are the same on every attempt, also after
//! a restart, because both times they are read from the same bytes.
//!
//! Only this module deletes the journal's files.

mod answers;
mod batch;
mod budget;
mod codec;
mod committer;
mod dedup;
mod dir;
mod disk;
mod error;
mod frame;
mod health;
pub mod inspect;
mod look;
mod lost_head;
mod open_segment;
mod quarantine;
mod queue;
mod record;
mod recovery;
mod rejections;
mod room;
mod row;
mod segment;
mod segment_id;
mod shared;

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

pub use answers::Answer;
pub use batch::{Batch, CarriedPolicy, Entry, Identity, Limited};
pub use dedup::{Deliveries, Folded};
pub use dir::stored_client_key;
pub use error::{JournalError, Refused};
pub use quarantine::Quarantine;
pub use record::{Record, Sighting};
pub use rejections::{Rejections, SegmentPart, SegmentTable};
pub use row::{EncodedRow, PreparedRow, Row};
pub use segment::{ReaderState, SegmentFile, SegmentReader};
pub use segment_id::SegmentId;
pub use shared::Usage;

use crate::base::lock::Mutex;
use crate::base::occupancy::StateTable;
use crate::config::{self, DailyBytes};
use committer::Committer;
use dir::JournalDir;
use disk::{Disk, RealDisk};
use quarantine::QuarantineUsage;
use recovery::{Finished, Origin};
use shared::Shared;

/// Is notified of what the committer did, in the committer's thread, before the requests are answered.
pub trait CommitObserver: Send + 'static {
    /// A batch is durable, but for what is [`Folded::Limited`]; `folded` holds one value per entry.
    fn committed(&mut self, batch: &Batch, folded: &[Folded]);
    /// A batch is refused, for want of room or because writing failed. What it says may be urgent all the same. A browser may
    /// deliver it again: what it did is [`Folded::Redelivered`].
    fn refused(&mut self, batch: &Batch, folded: &[Folded]);
    /// A sync took this long.
    fn synced(&mut self, duration: Duration);
    /// Writing failed; the reports that were to be written are refused.
    fn failed(&mut self, error: &io::Error);
}

/// The journal as other modules use it. Dropping it without [`Journal::close`] leaves the open segment for the
/// next start to recover.
#[derive(Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    client_key: [u8; 16],
    first_unused: u64,
    committer: Mutex<Option<JoinHandle<()>>>,
}

impl Journal {
    /// Opens the directory, seals what an earlier process left open, and starts the committer.
    ///
    /// # Errors
    /// [`JournalError`] where the directory is locked, cannot be read or written, or holds an unreadable small file.
    pub fn open(
        config: &config::JournalConfig,
        observer: impl CommitObserver,
    ) -> Result<Self, JournalError> {
        let (mut journal, committer) = Self::open_on(Arc::new(RealDisk), config, observer)?;
        journal.committer = Mutex::new(Some(committer.start()));
        Ok(journal)
    }

    /// The journal, and its committer, which is not started yet.
    fn open_on<O: CommitObserver>(
        disk: Arc<dyn Disk>,
        config: &config::JournalConfig,
        observer: O,
    ) -> Result<(Self, Committer<O>), JournalError> {
        let dir = JournalDir::open(disk, &config.dir)?;
        let client_key = dir.client_key()?;
        let recovered = recovery::recover(&dir)?;
        let next_number = recovered.next_number;
        let shared = Arc::new(Shared::new(dir, recovered, config.bytes_max));
        let committer = Committer::new(Arc::clone(&shared), config.clone(), next_number, observer);
        let journal =
            Self { shared, client_key, first_unused: next_number, committer: Mutex::default() };
        Ok((journal, committer))
    }

    /// The secret of the keyed client hash that is kept beside the segments.
    pub fn client_key(&self) -> [u8; 16] {
        self.client_key
    }

    /// Sets how much may be written in a day, from now on.
    pub fn set_daily_bytes(&self, daily_bytes: DailyBytes) {
        *self.shared.daily_bytes() = daily_bytes;
    }

    /// Hands a batch to the committer. The answer is there when the batch is durable or refused. Once handed over, a
    /// batch is written, whether or not somebody waits for the answer.
    pub fn submit(&self, batch: Batch) -> Answer {
        self.shared.queue.push(batch)
    }

    /// Sealed segments that were not sent, oldest first.
    pub fn pending(&self) -> Vec<SegmentFile> {
        self.shared.files().sealed.values().copied().collect()
    }

    /// Waits until a segment may have been sealed.
    pub async fn sealed(&self) {
        self.shared.sealed.notified().await;
    }

    /// The bytes of a sealed segment.
    pub fn read(&self, number: u64) -> io::Result<Vec<u8>> {
        let dir = &self.shared.dir;
        dir.disk.read(&dir.segment_path(number))
    }

    /// Whether the file of a segment was removed, while the directory is the one that was opened.
    pub fn is_gone(&self, number: u64) -> bool {
        self.shared.is_gone(number)
    }

    /// Removes the segments up to this number, which were sent.
    pub fn forget(&self, number: u64) -> io::Result<()> {
        let dir = &self.shared.dir;
        dir.set_sent(number)?;
        // From here on only disk space is at stake; the next start repeats what fails below.
        let mut files = self.shared.files();
        let younger = files.sealed.split_off(&(number + 1));
        let sent = std::mem::replace(&mut files.sealed, younger);
        drop(files);
        sent.into_keys().try_for_each(|number| dir.remove_segment(number))?;
        dir.disk.sync_dir(&dir.path)
    }

    /// Writes a sealed segment anew, without what was damaged since it was sealed. Returns its bytes; empty where nothing of
    /// it can be read.
    pub fn repair(&self, number: u64) -> io::Result<Vec<u8>> {
        let dir = &self.shared.dir;
        match recovery::finish(dir, &dir.segment_path(number), Origin::Sealed)? {
            Finished::Sealed(sealed) => {
                let mut files = self.shared.files();
                let known = files.sealed.get(&number);
                let is_inherited = known.is_none_or(|known| known.is_inherited);
                files.sealed.insert(number, SegmentFile { is_inherited, ..sealed });
                drop(files);
                self.read(number)
            }
            Finished::Empty | Finished::Unreadable => Ok(Vec::new()),
        }
    }

    /// What ClickHouse rejected of a segment so far.
    pub fn rejections(&self, number: u64) -> io::Result<Rejections> {
        let dir = &self.shared.dir;
        match Rejections::read(&*dir.disk, &dir.segment_path(number)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Rejections::default()),
            read => read,
        }
    }

    /// Writes durably what was rejected of a segment.
    pub fn set_rejections(&self, number: u64, rejections: &Rejections) -> io::Result<()> {
        let dir = &self.shared.dir;
        rejections.write(&*dir.disk, &dir.segment_path(number))
    }

    /// Puts a segment into quarantine of which some rows were rejected and the rest stored: `cspwatch journal resend`
    /// sends it again when the cause is fixed. It must be the oldest.
    pub fn quarantine(&self, number: u64) -> io::Result<()> {
        self.put_away(number, segment::QUARANTINED)
    }

    /// Sets aside a segment that is unreadable, for a person to look at. It must be the oldest.
    pub fn set_aside(&self, number: u64) -> io::Result<()> {
        self.put_away(number, segment::DAMAGED)
    }

    fn put_away(&self, number: u64, extension: &str) -> io::Result<()> {
        let dir = &self.shared.dir;
        let path = dir.segment_path(number);
        dir.disk.rename(&path, &path.with_extension(extension))?;
        dir.disk.sync_dir(&dir.path)?;
        // From here on nobody sends it, even if the pointer is not written yet.
        self.shared.files().sealed.remove(&number);
        dir.set_sent(number)?;
        self.count_quarantined()
    }

    /// Counts the files anew: `cspwatch journal resend`, or a person, may have removed some meanwhile.
    fn count_quarantined(&self) -> io::Result<()> {
        let quarantined = QuarantineUsage::among(&self.shared.dir.segments()?);
        self.shared.files().quarantined = quarantined;
        Ok(())
    }

    /// The memory of detection as it was last written; `None` where it never was.
    pub fn detection(&self) -> io::Result<Option<Vec<u8>>> {
        self.shared.dir.read_file("detection")
    }

    /// Writes the memory of detection durably.
    pub fn set_detection(&self, memory: &[u8]) -> io::Result<()> {
        self.shared.dir.replace_file("detection", memory)
    }

    /// People's decisions as they were last written; `None` where they never were.
    pub fn decisions(&self) -> io::Result<Option<Vec<u8>>> {
        self.shared.dir.read_file("decisions")
    }

    /// Writes people's decisions durably.
    pub fn set_decisions(&self, decisions: &[u8]) -> io::Result<()> {
        self.shared.dir.replace_file("decisions", decisions)
    }

    /// Which batches of other collectors are known; `None` where the file is missing.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn exchange(&self) -> io::Result<Option<Vec<u8>>> {
        self.shared.dir.read_file("exchange")
    }

    /// Writes which batches of other collectors are known.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn set_exchange(&self, known: &[u8]) -> io::Result<()> {
        self.shared.dir.replace_file("exchange", known)
    }

    /// This collector's id.
    pub fn collector(&self) -> u64 {
        self.shared.dir.collector
    }

    /// Random bits of this process, which the tokens of its segments have.
    pub fn start(&self) -> u32 {
        self.shared.dir.start
    }

    /// The first segment number that no earlier process used, as far as the journal shows.
    pub fn first_unused(&self) -> u64 {
        self.first_unused
    }

    /// Uses no number up to this one for further segments.
    pub fn skip_numbers(&self, up_to: u64) {
        self.shared.skipped_numbers.fetch_max(up_to, Ordering::Relaxed);
    }

    /// The newest segment that is sealed; 0 where none is known. The observer was notified of all that it holds.
    pub fn newest_sealed(&self) -> u64 {
        let files = self.shared.files();
        let open = files.open.map(|open| open.id.number - 1);
        open.or(files.sealed.keys().next_back().copied()).unwrap_or(0)
    }

    /// What it uses now.
    pub fn usage(&self) -> Usage {
        if let Err(error) = self.count_quarantined() {
            tracing::warn!(id = "journal-not-listed", %error, "the journal's directory cannot be listed");
        }
        let waiting = self.shared.queue.waiting();
        let usage = self.shared.files().usage();
        let room = self.shared.room().unwrap_or(0);
        Usage { waiting, limit: self.shared.bytes_max, room, ..usage }
    }

    /// How full the committer's tables are.
    pub fn state(&self) -> Vec<StateTable> {
        self.shared.occupancy().tables()
    }

    /// Takes no more batches, commits those that wait, seals, and ends the committer. Blocks.
    pub fn close(&self) {
        self.shared.queue.close();
        let committer = self.committer.lock().take();
        if let Some(committer) = committer
            && committer.join().is_err()
        {
            tracing::error!(id = "committer-panicked", "the journal's committer ended by a panic");
        }
    }
}

#[cfg(test)]
mod tests;

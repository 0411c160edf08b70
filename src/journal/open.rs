//! The open segment: folds reports into rows, and appends what they become to the file.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::record::{self, Sighting};
use super::segment::{self, SegmentId};
use super::{Batch, Entry, Sealed, disk, frame};
use crate::config::Durability;
use crate::fold::{FoldTable, Folded};
use crate::limits;
use crate::report::Kind;

/// The segment that is appended to.
#[derive(Debug)]
pub(super) struct OpenSegment {
    pub(super) id: SegmentId,
    file: File,
    durability: Durability,
    fold: FoldTable,
    reports: u64,
    frames: u32,
    /// Bytes that are durable.
    durable: u64,
    /// Frames that are not written yet.
    buffer: Vec<u8>,
}

impl OpenSegment {
    /// Creates the file, its header durable, its name too.
    pub(super) fn create(dir: &Path, id: SegmentId, durability: Durability) -> io::Result<Self> {
        let mut file = disk::create_new(&segment::path(dir, id.number))?;
        file.write_all(&id.encode())?;
        file.sync_data()?;
        disk::sync_dir(dir)?;
        Ok(Self {
            id,
            file,
            durability,
            fold: FoldTable::default(),
            reports: 0,
            frames: 0,
            durable: segment::HEADER as u64,
            buffer: Vec::new(),
        })
    }

    /// Takes a report: a row of its own, or one more of a row that is there.
    pub(super) fn add(&mut self, batch: &Batch, entry: &Entry) -> Folded {
        let sighting = Sighting {
            client: batch.client,
            at: entry.at,
            disposition: entry.disposition,
            tag: &batch.tag,
        };
        let next = self.fold.len();
        let row = self.fold.fold(entry.fingerprint);
        frame::put(&mut self.buffer, self.id.number, |out| match row {
            None => record::put_first(out, next, batch.received, sighting, &entry.row),
            Some(row) => record::put_repeat(out, row, sighting),
        });
        self.reports += 1;
        self.frames += 1;
        if row.is_none() { Folded::New } else { Folded::Repeats }
    }

    /// Takes a count of limited reports.
    pub(super) fn add_limited(&mut self, minute: u32, site: &str, kind: Kind, count: u64) {
        frame::put(&mut self.buffer, self.id.number, |out| {
            record::put_limited(out, minute, site, kind, count);
        });
        self.frames += 1;
    }

    /// Writes and syncs what was added. After an error the file must not be used again: a second sync
    /// may succeed although the data is gone (Linux marks failed pages clean).
    pub(super) fn commit(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.file.write_all(&self.buffer)?;
        if self.durability == Durability::Disk {
            self.file.sync_data()?;
        }
        // Writing to a file that somebody removed succeeds, and nobody will ever read it.
        if self.file.metadata()?.nlink() == 0 {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the open segment was removed"));
        }
        self.durable += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Appends the seal, durable whatever the configuration says: what follows deletes files by it.
    pub(super) fn seal(mut self) -> io::Result<Sealed> {
        let (rows, reports) = (self.fold.len(), self.reports);
        frame::put(&mut self.buffer, self.id.number, |out| record::put_seal(out, rows, reports));
        self.file.write_all(&self.buffer)?;
        self.file.sync_data()?;
        self.durable += self.buffer.len() as u64;
        Ok(self.as_file())
    }

    /// Whether it holds as much as one INSERT may.
    pub(super) fn is_full(&self) -> bool {
        self.fold.len() >= limits::SEGMENT_ROWS
            || self.frames >= limits::SEGMENT_FRAMES
            || self.durable + self.buffer.len() as u64 >= limits::SEGMENT_BYTES
    }

    /// Its file, as far as it is durable.
    pub(super) fn as_file(&self) -> Sealed {
        Sealed { id: self.id, bytes: self.durable }
    }
}

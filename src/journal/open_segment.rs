//! The open segment: folds reports into rows, and appends them to the file.

use std::io;

use super::batch::{Batch, CarriedPolicy, Entry};
use super::budget::Budgets;
use super::dedup::{FoldTable, Folded};
use super::dir::JournalDir;
use super::disk::LogFile;
use super::frame;
use super::record::{self, Sighting};
use super::segment::SegmentFile;
use super::segment_id::SegmentId;
use crate::base::collections::HashSet;
use crate::base::limits;
use crate::config::Durability;
use crate::csp::ReportedPolicy;
use crate::report::Kind;

/// The segment that is appended to.
#[derive(Debug)]
pub(super) struct OpenSegment {
    pub(super) id: SegmentId,
    /// Of the id's number.
    check_seed: frame::CheckSeed,
    file: Box<dyn LogFile>,
    durability: Durability,
    fold: FoldTable,
    policies: HashSet<u64>,
    policy_bytes: usize,
    /// Policies for which there was no room.
    unkept_policies: u64,
    reports: u64,
    frames: u32,
    /// Bytes that are durable.
    durable: u64,
    /// Frames that are not written to the file yet.
    buffer: Vec<u8>,
}

impl OpenSegment {
    /// Creates the file; its header and its name are durable.
    pub(super) fn create(
        dir: &JournalDir,
        id: SegmentId,
        durability: Durability,
    ) -> io::Result<Self> {
        let mut file = dir.disk.create_log(&dir.segment_path(id.number), limits::SEGMENT_ROOM)?;
        let head = id.encode();
        file.append(&head)?;
        file.sync()?;
        dir.disk.sync_dir(&dir.path)?;
        Ok(Self {
            id,
            check_seed: frame::CheckSeed::new(id.number),
            file,
            durability,
            fold: FoldTable::default(),
            policies: HashSet::default(),
            policy_bytes: 0,
            unkept_policies: 0,
            reports: 0,
            frames: 0,
            durable: head.len() as u64,
            buffer: Vec::new(),
        })
    }

    /// Adds a report: a row of its own, or one more of a row that is there; or nothing, where its budget is spent.
    pub(super) fn add(&mut self, batch: &Batch, entry: &Entry, budgets: &mut Budgets) -> Folded {
        if !budgets.takes_report(batch, entry, !self.fold.has(entry.fingerprint)) {
            return Folded::Limited;
        }
        let sighting = Sighting {
            client: batch.client,
            at: entry.at,
            disposition: entry.disposition,
            extensionless: entry.extensionless,
            tag: &batch.tag,
            is_tag_signed: batch.is_tag_signed,
        };
        if let Some(carried) = &entry.policy
            && !self.policies.contains(&carried.key)
        {
            self.add_policy(batch, entry, carried, budgets);
        }
        let next = self.fold.rows();
        let row = self.fold.fold(entry.fingerprint);
        frame::put(&mut self.buffer, self.check_seed, |out| match row {
            None => record::put_first(out, next, batch.received, sighting, &entry.row),
            Some(row) => record::put_repeat(out, row, sighting),
        });
        self.reports += 1;
        self.frames += 1;
        if row.is_none() { Folded::New } else { Folded::Repeats }
    }

    /// Adds a policy that the segment does not hold yet, as long as its share for policies is not used up: the rest is
    /// for reports, and the next segment gets the policies that real pages carry anyway.
    fn add_policy(
        &mut self,
        batch: &Batch,
        entry: &Entry,
        carried: &CarriedPolicy,
        budgets: &mut Budgets,
    ) {
        let has_room = |policy: &ReportedPolicy| {
            self.policies.len() < limits::POLICIES_PER_SEGMENT
                && self.policy_bytes + policy.text().len() <= limits::POLICY_BYTES_PER_SEGMENT
        };
        let mut pays = |policy: &ReportedPolicy| {
            let bytes = policy.text().len() + limits::ROW_BYTES_AROUND;
            budgets.takes_policy(batch.client.network(), carried.key, bytes as u64)
        };
        let policy = carried.policy.upgrade();
        let Some(policy) = policy.filter(|policy| has_room(policy) && pays(policy)) else {
            self.unkept_policies += 1;
            return;
        };
        let row = entry.row.row();
        self.policies.insert(carried.key);
        self.policy_bytes += policy.text().len();
        frame::put(&mut self.buffer, self.check_seed, |out| {
            record::put_policy(out, batch.received, entry.disposition, &row, &policy);
        });
        self.frames += 1;
    }

    /// Adds a count of limited reports.
    pub(super) fn add_limited(&mut self, minute: u32, site: &str, kind: Kind, count: u64) {
        frame::put(&mut self.buffer, self.check_seed, |out| {
            record::put_limited(out, minute, site, kind, count);
        });
        self.frames += 1;
    }

    /// Writes and syncs what was added. After an error the file must not be used again ([`LogFile::sync`]).
    pub(super) fn commit(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.file.append(&self.buffer)?;
        if self.durability == Durability::Disk {
            self.file.sync()?;
        }
        // Writing to a removed file succeeds, but its content is lost.
        if !self.file.is_linked()? {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the open segment was removed"));
        }
        self.durable += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Appends the seal, durable whatever the configuration says: files are deleted because of it.
    pub(super) fn seal(mut self) -> io::Result<SegmentFile> {
        let (rows, reports, id) = (self.fold.rows(), self.reports, self.id);
        frame::put(&mut self.buffer, self.check_seed, |out| {
            record::put_seal(out, rows, reports, id);
        });
        self.file.append(&self.buffer)?;
        self.file.sync()?;
        self.durable += self.buffer.len() as u64;
        self.file.trim(self.durable);
        Ok(self.as_file())
    }

    /// How many distinct violations it holds.
    pub(super) fn rows(&self) -> usize {
        self.fold.rows() as usize
    }

    /// How many policies it holds, and for how many it had no room.
    pub(super) fn policies(&self) -> (usize, u64) {
        (self.policies.len(), self.unkept_policies)
    }

    /// Whether it holds as much as one INSERT may.
    pub(super) fn is_full(&self) -> bool {
        self.fold.rows() >= limits::SEGMENT_ROWS
            || self.frames >= limits::SEGMENT_FRAMES
            || self.durable + self.buffer.len() as u64 >= limits::SEGMENT_BYTES
    }

    /// Its file, as far as it is durable.
    pub(super) fn as_file(&self) -> SegmentFile {
        SegmentFile { id: self.id, bytes: self.durable, is_inherited: false }
    }
}

//! What an earlier process left: open segments are cut at their last sound frame and sealed, segments that were sent
//! are removed.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::dir::{JournalDir, Sent};
use super::disk;
use super::error::JournalError;
use super::frame;
use super::lost_head::lost_id;
use super::quarantine::QuarantineUsage;
use super::record::{self, Record};
use super::segment::{self, SegmentFile, SegmentReader};
use super::segment_id::{HEAD_BYTES_MIN, SegmentId};

/// What the directory holds.
#[derive(Debug, Default)]
pub(super) struct Recovered {
    pub(super) sealed: BTreeMap<u64, SegmentFile>,
    pub(super) quarantined: QuarantineUsage,
    /// A number that was never used.
    pub(super) next_number: u64,
}

/// How often a long recovery logs its progress.
const PROGRESS: Duration = Duration::from_secs(2);

/// Removes or finishes each segment of a directory.
pub(super) fn recover(dir: &JournalDir) -> Result<Recovered, JournalError> {
    let failed_in = |path: &Path, error| JournalError::Directory { dir: path.to_owned(), error };
    let Sent { number: sent, is_current } = dir.sent()?;
    let files = dir.segments().map_err(|error| failed_in(&dir.path, error))?;
    // The number of a file that was set aside counts too: ClickHouse may remember its token.
    let last = files.iter().map(|(number, ..)| *number).max().unwrap_or(0).max(sent);
    let quarantined = QuarantineUsage::among(&files);
    let mut recovered = Recovered { sealed: BTreeMap::new(), quarantined, next_number: last + 1 };
    let mut numbers: Vec<u64> = files
        .iter()
        .filter_map(|(number, extension, _)| (extension == segment::LOG).then_some(*number))
        .collect();
    numbers.sort_unstable();
    let mut last_logged = Instant::now();
    for (done, &number) in numbers.iter().enumerate() {
        if last_logged.elapsed() >= PROGRESS {
            tracing::info!(done, segments = numbers.len(), "reading what is on disk");
            last_logged = Instant::now();
        }
        let path = dir.segment_path(number);
        if number <= sent {
            // The process ended after it wrote the pointer, before it removed the file.
            dir.remove_segment(number).map_err(|error| failed_in(&path, error))?;
            continue;
        }
        let finished = finish(dir, &path, Origin::Left);
        match finished.map_err(|error| failed_in(&path, error))? {
            Finished::Sealed(sealed) => _ = recovered.sealed.insert(number, sealed),
            Finished::Empty => {}
            Finished::Unreadable => {
                let aside = path.with_extension(segment::DAMAGED);
                tracing::error!(id = "segment-unreadable",
                    file = %aside.display(),
                    "nothing of this file can be read as a segment; it is set aside"
                );
                dir.disk.rename(&path, &aside).map_err(|error| failed_in(&path, error))?;
            }
        }
    }
    if !is_current {
        // An older binary must not take the segments of this one for something else.
        dir.set_sent(sent).map_err(|error| failed_in(&dir.path, error))?;
    }
    Ok(recovered)
}

/// Where a segment comes from that is to be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// This process opened it, and so many of its bytes are durable.
    Own(u64),
    /// It was sealed, so that some of it may be in ClickHouse.
    Sealed,
    /// An earlier process left it.
    Left,
}

/// What became of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finished {
    /// It is sealed.
    Sealed(SegmentFile),
    /// It held no reports, and is removed.
    Empty,
    /// It is no segment, or nothing of it can be read. It is still there.
    Unreadable,
}

/// Seals a segment file that nobody writes any more: cut at its last sound frame, without what is damaged. A head that is
/// damaged is written anew.
pub(super) fn finish(dir: &JournalDir, path: &Path, origin: Origin) -> io::Result<Finished> {
    let disk = &*dir.disk;
    let mut bytes = disk.read(path)?;
    if let Origin::Own(durable) = origin {
        bytes.truncate(usize::try_from(durable).unwrap_or(usize::MAX));
    }
    let Some(sound) = SoundFrames::read(&bytes, path, dir.collector) else {
        // Cut off while it was created: nothing in it was ever acknowledged.
        if bytes.len() <= HEAD_BYTES_MIN && origin != Origin::Sealed {
            disk.remove(path)?;
            return Ok(Finished::Empty);
        }
        return Ok(Finished::Unreadable);
    };
    let is_inherited = origin == Origin::Left;
    if sound.is_whole {
        let bytes = bytes.len() as u64;
        return Ok(Finished::Sealed(SegmentFile { id: sound.id, bytes, is_inherited }));
    }
    sound.log();
    if sound.frames.is_empty() {
        if origin == Origin::Sealed {
            return Ok(Finished::Unreadable);
        }
        disk.remove(path)?;
        return Ok(Finished::Empty);
    }
    let id = match origin {
        Origin::Left if !sound.is_sealed => sound.id.cut(&sound.frames),
        _ => sound.id,
    };
    let (segment, rows, reports) = (id.number, sound.rows, sound.reports);
    let mut bytes = id.encode();
    bytes.extend_from_slice(&sound.frames);
    frame::put(&mut bytes, frame::CheckSeed::new(segment), |out| {
        record::put_seal(out, rows, reports, id);
    });
    disk::replace(disk, path, &bytes)?;
    tracing::info!(segment, rows, reports, "recovered a segment");
    Ok(Finished::Sealed(SegmentFile { id, bytes: bytes.len() as u64, is_inherited }))
}

/// The sound part of a segment.
struct SoundFrames {
    id: SegmentId,
    /// All frames but the seal.
    frames: Vec<u8>,
    rows: u32,
    reports: u64,
    skipped: usize,
    torn: usize,
    /// Repetitions of rows that are damaged: what they repeated is not known any more.
    orphans: u64,
    has_head: bool,
    is_sealed: bool,
    /// Whether it is sealed, undamaged, and holds what its seal says.
    is_whole: bool,
}

impl SoundFrames {
    /// `None` where nothing is sound.
    fn read(bytes: &[u8], path: &Path, collector: u64) -> Option<Self> {
        let reader = SegmentReader::new(bytes);
        let has_head = reader.is_some();
        let mut reader = match reader {
            Some(reader) => reader,
            None => SegmentReader::headless(bytes, lost_id(bytes, path, collector)?),
        };
        let mut frames = Vec::with_capacity(bytes.len());
        let mut rows = BTreeSet::new();
        let (mut reports, mut orphans, mut seal) = (0_u64, 0_u64, None);
        while let Some(record) = reader.next() {
            match record {
                Record::First { number, .. } => {
                    rows.insert(number);
                    reports += 1;
                }
                Record::Repeat { row, .. } if !rows.contains(&row) => {
                    orphans += 1;
                    continue;
                }
                Record::Repeat { .. } => reports += 1,
                Record::Limited { .. } | Record::Policy { .. } => {}
                Record::Seal { rows, reports, .. } => {
                    seal = Some((rows, reports));
                    continue;
                }
            }
            frames.extend_from_slice(reader.frame());
        }
        let row_count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let skipped = reader.skipped_bytes();
        Some(Self {
            id: reader.id,
            frames,
            rows: row_count,
            reports,
            skipped,
            torn: reader.torn_bytes(),
            orphans,
            has_head,
            is_sealed: seal.is_some(),
            is_whole: has_head && skipped == 0 && seal == Some((row_count, reports)),
        })
    }

    fn log(&self) {
        let (segment, skipped, torn) = (self.id.number, self.skipped, self.torn);
        if !self.has_head {
            tracing::error!(
                id = "segment-damaged",
                segment,
                "a segment's head is damaged: it is written anew"
            );
        } else if skipped > 0 {
            tracing::error!(
                id = "segment-damaged",
                segment,
                skipped,
                "a segment is damaged: bytes in the middle of it are lost"
            );
        }
        if torn > 0 {
            tracing::warn!(
                id = "segment-cut",
                segment,
                torn,
                "cut a segment at its last sound frame"
            );
        }
        if self.orphans > 0 {
            let orphans = self.orphans;
            tracing::error!(
                id = "segment-damaged",
                segment,
                orphans,
                "repetitions of a damaged row were lost"
            );
        }
    }
}

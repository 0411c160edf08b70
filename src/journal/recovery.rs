//! What an earlier process left: open segments are cut at their last sound frame and sealed, segments that were sent
//! are removed.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::dir::JournalDir;
use super::disk::{self, Disk};
use super::error::JournalError;
use super::frame;
use super::quarantine::QuarantineUsage;
use super::record::{self, Record};
use super::segment::{self, SegmentFile, SegmentId, SegmentReader};

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
    let sent = dir.sent()?;
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
        let finished = finish(&*dir.disk, &path, None);
        if let Some(sealed) = finished.map_err(|error| failed_in(&path, error))? {
            recovered.sealed.insert(number, sealed);
        }
    }
    Ok(recovered)
}

/// Seals a segment file that nobody writes any more: cut at its last sound frame, and at `durable` bytes where that is
/// known, without what is damaged. `None` when it holds no reports: the file is then removed, or - where it is no
/// segment at all - set aside under another name.
pub(super) fn finish(
    disk: &dyn Disk,
    path: &Path,
    durable: Option<u64>,
) -> io::Result<Option<SegmentFile>> {
    let mut bytes = disk.read(path)?;
    if let Some(durable) = durable.and_then(|durable| usize::try_from(durable).ok()) {
        bytes.truncate(durable);
    }
    let Some(sound) = SoundFrames::read(&bytes) else { return set_aside(disk, path, &bytes) };
    if sound.is_whole {
        return Ok(Some(SegmentFile { id: sound.id, bytes: bytes.len() as u64 }));
    }
    let (segment, rows, reports) = (sound.id.number, sound.rows, sound.reports);
    let (skipped, torn) = (sound.skipped, sound.torn);
    if skipped > 0 {
        tracing::error!(
            segment,
            skipped,
            "a segment is damaged: bytes in the middle of it are lost"
        );
    }
    if torn > 0 {
        tracing::warn!(segment, torn, "cut a segment at its last sound frame");
    }
    if sound.bytes.len() == segment::HEADER_BYTES {
        disk.remove(path)?;
        return Ok(None);
    }
    let mut bytes = sound.bytes;
    frame::put(&mut bytes, frame::CheckSeed::new(segment), |out| {
        record::put_seal(out, rows, reports)
    });
    disk::replace(disk, path, &bytes)?;
    tracing::info!(segment, rows, reports, "recovered a segment");
    Ok(Some(SegmentFile { id: sound.id, bytes: bytes.len() as u64 }))
}

/// The sound part of a segment.
struct SoundFrames {
    id: SegmentId,
    /// The header, and all frames but the seal.
    bytes: Vec<u8>,
    rows: u32,
    reports: u64,
    skipped: usize,
    torn: usize,
    /// Whether it is sealed, undamaged, and holds what its seal says.
    is_whole: bool,
}

impl SoundFrames {
    /// `None` without a sound header.
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = SegmentReader::new(bytes)?;
        let mut sound = bytes[..segment::HEADER_BYTES].to_vec();
        let mut rows = BTreeSet::new();
        let (mut reports, mut orphans, mut seal) = (0_u64, 0_u64, None);
        while let Some(record) = reader.next() {
            match record {
                Record::First { number, .. } => {
                    rows.insert(number);
                    reports += 1;
                }
                // The row itself was damaged: what this repeated is not known any more.
                Record::Repeat { row, .. } if !rows.contains(&row) => {
                    orphans += 1;
                    continue;
                }
                Record::Repeat { .. } => reports += 1,
                Record::Limited { .. } | Record::Policy { .. } => {}
                Record::Seal { rows, reports } => {
                    seal = Some((rows, reports));
                    continue;
                }
            }
            sound.extend_from_slice(reader.frame());
        }
        if orphans > 0 {
            tracing::error!(
                segment = reader.id.number,
                orphans,
                "repetitions of a damaged row were lost"
            );
        }
        let row_count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let skipped = reader.skipped_bytes();
        Some(Self {
            id: reader.id,
            bytes: sound,
            rows: row_count,
            reports,
            skipped,
            torn: reader.torn_bytes(),
            is_whole: skipped == 0 && seal == Some((row_count, reports)),
        })
    }
}

/// Handles a file without a sound header. An empty or short one is a segment whose creation was cut off: nothing in it
/// was ever acknowledged. Anything else is kept for a person to look at.
fn set_aside(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<Option<SegmentFile>> {
    if bytes.len() <= segment::HEADER_BYTES {
        disk.remove(path)?;
    } else {
        let aside = path.with_extension(segment::DAMAGED);
        tracing::error!(file = %aside.display(), "this file is not a segment of cspwatch; it is set aside");
        disk.rename(path, &aside)?;
    }
    Ok(None)
}

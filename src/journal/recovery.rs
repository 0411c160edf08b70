//! What an earlier process left: open segments are cut at their last sound frame and sealed; sent ones
//! go.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::disk::{self, Disk};
use super::home::Home;
use super::record::{self, Record};
use super::segment::{self, SegmentId, SegmentReader};
use super::{JournalError, Quarantined, Sealed, frame};

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Recovered {
    pub(super) sealed: BTreeMap<u64, Sealed>,
    pub(super) quarantined: Quarantined,
    /// A number that was never used.
    pub(super) next_number: u64,
}

/// How often a long recovery says how far it is.
const PROGRESS: Duration = Duration::from_secs(2);

/// Goes through the segments of a directory.
pub(super) fn recover(home: &Home) -> Result<Recovered, JournalError> {
    let failed_in = |path: &Path, error| JournalError::Directory { dir: path.to_owned(), error };
    let sent = home.sent()?;
    let files = home.segments().map_err(|error| failed_in(&home.dir, error))?;
    // Also that of a file that was set aside: ClickHouse may remember its token.
    let last = files.iter().map(|(number, ..)| *number).max().unwrap_or(0).max(sent);
    let quarantined = Quarantined::among(&files);
    let mut recovered = Recovered { sealed: BTreeMap::new(), quarantined, next_number: last + 1 };
    let mut numbers: Vec<u64> = files
        .iter()
        .filter_map(|(number, extension, _)| (extension == segment::LOG).then_some(*number))
        .collect();
    numbers.sort_unstable();
    let mut told = Instant::now();
    for (done, &number) in numbers.iter().enumerate() {
        if told.elapsed() >= PROGRESS {
            tracing::info!(done, segments = numbers.len(), "reading what is on disk");
            told = Instant::now();
        }
        let path = home.segment(number);
        if number <= sent {
            // The process ended between the pointer and the unlink.
            home.remove_segment(number).map_err(|error| failed_in(&path, error))?;
            continue;
        }
        let finished = finish(&*home.disk, &path, None);
        if let Some(sealed) = finished.map_err(|error| failed_in(&path, error))? {
            recovered.sealed.insert(number, sealed);
        }
    }
    Ok(recovered)
}

/// Seals a segment file that nobody writes any more, cut at its last sound frame and at `durable` bytes
/// if that is known, without what is damaged. `None` when it holds nothing: then the file is gone, or -
/// where it was no segment at all - set aside under another name.
pub(super) fn finish(
    disk: &dyn Disk,
    path: &Path,
    durable: Option<u64>,
) -> io::Result<Option<Sealed>> {
    let mut bytes = disk.read(path)?;
    if let Some(durable) = durable.and_then(|durable| usize::try_from(durable).ok()) {
        bytes.truncate(durable);
    }
    let Some(sound) = Sound::of(&bytes) else { return set_aside(disk, path, &bytes) };
    if sound.is_whole {
        return Ok(Some(Sealed { id: sound.id, bytes: bytes.len() as u64 }));
    }
    let (segment, rows, reports) = (sound.id.number, sound.rows, sound.reports);
    let (skipped, torn) = (sound.skipped, sound.torn);
    if skipped > 0 {
        tracing::error!(segment, skipped, "a segment is damaged: bytes in its middle were lost");
    }
    if torn > 0 {
        tracing::warn!(segment, torn, "cut a segment at its last sound frame");
    }
    if sound.bytes.len() == segment::HEADER {
        disk.remove(path)?;
        return Ok(None);
    }
    let mut bytes = sound.bytes;
    frame::put(&mut bytes, frame::Number::new(segment), |out| record::put_seal(out, rows, reports));
    disk::replace(disk, path, &bytes)?;
    tracing::info!(segment, rows, reports, "recovered a segment");
    Ok(Some(Sealed { id: sound.id, bytes: bytes.len() as u64 }))
}

/// What is sound of a segment: its header and frames, but for the seal.
struct Sound {
    id: SegmentId,
    bytes: Vec<u8>,
    rows: u32,
    reports: u64,
    skipped: usize,
    torn: usize,
    /// It is sealed, undamaged, and holds what its seal says.
    is_whole: bool,
}

impl Sound {
    /// `None` without a sound header.
    fn of(bytes: &[u8]) -> Option<Self> {
        let mut reader = SegmentReader::new(bytes)?;
        let mut sound = bytes[..segment::HEADER].to_vec();
        let mut rows = BTreeSet::new();
        let (mut reports, mut orphans, mut seal) = (0_u64, 0_u64, None);
        while let Some(record) = reader.next() {
            match record {
                Record::First { number, .. } => {
                    rows.insert(number);
                    reports += 1;
                }
                // The row itself was damaged: whose repetition it was is not known any more.
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

/// A file without a sound header. An empty or short one is a segment whose creation was cut off: nothing
/// in it was ever acknowledged. Anything else is kept for a person to look at.
fn set_aside(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<Option<Sealed>> {
    if bytes.len() <= segment::HEADER {
        disk.remove(path)?;
    } else {
        let aside = path.with_extension(segment::DAMAGED);
        tracing::error!(file = %aside.display(), "this is no segment of ours; set aside");
        disk.rename(path, &aside)?;
    }
    Ok(None)
}

//! What an earlier process left: open segments are cut at their last sound frame and sealed; sent ones
//! go.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::home::Home;
use super::record::Record;
use super::segment::{self, SegmentReader, State};
use super::{JournalError, Sealed, disk, frame};

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Recovered {
    pub(super) sealed: BTreeMap<u64, Sealed>,
    /// A number that was never used.
    pub(super) next_number: u64,
}

/// Goes through the segments of a directory.
pub(super) fn recover(home: &Home) -> Result<Recovered, JournalError> {
    let sent = home.sent()?;
    let numbers = home.segments()?;
    let last = numbers.last().copied().unwrap_or(0).max(sent);
    let mut recovered = Recovered { sealed: BTreeMap::new(), next_number: last + 1 };
    for number in numbers {
        let path = segment::path(&home.dir, number);
        let failed = |error| JournalError::Directory { dir: path.clone(), error };
        if number <= sent {
            // The process ended between the pointer and the unlink.
            fs::remove_file(&path).map_err(failed)?;
            continue;
        }
        if let Some(sealed) = finish(&path, None).map_err(failed)? {
            recovered.sealed.insert(number, sealed);
        }
    }
    Ok(recovered)
}

/// Seals a segment file that nobody writes any more, cut at its last sound frame and at `durable` bytes
/// if that is known. `None` when it holds nothing: then the file is gone, or - where it was
/// no segment at all - set aside under another name.
pub(super) fn finish(path: &Path, durable: Option<u64>) -> std::io::Result<Option<Sealed>> {
    let mut bytes = fs::read(path)?;
    if let Some(durable) = durable.and_then(|durable| usize::try_from(durable).ok()) {
        bytes.truncate(durable);
    }
    let Some(mut reader) = SegmentReader::new(&bytes) else { return set_aside(path, &bytes) };
    let (mut rows, mut reports, mut records) = (0, 0, 0_u64);
    for record in reader.by_ref() {
        rows += u32::from(matches!(record, Record::First { .. }));
        reports += u64::from(matches!(record, Record::First { .. } | Record::Repeat { .. }));
        records += 1;
    }
    let (id, state, valid) = (reader.id, reader.state(), reader.valid_bytes());
    if state == State::Sealed {
        return Ok(Some(Sealed { id, bytes: bytes.len() as u64 }));
    }
    if state == State::Broken {
        let lost = bytes.len() - valid;
        tracing::warn!(segment = id.number, valid, lost, "cut a segment at its last sound frame");
    }
    if records == 0 {
        fs::remove_file(path)?;
        return Ok(None);
    }
    bytes.truncate(valid);
    frame::put(&mut bytes, id.number, |out| super::record::put_seal(out, rows, reports));
    disk::replace(path, &bytes)?;
    tracing::info!(segment = id.number, rows, reports, "recovered a segment");
    Ok(Some(Sealed { id, bytes: bytes.len() as u64 }))
}

/// A file without a sound header. An empty or short one is a segment whose creation was cut off: nothing
/// in it was ever acknowledged. Anything else is kept for a person to look at.
fn set_aside(path: &Path, bytes: &[u8]) -> std::io::Result<Option<Sealed>> {
    if bytes.len() <= segment::HEADER {
        fs::remove_file(path)?;
    } else {
        let aside = path.with_extension("damaged");
        tracing::error!(file = %aside.display(), "this is no segment of ours; set aside");
        fs::rename(path, aside)?;
    }
    Ok(None)
}

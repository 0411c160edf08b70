//! Which segment a file is whose head is damaged.

use std::path::Path;

use super::record::Record;
use super::segment::{self, SegmentReader};
use super::segment_id::SegmentId;
use crate::base::clock::Timestamp;

/// The id of a segment without a sound head: the one that its seal repeats. Without a seal nobody sent it, and any id will
/// do. `None` where the file's name is no segment's, or nothing is sound.
pub(super) fn lost_id(bytes: &[u8], path: &Path, collector: u64) -> Option<SegmentId> {
    let (number, _) = segment::number_of(path.file_name()?.to_str()?)?;
    let nobody = Timestamp::default();
    let old = SegmentId { collector, number, opened: nobody, start: 0, cut: 0 };
    let mut reader = SegmentReader::headless(bytes, old);
    let (mut opened, mut frames) = (None, Vec::new());
    while let Some(record) = reader.next() {
        match record {
            Record::First { received, .. } | Record::Policy { received, .. } => {
                opened.get_or_insert(received);
            }
            Record::Seal { id: Some(id), .. } => return Some(id),
            Record::Seal { id: None, .. } => {
                return Some(SegmentId { opened: opened.unwrap_or(nobody), ..old });
            }
            Record::Limited { minute, .. } => {
                opened.get_or_insert(Timestamp::from_seconds(i64::from(minute)));
            }
            Record::Repeat { .. } => {}
        }
        frames.extend_from_slice(reader.frame());
    }
    Some(SegmentId::invented(collector, number, opened?, &frames))
}

//! What the attempts to send so far say about the next one.

use std::collections::BTreeMap;
use std::time::Instant;

use super::pace::Pace;
use super::segment::ToSend;
use crate::base::backoff::Backoff;
use crate::base::limits;
use crate::journal::SegmentFile;

/// The state of the attempts so far.
#[derive(Debug)]
pub(super) struct SendAttempts {
    /// The tables were looked at, and nothing has happened since that says they changed.
    pub(super) is_migrated: bool,
    /// The number of the newest segment that an attempt was made for.
    tried_up_to: Option<u64>,
    /// How many attempts this process made for each segment that is not sent yet.
    made: BTreeMap<u64, u64>,
    /// Nothing got through since the last failure.
    pub(super) is_failing: bool,
    pub(super) backoff: Backoff,
    /// When ClickHouse's disk had room.
    pub(super) had_room: Option<Instant>,
}

impl SendAttempts {
    /// The first attempts of a process.
    pub(super) fn new() -> Self {
        let backoff = Backoff::for_shared_server();
        Self {
            is_migrated: false,
            tried_up_to: None,
            made: BTreeMap::new(),
            is_failing: false,
            backoff,
            had_room: None,
        }
    }

    /// The last attempts of a process, after others that are forgotten.
    pub(super) fn last() -> Self {
        Self { tried_up_to: Some(u64::MAX), ..Self::new() }
    }

    /// An attempt begins.
    pub(super) fn next(&mut self, sealed: SegmentFile, pace: Pace) -> ToSend {
        let number = Some(sealed.id.number);
        let is_again = sealed.is_inherited || number <= self.tried_up_to;
        self.tried_up_to = self.tried_up_to.max(number);
        let made = self.made.entry(sealed.id.number).or_default();
        *made += 1;
        ToSend { sealed, is_again, attempt: *made, pace }
    }

    /// What was attempted for segments that are no longer pending is of no interest.
    pub(super) fn forget_others(&mut self, pending: &[SegmentFile]) {
        let oldest = pending.first().map_or(u64::MAX, |sealed| sealed.id.number);
        self.made = self.made.split_off(&oldest);
    }

    /// How many of the oldest segments are sent together.
    pub(super) fn flight(&self, pending: &[SegmentFile]) -> usize {
        if self.is_failing {
            return 1;
        }
        let mut bytes = 0;
        let fit = pending.iter().take_while(|sealed| {
            bytes += sealed.bytes;
            bytes <= limits::SEGMENT_BYTES
        });
        fit.count().clamp(1, limits::SEGMENTS_IN_FLIGHT)
    }
}

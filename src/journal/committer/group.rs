//! A group of batches: what of it goes into the open segment, and who is answered what.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::Committer;
use crate::base::clock::{MINUTE, Timestamp};
use crate::journal::CommitObserver;
use crate::journal::batch::{Batch, Entry};
use crate::journal::dedup::Folded;
use crate::journal::error::Refused;
use crate::journal::open_segment::OpenSegment;
use crate::journal::room::Room;
use crate::report::Kind;

/// How many reports were limited, by site and kind.
pub(super) type LimitedCounts = BTreeMap<(Arc<str>, Kind), u64>;

/// A batch whose reports are in the open segment; `folded: None`: it found no room.
pub(super) struct AddedBatch {
    pub(super) batch: Batch,
    folded: Option<Vec<Folded>>,
}

impl<O: CommitObserver> Committer<O> {
    /// Adds as many batches to the open segment as it holds; from the journal's reserve only those that bring new evidence.
    pub(super) fn add_group(
        &mut self,
        batches: &mut VecDeque<Batch>,
        room: Room,
        now: Timestamp,
    ) -> Vec<AddedBatch> {
        let Some(open) = &mut self.open else { return Vec::new() };
        let reserve = self.shared.reserve();
        self.budgets.go_on(*self.shared.daily_bytes(), now);
        let mut group = Vec::with_capacity(batches.len());
        // What is acknowledged with reports that are kept is as durable as they are.
        let mut limited = LimitedCounts::new();
        while let Some(mut batch) = batches.pop_front_if(|_| !open.is_full()) {
            batch.follow_clock(now);
            if room == Room::Reserve && !self.budgets.takes_of_reserve(&batch, reserve) {
                group.push(AddedBatch { batch, folded: None });
                continue;
            }
            let add = |entry: &Entry| open.add(&batch, entry, &mut self.budgets);
            let folded = self.deliveries.fold_batch(&batch, add);
            let is_awaited = !batch.entries.is_empty();
            let counts = if is_awaited { &mut limited } else { &mut self.limited };
            for part in &batch.limited {
                *counts.entry((Arc::clone(&part.site), part.kind)).or_default() += part.count;
            }
            let entries = batch.entries.iter().zip(&folded);
            for (entry, _) in entries.filter(|(_, folded)| **folded == Folded::Limited) {
                let row = entry.row.row();
                *self.limited.entry((Arc::from(row.site), row.kind)).or_default() += 1;
            }
            group.push(AddedBatch { batch, folded: Some(folded) });
        }
        write_limited(limited, open, now);
        group
    }

    /// Answers a batch that is durable now, or that found no room.
    pub(super) fn finish(&mut self, added: AddedBatch, now: Timestamp) {
        let AddedBatch { batch, folded } = added;
        let Some(folded) = folded else { return self.refuse(batch, Refused::Full, now) };
        self.deliveries.remember_batch(&batch, &folded);
        self.observer.committed(&batch, &folded);
        self.answer(Ok(()));
    }

    /// Answers a batch that is not kept. Detection learns of it: a theft is not less urgent because a disk is full. Under a
    /// clock that cannot be right nothing is learnt.
    pub(super) fn refuse(&mut self, mut batch: Batch, refused: Refused, now: Timestamp) {
        if refused != Refused::Clock {
            batch.follow_clock(now);
            let known = |entry: &Entry| {
                let is_known = self.deliveries.has(entry.identity, entry.at, batch.received);
                if is_known { Folded::Redelivered } else { Folded::New }
            };
            let folded = self.refused.fold_batch(&batch, known);
            self.refused.remember_batch(&batch, &folded);
            self.observer.refused(&batch, &folded);
        }
        self.answer(Err(refused));
    }

    /// Answers the oldest batch that has no answer yet, together with those after it.
    fn answer(&mut self, result: Result<(), Refused>) {
        if let Some(waiting) = self.shared.queue.oldest_taken() {
            self.answers.add(waiting, result);
        }
    }
}

/// Adds counts to a segment, which it then holds as durably as all else.
pub(super) fn write_limited(limited: LimitedCounts, open: &mut OpenSegment, now: Timestamp) {
    for ((site, kind), count) in limited {
        open.add_limited(minute(now), &site, kind, count);
    }
}

/// The beginning of the minute, in seconds since 1970.
fn minute(now: Timestamp) -> u32 {
    u32::try_from(now.floor(MINUTE).seconds()).unwrap_or(0)
}

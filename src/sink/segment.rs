//! Sending one segment to ClickHouse. A part that is rejected for good is cut in halves until the rows at fault are
//! isolated; the others are stored.

use std::io;
use std::time::Instant;

use tokio::sync::watch;

use super::insert::name;
use super::pace::Pace;
use super::rows::SegmentRows;
use super::{SegmentFate, SendError, Sink, spans, unless_stopped};
use crate::base::clock::Timestamp;
use crate::journal::{Journal, SegmentFile, SegmentPart, SegmentTable};
use crate::metrics::SinkResult;
use crate::store::error::{Class, InsertError};
use crate::telemetry::Span;

/// `reports` last, so that the sightings of a visible report are visible too.
const TABLES: [SegmentTable; 4] =
    [SegmentTable::Sightings, SegmentTable::Limited, SegmentTable::Policies, SegmentTable::Reports];

/// The rows of a segment that were stored, and those that were rejected.
#[derive(Debug, Default)]
struct Inserted {
    stored: u64,
    rejected: u64,
}

/// A segment to be sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct ToSend {
    pub sealed: SegmentFile,
    /// An earlier attempt may have stored it, wholly or in part.
    pub is_again: bool,
    /// How many attempts this process has made for it, with this one.
    pub attempt: u64,
    /// How it shares a core.
    pub pace: Pace,
}

impl Sink {
    /// Sends all of a segment.
    pub(super) async fn send_segment(
        &self,
        to_send: ToSend,
        stop: &watch::Receiver<bool>,
    ) -> Result<SegmentFate, SendError> {
        let sealed = to_send.sealed;
        let number = sealed.id.number;
        let Some(bytes) = self.load(number, move |journal| journal.read(number)).await? else {
            return Ok(SegmentFate::Forget);
        };
        let shift = self.inserter.shift(sealed.id.opened, to_send.is_again);
        let shift = unless_stopped(stop, shift).await??;
        let reading = self.inserter.read(&bytes, shift, to_send.is_again, to_send.pace);
        if let Some(rows) = unless_stopped(stop, reading).await?? {
            return self.send_rows(to_send, &rows, stop).await;
        }
        // Damaged since it was sealed: it is written anew without the damage.
        let repaired = move |journal: &Journal| journal.repair(number);
        let Some(bytes) = self.load(number, repaired).await? else {
            return Ok(SegmentFate::Forget);
        };
        let reading = self.inserter.read(&bytes, shift, to_send.is_again, to_send.pace);
        match unless_stopped(stop, reading).await?? {
            Some(rows) => self.send_rows(to_send, &rows, stop).await,
            None => {
                tracing::error!(
                    id = "segment-unreadable",
                    segment = number,
                    "nothing of this segment can be read; set aside"
                );
                self.metrics.journal_errors.inc();
                Ok(SegmentFate::SetAside)
            }
        }
    }

    /// The bytes of a segment; `None` when its file was removed: it can no longer be sent, and younger ones must not wait
    /// for it.
    async fn load(
        &self,
        number: u64,
        read: impl FnOnce(&Journal) -> io::Result<Vec<u8>> + Send + 'static,
    ) -> io::Result<Option<Vec<u8>>> {
        match self.on_disk(read).await {
            Err(_) if self.journal.is_gone(number) => {
                tracing::error!(
                    id = "segment-removed",
                    segment = number,
                    "this segment was removed; what it held is lost"
                );
                self.metrics.journal_errors.inc();
                Ok(None)
            }
            read => read.map(Some),
        }
    }

    async fn send_rows(
        &self,
        to_send: ToSend,
        rows: &SegmentRows<'_>,
        stop: &watch::Receiver<bool>,
    ) -> Result<SegmentFate, SendError> {
        let sealed = to_send.sealed;
        let number = sealed.id.number;
        if rows.shift().millis != 0 {
            let opened = sealed.id.opened;
            tracing::error!(id = "segment-clock-wrong",
                segment = number,
                %opened,
                "a wrong clock recorded this segment; its reports get the present as their time"
            );
        }
        let started = Instant::now();
        let of_tables = TABLES.map(|table| rows.count(&rows.whole(table)));
        let row_count = of_tables.iter().sum();
        let mut span = spans::of_segment(&self.tracer, number, row_count, to_send.attempt);
        let inserted = self.insert(to_send, rows, &span, stop).await;
        let Inserted { stored, rejected } = match inserted {
            Ok(inserted) => inserted,
            Err(error) => {
                span.fail();
                self.metrics.count_rows(SinkResult::Retried, row_count);
                return Err(error);
            }
        };
        let (duration, trace) = (started.elapsed(), span.trace_id());
        self.metrics.sink_insert_duration.observe(duration, trace, Timestamp::now());
        self.metrics.count_rows(SinkResult::Stored, stored);
        self.metrics.count_rows(SinkResult::Quarantined, rejected);
        if rejected == 0 {
            return Ok(SegmentFate::Forget);
        }
        tracing::error!(
            id = "rows-quarantined",
            segment = number,
            rejected,
            "ClickHouse rejects rows of this segment; they are in quarantine: `cspwatch journal inspect` \
             shows why; fix the cause, then run `cspwatch journal resend`"
        );
        Ok(SegmentFate::Quarantine)
    }

    /// Inserts the rows of all tables. A rejection is durable before the halves are sent.
    async fn insert(
        &self,
        to_send: ToSend,
        rows: &SegmentRows<'_>,
        span: &Span,
        stop: &watch::Receiver<bool>,
    ) -> Result<Inserted, SendError> {
        let ToSend { sealed, .. } = to_send;
        let number = sealed.id.number;
        let mut rejections = self.on_disk(move |journal| journal.rejections(number)).await?;
        let mut inserted = Inserted::default();
        // Parts are taken from the end.
        let mut parts: Vec<_> = TABLES.iter().rev().map(|table| rows.whole(*table)).collect();
        while let Some(part) = parts.pop() {
            if !rejections.contains(&part) {
                if sealed.is_inherited
                    && part == rows.whole(part.table)
                    && unless_stopped(stop, self.inserter.needs_no_repeat(rows, &part)).await??
                {
                    inserted.stored += rows.count(&part);
                    continue;
                }
                let inserting = self.insert_part(to_send, rows, &part, span);
                match unless_stopped(stop, inserting).await? {
                    Ok(stored) => {
                        inserted.stored += stored;
                        continue;
                    }
                    Err(error) if error.class == Class::Poison => {
                        // An earlier attempt may have stored it, and its answer was lost.
                        if unless_stopped(stop, self.inserter.has(rows, &part)).await?? {
                            inserted.stored += rows.count(&part);
                            continue;
                        }
                        rejections.add(&part, error.message);
                        let durable = rejections.clone();
                        self.on_disk(move |journal| journal.set_rejections(number, &durable))
                            .await?;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            match rejections.halves(&part) {
                Some([first, second]) => parts.extend([second, first]),
                None => inserted.rejected += rows.count(&part),
            }
        }
        Ok(inserted)
    }

    /// Inserts the rows of a part. Where there are none, nothing is sent and nothing recorded.
    async fn insert_part(
        &self,
        ToSend { is_again, attempt, .. }: ToSend,
        rows: &SegmentRows<'_>,
        part: &SegmentPart,
        of_segment: &Span,
    ) -> Result<u64, InsertError> {
        let count = rows.count(part);
        let mut span =
            (count > 0).then(|| spans::of_insert(of_segment, name(part.table), count, attempt));
        let inserted = if is_again {
            self.inserter.insert_again(rows, part).await
        } else {
            self.inserter.insert(rows, part).await
        };
        if let Some(span) = &mut span {
            spans::note_outcome(span, &inserted);
        }
        inserted
    }
}

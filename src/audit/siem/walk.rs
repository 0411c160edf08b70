//! Reads what is within a range and hands it on, in pieces that fit into memory.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::time::{Duration, Instant};

use super::{ExportError, LATE, Outlet, Stream, Unit};
use crate::audit::siem::ecs::{self, Event};
use crate::base::clock::{DAY, Timestamp};
use crate::base::limits;
use crate::store::export::{ExportReader, ExportedBatch, ExportedSighting, TimeRange};

/// The sightings of one batch were received within the time that its segment was open.
const BATCH: Duration = DAY;
/// The largest number of batches in one query, unless they have more sightings than [`TOGETHER_SIGHTINGS`].
const TOGETHER: usize = 100;
const TOGETHER_SIGHTINGS: u64 = 5_000;
/// How long a batch whose reports are missing has to wait. Its collector inserts them within a second, or ClickHouse has
/// refused them for good.
const PATIENCE: Duration = Duration::from_secs(60);

/// Reads ranges and hands on what the outlet wants.
pub struct Walker {
    reader: ExportReader,
    /// The batches that are incomplete, and since when. `None`: every batch is taken as it is, and cut at the ends of a
    /// range.
    waiting: Option<HashMap<u128, Instant>>,
}

impl Walker {
    /// Hands on whatever a range has.
    pub fn once(reader: ExportReader) -> Self {
        Self { reader, waiting: None }
    }

    /// Hands on complete batches only.
    pub fn following(reader: ExportReader) -> Self {
        Self { reader, waiting: Some(HashMap::new()) }
    }

    /// Reads a range of a stream, and hands on what the outlet wants.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn walk(
        &mut self,
        stream: Stream,
        range: TimeRange,
        outlet: &mut impl Outlet,
    ) -> Result<(), ExportError> {
        match stream {
            Stream::Alerts => self.alerts(range, outlet).await,
            Stream::Sightings => self.sightings(range, outlet).await,
            Stream::Decisions => self.decisions(range, outlet).await,
        }
    }

    async fn alerts(&self, range: TimeRange, outlet: &mut impl Outlet) -> Result<(), ExportError> {
        let mut piece = Piece::new(Stream::Alerts);
        let mut rows = self.reader.alerts(range)?;
        while let Some(row) = rows.next().await? {
            let unit = Unit { key: ecs::alert_key(&row), at: row.told_at, events: 1 };
            if outlet.wants(Stream::Alerts, unit) {
                piece.add(ecs::alert(&row), outlet).await?;
                piece.ends(unit);
            }
        }
        piece.put(outlet).await
    }

    async fn decisions(
        &self,
        range: TimeRange,
        outlet: &mut impl Outlet,
    ) -> Result<(), ExportError> {
        let mut piece = Piece::new(Stream::Decisions);
        let mut rows = self.reader.decisions(range)?;
        while let Some(row) = rows.next().await? {
            let unit = Unit { key: ecs::decision_key(&row), at: row.decided_at, events: 1 };
            if outlet.wants(Stream::Decisions, unit) {
                piece.add(ecs::decision(&row), outlet).await?;
                piece.ends(unit);
            }
        }
        piece.put(outlet).await
    }

    async fn sightings(
        &mut self,
        range: TimeRange,
        outlet: &mut impl Outlet,
    ) -> Result<(), ExportError> {
        // Collectors seal a segment every few seconds, so a day has a bounded number of them.
        let mut wanted = Vec::new();
        let mut batches = self.reader.batches(range)?;
        while let Some(batch) = batches.next().await? {
            if outlet.wants(Stream::Sightings, unit(&batch, 0)) {
                wanted.push(batch);
            }
        }
        drop(batches);
        for together in chunks(&wanted) {
            let around = self.around(together, range);
            let whole = self.whole(together, around).await?;
            self.sightings_of(&whole, around, outlet).await?;
        }
        Ok(())
    }

    /// The range that holds all sightings of these batches.
    fn around(&self, batches: &[ExportedBatch], range: TimeRange) -> TimeRange {
        if self.waiting.is_none() {
            return range;
        }
        let first = batches.iter().map(|batch| batch.first).min().unwrap_or(range.from);
        let last = batches.iter().map(|batch| batch.last).max().unwrap_or(range.to);
        TimeRange { from: first - BATCH, to: last + BATCH }
    }

    /// The batches that are complete, or will never be.
    async fn whole<'a>(
        &mut self,
        batches: &'a [ExportedBatch],
        around: TimeRange,
    ) -> Result<Vec<&'a ExportedBatch>, ExportError> {
        let Some(waiting) = &mut self.waiting else { return Ok(batches.iter().collect()) };
        let ids: Vec<&str> = batches.iter().map(|batch| batch.batch_id.as_str()).collect();
        let whole: HashSet<String> = self.reader.whole(&ids, around).await?.into_iter().collect();
        waiting.retain(|_, since| since.elapsed() < 10 * PATIENCE);
        // Batches as old as this are about to leave the scanned range, and the reports of some are no longer kept.
        let old = Timestamp::now() - LATE + BATCH;
        let is_due = |batch: &&ExportedBatch| {
            whole.contains(&batch.batch_id)
                || batch.last < old
                || waiting.entry(key(batch)).or_insert_with(Instant::now).elapsed() >= PATIENCE
        };
        Ok(batches.iter().filter(is_due).collect())
    }

    async fn sightings_of(
        &self,
        batches: &[&ExportedBatch],
        around: TimeRange,
        outlet: &mut impl Outlet,
    ) -> Result<(), ExportError> {
        if batches.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = batches.iter().map(|batch| batch.batch_id.as_str()).collect();
        let mut piece = Piece::new(Stream::Sightings);
        let mut sent: HashMap<String, u32> = HashMap::new();
        let mut equal = EqualSightings::default();
        let mut rows = self.reader.sightings(&ids, around)?;
        while let Some(row) = rows.next().await? {
            piece.add(ecs::sighting(&row, equal.number(&row)), outlet).await?;
            *sent.entry(row.batch_id).or_default() += 1;
        }
        for batch in batches {
            piece.ends(unit(batch, sent.get(&batch.batch_id).copied().unwrap_or_default()));
        }
        piece.put(outlet).await
    }
}

fn key(batch: &ExportedBatch) -> u128 {
    ecs::identity(["batch", &batch.batch_id])
}

/// The unit of a batch. `sent` is the number of its sightings that were sent, which can exceed those in the range.
fn unit(batch: &ExportedBatch, sent: u32) -> Unit {
    let listed = u32::try_from(batch.sightings).unwrap_or(u32::MAX);
    Unit { key: key(batch), at: batch.last, events: listed.max(sent) }
}

/// The batches, cut into parts that fit into one query.
fn chunks(batches: &[ExportedBatch]) -> impl Iterator<Item = &[ExportedBatch]> {
    let mut rest = batches;
    std::iter::from_fn(move || {
        let mut sightings = 0;
        let fits = |batch: &&ExportedBatch| {
            sightings += batch.sightings;
            sightings <= TOGETHER_SIGHTINGS
        };
        let count = rest.iter().take(TOGETHER).take_while(fits).count().max(1);
        let (together, after) = rest.split_at_checked(count)?;
        rest = after;
        Some(together)
    })
}

/// Numbers sightings that are equal in everything that makes an id. They follow each other.
#[derive(Default)]
struct EqualSightings {
    last: Option<(String, Timestamp, Timestamp, u128)>,
    next: u32,
}

impl EqualSightings {
    fn number(&mut self, row: &ExportedSighting) -> u32 {
        let identity = (row.batch_id.clone(), row.received_at, row.seen_at, row.fingerprint);
        if self.last.as_ref() != Some(&identity) {
            (self.last, self.next) = (Some(identity), 0);
        }
        self.next += 1;
        self.next - 1
    }
}

/// Events that are handed on together, and the units that end with them.
struct Piece {
    stream: Stream,
    events: Vec<Event>,
    units: Vec<Unit>,
}

impl Piece {
    fn new(stream: Stream) -> Self {
        Self { stream, events: Vec::new(), units: Vec::new() }
    }

    async fn add(&mut self, event: Event, outlet: &mut impl Outlet) -> Result<(), ExportError> {
        if self.events.len() >= limits::EXPORT_EVENTS_TOGETHER {
            self.put(outlet).await?;
        }
        self.events.push(event);
        Ok(())
    }

    fn ends(&mut self, unit: Unit) {
        self.units.push(unit);
    }

    async fn put(&mut self, outlet: &mut impl Outlet) -> Result<(), ExportError> {
        let events = mem::take(&mut self.events);
        if !events.is_empty() {
            outlet.put(&events).await?;
        }
        for unit in mem::take(&mut self.units) {
            outlet.done(self.stream, unit);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_a_bounded_number_of_batches_and_sightings() {
        let batch = |sightings| ExportedBatch {
            batch_id: String::new(),
            sightings,
            first: Timestamp::default(),
            last: Timestamp::default(),
        };
        let counts = |sightings: &[u64]| {
            let batches: Vec<ExportedBatch> = sightings.iter().copied().map(batch).collect();
            chunks(&batches).map(<[ExportedBatch]>::len).collect::<Vec<_>>()
        };
        assert_eq!(counts(&[]), [0; 0]);
        assert_eq!(counts(&[1; 250]), [100, 100, 50]);
        assert_eq!(counts(&[1, 9_999_999, 4_000, 1_000, 1]), [1, 1, 2, 1]);
    }
}

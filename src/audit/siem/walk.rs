//! Asks for what is within a range and hands it on, in pieces that fit into the memory.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::time::{Duration, Instant};

use super::{ExportError, LATE_MILLIS, Outlet, Stream, Unit, now};
use crate::audit::siem::ecs::{self, Event};
use crate::base::limits;
use crate::store::export::{Batch, ExportedSighting, Range, Reader};

/// The sightings of one batch were received within the time that its segment was open.
const BATCH_MILLIS: i64 = 24 * 3_600_000;
/// Batches that are asked for at once, unless they have more sightings than [`TOGETHER_SIGHTINGS`].
const TOGETHER: usize = 100;
const TOGETHER_SIGHTINGS: u64 = 5_000;
/// For so long a batch is left alone whose reports are not there yet. Its collector inserts them within a second, or
/// ClickHouse has refused them for good.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks.
pub struct Walker {
    reader: Reader,
    /// Batches that are not whole, and since when; `None`: they are taken as they are, and cut at the ends of a range.
    waiting: Option<HashMap<u128, Instant>>,
}

impl Walker {
    /// One that hands on what a range has, as it is.
    pub fn once(reader: Reader) -> Self {
        Self { reader, waiting: None }
    }

    /// One that hands on whole batches.
    pub fn following(reader: Reader) -> Self {
        Self { reader, waiting: Some(HashMap::new()) }
    }

    /// Hands on what the outlet wants of a range.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn walk(
        &mut self,
        stream: Stream,
        range: Range,
        outlet: &mut impl Outlet,
    ) -> Result<(), ExportError> {
        match stream {
            Stream::Alerts => self.alerts(range, outlet).await,
            Stream::Sightings => self.sightings(range, outlet).await,
            Stream::Decisions => self.decisions(range, outlet).await,
        }
    }

    async fn alerts(&self, range: Range, outlet: &mut impl Outlet) -> Result<(), ExportError> {
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

    async fn decisions(&self, range: Range, outlet: &mut impl Outlet) -> Result<(), ExportError> {
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
        range: Range,
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
            self.some_sightings(&whole, around, outlet).await?;
        }
        Ok(())
    }

    /// Where all of these batches is.
    fn around(&self, batches: &[Batch], range: Range) -> Range {
        if self.waiting.is_none() {
            return range;
        }
        let first = batches.iter().map(|batch| batch.first).min().unwrap_or(range.from);
        let last = batches.iter().map(|batch| batch.last).max().unwrap_or(range.to);
        Range { from: first - BATCH_MILLIS, to: last + BATCH_MILLIS }
    }

    /// Those that are whole, or will not get any better.
    async fn whole<'a>(
        &mut self,
        batches: &'a [Batch],
        around: Range,
    ) -> Result<Vec<&'a Batch>, ExportError> {
        let Some(waiting) = &mut self.waiting else { return Ok(batches.iter().collect()) };
        let ids: Vec<&str> = batches.iter().map(|batch| batch.batch_id.as_str()).collect();
        let whole: HashSet<String> = self.reader.whole(&ids, around).await?.into_iter().collect();
        waiting.retain(|_, since| since.elapsed() < 10 * PATIENCE);
        // What is as old as this is not looked for much longer; of some the reports are not kept any more.
        let old = now() - LATE_MILLIS + BATCH_MILLIS;
        let is_due = |batch: &&Batch| {
            whole.contains(&batch.batch_id)
                || batch.last < old
                || waiting.entry(key(batch)).or_insert_with(Instant::now).elapsed() >= PATIENCE
        };
        Ok(batches.iter().filter(is_due).collect())
    }

    async fn some_sightings(
        &self,
        batches: &[&Batch],
        around: Range,
        outlet: &mut impl Outlet,
    ) -> Result<(), ExportError> {
        if batches.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = batches.iter().map(|batch| batch.batch_id.as_str()).collect();
        let mut piece = Piece::new(Stream::Sightings);
        let mut sent: HashMap<String, u32> = HashMap::new();
        let mut place = Place::default();
        let mut rows = self.reader.sightings(&ids, around)?;
        while let Some(row) = rows.next().await? {
            piece.add(ecs::sighting(&row, place.of(&row)), outlet).await?;
            *sent.entry(row.batch_id).or_default() += 1;
        }
        for batch in batches {
            piece.ends(unit(batch, sent.get(&batch.batch_id).copied().unwrap_or_default()));
        }
        piece.put(outlet).await
    }
}

fn key(batch: &Batch) -> u128 {
    ecs::identity(["batch", &batch.batch_id])
}

/// `sent`: so many of it were; it may be more than the range has of it.
fn unit(batch: &Batch, sent: u32) -> Unit {
    let listed = u32::try_from(batch.sightings).unwrap_or(u32::MAX);
    Unit { key: key(batch), at: batch.last, events: listed.max(sent) }
}

/// Parts of the list that are asked for together.
fn chunks(batches: &[Batch]) -> impl Iterator<Item = &[Batch]> {
    let mut rest = batches;
    std::iter::from_fn(move || {
        let mut sightings = 0;
        let fits = |batch: &&Batch| {
            sightings += batch.sightings;
            sightings <= TOGETHER_SIGHTINGS
        };
        let count = rest.iter().take(TOGETHER).take_while(fits).count().max(1);
        let (together, after) = rest.split_at_checked(count)?;
        rest = after;
        Some(together)
    })
}

/// Counts those that nothing else tells apart; they follow each other.
#[derive(Default)]
struct Place {
    of: Option<(String, i64, i64, u128)>,
    next: u32,
}

impl Place {
    fn of(&mut self, row: &ExportedSighting) -> u32 {
        let of = (row.batch_id.clone(), row.received_at, row.seen_at, row.fingerprint);
        if self.of.as_ref() != Some(&of) {
            (self.of, self.next) = (Some(of), 0);
        }
        self.next += 1;
        self.next - 1
    }
}

/// Events that are put together, and the units that end with them.
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
    fn batches_go_together_up_to_a_number_of_sightings() {
        let batch = |sightings| Batch { batch_id: String::new(), sightings, first: 0, last: 0 };
        let counts = |sightings: &[u64]| {
            let batches: Vec<Batch> = sightings.iter().copied().map(batch).collect();
            chunks(&batches).map(<[Batch]>::len).collect::<Vec<_>>()
        };
        assert_eq!(counts(&[]), [0; 0]);
        assert_eq!(counts(&[1; 250]), [100, 100, 50]);
        assert_eq!(counts(&[1, 9_999_999, 4_000, 1_000, 1]), [1, 1, 2, 1]);
    }
}

//! What other collectors saw: sightings of their batches, read from ClickHouse and given to the detector.
//!
//! Batches are found by when ClickHouse stored them, so also those that waited on a collector's disk. What was stored before this
//! collector looked is read by time, an hour at once: by name, a day of many collectors would be a million batches.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Peers;
use super::known::ExchangeMemory;
use crate::base::clock::{DAY, HOUR, Timestamp, days};
use crate::pipeline::judge::Sites;
use crate::store::error::InsertError;
use crate::store::sightings::{
    BATCHES_MAX, News, NewsQuery, SightedBatch, hours, news, of_batches, past,
};

/// How far before the last look a look goes back: a replica may have a batch a little later than another. The farther, the more
/// rarely.
const LOOKS: [(Duration, Duration); 3] = [
    (Duration::from_secs(10), Duration::ZERO),
    (Duration::from_mins(2), Duration::from_secs(30)),
    (Duration::from_mins(10), Duration::from_mins(5)),
];
/// Later than any time: nothing is news since then, and everything was received before.
const NEVER: Timestamp = Timestamp::from_seconds(4_102_444_800);
/// How far back the first look of a collector goes that has no memory.
const FIRST: Duration = days(7);
/// So many sightings of the past are read at once, but at least an hour's.
const SLICE: u64 = 20_000;
/// How long a round reads the past. The rest waits for the next round, so that decisions and alerts do not.
const PAST_MAX: Duration = Duration::from_secs(5);
/// So many batches are read by name, more by time.
const FEW_BATCHES: usize = 500;
/// Batches whose sightings one query fetches.
const BATCHES_PER_QUERY: usize = 100;

/// The batches of other collectors that the detector learnt.
pub(super) struct PeerSightings {
    pub(super) memory: ExchangeMemory,
    /// When each of [`LOOKS`] was made last.
    looked: [Option<Instant>; 3],
    past: Past,
    /// The alerts of this journal's collector and of others are to be read: it has no memory of them.
    is_new: bool,
}

/// What of the time before the first look is read.
#[derive(Debug)]
enum Past {
    /// It is not known yet how much it is.
    Unknown,
    /// Stretches of time, in their order, each to be read at once.
    Unread(VecDeque<(Timestamp, Timestamp)>),
}

impl PeerSightings {
    /// `is_new`: the collector has no memory, so that it reads more of the past.
    pub(super) fn new(memory: ExchangeMemory, is_new: bool) -> Self {
        Self { memory, looked: [None; 3], past: Past::Unknown, is_new }
    }

    /// Since when batches are news. Nothing is, as long as the past is to be read.
    fn since(&mut self) -> Timestamp {
        let Some(up_to) = self.memory.0.lock().up_to else { return NEVER };
        let mut back = Duration::ZERO;
        for ((look, every), looked) in LOOKS.iter().zip(&mut self.looked) {
            if looked.is_none_or(|at| at.elapsed() >= *every) {
                *looked = Some(Instant::now());
                back = back.max(*look);
            }
        }
        up_to - back
    }
}

impl Peers {
    /// Asks what is new.
    pub(super) async fn ask_news(&self, known: &mut PeerSightings) -> Result<News, InsertError> {
        let (own_prefix, since) = (self.own_prefix(), known.since());
        let query = NewsQuery { own_prefix: &own_prefix, since, received_before: NEVER };
        news(&self.client, query).await
    }

    /// Gives the detector what others saw: first the past, in the order of time, then the batches that are news. `sites`: by
    /// today's configuration.
    pub(super) async fn read_sightings(
        &self,
        known: &mut PeerSightings,
        news: News,
        sites: &Sites,
        now: Timestamp,
    ) -> Result<(), InsertError> {
        let News { asked_at, mut batches, .. } = news;
        if let Past::Unknown = known.past {
            known.past = self.measure_past(known, &mut batches, asked_at, now).await?;
        }
        if !self.read_past(known, sites, now).await? {
            return Ok(());
        }
        self.learn_batches(known, batches, sites, asked_at, now).await?;
        if known.is_new {
            self.recall_alerts(now).await?;
            known.is_new = false;
        }
        let mut memory = known.memory.0.lock();
        memory.up_to = memory.up_to.max(Some(asked_at));
        memory.forget_old(asked_at);
        Ok(())
    }

    /// How much of the past is to be read by time. Keeps of the batches those that are read by name.
    async fn measure_past(
        &self,
        known: &PeerSightings,
        batches: &mut Vec<SightedBatch>,
        asked_at: Timestamp,
        now: Timestamp,
    ) -> Result<Past, InsertError> {
        let up_to = known.memory.0.lock().up_to.filter(|_| !known.is_new);
        let Some(up_to) = up_to else {
            known.memory.0.lock().up_to = Some(asked_at);
            let back = if known.is_new { FIRST } else { DAY };
            return self.slices(now - back, now).await;
        };
        if batches.len() <= FEW_BATCHES {
            return Ok(Past::Unread(VecDeque::new()));
        }
        let [.., (farthest, _)] = LOOKS;
        let from = (up_to - farthest).max(now - FIRST);
        // What was received before then and stored since is late, and rare.
        let (own_prefix, since) = (self.own_prefix(), up_to - farthest);
        let late = NewsQuery { own_prefix: &own_prefix, since, received_before: from };
        *batches = news(&self.client, late).await?.batches;
        self.slices(from, now).await
    }

    /// The hours from `from` until `to` in which there were sightings; several together where there were few.
    async fn slices(&self, from: Timestamp, to: Timestamp) -> Result<Past, InsertError> {
        let mut slices: VecDeque<(Timestamp, Timestamp)> = VecDeque::new();
        let mut of_last = SLICE;
        for (hour, sightings) in hours(&self.client, from, to).await? {
            match slices.back_mut() {
                Some((_, end)) if of_last + sightings <= SLICE => {
                    *end = hour + HOUR;
                    of_last += sightings;
                }
                _ => {
                    slices.push_back((hour, hour + HOUR));
                    of_last = sightings;
                }
            }
        }
        Ok(Past::Unread(slices))
    }

    /// Reads the past as long as a round may; returns whether all of it is read.
    async fn read_past(
        &self,
        known: &mut PeerSightings,
        sites: &Sites,
        now: Timestamp,
    ) -> Result<bool, InsertError> {
        let began = Instant::now();
        // A collector that lost its memory has that of its own batches from ClickHouse, too.
        let own_prefix = if known.is_new { "-".to_owned() } else { self.own_prefix() };
        let Past::Unread(slices) = &mut known.past else { return Ok(true) };
        while let Some((from, to)) = slices.front().copied() {
            if began.elapsed() > PAST_MAX {
                return Ok(false);
            }
            for sighting in past(&self.client, &own_prefix, from, to).await? {
                self.observe(&sighting, sites, now);
            }
            slices.pop_front();
        }
        Ok(true)
    }

    /// Reads the sightings of batches that are new, in the order of time.
    async fn learn_batches(
        &self,
        known: &PeerSightings,
        news: Vec<SightedBatch>,
        sites: &Sites,
        asked_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), InsertError> {
        if news.len() >= BATCHES_MAX {
            tracing::warn!(
                id = "exchange-behind",
                "more batches of other collectors are new than are read at once"
            );
        }
        let batches = known.memory.0.lock().to_learn(news, asked_at);
        // A batch that is late is read with others of its time: far apart, ClickHouse would read all between.
        let near =
            |a: &SightedBatch, b: &SightedBatch| b.first_received.is_within(HOUR, a.first_received);
        for some in batches.chunk_by(near).flat_map(|near| near.chunks(BATCHES_PER_QUERY)) {
            for sighting in of_batches(&self.client, some).await? {
                self.observe(&sighting, sites, now);
                known.memory.0.lock().learn(&sighting.batch_id, asked_at);
            }
            some.iter().for_each(|batch| known.memory.0.lock().asked_for(batch, asked_at));
        }
        Ok(())
    }

    /// How the ids of this collector's batches begin.
    fn own_prefix(&self) -> String {
        format!("{:016x}-", self.journal.collector())
    }
}

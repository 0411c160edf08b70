//! One part of a segment, as one INSERT: whether ClickHouse takes it, and whether it has it.

use std::time::Duration;

use clickhouse::{Client, Row};
use serde::Deserialize;
use tokio::time::timeout;

use super::pace::Pace;
use super::rows::{SegmentRows, Shift, is_possible};
use crate::base::clock::Timestamp;
use crate::journal::{SegmentPart, SegmentTable};
use crate::store::clock;
use crate::store::error::InsertError;
use crate::store::insert::insert_batch;
use crate::store::queries;
use crate::store::rows::{
    LIMITED, LimitedRow, POLICIES, PolicyRow, REPORTS, ReportRow, SIGHTINGS, SightingRow,
};
use crate::store::servers::Servers;

/// A ClickHouse that takes rows.
#[derive(Clone)]
pub struct Inserter {
    /// How it is reached.
    pub client: Client,
    /// Which of several servers that is.
    pub servers: Servers,
    /// How long it may take to store them.
    pub timeout: Duration,
    /// Whether its tables may remember a batch that they do not have, as [`Self::insert_again`] says.
    pub may_lack_rows: bool,
    /// How many replicas must have a batch before it counts as stored; 0: one.
    pub quorum: u32,
}

/// What ClickHouse has of a segment's file.
#[derive(Row, Deserialize)]
struct StoredOfFile {
    /// How many rows, or reports, its largest batch has.
    most: u64,
    /// How many batches have the segment's own id: one or none.
    of_own: u64,
    /// When the first of it was received, as it is stored.
    received: Timestamp,
}

/// Of how many batches ClickHouse knows the tokens at least: half of its window, because a batch may have several.
const KNOWN_BATCHES: u64 = 5_000;

/// How many tokens a part may need.
const TOKENS: u32 = 4;

impl Inserter {
    /// What to do with the times of a segment. This machine's clock may be the one that is wrong, so ClickHouse's decides; it is
    /// not asked about the first attempt for a segment that may be right.
    pub(super) async fn shift(
        &self,
        opened: Timestamp,
        is_again: bool,
    ) -> Result<Shift, InsertError> {
        let own = Timestamp::now();
        if !is_again && is_possible(opened, own) {
            return Ok(Shift::default());
        }
        let now = timeout(self.timeout, clock::ask(&self.client)).await;
        let now = now.map_err(|_| InsertError::timed_out("say what time it is"))??;
        Ok(Shift::of(opened, own, now))
    }

    /// The rows of a segment; `None` where it is damaged. Where an earlier attempt may have stored some of them, with times that
    /// are in doubt, they have the times that it gave them.
    pub(super) async fn read<'a>(
        &self,
        bytes: &'a [u8],
        shift: Shift,
        is_again: bool,
        pace: Pace,
    ) -> Result<Option<SegmentRows<'a>>, InsertError> {
        let Some(rows) = SegmentRows::read(bytes, shift, pace) else { return Ok(None) };
        if !(is_again && shift.is_doubtful) {
            return Ok(Some(rows));
        }
        match self.earlier_shift(&rows).await? {
            Some(earlier) => Ok(SegmentRows::read(bytes, earlier, pace)),
            None => Ok(Some(rows)),
        }
    }

    /// What an earlier attempt did with the times of a segment, where it stored some of it: with other times the same rows may be
    /// in another partition, where ClickHouse does not know their token.
    async fn earlier_shift(&self, rows: &SegmentRows<'_>) -> Result<Option<Shift>, InsertError> {
        for table in [SegmentTable::Sightings, SegmentTable::Limited, SegmentTable::Reports] {
            let Some(recorded) = rows.first_recorded(table) else { continue };
            if let Some(stored) = self.stored_of_file(rows, &rows.whole(table)).await?
                && stored.most > 0
            {
                return Ok(Some(Shift::between(recorded, stored.received)));
            }
        }
        Ok(None)
    }

    /// Inserts a part for the first time; returns how many rows it had.
    pub(super) async fn insert(
        &self,
        rows: &SegmentRows<'_>,
        part: &SegmentPart,
    ) -> Result<u64, InsertError> {
        self.insert_as(rows, part, token(rows, part)).await
    }

    /// Inserts a part that an earlier attempt may have stored, or not.
    ///
    /// A table without Keeper writes the token down before it has the rows. Killed in between, it answers the repeated insert
    /// with success and stores nothing. So this looks for the rows, and stores missing ones under another token.
    pub(super) async fn insert_again(
        &self,
        rows: &SegmentRows<'_>,
        part: &SegmentPart,
    ) -> Result<u64, InsertError> {
        let token = token(rows, part);
        let stored = self.insert_as(rows, part, token.clone()).await?;
        if !self.may_lack_rows || self.has(rows, part).await? {
            return Ok(stored);
        }
        for next in 2..=TOKENS {
            self.insert_as(rows, part, format!("{token}-{next}")).await?;
            // Nobody counts policies: once more is enough.
            if part.table == SegmentTable::Policies || self.has(rows, part).await? {
                return Ok(stored);
            }
        }
        Err(InsertError::does_not_have(name(part.table)))
    }

    async fn insert_as(
        &self,
        rows: &SegmentRows<'_>,
        part: &SegmentPart,
        token: String,
    ) -> Result<u64, InsertError> {
        let client = &self.quorum_client();
        let table = name(part.table);
        let range = part.rows.clone();
        let inserting = async {
            match part.table {
                SegmentTable::Sightings => {
                    let rows = rows.sightings(range);
                    insert_batch::<SightingRow<'_>>(client, table, &token, rows).await
                }
                SegmentTable::Limited => {
                    let rows = rows.limited(range);
                    insert_batch::<LimitedRow<'_>>(client, table, &token, rows).await
                }
                SegmentTable::Policies => {
                    let rows = rows.policies(range);
                    insert_batch::<PolicyRow<'_>>(client, table, &token, rows).await
                }
                SegmentTable::Reports => {
                    let rows = rows.reports(range);
                    insert_batch::<ReportRow<'_>>(client, table, &token, rows).await
                }
            }
        };
        let inserted = timeout(self.timeout, inserting).await;
        inserted.unwrap_or_else(|_| Err(InsertError::timed_out("store a segment")))
    }

    /// The client with the quorum. A repeated batch is stored only when its quorum is reached, too.
    fn quorum_client(&self) -> Client {
        match self.quorum {
            0 => self.client.clone(),
            quorum => self
                .client
                .clone()
                .with_setting("insert_quorum", quorum.to_string())
                .with_setting("insert_quorum_parallel", "1"),
        }
    }

    /// Whether a segment that an earlier process left is stored, and would count twice if it were sent again. A copy of the
    /// journal that was put back, and a clone of the machine, have such segments.
    ///
    /// Under its own id it is sent again as long as its token is known: ClickHouse may have been killed between the table and
    /// its views. Under another id, which is that of a longer piece of the same file, ClickHouse does not know the token: the copy
    /// was made while the file was written.
    pub(super) async fn needs_no_repeat(
        &self,
        rows: &SegmentRows<'_>,
        part: &SegmentPart,
    ) -> Result<bool, InsertError> {
        let own = match part.table {
            SegmentTable::Reports => rows.report_count(),
            _ => rows.count(part),
        };
        if own == 0 {
            return Ok(false);
        }
        let Some(stored) = self.stored_of_file(rows, part).await? else { return Ok(false) };
        Ok(stored.most >= own && !(stored.of_own > 0 && self.knows_token(rows).await?))
    }

    /// Whether so few batches are newer than a segment that ClickHouse cannot have forgotten its token.
    async fn knows_token(&self, rows: &SegmentRows<'_>) -> Result<bool, InsertError> {
        let query = self.client.query_raw(queries::NEWER_BATCHES).param("from", rows.opened());
        let newer = query.param("enough", KNOWN_BATCHES).fetch_one::<u64>();
        let newer = timeout(self.timeout, newer).await;
        Ok(newer.map_err(|_| InsertError::timed_out("look for newer batches"))?? < KNOWN_BATCHES)
    }

    /// What ClickHouse has of a segment's file already; `None` where nobody counts it twice.
    async fn stored_of_file(
        &self,
        rows: &SegmentRows<'_>,
        part: &SegmentPart,
    ) -> Result<Option<StoredOfFile>, InsertError> {
        let query = match part.table {
            SegmentTable::Reports => queries::SENT_REPORTS,
            SegmentTable::Sightings => queries::SENT_SIGHTINGS,
            SegmentTable::Limited => queries::SENT_LIMITED,
            // To insert policies again changes nothing.
            SegmentTable::Policies => return Ok(None),
        };
        let (from, to) = rows.may_be_stored_between(Timestamp::now());
        let query = self.client.query_raw(query).param("from", from).param("to", to);
        let query = query.param("batch_id", rows.whole_batch_id()).param("own", rows.batch_id());
        let asked = timeout(self.timeout, query.fetch_one::<StoredOfFile>()).await;
        Ok(Some(asked.map_err(|_| InsertError::timed_out("look for a segment"))??))
    }

    /// Whether the rows of a part are stored. An INSERT stores all rows or none, so one row is enough.
    pub(super) async fn has(
        &self,
        rows: &SegmentRows<'_>,
        part: &SegmentPart,
    ) -> Result<bool, InsertError> {
        let range = part.rows.clone();
        // An earlier attempt may have stored them with the time of that moment, because a clock was wrong.
        let (from, to) = rows.may_be_stored_between(Timestamp::now());
        let within = |sql| self.client.query_raw(sql).param("from", from).param("to", to);
        let of_row = |sql, fingerprint: u128| {
            // Parameters are text, and the crate knows no number as long as this.
            let query = within(sql).param("fingerprint", fingerprint.to_string());
            // Where replicas answer, also from the one that does not have the newest rows yet.
            query.with_setting("select_sequential_consistency", "1")
        };
        let query = match part.table {
            SegmentTable::Reports => rows
                .reports(range)
                .next()
                .map(|row| of_row(queries::STORED_REPORT, row.fingerprint)),
            SegmentTable::Sightings => rows
                .sightings(range)
                .next()
                .map(|row| of_row(queries::STORED_SIGHTING, row.fingerprint)),
            // To insert policies again changes nothing.
            SegmentTable::Policies => return Ok(false),
            SegmentTable::Limited => rows.limited(range).next().map(|row| {
                let query = within(queries::STORED_LIMITED);
                query.param("site", row.site).param("kind", row.kind)
            }),
        };
        let Some(query) = query else { return Ok(true) };
        let counting = query.param("batch_id", rows.batch_id()).fetch_one::<u64>();
        let count = timeout(self.timeout, counting).await;
        Ok(count.map_err(|_| InsertError::timed_out("look for a segment"))?? > 0)
    }
}

/// The name of a table in ClickHouse.
pub(super) fn name(table: SegmentTable) -> &'static str {
    match table {
        SegmentTable::Sightings => SIGHTINGS,
        SegmentTable::Limited => LIMITED,
        SegmentTable::Policies => POLICIES,
        SegmentTable::Reports => REPORTS,
    }
}

/// What ClickHouse knows a part by.
fn token(rows: &SegmentRows<'_>, part: &SegmentPart) -> String {
    if *part == rows.whole(part.table) {
        return rows.batch_id().to_owned();
    }
    part.token(rows.batch_id())
}

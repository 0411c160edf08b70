//! One part of a segment, as one INSERT: whether ClickHouse takes it, and whether it has it.

use std::time::Duration;

use clickhouse::Client;
use tokio::time::timeout;

use super::rows::SegmentRows;
use crate::base::clock::Timestamp;
use crate::journal::{SegmentPart, SegmentTable};
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

/// Of how many batches ClickHouse knows the tokens at least: half of its window, because a batch may have several.
const KNOWN_BATCHES: u64 = 5_000;

/// How many tokens a part may need.
const TOKENS: u32 = 4;

impl Inserter {
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

    /// Whether a segment that an earlier process left is stored, and its token may be forgotten: sent again, it would count
    /// twice. A copy of the journal that was put back, and a clone of the machine, have such segments.
    ///
    /// As long as the token is known, it is sent again: ClickHouse may have been killed between the table and its views.
    pub(super) async fn needs_no_repeat(
        &self,
        rows: &SegmentRows<'_>,
        part: &SegmentPart,
    ) -> Result<bool, InsertError> {
        Ok(self.has_as_much(rows, part).await? && !self.knows_token(rows).await?)
    }

    /// Whether so few batches are newer than a segment that ClickHouse cannot have forgotten its token.
    async fn knows_token(&self, rows: &SegmentRows<'_>) -> Result<bool, InsertError> {
        if rows.is_moved() {
            return Ok(false);
        }
        let query = self.client.query_raw(queries::NEWER_BATCHES).param("from", rows.opened());
        let newer = query.param("enough", KNOWN_BATCHES).fetch_one::<u64>();
        let newer = timeout(self.timeout, newer).await;
        Ok(newer.map_err(|_| InsertError::timed_out("look for newer batches"))?? < KNOWN_BATCHES)
    }

    /// Whether ClickHouse has as much of a segment's file already as these rows are, or more.
    async fn has_as_much(
        &self,
        rows: &SegmentRows<'_>,
        part: &SegmentPart,
    ) -> Result<bool, InsertError> {
        let query = match part.table {
            SegmentTable::Reports => queries::SENT_REPORTS,
            SegmentTable::Sightings => queries::SENT_SIGHTINGS,
            SegmentTable::Limited => queries::SENT_LIMITED,
            // To insert policies again changes nothing.
            SegmentTable::Policies => return Ok(false),
        };
        let own = match part.table {
            SegmentTable::Reports => rows.report_count(),
            _ => rows.count(part),
        };
        if own == 0 {
            return Ok(false);
        }
        let (from, to) = rows.may_be_stored_between(Timestamp::now());
        let query = self.client.query_raw(query).param("from", from).param("to", to);
        let asking = query.param("batch_id", rows.whole_batch_id()).fetch_one::<u64>();
        let most = timeout(self.timeout, asking).await;
        Ok(most.map_err(|_| InsertError::timed_out("look for a segment"))?? >= own)
    }

    /// Whether the rows of a part are stored. An INSERT stores all rows or none, so one row is enough.
    pub(super) async fn has(
        &self,
        rows: &SegmentRows<'_>,
        part: &SegmentPart,
    ) -> Result<bool, InsertError> {
        let range = part.rows.clone();
        let client = &self.client;
        let of_row = |sql, received_at: Timestamp, fingerprint: u128| {
            // Parameters are text, and the crate knows no number as long as this.
            let query = client.query_raw(sql).param("fingerprint", fingerprint.to_string());
            // Where replicas answer, also from the one that does not have the newest rows yet.
            let query = query.with_setting("select_sequential_consistency", "1");
            query.param("received_at", received_at)
        };
        let query = match part.table {
            SegmentTable::Reports => rows
                .reports(range)
                .next()
                .map(|row| of_row(queries::STORED_REPORT, row.received_at, row.fingerprint)),
            SegmentTable::Sightings => rows
                .sightings(range)
                .next()
                .map(|row| of_row(queries::STORED_SIGHTING, row.received_at, row.fingerprint)),
            // To insert policies again changes nothing.
            SegmentTable::Policies => return Ok(false),
            SegmentTable::Limited => rows.limited(range).next().map(|row| {
                let query = client.query_raw(queries::STORED_LIMITED).param("minute", row.minute);
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
fn name(table: SegmentTable) -> &'static str {
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

//! What leaves for other systems: alerts, sightings and decisions row by row, and whole tables in formats that ClickHouse
//! writes itself. Asked by `queries/export_*.sql`.

use std::time::Duration;

use bytes::Bytes;
use clickhouse::query::{BytesCursor, Query, RowCursor};
use clickhouse::{Client, Row, RowOwned, RowRead};
use serde::Deserialize;

use super::error::InsertError;
use super::queries;
use super::sightings::define_sighting;

/// How long each piece of an answer may take.
const PIECE: Duration = Duration::from_secs(120);

/// Asks.
#[derive(Clone)]
pub struct Reader {
    client: Client,
    site: String,
}

/// From this time on until before that one, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "said above")]
pub struct Range {
    pub from: i64,
    pub to: i64,
}

/// A batch that has sightings within a range: `export_batches.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct Batch {
    pub batch_id: String,
    pub sightings: u64,
    pub first: i64,
    pub last: i64,
}

define_sighting! {
    /// A sighting with its report: `export_sightings.sql`. Times are milliseconds since 1970.
    ExportedSighting {
        tag: String,
        tag_signed: bool,
        verified: bool,
        line: u32,
        column: u32,
    }
}

/// An alert as a collector told it: `export_alerts.sql`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct ExportedAlert {
    pub told_at: i64,
    pub collector: String,
    pub site: String,
    pub page_group: String,
    pub alert: String,
    pub destination: String,
    pub severity: String,
    pub reports: u64,
    pub clients: u64,
    pub pages: Vec<String>,
    pub reasons: Vec<String>,
}

/// What somebody decided: `export_decisions.sql`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct ExportedDecision {
    pub decided_at: i64,
    /// `destination` or `script`.
    pub about: String,
    pub site: String,
    pub page_group: String,
    pub destination: String,
    pub script_host: String,
    pub script_path: String,
    pub hash: String,
    pub decision: String,
    pub by: String,
    pub why: String,
    pub owner: String,
    pub until: Option<i64>,
}

/// What ClickHouse writes as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the tables")]
pub enum Table {
    Alerts,
    Sightings,
    Decisions,
    Reports,
}

/// How it writes that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the formats")]
pub enum Format {
    Csv,
    Parquet,
}

/// Rows as they come.
pub struct Rows<T>(RowCursor<T>);

impl<T: RowOwned + RowRead> Rows<T> {
    /// The next one.
    ///
    /// # Errors
    /// [`InsertError`].
    pub async fn next(&mut self) -> Result<Option<T>, InsertError> {
        in_time(async { Ok(self.0.next().await?) }).await
    }
}

/// Bytes as they come.
pub struct Pieces(BytesCursor);

impl Pieces {
    /// The next ones.
    ///
    /// # Errors
    /// [`InsertError`], also where the answer ends too early.
    pub async fn next(&mut self) -> Result<Option<Bytes>, InsertError> {
        in_time(async { Ok(self.0.next().await?) }).await
    }
}

impl Reader {
    /// Asks about a site; empty: about all.
    pub fn new(client: Client, site: &str) -> Self {
        Self { client, site: site.to_owned() }
    }

    /// The batches that have sightings within a range, the oldest first.
    ///
    /// # Errors
    /// [`InsertError`].
    pub fn batches(&self, range: Range) -> Result<Rows<Batch>, InsertError> {
        rows(self.ask(queries::EXPORT_BATCHES, range))
    }

    /// Which of these batches are whole.
    ///
    /// # Errors
    /// [`InsertError`].
    pub async fn whole(&self, batches: &[&str], range: Range) -> Result<Vec<String>, InsertError> {
        let query = self.client.query_raw(queries::EXPORT_WHOLE);
        let query = query.param("from", range.from).param("to", range.to);
        let query = query.param("batches", batches);
        in_time(async { Ok(query.fetch_all().await?) }).await
    }

    /// The sightings of these batches within a range, batch by batch.
    ///
    /// # Errors
    /// [`InsertError`].
    pub fn sightings(
        &self,
        batches: &[&str],
        range: Range,
    ) -> Result<Rows<ExportedSighting>, InsertError> {
        rows(self.ask(queries::EXPORT_SIGHTINGS, range).param("batches", batches))
    }

    /// The alerts of a range, in the order of time.
    ///
    /// # Errors
    /// [`InsertError`].
    pub fn alerts(&self, range: Range) -> Result<Rows<ExportedAlert>, InsertError> {
        rows(self.ask(queries::EXPORT_ALERTS, range))
    }

    /// The decisions of a range, in the order of time.
    ///
    /// # Errors
    /// [`InsertError`].
    pub fn decisions(&self, range: Range) -> Result<Rows<ExportedDecision>, InsertError> {
        rows(self.ask(queries::EXPORT_DECISIONS, range))
    }

    /// A part of a table as a file.
    ///
    /// # Errors
    /// [`InsertError`].
    pub fn file(&self, table: Table, format: Format, range: Range) -> Result<Pieces, InsertError> {
        let sql = match table {
            Table::Alerts => queries::EXPORT_ROWS_ALERTS,
            Table::Sightings => queries::EXPORT_ROWS_SIGHTINGS,
            Table::Decisions => queries::EXPORT_DECISIONS,
            Table::Reports => queries::EXPORT_ROWS_REPORTS,
        };
        let format = match format {
            Format::Csv => "CSVWithNames",
            Format::Parquet => "Parquet",
        };
        Ok(Pieces(self.ask(sql, range).fetch_bytes(format)?))
    }

    fn ask(&self, sql: &'static str, range: Range) -> Query {
        let query = self.client.query_raw(sql).param("site", &self.site);
        query.param("from", range.from).param("to", range.to)
    }
}

fn rows<T: RowOwned + RowRead>(query: Query) -> Result<Rows<T>, InsertError> {
    Ok(Rows(query.fetch()?))
}

async fn in_time<T>(
    answer: impl Future<Output = Result<T, InsertError>>,
) -> Result<T, InsertError> {
    let answer = tokio::time::timeout(PIECE, answer).await;
    answer.unwrap_or_else(|_| Err(InsertError::timed_out("answer")))
}

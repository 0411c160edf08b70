//! What is exported to other systems: alerts, sightings and decisions row by row, and whole tables in formats that
//! ClickHouse writes itself. Read by `queries/export_*.sql`.

use std::time::Duration;

use bytes::Bytes;
use clickhouse::query::{BytesCursor, Query, RowCursor};
use clickhouse::{Client, Row, RowOwned, RowRead};
use serde::Deserialize;

use super::error::InsertError;
use super::queries;
use super::sightings::define_sighting;
use crate::base::clock::Timestamp;
use crate::decisions::Undo;

/// How long each piece of an answer may take.
const PIECE: Duration = Duration::from_secs(120);

/// Reads the rows of one site, or of all sites.
#[derive(Clone)]
pub struct ExportReader {
    client: Client,
    site: String,
}

/// From one time until before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "described above")]
pub struct TimeRange {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// A batch that has sightings within a range: `export_batches.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct ExportedBatch {
    pub batch_id: String,
    pub sightings: u64,
    pub first: Timestamp,
    pub last: Timestamp,
}

/// From when on there is something of a kind, and until when: `export_span.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct ExportSpan {
    pub about: String,
    pub first: Timestamp,
    pub last: Timestamp,
}

define_sighting! {
    /// A sighting with its report: `export_sightings.sql`.
    ExportedSighting {
        tag: String,
        tag_signed: bool,
        verified: bool,
        line: u32,
        column: u32,
    }
}

/// An alert as a collector raised it: `export_alerts.sql`.
#[derive(Debug, Clone, Default, PartialEq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct ExportedAlert {
    pub told_at: Timestamp,
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
    pub score: Option<f64>,
    pub destinations: Vec<String>,
}

/// A decision of a person: `export_decisions.sql`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct ExportedDecision {
    pub decided_at: Timestamp,
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
    pub until: Option<Timestamp>,
    pub directive: String,
}

impl ExportedDecision {
    /// Whether it undoes another one.
    pub fn undo(&self) -> Undo {
        match self.about.as_str() {
            "destination" => Undo::of(self.decided_at, self.until, &self.why),
            _ => Undo::No,
        }
    }
}

/// The tables that ClickHouse writes as files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the tables")]
pub enum ExportTable {
    Alerts,
    Sightings,
    Decisions,
    Reports,
}

/// The formats of these files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the formats")]
pub enum TableFormat {
    Csv,
    Parquet,
}

/// The rows of an answer, one by one.
pub struct Rows<T>(RowCursor<T>);

impl<T: RowOwned + RowRead> Rows<T> {
    /// The next row; `None` after the last.
    ///
    /// # Errors
    /// [`InsertError`].
    pub async fn next(&mut self) -> Result<Option<T>, InsertError> {
        in_time(async { Ok(self.0.next().await?) }).await
    }
}

/// The bytes of a file, piece by piece.
pub struct Pieces(BytesCursor);

impl Pieces {
    /// The next piece; `None` after the last.
    ///
    /// # Errors
    /// [`InsertError`], also when the answer ends too early.
    pub async fn next(&mut self) -> Result<Option<Bytes>, InsertError> {
        in_time(async { Ok(self.0.next().await?) }).await
    }
}

impl ExportReader {
    /// Reads the rows of a site; empty for all sites.
    pub fn new(client: Client, site: &str) -> Self {
        Self { client, site: site.to_owned() }
    }

    /// From when until when there is something of each kind, of all sites.
    ///
    /// # Errors
    /// [`InsertError`].
    pub async fn spans(&self) -> Result<Vec<ExportSpan>, InsertError> {
        let query = self.client.query_raw(queries::EXPORT_SPAN);
        in_time(async { Ok(query.fetch_all().await?) }).await
    }

    /// The batches that have sightings within a range, the oldest first.
    ///
    /// # Errors
    /// [`InsertError`].
    pub fn batches(&self, range: TimeRange) -> Result<Rows<ExportedBatch>, InsertError> {
        rows(self.query(queries::EXPORT_BATCHES, range))
    }

    /// Which of these batches are stored as a whole, with their reports.
    ///
    /// # Errors
    /// [`InsertError`].
    pub async fn whole(
        &self,
        batches: &[&str],
        range: TimeRange,
    ) -> Result<Vec<String>, InsertError> {
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
        range: TimeRange,
    ) -> Result<Rows<ExportedSighting>, InsertError> {
        rows(self.query(queries::EXPORT_SIGHTINGS, range).param("batches", batches))
    }

    /// The alerts of a range, in the order of time.
    ///
    /// # Errors
    /// [`InsertError`].
    pub fn alerts(&self, range: TimeRange) -> Result<Rows<ExportedAlert>, InsertError> {
        rows(self.query(queries::EXPORT_ALERTS, range))
    }

    /// The decisions of a range, in the order of time.
    ///
    /// # Errors
    /// [`InsertError`].
    pub fn decisions(&self, range: TimeRange) -> Result<Rows<ExportedDecision>, InsertError> {
        rows(self.query(queries::EXPORT_DECISIONS, range))
    }

    /// A part of a table as a file.
    ///
    /// # Errors
    /// [`InsertError`].
    pub fn file(
        &self,
        table: ExportTable,
        format: TableFormat,
        range: TimeRange,
    ) -> Result<Pieces, InsertError> {
        let sql = match table {
            ExportTable::Alerts => queries::EXPORT_ROWS_ALERTS,
            ExportTable::Sightings => queries::EXPORT_ROWS_SIGHTINGS,
            ExportTable::Decisions => queries::EXPORT_DECISIONS,
            ExportTable::Reports => queries::EXPORT_ROWS_REPORTS,
        };
        let format = match format {
            TableFormat::Csv => "CSVWithNames",
            TableFormat::Parquet => "Parquet",
        };
        Ok(Pieces(self.query(sql, range).fetch_bytes(format)?))
    }

    fn query(&self, sql: &'static str, range: TimeRange) -> Query {
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

//! Stored reports as people look for them: by violation, with filters. Read by `queries/reports_*.sql`.

use clickhouse::{Client, Row};
use serde::Deserialize;

use super::error::InsertError;
use super::queries;
use crate::base::clock::Timestamp;

/// Which reports to read; what is empty does not filter.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct ReportQuery<'a> {
    pub site: &'a str,
    pub page_group: &'a str,
    pub verdict: &'a str,
    pub kind: &'a str,
    pub directive: &'a str,
    pub destination: &'a str,
    pub engine: &'a str,
    /// Anywhere in a host, a path, a sample, a detail or a tag.
    pub text: &'a str,
    /// Received since then.
    pub from: Timestamp,
    /// Received before then.
    pub to: Timestamp,
    /// The largest number of violations.
    pub limit: u64,
    /// How many to leave out.
    pub offset: u64,
}

/// A violation, and how many reports there are of it: `reports_grouped.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct ReportGroup {
    pub fingerprint: u128,
    pub site: String,
    pub page_group: String,
    pub verdict: String,
    pub reason: String,
    pub kind: String,
    pub directive: String,
    pub disposition: String,
    pub destination: String,
    pub blocked_host: String,
    pub blocked_path: String,
    pub document_host: String,
    pub document_path: String,
    pub source_host: String,
    pub source_path: String,
    pub engine: String,
    pub pan_in_url: bool,
    pub first: Timestamp,
    pub last: Timestamp,
    pub reports: u64,
    /// How many violations there are, also those beyond the limit.
    pub violations: u64,
}

/// The reports of a violation within a step of time: `reports_trend.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct TrendStep {
    /// The violation.
    pub fingerprint: u128,
    /// The beginning of the step, in seconds since 1970.
    pub time: u32,
    /// How many.
    pub reports: u64,
}

/// A row of `reports`: `reports_of_violation.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct StoredReport {
    pub received_at: Timestamp,
    pub first: Timestamp,
    pub last: Timestamp,
    pub count: u64,
    pub clients: u32,
    pub page_group: String,
    pub kind: String,
    pub disposition: String,
    pub directive: String,
    pub verdict: String,
    pub reason: String,
    pub destination: String,
    pub blocked_scheme: String,
    pub blocked_host: String,
    pub blocked_path: String,
    pub document_host: String,
    pub document_path: String,
    pub source_host: String,
    pub source_path: String,
    pub line: u32,
    pub column: u32,
    pub sample: String,
    pub detail: String,
    pub policy_hash: String,
    pub engine: String,
    pub engine_version: u16,
    pub pan_in_url: bool,
}

/// A tag of a violation's reports: `tags_of_violation.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct ViolationTag {
    pub tag: String,
    pub signed: bool,
    pub last: Timestamp,
    pub reports: u64,
}

/// The violations, those with most reports first.
///
/// # Errors
/// [`InsertError`].
pub async fn grouped(
    client: &Client,
    query: &ReportQuery<'_>,
) -> Result<Vec<ReportGroup>, InsertError> {
    let mut asked = client.query_raw(queries::REPORTS_GROUPED);
    for (name, value) in [
        ("site", query.site),
        ("page_group", query.page_group),
        ("verdict", query.verdict),
        ("kind", query.kind),
        ("directive", query.directive),
        ("to_destination", query.destination),
        ("engine", query.engine),
        ("text", query.text),
    ] {
        asked = asked.param(name, value);
    }
    let asked = asked.param("from", query.from).param("to", query.to);
    Ok(asked.param("limit", query.limit).param("offset", query.offset).fetch_all().await?)
}

/// How often violations were reported, in steps of so many seconds.
///
/// # Errors
/// [`InsertError`].
pub async fn trend(
    client: &Client,
    groups: &[ReportGroup],
    (from, to): (Timestamp, Timestamp),
    step: u32,
) -> Result<Vec<TrendStep>, InsertError> {
    let fingerprints: Vec<u128> = groups.iter().map(|group| group.fingerprint).collect();
    let query = client.query_raw(queries::REPORTS_TREND).param("fingerprints", fingerprints);
    Ok(query.param("from", from).param("to", to).param("step", step).fetch_all().await?)
}

/// The rows of one violation.
///
/// # Errors
/// [`InsertError`].
pub async fn of_violation(
    client: &Client,
    (site, fingerprint): (&str, u128),
    (from, to): (Timestamp, Timestamp),
    limit: u64,
) -> Result<Vec<StoredReport>, InsertError> {
    let query = client.query_raw(queries::REPORTS_OF_VIOLATION).param("site", site);
    let query = query.param("fingerprint", fingerprint).param("from", from).param("to", to);
    Ok(query.param("limit", limit).fetch_all().await?)
}

/// The tags of one violation.
///
/// # Errors
/// [`InsertError`].
pub async fn tags_of_violation(
    client: &Client,
    (site, fingerprint): (&str, u128),
    (from, to): (Timestamp, Timestamp),
    limit: u64,
) -> Result<Vec<ViolationTag>, InsertError> {
    let query = client.query_raw(queries::TAGS_OF_VIOLATION).param("site", site);
    let query = query.param("fingerprint", fingerprint).param("from", from).param("to", to);
    Ok(query.param("limit", limit).fetch_all().await?)
}

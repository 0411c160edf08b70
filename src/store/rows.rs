//! The rows of the tables that the sink fills; field by field the columns of `schema/migrations`.
//!
//! Borrowed, so that a segment is decoded once and encoded without copies. Points in time are
//! milliseconds since 1970 (`DateTime64(3, 'UTC')`) unless said otherwise.

use clickhouse::Row;
use serde::Serialize;

/// The table of [`ReportRow`].
pub const REPORTS: &str = "reports";
/// The table of [`SightingRow`].
pub const SIGHTINGS: &str = "sightings";
/// The table of [`LimitedRow`].
pub const LIMITED: &str = "limited";
/// The table of [`PolicyRow`].
pub const POLICIES: &str = "policies";

/// One distinct violation of one sealed segment.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize)]
#[expect(missing_docs, reason = "the columns are described where they are made, in the SQL")]
pub struct ReportRow<'a> {
    pub batch_id: &'a str,
    pub received_at: i64,
    pub first_seen: i64,
    pub last_seen: i64,
    pub count: u64,
    pub clients: u32,
    pub site: &'a str,
    pub page_group: &'a str,
    pub kind: &'a str,
    pub type_name: &'a str,
    pub disposition: &'a str,
    pub directive: &'a str,
    pub channel: &'a str,
    pub verdict: &'a str,
    pub reason: &'a str,
    pub destination: &'a str,
    pub blocked_scheme: &'a str,
    pub blocked_host: &'a str,
    pub blocked_port: u16,
    pub blocked_path: &'a str,
    pub document_host: &'a str,
    pub document_path: &'a str,
    pub source_scheme: &'a str,
    pub source_host: &'a str,
    pub source_path: &'a str,
    pub line: u32,
    pub column: u32,
    pub status_code: u16,
    pub sample: &'a str,
    pub detail: &'a str,
    pub policy_hash: &'a str,
    pub engine: &'a str,
    pub engine_version: u16,
    pub pan_in_url: bool,
    pub verified: bool,
    pub fingerprint: u128,
}

/// One report about a destination that nobody vouches for, or about a script that changed.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize)]
#[expect(missing_docs, reason = "the columns are described where they are made, in the SQL")]
pub struct SightingRow<'a> {
    pub batch_id: &'a str,
    pub received_at: i64,
    pub seen_at: i64,
    pub site: &'a str,
    pub page_group: &'a str,
    pub destination: &'a str,
    pub directive: &'a str,
    pub disposition: &'a str,
    pub channel: &'a str,
    pub verdict: &'a str,
    pub kind: &'a str,
    pub document_path: &'a str,
    pub client: u64,
    pub tag: &'a str,
    pub tag_signed: bool,
    pub verified: bool,
    pub fingerprint: u128,
}

/// How many reports of one minute, site and kind were limited.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize)]
#[expect(missing_docs, reason = "the columns are described where they are made, in the SQL")]
pub struct LimitedRow<'a> {
    pub batch_id: &'a str,
    pub received_at: i64,
    /// Seconds since 1970, a multiple of 60.
    pub minute: u32,
    pub site: &'a str,
    pub kind: &'a str,
    pub count: u64,
}

/// A policy that pages carried in one sealed segment.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize)]
#[expect(missing_docs, reason = "the columns are described where they are made, in the SQL")]
pub struct PolicyRow<'a> {
    pub site: &'a str,
    pub page_group: &'a str,
    pub policy_hash: &'a str,
    pub disposition: &'a str,
    pub policy: &'a str,
    pub first_seen: i64,
    pub last_seen: i64,
}

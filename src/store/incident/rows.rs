//! The rows of the queries, one type for each file of SQL.

use clickhouse::Row;
use serde::Deserialize;

use crate::base::clock::Timestamp;
use crate::decisions::{Extent, LoggedDecision, Undo, is_undone};

/// `incident_summary.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct IncidentSummary {
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    pub reports: u64,
    pub clients: u64,
    pub networks: u64,
    pub tags: u64,
    /// Reports that carried no tag.
    pub without_tag: u64,
    /// Days since 1970-01-01.
    pub active_days: Vec<u16>,
    pub sites: Vec<String>,
    pub page_groups: Vec<String>,
}

/// `incident_why.sql`.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct IncidentAlert {
    pub raised: Timestamp,
    pub severity: String,
    pub site: String,
    pub page_group: String,
    pub alert: String,
    pub score: Option<f64>,
    pub visitors: u64,
    /// The reasons, as one text.
    pub why: String,
}

/// `incident_periods.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct ActivePeriod {
    pub period_from: Timestamp,
    pub period_to: Timestamp,
    pub reports: u64,
    pub clients: u64,
}

/// `incident_page_group_periods.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct PageGroupPeriod {
    pub site: String,
    pub page_group: String,
    pub period_from: Timestamp,
    pub period_to: Timestamp,
}

/// `incident_pages.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct IncidentPage {
    pub site: String,
    pub page_group: String,
    pub path: String,
    pub reports: u64,
    pub clients: u64,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
}

/// `incident_directives.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct IncidentDirective {
    pub directive: String,
    pub channel: String,
    pub disposition: String,
    pub kind: String,
    pub verdict: String,
    pub reports: u64,
    pub clients: u64,
}

/// `incident_scripts.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct IncidentScript {
    pub blocked_host: String,
    pub blocked_path: String,
    pub source_host: String,
    pub source_path: String,
    pub reports: u64,
    pub first: Timestamp,
    pub last: Timestamp,
}

/// `incident_engines.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct IncidentEngine {
    pub engine: String,
    pub newest_version: u16,
    pub reports: u64,
}

/// `incident_tags.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct IncidentTag {
    pub tag: String,
    pub signed: bool,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    pub reports: u64,
    pub pages: u64,
}

/// `incident_decisions.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct IncidentDecision {
    pub decided_at: Timestamp,
    pub site: String,
    pub decision: String,
    pub directive: String,
    pub page_group: String,
    pub by: String,
    pub why: String,
    pub until: Option<Timestamp>,
}

impl IncidentDecision {
    /// How far it goes.
    pub fn extent(&self) -> Extent {
        Extent::of(&self.directive, &self.page_group)
    }

    /// Whether this is the mark that the decision was undone.
    pub fn is_undone(&self) -> bool {
        is_undone(self.decided_at, self.until)
    }

    /// Whether it undoes another one.
    pub fn undo(&self) -> Undo {
        Undo::of(self.decided_at, self.until, &self.why)
    }

    /// What was decided, and how far it goes; of one that undoes another, that.
    pub fn in_words(&self) -> String {
        self.undo().in_words(&format!("{}{}", self.decision, self.extent().in_words()))
    }

    /// As the log has it; all are about one destination.
    pub fn logged(&self) -> LoggedDecision<'_> {
        let Self { decided_at, site, by, why, until, .. } = self;
        LoggedDecision { about: (site, ""), decided_at: *decided_at, by, why, until: *until }
    }

    /// Whether it is the last word at `now`, if no newer one is there.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        !self.is_undone() && self.until.is_none_or(|until| now < until)
    }
}

/// `incident_coverage.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct ReportedHour {
    pub page_group: String,
    /// The beginning of the hour, in seconds since 1970.
    pub hour: u32,
    pub reports: u64,
    /// Not a column: each query is about one site.
    #[serde(skip)]
    pub site: String,
}

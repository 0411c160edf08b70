//! What is stored about a period: alerts, decisions, policies, and whether collectors worked. Read by
//! `queries/evidence_*.sql`.

use std::collections::HashMap;

use clickhouse::{Client, Row};
use serde::Deserialize;

use super::drills::{Drill, drills};
use super::error::InsertError;
use super::headers::{HeaderRow, received};
use super::queries;
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::decisions::{LoggedDecision, Undo, extent_words};

/// Which period of which pages to read.
#[derive(Debug, Clone, Copy)]
pub struct EvidenceQuery<'a> {
    /// Name of the site.
    pub site: &'a str,
    /// Only pages of this group; empty for all pages.
    pub page_group: &'a str,
    /// The beginning.
    pub from: Timestamp,
    /// The end, which is not part of the period.
    pub to: Timestamp,
}

/// What is stored. Times are milliseconds since 1970, days are days since then.
#[derive(Debug, Clone, PartialEq)]
pub struct PeriodRecords {
    /// Alerts that started or rose, in the order of time.
    pub alerts: Vec<EvidenceAlert>,
    /// Decisions about destinations, in the order of time.
    pub decisions: Vec<EvidenceDecision>,
    /// Policies that pages carried, by page group.
    pub policies: Vec<EvidencePolicy>,
    /// What the pages reported, day by day.
    pub days: Vec<ReportDay>,
    /// Which collectors worked, day by day.
    pub collectors: Vec<CollectorDay>,
    /// The drills, the latest first.
    pub drills: Vec<Drill>,
    /// What looks at the pages showed of their security headers, in the order of time.
    pub headers: Vec<HeaderRow>,
}

impl PeriodRecords {
    /// How many alerts have the severity `page`.
    pub fn count_urgent_alerts(&self) -> usize {
        self.alerts.iter().filter(|alert| alert.severity == "page").count()
    }

    /// How many drills passed.
    pub fn count_passed_drills(&self) -> usize {
        self.drills.iter().filter(|drill| drill.passed).count()
    }
}

/// `evidence_alerts.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct EvidenceAlert {
    pub told_at: Timestamp,
    pub page_group: String,
    pub alert: String,
    pub destination: String,
    pub severity: String,
    pub reasons: Vec<String>,
    pub collectors: u64,
}

/// `evidence_decisions.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct EvidenceDecision {
    pub decided_at: Timestamp,
    pub destination: String,
    pub decision: String,
    pub directive: String,
    pub page_group: String,
    pub by: String,
    pub why: String,
    pub until: Option<Timestamp>,
}

impl EvidenceDecision {
    /// What was decided, and how far it goes; of one that undoes another, that.
    pub fn in_words(&self) -> String {
        let extent = extent_words(&self.directive, &self.page_group);
        self.undo().in_words(&format!("{}{extent}", self.decision))
    }

    /// Whether it undoes another one.
    pub fn undo(&self) -> Undo {
        Undo::of(self.decided_at, self.until, &self.why)
    }

    /// As the log has it; all are about one site.
    pub fn logged(&self) -> LoggedDecision<'_> {
        let Self { decided_at, destination, by, why, until, .. } = self;
        LoggedDecision { about: ("", destination), decided_at: *decided_at, by, why, until: *until }
    }
}

/// `evidence_policies.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct EvidencePolicy {
    pub page_group: String,
    pub policy_hash: String,
    pub disposition: String,
    pub first: Timestamp,
    pub last: Timestamp,
    pub policy: String,
}

/// `evidence_days.sql`, with `evidence_pages.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct ReportDay {
    pub day: u16,
    pub page_group: String,
    pub reports: u64,
    /// Hours with at least one report.
    pub hours: u64,
    /// How many different pages reported; an estimate beyond 65,536.
    #[serde(skip)]
    pub pages: u64,
}

/// `evidence_collectors.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct CollectorDay {
    pub day: u16,
    pub collector: String,
    pub version: String,
    pub rules: String,
    pub hours: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
struct PageCount {
    day: u16,
    page_group: String,
    pages: u64,
}

/// The policies that pages carried within a period, by page group and time.
///
/// # Errors
/// [`InsertError`].
pub async fn policies(
    client: &Client,
    query: EvidenceQuery<'_>,
) -> Result<Vec<EvidencePolicy>, InsertError> {
    let EvidenceQuery { site, page_group, from, to } = query;
    let query = client.query_raw(queries::EVIDENCE_POLICIES).param("from", from).param("to", to);
    Ok(query.param("site", site).param("page_group", page_group).fetch_all().await?)
}

/// Which collectors worked within a period, day by day.
///
/// # Errors
/// [`InsertError`].
pub async fn collectors(
    client: &Client,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<CollectorDay>, InsertError> {
    let query = client.query_raw(queries::EVIDENCE_COLLECTORS);
    Ok(query.param("from", from).param("to", to).fetch_all().await?)
}

/// Reads all of it.
///
/// # Errors
/// [`InsertError`].
pub async fn read(client: &Client, query: EvidenceQuery<'_>) -> Result<PeriodRecords, InsertError> {
    let EvidenceQuery { site, page_group, from, to } = query;
    let ask = |sql: &'static str| {
        let query = client.query_raw(sql).param("from", from).param("to", to);
        query.param("site", site).param("page_group", page_group)
    };
    let pages: Vec<PageCount> = ask(queries::EVIDENCE_PAGES).fetch_all().await?;
    let pages: HashMap<(u16, String), u64> =
        pages.into_iter().map(|row| ((row.day, row.page_group), row.pages)).collect();
    let mut days: Vec<ReportDay> = ask(queries::EVIDENCE_DAYS).fetch_all().await?;
    for day in &mut days {
        day.pages = pages.get(&(day.day, day.page_group.clone())).copied().unwrap_or_default();
    }
    Ok(PeriodRecords {
        alerts: ask(queries::EVIDENCE_ALERTS).fetch_all().await?,
        decisions: ask(queries::EVIDENCE_DECISIONS).fetch_all().await?,
        policies: ask(queries::EVIDENCE_POLICIES).fetch_all().await?,
        days,
        collectors: collectors(client, (from, to)).await?,
        drills: drills(client, (site, page_group), (from, to), limits::DRILLS_IN_EVIDENCE).await?,
        headers: received(client, (site, page_group), (from, to), limits::HEADER_ROWS_IN_EVIDENCE)
            .await?,
    })
}

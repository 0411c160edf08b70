//! What an assessor asks of a period: alerts, decisions, policies, and whether anybody listened. Asked by
//! `queries/evidence_*.sql`.

use std::collections::HashMap;

use clickhouse::{Client, Row};
use serde::Deserialize;

use super::error::InsertError;
use super::queries;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Of this site.
    pub site: &'a str,
    /// Of these pages; empty: of all.
    pub page_group: &'a str,
    /// From this time on, in milliseconds since 1970.
    pub from: i64,
    /// Until before this one.
    pub to: i64,
}

/// The answer. Times are milliseconds since 1970, days are days since then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Alerts, in the order of time.
    pub alerts: Vec<ToldAlert>,
    /// What people decided about destinations, in the order of time.
    pub decisions: Vec<Decided>,
    /// Policies that pages carried, by page group.
    pub policies: Vec<SeenPolicy>,
    /// What the pages reported, day by day.
    pub days: Vec<Day>,
    /// Who listened, day by day.
    pub collectors: Vec<AtWork>,
}

/// `evidence_alerts.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct ToldAlert {
    pub told_at: i64,
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
pub struct Decided {
    pub decided_at: i64,
    pub destination: String,
    pub decision: String,
    pub by: String,
    pub why: String,
    pub until: Option<i64>,
}

/// `evidence_policies.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct SeenPolicy {
    pub page_group: String,
    pub policy_hash: String,
    pub disposition: String,
    pub first: i64,
    pub last: i64,
    pub policy: String,
}

/// `evidence_days.sql`, with `evidence_pages.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct Day {
    pub day: u16,
    pub page_group: String,
    pub reports: u64,
    /// In which at least one came.
    pub hours: u64,
    /// How many different ones reported; an estimate beyond 65,536.
    #[serde(skip)]
    pub pages: u64,
}

/// `evidence_collectors.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct AtWork {
    pub day: u16,
    pub collector: String,
    pub version: String,
    pub rules: String,
    pub hours: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
struct Pages {
    day: u16,
    page_group: String,
    pages: u64,
}

/// Asks all of it.
///
/// # Errors
/// [`InsertError`].
pub async fn read(client: &Client, question: Question<'_>) -> Result<Evidence, InsertError> {
    let Question { site, page_group, from, to } = question;
    let ask = |sql: &'static str| {
        let query = client.query_raw(sql).param("from", from).param("to", to);
        query.param("site", site).param("page_group", page_group)
    };
    let pages: Vec<Pages> = ask(queries::EVIDENCE_PAGES).fetch_all().await?;
    let pages: HashMap<(u16, String), u64> =
        pages.into_iter().map(|it| ((it.day, it.page_group), it.pages)).collect();
    let mut days: Vec<Day> = ask(queries::EVIDENCE_DAYS).fetch_all().await?;
    for day in &mut days {
        day.pages = pages.get(&(day.day, day.page_group.clone())).copied().unwrap_or_default();
    }
    Ok(Evidence {
        alerts: ask(queries::EVIDENCE_ALERTS).fetch_all().await?,
        decisions: ask(queries::EVIDENCE_DECISIONS).fetch_all().await?,
        policies: ask(queries::EVIDENCE_POLICIES).fetch_all().await?,
        days,
        collectors: ask(queries::EVIDENCE_COLLECTORS).fetch_all().await?,
    })
}

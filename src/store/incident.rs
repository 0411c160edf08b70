//! All that is stored of one destination: when, where, how, whom. Asked by `queries/incident_*.sql`.

mod changes;
mod related;

pub use changes::{NewScript, SeenPolicy};
pub use related::Related;

use clickhouse::{Client, Row};
use serde::Deserialize;

use super::error::InsertError;
use super::queries;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// A registrable domain, or an IP address.
    pub destination: &'a str,
    /// Of this site; empty: of all.
    pub site: &'a str,
    /// So many seconds without a report end a period.
    pub gap: u32,
    /// At most so many pages, scripts and tags.
    pub limit: u64,
}

/// The answer. Times are milliseconds since 1970; `clients`, `networks` and `tags` are estimates of distinct ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// All of it in a row.
    pub summary: Summary,
    /// When it was active, in the order of time.
    pub periods: Vec<Period>,
    /// Where, those with most reports first.
    pub pages: Vec<Page>,
    /// How, likewise.
    pub directives: Vec<Directive>,
    /// Which address, and which script called it.
    pub scripts: Vec<Script>,
    /// Which browsers told.
    pub engines: Vec<Engine>,
    /// Whom, in the order of time.
    pub tags: Vec<Tag>,
    /// What people decided, the newest first.
    pub decisions: Vec<Decided>,
    /// The hours between the first and the last report in which pages of a site reported anything at all.
    pub heard: Vec<Heard>,
    /// How many of the reports are another's repetition, as several collectors can have it.
    pub redelivered: u64,
    /// Other destinations that were seen in its time, those with most in common first.
    pub related: Vec<Related>,
    /// Policies of these sites that appeared then or were seen last.
    pub policies: Vec<SeenPolicy>,
    /// Scripts that these page groups ran first then.
    pub new_scripts: Vec<NewScript>,
}

/// `incident_summary.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct Summary {
    pub first_seen: i64,
    pub last_seen: i64,
    pub reports: u64,
    pub clients: u64,
    pub networks: u64,
    pub tags: u64,
    /// Since 1970-01-01.
    pub active_days: Vec<u16>,
    pub sites: Vec<String>,
    pub page_groups: Vec<String>,
}

/// `incident_periods.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct Period {
    pub period_from: i64,
    pub period_to: i64,
    pub reports: u64,
    pub clients: u64,
}

/// `incident_page_group_periods.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct PageGroupPeriod {
    pub site: String,
    pub page_group: String,
    pub period_from: i64,
    pub period_to: i64,
}

/// `incident_pages.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct Page {
    pub site: String,
    pub page_group: String,
    pub path: String,
    pub reports: u64,
    pub clients: u64,
    pub first_seen: i64,
    pub last_seen: i64,
}

/// `incident_directives.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct Directive {
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
pub struct Script {
    pub blocked_host: String,
    pub blocked_path: String,
    pub source_host: String,
    pub source_path: String,
    pub reports: u64,
    pub first: i64,
    pub last: i64,
}

/// `incident_engines.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct Engine {
    pub engine: String,
    pub newest_version: u16,
    pub reports: u64,
}

/// `incident_tags.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct Tag {
    pub tag: String,
    pub signed: bool,
    pub first_seen: i64,
    pub last_seen: i64,
    pub reports: u64,
    pub pages: u64,
}

/// `incident_decisions.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct Decided {
    pub decided_at: i64,
    pub site: String,
    pub decision: String,
    pub by: String,
    pub why: String,
    pub until: Option<i64>,
}

/// `incident_coverage.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct Heard {
    pub page_group: String,
    /// Its beginning, in seconds since 1970.
    pub hour: u32,
    pub reports: u64,
    /// Not of the query, which is about one site.
    #[serde(skip)]
    pub site: String,
}

/// Asks all of it; `None`: no report names the destination.
///
/// # Errors
/// [`InsertError`].
pub async fn read(
    client: &Client,
    question: Question<'_>,
) -> Result<Option<Incident>, InsertError> {
    let Question { destination, site, gap, limit } = question;
    let ask = |sql: &'static str| {
        client.query_raw(sql).param("destination", destination).param("site", site)
    };
    let summary: Summary = ask(queries::INCIDENT_SUMMARY).fetch_one().await?;
    if summary.reports == 0 {
        return Ok(None);
    }
    let rows = |sql: &'static str| ask(sql).param("limit", limit);
    // Together: small ones wait for nothing but the way.
    let (periods, pages, directives, scripts, engines, tags, decisions, redelivered) = tokio::try_join!(
        ask(queries::INCIDENT_PERIODS).param("gap", gap).fetch_all(),
        rows(queries::INCIDENT_PAGES).fetch_all(),
        ask(queries::INCIDENT_DIRECTIVES).fetch_all(),
        rows(queries::INCIDENT_SCRIPTS).fetch_all(),
        ask(queries::INCIDENT_ENGINES).fetch_all(),
        rows(queries::INCIDENT_TAGS).fetch_all(),
        ask(queries::INCIDENT_DECISIONS).fetch_all(),
        ask(queries::INCIDENT_REDELIVERED).fetch_one(),
    )?;
    let (heard, related, policies, new_scripts) = tokio::try_join!(
        heard(client, &summary),
        related::read(client, destination, &summary),
        changes::policies(client, &summary),
        changes::new_scripts(client, &summary),
    )?;
    Ok(Some(Incident {
        summary,
        periods,
        pages,
        directives,
        scripts,
        engines,
        tags,
        decisions,
        heard,
        redelivered,
        related,
        policies,
        new_scripts,
    }))
}

/// When it was active, page group by page group.
///
/// # Errors
/// [`InsertError`].
pub async fn page_group_periods(
    client: &Client,
    question: Question<'_>,
) -> Result<Vec<PageGroupPeriod>, InsertError> {
    let query = client.query_raw(queries::INCIDENT_PAGE_GROUP_PERIODS);
    let query = query.param("destination", question.destination).param("site", question.site);
    Ok(query.param("gap", question.gap).param("limit", question.limit).fetch_all().await?)
}

/// What the sites' page groups reported between the first and the last report.
async fn heard(client: &Client, summary: &Summary) -> Result<Vec<Heard>, InsertError> {
    let mut heard = Vec::new();
    for site in &summary.sites {
        let query = client.query_raw(queries::INCIDENT_COVERAGE).param("site", site);
        let query = query.param("from", summary.first_seen).param("to", summary.last_seen + 1);
        let hours: Vec<Heard> = query.fetch_all().await?;
        heard.extend(hours.into_iter().map(|hour| Heard { site: site.clone(), ..hour }));
    }
    Ok(heard)
}

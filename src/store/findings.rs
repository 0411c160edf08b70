//! What needs a person: the destinations that alerts are about and nobody has settled, and what the console shows beside
//! them. Read by `queries/findings_*.sql`, `alerts_list.sql`, `alerts_of_destination.sql` and `console_state.sql`.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use clickhouse::{Client, Row};
use serde::Deserialize;

use super::error::InsertError;
use super::queries;
use crate::base::clock::Timestamp;

/// A destination that alerts are about: `findings_open.sql`.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct OpenFinding {
    pub site: String,
    pub destination: String,
    pub page_groups: Vec<String>,
    pub alerts: Vec<String>,
    pub is_page: bool,
    pub first_alert: Timestamp,
    pub last_alert: Timestamp,
    pub score: Option<f64>,
    pub reasons: Vec<String>,
    /// All of the finding, where it has several.
    pub destinations: Vec<String>,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    pub reports: u64,
    pub clients: u64,
    pub channels: Vec<String>,
    pub dispositions: Vec<String>,
    /// Empty where nobody has decided.
    pub decision: String,
    pub directive: String,
    pub page_group: String,
    pub by: String,
    pub why: String,
    pub decided_at: Timestamp,
    pub until: Option<Timestamp>,
    /// How many there are, also those beyond the limit.
    pub all: u64,
}

/// The reports of a destination within an hour: `findings_hours.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct FindingHour {
    pub site: String,
    pub destination: String,
    /// Seconds since 1970.
    pub hour: u32,
    pub reports: u64,
}

/// An alert: `alerts_list.sql`, `alerts_of_destination.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct StoredAlert {
    pub at: Timestamp,
    pub site: String,
    pub page_group: String,
    pub alert: String,
    pub destination: String,
    pub severity: String,
    pub reasons: Vec<String>,
    pub destinations: Vec<String>,
    pub reports: u64,
    pub clients: u64,
    /// When it was raised last within that hour, by whichever collector.
    pub last_at: Timestamp,
}

#[derive(Row, Deserialize, Hash)]
struct State {
    last_alert: i64,
    alerts: u64,
    decisions: u64,
    script_decisions: u64,
    notes: u64,
    releases: u64,
}

/// Which alerts to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertsAbout {
    /// All.
    Anything,
    /// Those that no finding shows.
    NoSingleDestination,
}

/// Which findings or alerts to read.
#[derive(Debug, Clone, Copy)]
pub struct FindingQuery<'a> {
    /// Of this site; empty: of all.
    pub site: &'a str,
    /// Alerts since then.
    pub since: Timestamp,
    /// Decisions are in force, or not, at this time.
    pub now: Timestamp,
    /// The largest number.
    pub limit: u64,
    /// How many to leave out.
    pub offset: u64,
}

/// The findings that nobody has settled, the urgent ones first.
///
/// # Errors
/// [`InsertError`].
pub async fn open(
    client: &Client,
    query: FindingQuery<'_>,
) -> Result<Vec<OpenFinding>, InsertError> {
    listed(client, query, "").await
}

/// Those of them that nobody has decided about at all, the oldest first.
///
/// # Errors
/// [`InsertError`].
pub async fn undecided(
    client: &Client,
    query: FindingQuery<'_>,
) -> Result<Vec<OpenFinding>, InsertError> {
    listed(client, query, "undecided").await
}

async fn listed(
    client: &Client,
    query: FindingQuery<'_>,
    list: &str,
) -> Result<Vec<OpenFinding>, InsertError> {
    let FindingQuery { site, since, now, limit, offset } = query;
    let query = client.query_raw(queries::FINDINGS_OPEN).param("site", site).param("to", now);
    let query = query.param("since", since).param("limit", limit).param("offset", offset);
    Ok(query.param("list", list).fetch_all().await?)
}

/// The page groups where limited approvals in force at `now` cover all reports of a destination since `since`: no alert of these
/// is open.
///
/// # Errors
/// [`InsertError`].
pub async fn covered_page_groups(
    client: &Client,
    (site, destination): (&str, &str),
    (since, now): (Timestamp, Timestamp),
) -> Result<Vec<String>, InsertError> {
    let query = client.query_raw(queries::COVERED_PAGE_GROUPS).param("site", site);
    let query = query.param("destination", destination).param("since", since);
    Ok(query.param("to", now).fetch_all().await?)
}

/// The reports of some destinations by the hour.
///
/// # Errors
/// [`InsertError`].
pub async fn hours(
    client: &Client,
    findings: &[OpenFinding],
    since: Timestamp,
) -> Result<Vec<FindingHour>, InsertError> {
    let sites: Vec<&str> = findings.iter().map(|finding| &*finding.site).collect();
    let destinations: Vec<&str> = findings.iter().map(|finding| &*finding.destination).collect();
    let query = client.query_raw(queries::FINDINGS_HOURS).param("sites", sites);
    Ok(query.param("destinations", destinations).param("since", since).fetch_all().await?)
}

/// The alerts of a time.
///
/// # Errors
/// [`InsertError`].
pub async fn alerts(
    client: &Client,
    about: AlertsAbout,
    query: FindingQuery<'_>,
) -> Result<Vec<StoredAlert>, InsertError> {
    let FindingQuery { site, since, limit, offset, .. } = query;
    let about = match about {
        AlertsAbout::Anything => "",
        AlertsAbout::NoSingleDestination => "site",
    };
    let query = client.query_raw(queries::ALERTS_LIST).param("site", site).param("about", about);
    let query = query.param("since", since).param("limit", limit).param("offset", offset);
    Ok(query.fetch_all().await?)
}

/// The alerts about a destination.
///
/// # Errors
/// [`InsertError`].
pub async fn alerts_of(
    client: &Client,
    (site, destination): (&str, &str),
    limit: u64,
) -> Result<Vec<StoredAlert>, InsertError> {
    let query = client.query_raw(queries::ALERTS_OF_DESTINATION).param("site", site);
    Ok(query.param("destination", destination).param("limit", limit).fetch_all().await?)
}

/// A number that is another one after an alert or a decision.
///
/// # Errors
/// [`InsertError`].
pub async fn state(client: &Client) -> Result<u64, InsertError> {
    let state: State = client.query_raw(queries::CONSOLE_STATE).fetch_one().await?;
    let mut hasher = DefaultHasher::new();
    state.hash(&mut hasher);
    Ok(hasher.finish())
}

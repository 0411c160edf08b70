//! The alerts that collectors raised: the table `alerts`.

use clickhouse::{Client, Row};
use serde::{Deserialize, Serialize};

use super::error::InsertError;
use super::insert::at_once;
use super::queries;
use crate::base::clock::Timestamp;
use crate::detect::RaisedAlert;

/// The name of the table.
const ALERTS: &str = "alerts";

#[derive(Debug, Clone, PartialEq, Row, Serialize)]
struct AlertRow<'a> {
    told_at: Timestamp,
    collector: &'a str,
    site: &'a str,
    page_group: &'a str,
    alert: &'static str,
    destination: &'a str,
    severity: &'static str,
    reports: u64,
    clients: u64,
    pages: &'a [Box<str>],
    reasons: &'a [String],
    score: Option<f64>,
    destinations: &'a [String],
}

/// A destination that alerts were about: `alerts_latest.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct AlertedDestination {
    /// The site.
    pub site: String,
    /// The page group.
    pub page_group: String,
    /// The registrable domain, or the IP address.
    pub destination: String,
    /// Whether one of the alerts was a page.
    pub is_page: bool,
    /// When the latest of them was raised.
    pub told_at: Timestamp,
}

/// The destinations that alerts were about since a time.
///
/// # Errors
/// [`InsertError`].
pub async fn latest(
    client: &Client,
    since: Timestamp,
) -> Result<Vec<AlertedDestination>, InsertError> {
    let query = client.query(queries::ALERTS_LATEST).param("since", since);
    Ok(query.fetch_all().await?)
}

/// Writes alerts. Writing one again changes nothing.
///
/// # Errors
/// [`InsertError`].
pub async fn store(
    client: &Client,
    collector: u64,
    alerts: &[RaisedAlert],
) -> Result<(), InsertError> {
    let collector = format!("{collector:016x}");
    let mut insert = at_once::<AlertRow<'_>>(client, ALERTS).await?;
    for RaisedAlert { at, site, alert } in alerts {
        let row = AlertRow {
            told_at: *at,
            collector: &collector,
            site,
            page_group: &alert.page_group,
            alert: alert.kind.as_str(),
            destination: &alert.destination,
            severity: alert.severity.as_str(),
            reports: alert.reports,
            clients: alert.clients as u64,
            pages: &alert.pages,
            reasons: &alert.reasons,
            score: alert.score,
            destinations: &alert.destinations,
        };
        insert.write(&row).await?;
    }
    Ok(insert.end().await?)
}

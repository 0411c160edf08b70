//! What changed on the sites of an incident, from a day before the first report to the last.

use clickhouse::query::Query;
use clickhouse::{Client, Row};
use serde::Deserialize;

use super::IncidentSummary;
use crate::base::clock::{DAY, MILLISECOND, Timestamp};
use crate::config::SiteConfig;
use crate::store::error::InsertError;
use crate::store::inferred_releases::{InferredRelease, inferred_releases};
use crate::store::queries;
use crate::store::releases::Release;

/// The largest number of policies, each with those before it: at 8 KiB a policy, a few MiB.
const POLICIES_MAX: u64 = 200;
/// The largest number of scripts: even a site that deploys hourly has fewer.
const SCRIPTS_MAX: u64 = 1_000;
/// The largest number of releases: of a month with one each hour.
const RELEASES_MAX: u64 = 1_000;

/// `incident_policies.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct IncidentPolicy {
    pub site: String,
    pub page_group: String,
    pub disposition: String,
    pub policy: String,
    pub before: Vec<String>,
    pub first: Timestamp,
    pub last: Timestamp,
    pub has_appeared: bool,
    pub is_gone: bool,
}

/// `incident_new_scripts.sql`. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct NewScript {
    pub site: String,
    pub page_group: String,
    pub script_host: String,
    pub script_path: String,
    pub hash: String,
    pub first: Timestamp,
    pub earlier: u64,
}

pub(super) async fn policies(
    client: &Client,
    summary: &IncidentSummary,
) -> Result<Vec<IncidentPolicy>, InsertError> {
    let query = during(client, queries::INCIDENT_POLICIES, summary);
    Ok(query.param("limit", POLICIES_MAX).fetch_all().await?)
}

pub(super) async fn new_scripts(
    client: &Client,
    summary: &IncidentSummary,
) -> Result<Vec<NewScript>, InsertError> {
    let query = during(client, queries::INCIDENT_NEW_SCRIPTS, summary);
    let query = query.param("page_groups", &summary.page_groups);
    Ok(query.param("limit", SCRIPTS_MAX).fetch_all().await?)
}

pub(super) async fn releases(
    client: &Client,
    summary: &IncidentSummary,
) -> Result<Vec<Release>, InsertError> {
    let query = during(client, queries::INCIDENT_RELEASES, summary);
    Ok(query.param("limit", RELEASES_MAX).fetch_all().await?)
}

/// The inferred releases, site by site, because each has hosts of its own.
pub(super) async fn inferred(
    client: &Client,
    summary: &IncidentSummary,
    sites: &[SiteConfig],
) -> Result<Vec<InferredRelease>, InsertError> {
    let time = (summary.first_seen - DAY, summary.last_seen + MILLISECOND);
    let mut inferred = Vec::new();
    for site in &summary.sites {
        inferred.extend(inferred_releases(client, (site, sites), time, RELEASES_MAX).await?);
    }
    Ok(inferred)
}

/// A query about the sites of an incident, from a day before its first report to its last.
fn during(client: &Client, sql: &str, summary: &IncidentSummary) -> Query {
    let query = client.query_raw(sql).param("sites", &summary.sites);
    query.param("from", summary.first_seen - DAY).param("to", summary.last_seen)
}

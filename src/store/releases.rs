//! Releases of sites, as people and pipelines mark them: the table `releases`.

use clickhouse::{Client, Row};
use serde::{Deserialize, Serialize};

use super::error::InsertError;
use super::insert::one_by_people;
use super::queries;
use crate::base::clock::Timestamp;

/// The table.
const RELEASES: &str = "releases";

/// A release: `releases_of_site.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct Release {
    pub site: String,
    pub version: String,
    pub environment: String,
    pub at: Timestamp,
    pub by: String,
}

/// A release to write.
#[derive(Debug, Clone, Copy, Row, Serialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct ReleaseRow<'a> {
    pub site: &'a str,
    pub version: &'a str,
    pub environment: &'a str,
    pub at: Timestamp,
    pub by: &'a str,
}

/// The releases of a site, the latest first.
///
/// # Errors
/// [`InsertError`].
pub async fn releases(
    client: &Client,
    site: &str,
    (from, to): (Timestamp, Timestamp),
    limit: u64,
) -> Result<Vec<Release>, InsertError> {
    let query = client.query_raw(queries::RELEASES_OF_SITE).param("site", site);
    Ok(query.param("from", from).param("to", to).param("limit", limit).fetch_all().await?)
}

/// The releases of all sites since a time, the latest first.
///
/// # Errors
/// [`InsertError`].
pub async fn newest(client: &Client, from: Timestamp) -> Result<Vec<Release>, InsertError> {
    Ok(client.query_raw(queries::RELEASES_NEWEST).param("from", from).fetch_all().await?)
}

/// Marks a release.
///
/// # Errors
/// [`InsertError`].
pub async fn release(client: &Client, row: &ReleaseRow<'_>) -> Result<(), InsertError> {
    one_by_people::<ReleaseRow<'_>>(client, RELEASES, row).await
}

/// The latest release of a site; with a version, the latest of that one.
///
/// # Errors
/// [`InsertError`].
pub async fn latest(
    client: &Client,
    site: &str,
    version: &str,
) -> Result<Option<Release>, InsertError> {
    let query = client.query_raw(queries::RELEASE_OF_VERSION).param("site", site);
    Ok(query.param("version", version).fetch_optional().await?)
}

//! Drills, as `cspwatch drill` and `cspwatch doctor` ran them: the table `drills`.

use clickhouse::{Client, Row};
use serde::{Deserialize, Serialize};

use super::error::InsertError;
use super::insert::one_by_people;
use super::queries;
use crate::base::clock::Timestamp;

/// The table.
const DRILLS: &str = "drills";

/// A drill: `drills_of_site.sql`.
#[derive(Debug, Clone, PartialEq, Row, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct Drill {
    pub site: String,
    pub page_group: String,
    pub at: Timestamp,
    pub destination: String,
    pub stages: Vec<(String, f64)>,
    pub passed: bool,
    pub why: String,
    pub by: String,
    pub goal: String,
}

/// A site and a verdict under which the report of a drill is stored: `drill_verdicts.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct DrillVerdict {
    pub site: String,
    pub verdict: String,
}

/// Since when a site has had no drill that passed: `drills_passed.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct PassedDrill {
    pub site: String,
    pub since: Timestamp,
}

/// Notes a drill.
///
/// # Errors
/// [`InsertError`].
pub async fn note(client: &Client, drill: &Drill) -> Result<(), InsertError> {
    one_by_people::<Drill>(client, DRILLS, drill).await
}

/// The drills of a site (empty: of all) and of a page group (empty: of all), the latest first.
///
/// # Errors
/// [`InsertError`].
pub async fn drills(
    client: &Client,
    (site, page_group): (&str, &str),
    (from, to): (Timestamp, Timestamp),
    limit: u64,
) -> Result<Vec<Drill>, InsertError> {
    let query = client.query_raw(queries::DRILLS_OF_SITE).param("site", site);
    let query = query.param("page_group", page_group).param("limit", limit);
    Ok(query.param("from", from).param("to", to).fetch_all().await?)
}

/// Whether the report of a drill is stored, received from `from` on.
///
/// # Errors
/// [`InsertError`].
pub async fn is_stored(
    client: &Client,
    (site, destination): (&str, &str),
    from: Timestamp,
) -> Result<bool, InsertError> {
    let query = client.query_raw(queries::DRILL_STORED).param("site", site);
    let found: u8 = query.param("destination", destination).param("from", from).fetch_one().await?;
    Ok(found == 1)
}

/// As what the report of a drill is stored, received from `from` on. Empty: it is not stored.
///
/// # Errors
/// [`InsertError`].
pub async fn verdicts(
    client: &Client,
    destination: &str,
    from: Timestamp,
) -> Result<Vec<DrillVerdict>, InsertError> {
    let query = client.query_raw(queries::DRILL_VERDICTS).param("destination", destination);
    Ok(query.param("from", from).fetch_all().await?)
}

/// When the last drill of each site passed.
///
/// # Errors
/// [`InsertError`].
pub async fn passed(client: &Client) -> Result<Vec<PassedDrill>, InsertError> {
    Ok(client.query_raw(queries::DRILLS_PASSED).fetch_all().await?)
}

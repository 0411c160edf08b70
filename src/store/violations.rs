//! The distinct violations that are stored: what `cspwatch judge --stored` tries other noise rules on.

use clickhouse::Client;

use super::error::InsertError;
use super::queries;
use super::sightings::define_sighting;
use crate::base::clock::Timestamp;
use crate::base::limits;

define_sighting! {
    /// A violation with the newest of its reports. It was seen by nobody in particular: the client is 0.
    StoredViolation {
        /// How many reports there are of it.
        reports: u64,
    }
}

/// What to read.
#[derive(Debug, Clone, Copy)]
pub struct ViolationQuery<'a> {
    /// Violations of this site. Empty: of all.
    pub site: &'a str,
    /// Received since then.
    pub from: Timestamp,
    /// Received before then.
    pub to: Timestamp,
}

/// Gives the violations to `each`, those with most reports first, at most [`limits::JUDGED_VIOLATIONS`].
///
/// # Errors
/// That of `each`, or [`InsertError`] if ClickHouse does not answer.
pub async fn each<E: From<InsertError>>(
    client: &Client,
    query: ViolationQuery<'_>,
    mut each: impl FnMut(&StoredViolation) -> Result<(), E>,
) -> Result<(), E> {
    let ViolationQuery { site, from, to } = query;
    let query = client.query_raw(queries::VIOLATIONS_STORED).param("site", site);
    let query = query.param("from", from).param("to", to);
    let query = query.param("limit", limits::JUDGED_VIOLATIONS);
    let mut cursor = query.fetch::<StoredViolation>().map_err(InsertError::from)?;
    while let Some(violation) = cursor.next().await.map_err(InsertError::from)? {
        each(&violation)?;
    }
    Ok(())
}

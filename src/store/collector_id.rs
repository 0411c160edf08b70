//! What ClickHouse knows of a collector's id.

use clickhouse::{Client, Row};
use serde::Deserialize;

use super::error::InsertError;
use super::queries;
use crate::base::clock::Timestamp;

/// What other processes stored under a collector's id: earlier ones of its own, and those that have the id, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Row, Deserialize)]
pub struct StoredByOthers {
    /// The highest number of a segment; 0 = none.
    pub number: u64,
    /// When the latest of their rows was received.
    pub received: Timestamp,
}

/// Asks for what was received since a time. `start`: the random bits of the process that asks.
///
/// # Errors
/// [`InsertError`].
pub async fn stored_by_others(
    client: &Client,
    collector: u64,
    start: u32,
    from: Timestamp,
) -> Result<StoredByOthers, InsertError> {
    let query = client.query_raw(queries::COLLECTOR_OTHERS).param("from", from);
    let query = query.param("collector", format!("{collector:016x}-"));
    let query = query.param("start", format!("{start:08x}"));
    Ok(query.fetch_one::<StoredByOthers>().await?)
}

//! ClickHouse's clock.

use clickhouse::Client;

use super::error::InsertError;
use crate::base::clock::Timestamp;

/// Asks what time it is there.
///
/// # Errors
/// [`InsertError`].
pub async fn ask(client: &Client) -> Result<Timestamp, InsertError> {
    // The database may not exist yet; `system` always does.
    let client = client.clone().with_database("system");
    let millis = client.query("SELECT toUnixTimestamp64Milli(now64(3))").fetch_one::<i64>().await?;
    Ok(Timestamp::from_millis(millis))
}

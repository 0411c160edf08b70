//! The disks of ClickHouse.

use clickhouse::Client;

use super::error::InsertError;

/// Of the disks on which the database has parts: an INSERT goes where there is room. Another user's disk may be full.
const FREE: &str = "SELECT count(), max(unreserved_space) FROM system.disks WHERE name IN \
    (SELECT DISTINCT disk_name FROM system.parts WHERE active AND database = {database:String})";

/// The free bytes for a database; `None` where it has no rows yet, or where this user may not ask.
///
/// # Errors
/// [`InsertError`] where ClickHouse does not answer.
pub async fn free_bytes(client: &Client, database: &str) -> Result<Option<u64>, InsertError> {
    let client = client.clone().with_database("system");
    let asked = client.query_raw(FREE).param("database", database).fetch_one::<(u64, u64)>().await;
    match asked.map_err(InsertError::from) {
        Ok((0, _)) => Ok(None),
        Ok((_, free)) => Ok(Some(free)),
        // An answer of ClickHouse: that it works, and that it will not say.
        Err(error) if error.code.is_some() => Ok(None),
        Err(error) => Err(error),
    }
}

//! Which collectors are at work: the table `collectors`.

use clickhouse::{Client, Row};
use serde::Serialize;

use super::error::InsertError;
use crate::clock::Timestamp;

/// The table.
const COLLECTORS: &str = "collectors";

#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize)]
struct AtWorkRow<'a> {
    /// Seconds since 1970.
    hour: u32,
    collector: &'a str,
    version: &'a str,
    rules: &'a str,
    first_seen: i64,
    last_seen: i64,
}

/// Notes that a collector works by these rules now.
///
/// # Errors
/// [`InsertError`].
pub async fn note(
    client: &Client,
    collector: u64,
    rules: &str,
    now: Timestamp,
) -> Result<(), InsertError> {
    let seconds = now.0.div_euclid(1000);
    let row = AtWorkRow {
        hour: u32::try_from(seconds - seconds.rem_euclid(3600)).unwrap_or_default(),
        collector: &format!("{collector:016x}"),
        version: env!("CARGO_PKG_VERSION"),
        rules,
        first_seen: now.0,
        last_seen: now.0,
    };
    let mut insert =
        client.insert::<AtWorkRow<'_>>(COLLECTORS).await?.with_setting("async_insert", "0");
    insert.write(&row).await?;
    Ok(insert.end().await?)
}

//! Which collectors are at work: the table `collectors`.

use clickhouse::{Client, Row};
use serde::Serialize;

use super::error::InsertError;
use crate::base::clock::Timestamp;

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

/// Who works, and by which rules.
#[derive(Clone, Copy, Debug)]
pub struct AtWork<'a> {
    /// The collector's id.
    pub collector: u64,
    /// Of its configuration.
    pub rules: &'a str,
    /// Since when it was not noted any more.
    pub since: Timestamp,
    /// Until when it worked.
    pub until: Timestamp,
}

const HOUR_MILLIS: i64 = 3_600_000;
/// A collector without ClickHouse for longer than this has other worries.
const HOURS_MAX: usize = 31 * 24;

/// Notes that a collector worked, in each hour of that time.
///
/// # Errors
/// [`InsertError`].
pub async fn note(client: &Client, at_work: AtWork<'_>) -> Result<(), InsertError> {
    let AtWork { collector, rules, since, until } = at_work;
    let collector = format!("{collector:016x}");
    let first = since.0 - since.0.rem_euclid(HOUR_MILLIS);
    let hours = (0..).map(|n| first + n * HOUR_MILLIS).take_while(|hour| *hour <= until.0);
    let mut insert =
        client.insert::<AtWorkRow<'_>>(COLLECTORS).await?.with_setting("async_insert", "0");
    for hour in hours.take(HOURS_MAX) {
        let row = AtWorkRow {
            hour: u32::try_from(hour / 1000).unwrap_or_default(),
            collector: &collector,
            version: env!("CARGO_PKG_VERSION"),
            rules,
            first_seen: hour.max(since.0),
            last_seen: (hour + HOUR_MILLIS - 1).min(until.0),
        };
        insert.write(&row).await?;
    }
    Ok(insert.end().await?)
}

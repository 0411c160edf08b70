//! Which collectors are at work: the table `collectors`.

use clickhouse::{Client, Row};
use serde::Serialize;

use super::error::InsertError;
use crate::base::clock::{HOUR, MILLISECOND, Timestamp};

/// The table.
const COLLECTORS: &str = "collectors";

#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize)]
struct AtWorkRow<'a> {
    /// Seconds since 1970.
    hour: u32,
    collector: &'a str,
    version: &'a str,
    rules: &'a str,
    first_seen: Timestamp,
    last_seen: Timestamp,
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

/// A collector without ClickHouse for longer than this has other worries.
const HOURS_MAX: usize = 31 * 24;

/// Notes that a collector worked, in each hour of that time.
///
/// # Errors
/// [`InsertError`].
pub async fn note(client: &Client, at_work: AtWork<'_>) -> Result<(), InsertError> {
    let AtWork { collector, rules, since, until } = at_work;
    let collector = format!("{collector:016x}");
    let first = since.hour();
    let hours = (first..).map(Timestamp::from_hour).take_while(|hour| *hour <= until);
    let mut insert =
        client.insert::<AtWorkRow<'_>>(COLLECTORS).await?.with_setting("async_insert", "0");
    for hour in hours.take(HOURS_MAX) {
        let row = AtWorkRow {
            hour: u32::try_from(hour.seconds()).unwrap_or_default(),
            collector: &collector,
            version: env!("CARGO_PKG_VERSION"),
            rules,
            first_seen: hour.max(since),
            last_seen: (hour + HOUR - MILLISECOND).min(until),
        };
        insert.write(&row).await?;
    }
    Ok(insert.end().await?)
}

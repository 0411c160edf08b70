//! In which hours each collector was at work: the table `collectors`.

use clickhouse::{Client, Row};
use serde::Serialize;

use super::error::InsertError;
use super::insert::at_once;
use crate::base::clock::{HOUR, MILLISECOND, Timestamp};

/// The name of the table.
const COLLECTORS: &str = "collectors";

#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize)]
struct WorkingHourRow<'a> {
    /// Seconds since 1970.
    hour: u32,
    collector: &'a str,
    version: &'a str,
    rules: &'a str,
    first_seen: Timestamp,
    last_seen: Timestamp,
}

/// A stretch of time in which a collector was at work.
#[derive(Clone, Copy, Debug)]
pub struct WorkingTime<'a> {
    /// The collector's id.
    pub collector: u64,
    /// The digest of the rules that it judged by.
    pub rules: &'a str,
    /// The time until which it was noted already.
    pub since: Timestamp,
    /// The time until which it was at work.
    pub until: Timestamp,
}

/// The largest number of hours that are noted at once. A collector that has had no ClickHouse for longer has more urgent
/// problems.
const HOURS_MAX: usize = 31 * 24;

/// Writes a row for each hour of the time.
///
/// # Errors
/// [`InsertError`].
pub async fn note(client: &Client, time: WorkingTime<'_>) -> Result<(), InsertError> {
    let WorkingTime { collector, rules, since, until } = time;
    let collector = format!("{collector:016x}");
    let first = since.hour();
    let hours = (first..).map(Timestamp::from_hour).take_while(|hour| *hour <= until);
    let mut insert = at_once::<WorkingHourRow<'_>>(client, COLLECTORS).await?;
    for hour in hours.take(HOURS_MAX) {
        let row = WorkingHourRow {
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

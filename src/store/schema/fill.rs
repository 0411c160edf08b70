//! Fills the rollups with the reports that were stored before the rollups existed, and with those that were received before
//! and stored later.
//!
//! Each day is filled into a table beside the rollup, whose partition then replaces the rollup's at once. So filling can be
//! interrupted, repeated, and run twice at the same time: the partition of a day is always complete. A day is filled when
//! the rollup has fewer of its reports than the table `reports`.
//!
//! The table beside is a plain one also where the rollup is replicated: no other replica needs it, and one day's partition goes to
//! all of them. Each shard is filled from its own reports, on one of its servers.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use clickhouse::Client;

use super::rollups::{FAMILIES, Family, Rollup, since};
use super::statements::{MigrateError, ask, ask_within, run_all};

/// The longest that one statement may take.
const STATEMENT: Duration = Duration::from_secs(600);
/// About how many rows of `reports` one statement reads, which bounds its memory.
const ROWS_AT_ONCE: u64 = 2_000_000;
/// After so many days, noise is no longer compared: it is kept for 90 days, and the rollups may keep it longer.
const NOISE_DAYS: u32 = 80;

/// A day that was filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilledDay<'a> {
    /// The table of the rollup.
    pub rollup: &'a str,
    /// The day, as 2026-11-01.
    pub day: &'a str,
    /// How many days of this table are done in this run.
    pub done: usize,
    /// How many days of this table are filled in this run.
    pub all: usize,
}

/// What a run of [`fill`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// How many days were filled, of all tables together.
    pub days: usize,
    /// A time (UTC): reports received before it that are stored from now on are missing from the rollups until this runs
    /// again. `None` when that time is more than a day ago, because no collector sends reports that late.
    pub open_until: Option<String>,
}

/// A day of which a rollup misses reports.
struct IncompleteDay {
    day: String,
    rows: u64,
}

/// Fills all incomplete days, the latest first, and calls `on_day` after each of them.
///
/// # Errors
/// [`MigrateError`]; the days that were filled before stay filled.
pub async fn fill(
    client: &Client,
    database: &str,
    mut on_day: impl FnMut(FilledDay<'_>),
) -> Result<Filled, MigrateError> {
    let client = client.clone().with_database("system");
    let mut filled = Filled::default();
    sweep(&client, database).await?;
    for family in &FAMILIES {
        let since = since(&client, database, family.first()).await?;
        let days = incomplete_days(&client, database, family, &since).await?;
        for (done, day) in days.iter().enumerate() {
            fill_day(&client, database, family, day, &since).await?;
            let (rollup, all) = (family.last().table, days.len());
            on_day(FilledDay { rollup, day: &day.day, done: done + 1, all });
        }
        filled.days += days.len();
        if is_open(&client, &since).await? {
            filled.open_until = filled.open_until.max(Some(since));
        }
    }
    Ok(filled)
}

/// The days of which the rollup has fewer reports than `reports`.
async fn incomplete_days(
    client: &Client,
    database: &str,
    family: &Family,
    since: &str,
) -> Result<Vec<IncompleteDay>, MigrateError> {
    let Family { days, about, .. } = family;
    let Rollup { table, time, once, .. } = family.last();
    let sql = format!(
        "SELECT toString(r.day) AS day, r.rows AS rows FROM ( \
             SELECT toDate(received_at) AS day, count() AS rows, \
                    sumIf(count, verdict != 'noise' OR received_at >= now() - INTERVAL {NOISE_DAYS} DAY) AS stored \
             FROM {database}.reports \
             WHERE received_at < '{since}' AND received_at >= today() - {days} AND {about} GROUP BY day \
         ) AS r LEFT JOIN ( \
             SELECT toDate({time}) AS day, \
                    sumIf(count, verdict != 'noise' OR {time} >= now() - INTERVAL {NOISE_DAYS} DAY) AS summed \
             FROM {database}.{table} WHERE filled AND {once} GROUP BY day \
         ) AS f ON r.day = f.day WHERE r.stored > f.summed ORDER BY r.day DESC"
    );
    let found = client.query_raw(&sql).fetch_all::<(String, u64)>();
    let found = ask_within(STATEMENT, found, &sql).await?;
    Ok(found.into_iter().map(|(day, rows)| IncompleteDay { day, rows }).collect())
}

/// Fills a day into tables of its own, whose partitions then replace those of the rollups. The last rollup comes last,
/// because a later run detects incomplete days by it.
async fn fill_day(
    client: &Client,
    database: &str,
    family: &Family,
    day: &IncompleteDay,
    since: &str,
) -> Result<(), MigrateError> {
    // Another process may be filling the same day.
    let suffix = format!("filling_{:016x}", RandomState::new().hash_one(&day.day));
    let beside = |rollup: &Rollup| format!("{}_{suffix}", rollup.table);
    let of_all = |statement: &dyn Fn(&Rollup) -> String| -> Vec<String> {
        family.rollups.iter().map(statement).collect()
    };
    for rollup in family.rollups {
        let engine = plain_engine(client, database, rollup.table).await?;
        let table = beside(rollup);
        let create = format!(
            "CREATE TABLE {database}.{table} AS {database}.{} ENGINE = {engine}",
            rollup.table
        );
        run_all(client, &[create]).await?;
    }
    let filling = async {
        for rollup in family.rollups {
            fill_beside(client, database, rollup, &suffix, day, since).await?;
        }
        run_all(client, &of_all(&|rollup| {
            let partition = rollup.partition.replace("{day}", &day.day);
            let (table, beside) = (rollup.table, beside(rollup));
            format!("ALTER TABLE {database}.{table} REPLACE PARTITION {partition} FROM {database}.{beside}")
        }))
        .await
    };
    let result = filling.await;
    run_all(client, &of_all(&|rollup| format!("DROP TABLE {database}.{} SYNC", beside(rollup))))
        .await?;
    result
}

/// The engine of a table without its replication, with keys and settings: a second replicated table would need a path of its own,
/// which nobody would remove if this process ends.
async fn plain_engine(
    client: &Client,
    database: &str,
    table: &str,
) -> Result<String, MigrateError> {
    let sql = format!(
        "SELECT engine_full FROM system.tables WHERE database = '{database}' AND name = '{table}'"
    );
    let engine = ask(client.query_raw(&sql).fetch_one::<String>(), &sql).await?;
    Ok(plain(&engine))
}

/// `ReplicatedX('path', 'replica', …) PARTITION BY …` without what makes it replicated.
fn plain(engine: &str) -> String {
    let is_replicated =
        |engine: &&str| engine.starts_with("Replicated") || engine.starts_with("Shared");
    let Some(replicated) = Some(engine).filter(is_replicated) else { return engine.to_owned() };
    let of = replicated.trim_start_matches("Replicated").trim_start_matches("Shared");
    let name = of.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let rest = &of[name.len()..];
    let Some(arguments) = rest.strip_prefix('(') else { return of.to_owned() };
    // Path and name are quoted, and may hold anything but a quote.
    let mut is_quoted = false;
    let end = arguments.find(|c: char| {
        is_quoted ^= c == '\'';
        c == ')' && !is_quoted
    });
    format!("{name}{}", &arguments[end.map_or(0, |end| end + 1)..])
}

/// Fills the table beside a rollup, a few hours at a time.
async fn fill_beside(
    client: &Client,
    database: &str,
    rollup: &Rollup,
    suffix: &str,
    day: &IncompleteDay,
    since: &str,
) -> Result<(), MigrateError> {
    let target = format!("{}_{suffix}", rollup.table);
    if rollup.source != "reports" {
        let source = format!("{}_{suffix}", rollup.source);
        return insert(client, &rollup.filling(database, &source, &target, "", "")).await;
    }
    let hour =
        |hour| format!("toDateTime64('{} 00:00:00', 3, 'UTC') + INTERVAL {hour} HOUR", day.day);
    for (from, to) in slices(day.rows) {
        let to = format!("least({}, toDateTime64('{since}', 3, 'UTC'))", hour(to));
        insert(client, &rollup.filling(database, "reports", &target, &hour(from), &to)).await?;
    }
    Ok(())
}

/// Drops the tables of interrupted runs. No run takes more than a day for a day.
async fn sweep(client: &Client, database: &str) -> Result<(), MigrateError> {
    let sql = format!(
        "SELECT name FROM system.tables WHERE database = '{database}' AND match(name, '_filling_[0-9a-f]{{16}}$') \
         AND metadata_modification_time < now() - INTERVAL 1 DAY"
    );
    let left = ask(client.query_raw(&sql).fetch_all::<String>(), &sql).await?;
    let drop = |table| format!("DROP TABLE IF EXISTS {database}.{table} SYNC");
    run_all(client, &left.into_iter().map(drop).collect::<Vec<_>>()).await
}

/// The hours of a day, in pieces of about [`ROWS_AT_ONCE`] rows.
fn slices(rows: u64) -> Vec<(u64, u64)> {
    let hours = (24 * ROWS_AT_ONCE / rows.max(1)).clamp(1, 24);
    let pieces = 24_u64.div_ceil(hours);
    (0..pieces).map(|piece| (piece * hours, (piece * hours + hours).min(24))).collect()
}

/// Inserts without deduplication: the same rows again are no repetition here.
async fn insert(client: &Client, statement: &str) -> Result<(), MigrateError> {
    let query = client.query_raw(statement).with_setting("insert_deduplicate", "0");
    ask_within(STATEMENT, query.execute(), statement).await
}

/// Whether reports that were received before `since` may still be stored.
async fn is_open(client: &Client, since: &str) -> Result<bool, MigrateError> {
    let sql = format!("SELECT toDateTime('{since}', 'UTC') > now() - INTERVAL 1 DAY");
    ask(client.query_raw(&sql).fetch_one::<bool>(), &sql).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_becomes_plain_without_its_path_and_replica() {
        let keys = " PARTITION BY (toYYYYMMDD(minute), filled) ORDER BY (site, minute) TTL minute + toIntervalDay(31)";
        for engine in [
            "AggregatingMergeTree",
            "ReplicatedAggregatingMergeTree",
            "ReplicatedAggregatingMergeTree('/clickhouse/(a)/{shard}', '{replica}')",
            "SharedAggregatingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')",
        ] {
            let plain = plain(&format!("{engine}{keys}"));
            assert_eq!(plain, format!("AggregatingMergeTree{keys}"), "{engine}");
        }
    }

    #[test]
    fn a_day_is_cut_into_hours_where_it_is_large() {
        assert_eq!(slices(0), [(0, 24)]);
        assert_eq!(slices(ROWS_AT_ONCE), [(0, 24)]);
        assert_eq!(slices(2 * ROWS_AT_ONCE), [(0, 12), (12, 24)]);
        assert_eq!(
            slices(5 * ROWS_AT_ONCE),
            [(0, 4), (4, 8), (8, 12), (12, 16), (16, 20), (20, 24)]
        );
        assert_eq!(slices(u64::MAX / 24).len(), 24);
    }
}

//! Fills the rollups with what was stored before there were any, and with what was received before and came late.
//!
//! Day by day, into a table beside the rollup, which then gives its partition to it at once. So it may die at any moment,
//! be repeated, and run twice at the same time: a day's partition is always a whole one. A day is filled when the rollup
//! has fewer of its reports than `reports`.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use clickhouse::Client;
use tokio::sync::watch;

use super::rollups::{FAMILIES, Family, Rollup, since};
use super::statements::{MigrateError, ask, ask_within, run_all};

/// The longest that one statement may take.
const STATEMENT: Duration = Duration::from_secs(600);
/// Rows of `reports` that one statement looks at, more or less: what bounds its memory.
const ROWS_AT_ONCE: u64 = 2_000_000;
/// Noise is kept for 90 days and the rollups may keep it longer, so from here on it does not tell what is missing.
const NOISE_DAYS: u32 = 80;

/// Until the tables are there, or ClickHouse is.
const AGAIN_SOON: Duration = Duration::from_secs(10);
/// While late reports may come.
const AGAIN: Duration = Duration::from_secs(600);

/// A day that was filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The table.
    pub rollup: &'a str,
    /// The day, as 2026-11-01.
    pub day: &'a str,
    /// How many days of this table are done in this run.
    pub done: usize,
    /// Of how many.
    pub of: usize,
}

/// What a run of [`fill`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// How many days it filled in, all tables together.
    pub days: usize,
    /// What is received before this, UTC, and comes from now on, is not in the rollups until this runs again; `None`:
    /// that was more than a day ago, and nobody sends such old things.
    pub open_until: Option<String>,
}

/// A day of `reports` that a rollup lacks.
struct Day {
    day: String,
    rows: u64,
}

/// Fills in all days that lack something, the latest first. `each`: called after each day.
///
/// # Errors
/// [`MigrateError`]; what is done by then stays done.
pub async fn fill(
    client: &Client,
    database: &str,
    mut each: impl FnMut(Progress<'_>),
) -> Result<Filled, MigrateError> {
    let client = client.clone().with_database("system");
    let mut filled = Filled::default();
    sweep(&client, database).await?;
    for family in &FAMILIES {
        let since = since(&client, database, family.first()).await?;
        let days = lacking(&client, database, family, &since).await?;
        for (done, day) in days.iter().enumerate() {
            fill_day(&client, database, family, day, &since).await?;
            let (rollup, of) = (family.last().table, days.len());
            each(Progress { rollup, day: &day.day, done: done + 1, of });
        }
        filled.days += days.len();
        if is_open(&client, &since).await? {
            filled.open_until = filled.open_until.max(Some(since));
        }
    }
    Ok(filled)
}

/// Fills in what is missing, also what comes late, until nothing is to come or `stop` becomes true.
pub async fn keep_filled(client: Client, database: String, mut stop: watch::Receiver<bool>) {
    loop {
        let tell = |progress: Progress<'_>| {
            let Progress { rollup, day, done, of } = progress;
            tracing::info!(rollup, day, done, of, "filled in from reports");
        };
        let filled = tokio::select! {
            filled = fill(&client, &database, tell) => filled,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let pause = match filled {
            Ok(Filled { open_until: None, .. }) => return,
            Ok(_) => AGAIN,
            Err(error) => {
                tracing::debug!(%error, "rollups are filled in later");
                AGAIN_SOON
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// The days of which the rollup has fewer reports than `reports`.
async fn lacking(
    client: &Client,
    database: &str,
    family: &Family,
    since: &str,
) -> Result<Vec<Day>, MigrateError> {
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
    Ok(found.into_iter().map(|(day, rows)| Day { day, rows }).collect())
}

/// Fills a day into tables of its own, and gives their partitions to the rollups: the last one last, because by it a
/// later run sees what is missing.
async fn fill_day(
    client: &Client,
    database: &str,
    family: &Family,
    day: &Day,
    since: &str,
) -> Result<(), MigrateError> {
    // Somebody else may be filling the same day.
    let suffix = format!("filling_{:016x}", RandomState::new().hash_one(&day.day));
    let beside = |rollup: &Rollup| format!("{}_{suffix}", rollup.table);
    let of_all = |statement: &dyn Fn(&Rollup) -> String| -> Vec<String> {
        family.rollups.iter().map(statement).collect()
    };
    run_all(
        client,
        &of_all(&|rollup| {
            format!("CREATE TABLE {database}.{} AS {database}.{}", beside(rollup), rollup.table)
        }),
    )
    .await?;
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

/// Fills the table beside a rollup, some hours at a time.
async fn fill_beside(
    client: &Client,
    database: &str,
    rollup: &Rollup,
    suffix: &str,
    day: &Day,
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

/// Drops what runs that died have left; none takes a day for a day.
async fn sweep(client: &Client, database: &str) -> Result<(), MigrateError> {
    let sql = format!(
        "SELECT name FROM system.tables WHERE database = '{database}' AND match(name, '_filling_[0-9a-f]{{16}}$') \
         AND metadata_modification_time < now() - INTERVAL 1 DAY"
    );
    let left = ask(client.query_raw(&sql).fetch_all::<String>(), &sql).await?;
    let drop = |table| format!("DROP TABLE IF EXISTS {database}.{table} SYNC");
    run_all(client, &left.into_iter().map(drop).collect::<Vec<_>>()).await
}

/// The hours of a day in as many pieces as its rows ask for.
fn slices(rows: u64) -> Vec<(u64, u64)> {
    let hours = (24 * ROWS_AT_ONCE / rows.max(1)).clamp(1, 24);
    let pieces = 24_u64.div_ceil(hours);
    (0..pieces).map(|piece| (piece * hours, (piece * hours + hours).min(24))).collect()
}

/// What is the same again is not a repetition here.
async fn insert(client: &Client, statement: &str) -> Result<(), MigrateError> {
    let query = client.query_raw(statement).with_setting("insert_deduplicate", "0");
    ask_within(STATEMENT, query.execute(), statement).await
}

/// Whether something that was received before then may still come.
async fn is_open(client: &Client, since: &str) -> Result<bool, MigrateError> {
    let sql = format!("SELECT toDateTime('{since}', 'UTC') > now() - INTERVAL 1 DAY");
    ask(client.query_raw(&sql).fetch_one::<bool>(), &sql).await
}

#[cfg(test)]
mod tests {
    use super::*;

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

//! The rollups of `reports` in a real ClickHouse: each report counts once in each of them, however it was stored.

use cspwatch::store::schema::fill::fill;
use cspwatch::store::schema::{Placement, ddl, migrate};

use crate::support::block_on;
use crate::support::clickhouse::ClickHouse;

const ROLLUPS: [(&str, &str, &str); 3] = [
    ("reports_by_minute", "minute", "'once'"),
    ("reports_by_hour", "hour", "dimension"),
    ("reports_by_day", "day", "dimension"),
];

/// Inserts a sealed segment with `rows` violations, each reported three times, as the sink does.
fn seal(clickhouse: &ClickHouse, database: &str, token: &str, received: &str, rows: u32) {
    clickhouse.query(&format!(
        "INSERT INTO {database}.reports (batch_id, received_at, count, site, page_group, kind, disposition, \
         directive, engine, verdict, reason, destination, fingerprint) \
         SETTINGS insert_deduplication_token = '{token}', insert_deduplicate = 1, async_insert = 0, \
         deduplicate_blocks_in_dependent_materialized_views = 1 \
         SELECT '{token}', toDateTime64('{received}', 3, 'UTC'), 3, concat('site', toString(number % 3)), \
         ['payment', 'other'][1 + number % 2], 'csp', 'enforce', ['img-src', 'connect-src'][1 + number % 2], \
         ['chromium', 'firefox', 'webkit'][1 + number % 3], ['noise', 'unknown'][1 + number % 2], 'unlisted', \
         concat('d', toString(number), '.example'), number FROM numbers({rows})"
    ));
}

/// Compares the reports of each day with the rollups, in which every dimension must have the same number.
#[track_caller]
fn check(clickhouse: &ClickHouse, database: &str) {
    let stored = clickhouse.query(&format!(
        "SELECT toDate(received_at) AS day, sum(count) FROM {database}.reports GROUP BY day ORDER BY day"
    ));
    for (table, time, dimension) in ROLLUPS {
        let dimensions = if dimension == "dimension" { 6 } else { 1 };
        let summed = clickhouse.query(&format!(
            "SELECT day, any(s) FROM (SELECT toDate({time}) AS day, {dimension} AS d, sum(count) AS s \
             FROM {database}.{table} GROUP BY day, d) GROUP BY day \
             HAVING uniqExact(s) = 1 AND count() = {dimensions} ORDER BY day"
        ));
        assert_eq!(summed, stored, "{table}");
    }
    let unknown = |table, day| {
        let sql = format!(
            "SELECT toString({day}) AS d, sum(count) FROM {database}.{table} WHERE verdict = 'unknown' GROUP BY d ORDER BY d"
        );
        clickhouse.query(&sql)
    };
    assert_eq!(unknown("violations_by_day", "day"), unknown("reports", "toDate(received_at)"));
}

fn migrated(clickhouse: &ClickHouse) -> String {
    let database = clickhouse.fresh_database();
    block_on(migrate(&clickhouse.client(&database), &Placement::single(&database))).unwrap();
    database
}

/// A database as the version before the rollups left it.
fn before_rollups(clickhouse: &ClickHouse) -> String {
    of_version(clickhouse, 3, "1970-01-01")
}

/// A database as a version left it whose views count from a day.
fn of_version(clickhouse: &ClickHouse, version: usize, since: &str) -> String {
    let database = clickhouse.fresh_database();
    clickhouse.query(&format!("CREATE DATABASE {database}"));
    clickhouse.query(&format!(
        "CREATE TABLE {database}.schema_migrations (version UInt32, name String, applied_at DateTime64(3, 'UTC') \
         DEFAULT now64(3), applied_by String) ENGINE = ReplacingMergeTree ORDER BY version"
    ));
    for migration in ddl(&Placement::single(&database)).into_iter().take(version) {
        for statement in &migration.statements {
            clickhouse.query(&statement.replace("1970-01-01", since));
        }
        let note = format!("({}, '{}')", migration.version, migration.name);
        clickhouse.query(&format!(
            "INSERT INTO {database}.schema_migrations (version, name) VALUES {note}"
        ));
    }
    database
}

/// The day that is `ahead` days after today, UTC.
fn day(clickhouse: &ClickHouse, ahead: i32) -> String {
    clickhouse.query(&format!("SELECT toString(toDate(now('UTC')) + {ahead})"))
}

#[test]
fn a_repeated_seal_counts_once_in_each_rollup() {
    let clickhouse = ClickHouse::shared();
    let database = migrated(clickhouse);
    let today = day(clickhouse, 0);
    let send = |token: &str| seal(clickhouse, &database, token, &format!("{today} 10:00:00"), 50);
    send("a-1");
    check(clickhouse, &database);
    for token in ["a-2", "a-1", "a-2", "a-1"] {
        send(token);
    }
    check(clickhouse, &database);
    assert_eq!(clickhouse.query(&format!("SELECT sum(count) FROM {database}.reports")), "300");
}

#[test]
fn a_seal_is_one_part_of_each_rollup() {
    let clickhouse = ClickHouse::shared();
    let database = migrated(clickhouse);
    let today = day(clickhouse, 0);
    clickhouse.query(&format!("SYSTEM STOP MERGES {database}.reports"));
    for table in ROLLUPS.map(|(table, ..)| table).into_iter().chain(["violations_by_day"]) {
        clickhouse.query(&format!("SYSTEM STOP MERGES {database}.{table}"));
    }
    for number in 0..3 {
        // Over the end of an hour and of a minute.
        seal(clickhouse, &database, &format!("a-{number}"), &format!("{today} 10:59:59.9"), 50);
    }
    let parts = clickhouse.query(&format!(
        "SELECT table, count() FROM system.parts WHERE database = '{database}' AND active \
         AND (table LIKE 'reports%' OR table = 'violations_by_day') GROUP BY table ORDER BY table"
    ));
    assert_eq!(
        parts,
        "reports\t3\nreports_by_day\t3\nreports_by_hour\t3\nreports_by_minute\t3\nviolations_by_day\t3"
    );
}

#[test]
fn invented_destinations_do_not_flood_the_rollups() {
    let clickhouse = ClickHouse::shared();
    let database = migrated(clickhouse);
    seal(clickhouse, &database, "a-1", &format!("{} 10:00:00", day(clickhouse, 0)), 30_000);
    check(clickhouse, &database);
    let rows = format!(
        "SELECT count() <= 3 * 1004, sumIf(count, value = '*') > 3 * 26000 FROM {database}.reports_by_hour \
         WHERE dimension = 'destination'"
    );
    assert_eq!(clickhouse.query(&rows), "1\t1");
}

#[test]
fn a_view_that_is_changed_goes_on_from_its_moment() {
    let clickhouse = ClickHouse::shared();
    let days = [-1, 0].map(|ahead| day(clickhouse, ahead));
    let database = of_version(clickhouse, 15, &days[1]);
    let query = || {
        let sql = format!(
            "SELECT create_table_query FROM system.tables WHERE database = '{database}' AND name = 'days_of_violations'"
        );
        clickhouse.query(&sql)
    };
    assert!(query().contains("GROUP BY"), "{}", query());
    let send = |token: &str, day: &str| {
        seal(clickhouse, &database, token, &format!("{day} 10:00:00"), 50);
    };
    send("before", &days[1]);
    let placement = Placement::single(&database);
    let report = block_on(migrate(&clickhouse.client(&database), &placement)).unwrap();
    assert_eq!(report.from, 15);
    assert!(!query().contains("GROUP BY") && query().contains(&days[1]), "{}", query());
    // A batch that is sent again, one that has a violation twice, and one from before the view's moment.
    send("after", &days[1]);
    send("after", &days[1]);
    clickhouse.query(&format!(
        "INSERT INTO {database}.reports SELECT * REPLACE ('twice' AS batch_id) FROM {database}.reports \
         SETTINGS insert_deduplication_token = 'twice'"
    ));
    check(clickhouse, &database);
    send("early", &days[0]);
    let early =
        format!("SELECT count() FROM {database}.violations_by_day WHERE day < '{}'", days[1]);
    assert_eq!(clickhouse.query(&early), "0");
}

#[test]
fn older_reports_are_filled_in_while_reports_come_in() {
    let clickhouse = ClickHouse::shared();
    let database = before_rollups(clickhouse);
    let client = clickhouse.client(&database);
    let days = [-20, -2, -1, 0].map(|ahead| day(clickhouse, ahead));
    for (number, day) in days.iter().enumerate() {
        seal(clickhouse, &database, &format!("old-{number}"), &format!("{day} 00:00:01"), 100);
    }
    block_on(migrate(&client, &Placement::single(&database))).unwrap();
    // On both sides of the moment: late reports, and those of tomorrow, which the views count.
    let tomorrow = day(clickhouse, 1);
    let mut number = 0;
    let mut insert = |_: &str| {
        for day in [&days[1], &days[3], &tomorrow] {
            number += 1;
            seal(clickhouse, &database, &format!("new-{number}"), &format!("{day} 00:00:02"), 10);
        }
    };
    insert("before");
    let filled = block_on(fill(&client, &database, |filled| insert(filled.day))).unwrap();
    assert_eq!(filled.days, 12, "four days of three families");
    assert!(filled.open_until.is_some());
    // Repetitions: of a seal from before the views, and of one since.
    seal(clickhouse, &database, "old-3", &format!("{} 00:00:01", days[3]), 100);
    seal(clickhouse, &database, "new-3", &format!("{tomorrow} 00:00:02"), 10);
    let late = block_on(fill(&client, &database, |_| ())).unwrap();
    assert!(late.days > 0, "late reports are filled in, too");
    check(clickhouse, &database);
    assert_eq!(block_on(fill(&client, &database, |_| ())).unwrap().days, 0);
    assert_eq!(
        clickhouse.query(&format!(
            "SELECT count() FROM system.tables WHERE database = '{database}' AND name LIKE '%filling%'"
        )),
        "0"
    );
}

#[test]
fn interrupted_filling_is_completed() {
    let clickhouse = ClickHouse::shared();
    let database = before_rollups(clickhouse);
    let client = clickhouse.client(&database);
    for ahead in -3..=0 {
        let day = day(clickhouse, ahead);
        seal(clickhouse, &database, &format!("old{ahead}"), &format!("{day} 00:00:01"), 100);
    }
    block_on(migrate(&client, &Placement::single(&database))).unwrap();
    block_on(async {
        let (sender, died) = tokio::sync::oneshot::channel::<()>();
        let mut sender = Some(sender);
        // Interrupted after the first day.
        let filling = fill(&client, &database, |_| drop(sender.take()));
        tokio::select! {
            biased;
            _ = died => {}
            _ = filling => {}
        }
    });
    // As if the last table had not received its partition.
    let today = day(clickhouse, 0);
    clickhouse.query(&format!(
        "ALTER TABLE {database}.reports_by_day DROP PARTITION (toYYYYMM(toDate('{today}')), toDayOfMonth(toDate('{today}')))"
    ));
    block_on(async {
        let both = tokio::join!(fill(&client, &database, |_| ()), fill(&client, &database, |_| ()));
        assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
    });
    check(clickhouse, &database);
}

#[test]
fn a_rollup_that_lost_a_piece_is_created_again() {
    let clickhouse = ClickHouse::shared();
    let database = migrated(clickhouse);
    let client = clickhouse.client(&database);
    let today = day(clickhouse, 0);
    seal(clickhouse, &database, "a-1", &format!("{today} 00:00:01"), 100);
    for piece in ["hours_of_reports", "days_of_reports", "reports_by_minute", "violations_by_day"] {
        clickhouse.query(&format!("DROP TABLE {database}.{piece} SYNC"));
        block_on(migrate(&client, &Placement::single(&database))).unwrap();
        block_on(fill(&client, &database, |_| ())).unwrap();
        check(clickhouse, &database);
        let token = format!("after-{piece}");
        seal(clickhouse, &database, &token, &format!("{today} 00:00:01"), 10);
        block_on(fill(&client, &database, |_| ())).unwrap();
        check(clickhouse, &database);
    }
    // The views continue with the new table of the same name.
    clickhouse.query(&format!("DROP TABLE {database}.reports SYNC"));
    block_on(migrate(&client, &Placement::single(&database))).unwrap();
    let count =
        || clickhouse.query(&format!("SELECT sum(count) FROM {database}.reports_by_minute"));
    let before: u64 = count().parse().unwrap();
    seal(clickhouse, &database, "b-1", &format!("{} 00:00:05", day(clickhouse, 1)), 10);
    assert_eq!(count(), (before + 30).to_string());
}

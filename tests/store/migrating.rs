//! Migrations against a real ClickHouse.

use std::process::Command;

use cspwatch::config::Retention;
use cspwatch::store::schema::{MigrateError, Placement, ddl, latest, migrate, render};

use crate::support::block_on;
use crate::support::clickhouse::ClickHouse;
use crate::support::ports::free_address;

fn tables(clickhouse: &ClickHouse, database: &str) -> String {
    clickhouse.query(&format!(
        "SELECT arrayStringConcat(groupArray(name), ' ') FROM \
         (SELECT name FROM system.tables WHERE database = '{database}' ORDER BY name)"
    ))
}

const ALL: &str = "alerts batches_of_sightings collectors days_of_reports days_of_violations decisions destinations destinations_of_sightings \
                   drills headers hours_of_reports inline_scripts_of_reports limited minutes_of_reports notes policies releases reports reports_by_day reports_by_hour \
                   reports_by_minute schema_migrations script_decisions script_failures script_failures_of_reports \
                   scripts scripts_of_reports sighted_batches sightings violations_by_day";

#[test]
fn migrating_twice_changes_nothing() {
    let clickhouse = ClickHouse::shared();
    let database = clickhouse.fresh_database();
    let client = clickhouse.client(&database);
    let first = block_on(migrate(&client, &Placement::single(&database))).unwrap();
    assert_eq!(
        (first.from, first.to, first.applied.len()),
        (0, latest(), ddl(&Placement::single("x")).len())
    );
    assert_eq!(tables(clickhouse, &database), ALL);
    let second = block_on(migrate(&client, &Placement::single(&database))).unwrap();
    assert_eq!((second.from, second.applied.len()), (latest(), 0));
}

#[test]
fn dropped_tables_are_created_again() {
    let clickhouse = ClickHouse::shared();
    let database = clickhouse.fresh_database();
    let client = clickhouse.client(&database);
    block_on(migrate(&client, &Placement::single(&database))).unwrap();
    for table in [
        "reports",
        "destinations",
        "destinations_of_sightings",
        "reports_by_day",
        "hours_of_reports",
        "minutes_of_reports",
        "schema_migrations",
    ] {
        clickhouse.query(&format!("DROP TABLE {database}.{table} SYNC"));
        let again = block_on(migrate(&client, &Placement::single(&database))).unwrap();
        assert_eq!((again.from, again.to), (0, latest()), "without {table}");
        assert_eq!(tables(clickhouse, &database), ALL);
    }
}

#[test]
fn concurrent_migrations_agree() {
    let clickhouse = ClickHouse::shared();
    for _ in 0..3 {
        let database = clickhouse.fresh_database();
        block_on(async {
            let one = || {
                let (client, database) = (clickhouse.client(&database), database.clone());
                tokio::spawn(async move { migrate(&client, &Placement::single(&database)).await })
            };
            for task in [one(), one(), one(), one()] {
                task.await.unwrap().expect("each of them succeeds");
            }
        });
        assert_eq!(tables(clickhouse, &database), ALL);
        let version = format!("SELECT max(version) FROM {database}.schema_migrations");
        assert_eq!(clickhouse.query(&version), latest().to_string());
    }
}

#[test]
fn an_interrupted_migration_is_completed() {
    let clickhouse = ClickHouse::shared();
    let statements = &ddl(&Placement::single("x"))[0].statements;
    for died_after in 1..statements.len() {
        let database = clickhouse.fresh_database();
        clickhouse.query(&format!("CREATE DATABASE {database}"));
        for statement in &ddl(&Placement::single(&database))[0].statements[..died_after] {
            clickhouse.query(statement);
        }
        let client = clickhouse.client(&database);
        let report = block_on(migrate(&client, &Placement::single(&database))).unwrap();
        assert_eq!(report.from, 0);
        assert_eq!(tables(clickhouse, &database), ALL, "after {died_after} statements");
        clickhouse.query(&format!("DROP DATABASE {database}"));
    }
}

#[test]
fn a_newer_database_is_refused() {
    let clickhouse = ClickHouse::shared();
    let database = clickhouse.fresh_database();
    let client = clickhouse.client(&database);
    block_on(migrate(&client, &Placement::single(&database))).unwrap();
    let note =
        format!("INSERT INTO {database}.schema_migrations (version, name) VALUES (4711, 'x')");
    clickhouse.query(&note);
    let error = block_on(migrate(&client, &Placement::single(&database))).unwrap_err();
    assert!(matches!(error, MigrateError::Newer { found: 4711, .. }), "{error}");
    assert!(!error.is_transient());
    assert!(error.to_string().contains("run the newer cspwatch"), "{error}");
}

#[test]
fn a_table_without_its_window_is_refused() {
    let clickhouse = ClickHouse::shared();
    let database = clickhouse.fresh_database();
    let client = clickhouse.client(&database);
    block_on(migrate(&client, &Placement::single(&database))).unwrap();
    let alter = |value: u32| {
        let table = format!("{database}.destinations");
        clickhouse.query(&format!(
            "ALTER TABLE {table} MODIFY SETTING non_replicated_deduplication_window = {value}"
        ));
    };
    alter(0);
    let error = block_on(migrate(&client, &Placement::single(&database))).unwrap_err();
    assert!(error.to_string().contains("MODIFY SETTING"), "{error}");
    alter(10000);
    block_on(migrate(&client, &Placement::single(&database))).unwrap();
}

#[test]
fn no_answer_is_distinguished_from_a_refusal() {
    let clickhouse = ClickHouse::shared();
    let mut connection = clickhouse.connection("d");
    connection.user = "nobody".to_owned();
    let error =
        block_on(migrate(&connection.client().unwrap(), &Placement::single("d"))).unwrap_err();
    assert!(matches!(&error, MigrateError::Refused { code: Some(516), .. }), "{error:?}");
    connection.urls = vec![format!("http://{}", free_address())];
    let error =
        block_on(migrate(&connection.client().unwrap(), &Placement::single("d"))).unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    let error =
        block_on(migrate(&connection.client().unwrap(), &Placement::single("d; DROP DATABASE d")))
            .unwrap_err();
    assert!(matches!(error, MigrateError::BadName(_)), "{error:?}");
}

#[test]
fn the_printed_script_creates_the_same_tables() {
    let clickhouse = ClickHouse::shared();
    let database = clickhouse.fresh_database();
    for statement in render(&Placement::single(&database), &Retention::default())
        .split(";\n")
        .filter(|text| !text.trim().is_empty())
    {
        clickhouse.query(statement);
    }
    assert_eq!(tables(clickhouse, &database), ALL);
    let client = clickhouse.client(&database);
    let report = block_on(migrate(&client, &Placement::single(&database))).unwrap();
    assert_eq!(report.from, latest(), "the script notes its version");
}

#[test]
fn the_commands_work() {
    let clickhouse = ClickHouse::shared();
    let database = clickhouse.fresh_database();
    let run = |command: &str| {
        let mut cspwatch = Command::new(env!("CARGO_BIN_EXE_cspwatch"));
        cspwatch.arg(command).env("CSPWATCH__CLICKHOUSE__URL", clickhouse.url());
        let output = cspwatch.env("CSPWATCH__CLICKHOUSE__DATABASE", &database).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let names: Vec<_> =
        ddl(&Placement::single(&database)).iter().map(|migration| migration.name).collect();
    assert_eq!(
        run("migrate"),
        format!(
            "{database}: version 0 -> {} ({})\n\
             the retention of destinations, policies, scripts has changed; ClickHouse applies it in the background\n",
            latest(),
            names.join(", ")
        )
    );
    assert_eq!(run("migrate"), format!("{database} is already at version {}\n", latest()));
    assert_eq!(
        run("schema").trim_end(),
        render(&Placement::single(&database), &Retention::default()).trim_end()
    );
}

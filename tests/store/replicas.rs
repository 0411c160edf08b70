//! A shard with two replicas, on a real ZooKeeper: which tables are made, where, under which paths, and by whom.

use cspwatch::store::client::Connection;
use cspwatch::store::schema::fill::fill;
use cspwatch::store::schema::{MigrateError, MigrationReport, latest, migrate};

use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP};
use crate::support::ports::free_address;
use crate::support::replicas::{
    CLUSTER, Replicas, complete, complete_with_plain, placement, shard,
};
use crate::support::{block_on, http, until};

fn migrate_on(server: &ClickHouse, database: &str) -> Result<MigrationReport, MigrateError> {
    block_on(migrate(&server.client(database), &placement(database)))
}

fn code(result: Result<MigrationReport, MigrateError>) -> Option<u32> {
    match result {
        Err(MigrateError::Refused { code, .. }) => code,
        other => panic!("{other:?}"),
    }
}

/// What libchdb answers to `ON CLUSTER`.
const ON_CLUSTER: Option<u32> = Some(392);

#[test]
fn a_server_that_has_all_tables_gets_no_statement_for_the_cluster() {
    let Replicas { servers, .. } = &Replicas::start();
    for server in servers {
        complete(server, "watch", &[]);
        let report = migrate_on(server, "watch").unwrap();
        assert_eq!((report.from, report.applied.len()), (latest(), 0));
    }
    // Another server's collector migrated: nothing is noted on this one.
    servers[1].query("TRUNCATE TABLE watch_local.schema_migrations");
    let report = migrate_on(&servers[1], "watch").unwrap();
    assert_eq!((report.from, report.applied.len()), (latest(), 0));
    let noted = "SELECT max(version) FROM watch_local.schema_migrations";
    assert_eq!(servers[1].query(noted), latest().to_string());
    // And where there is nothing, all servers are to be reached.
    assert_eq!(code(migrate_on(&servers[0], "fresh")), ON_CLUSTER);
    let tables = "SELECT count() FROM system.databases WHERE name LIKE 'fresh%'";
    assert_eq!(servers[0].query(tables), "0", "no plain tables instead");
}

#[test]
fn a_piece_that_one_server_lacks_is_made_there_alone() {
    let Replicas { servers: [first, second], .. } = &Replicas::start();
    complete(first, "watch", &[]);
    complete(second, "watch", &["minutes_of_reports", "sighted_batches", "batches_of_sightings"]);
    let before = first
        .query("SELECT name, uuid FROM system.tables WHERE database = 'watch_local' ORDER BY name");
    migrate_on(second, "watch").unwrap();
    let names = "SELECT database, name FROM system.tables WHERE database LIKE 'watch%' ORDER BY database, name";
    assert_eq!(first.query(names), second.query(names));
    let after = first
        .query("SELECT name, uuid FROM system.tables WHERE database = 'watch_local' ORDER BY name");
    assert_eq!(before, after, "the other server keeps its rollups");
}

#[test]
fn a_server_that_replaces_another_is_refused_until_keeper_forgets_that() {
    let Replicas { servers: [first, second], .. } = &Replicas::start();
    complete(first, "watch", &[]);
    complete(second, "watch", &["limited"]);
    // As a server with the same name left it.
    let path = "/clickhouse/tables/watch_local/limited/01";
    let ghost = format!(
        "CREATE TABLE default.ghost AS watch_local.limited ENGINE = ReplicatedMergeTree('{path}', 'r2') \
         PARTITION BY toYYYYMMDD(received_at) ORDER BY (site, kind, minute) TTL toDateTime(received_at) + INTERVAL 400 DAY"
    );
    first.query(&ghost);
    first.query("DETACH TABLE default.ghost SYNC");
    let error = migrate_on(second, "watch").unwrap_err();
    assert!(matches!(error, MigrateError::Refused { code: Some(253), .. }), "{error}");
    assert!(error.to_string().contains("SYSTEM DROP REPLICA"), "{error}");
    first.query(&format!("SYSTEM DROP REPLICA 'r2' FROM ZKPATH '{path}'"));
    migrate_on(second, "watch").unwrap();
    let engine =
        "SELECT engine_full FROM system.tables WHERE database = 'watch_local' AND name = 'limited'";
    let expected =
        r"ReplicatedMergeTree(\'/clickhouse/tables/watch_local/limited/{shard}\', \'{replica}\')";
    assert!(second.query(engine).starts_with(expected), "{}", second.query(engine));
}

#[test]
fn replicas_of_a_shard_with_two_paths_are_refused() {
    let Replicas { servers: [first, second], .. } = &Replicas::start();
    complete(first, "watch", &[]);
    complete(second, "watch", &["limited"]);
    migrate_on(first, "watch").unwrap();
    second.query(
        "CREATE TABLE watch_local.limited AS watch_local.collectors ENGINE = \
         ReplicatedAggregatingMergeTree('/elsewhere/{shard}', '{replica}') ORDER BY (hour, collector, version, rules) \
         SETTINGS replicated_deduplication_window_seconds = 1",
    );
    second.query("CREATE TABLE watch.limited AS watch_local.limited ENGINE = Distributed('shards', watch_local, limited)");
    for server in [first, second] {
        let error = migrate_on(server, "watch").unwrap_err();
        assert!(matches!(&error, MigrateError::TwoPaths { shard, .. } if shard == "01"), "{error}");
    }
}

/// Without Keeper each replica would have other rows, and whoever asks would see the one or the other.
#[test]
fn a_shard_of_several_servers_needs_keeper() {
    let native = [(); 2].map(|()| free_address());
    let server = ClickHouse::start_member(native[0], &shard(&native), "", "");
    let error = migrate_on(&server, "watch").unwrap_err();
    assert!(matches!(error, MigrateError::ReplicasAlone { replicas: 2, .. }), "{error}");
    assert_eq!(server.query("SELECT count() FROM system.databases WHERE name LIKE 'watch%'"), "0");
}

/// The statements of deploy/clickhouse/grants.sql for one of its users, as ClickHouse's configuration has them.
fn user(name: &str) -> String {
    let file = include_str!("../../deploy/clickhouse/grants.sql");
    let to = format!(" TO {name};");
    let grants = file.lines().filter_map(|line| line.strip_suffix(&to));
    let queries: String = grants.map(|grant| format!("<query>{grant}</query>")).collect();
    assert!(!queries.is_empty(), "{name}");
    format!(
        "<{name}><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile>\
         <quota>default</quota><grants>{queries}</grants></{name}>"
    )
}

#[test]
fn the_shipped_grants_are_enough_and_fewer_are_an_error() {
    let few = user("cspwatch_collector").replace("cspwatch_collector", "few");
    let users = [user("cspwatch_migrate"), user("cspwatch_collector"), few].concat();
    let replicas = Replicas::start_with_users(&users);
    let server = &replicas.servers[0];
    complete(server, "cspwatch", &["minutes_of_reports"]);
    let of = |user: &str, database: &str| {
        let user = user.to_owned();
        let connection = Connection { user, ..server.connection(database) };
        block_on(migrate(&connection.client().unwrap(), &placement(database)))
    };
    assert_eq!(code(of("few", "cspwatch")), Some(497), "it may not create what is missing");
    of("cspwatch_migrate", "cspwatch").unwrap();
    assert!(!server.log().contains("ACCESS_DENIED (cspwatch_migrate"), "{}", server.log());
    let path = "/?user=cspwatch_collector&database=cspwatch";
    let counted =
        http::request(server.address(), "POST", path, "SELECT count() FROM limited").unwrap();
    assert_eq!(counted.body, "0\n");
    // A user who may not see Keeper gets no plain tables.
    let refused = of("few", "fresh").unwrap_err();
    assert!(matches!(refused, MigrateError::Refused { code: Some(392 | 497), .. }), "{refused}");
    assert_eq!(server.query("SELECT count() FROM system.databases WHERE name LIKE 'fresh%'"), "0");
}

/// Code 36 and 253 came of the table beside, before anything was filled.
#[test]
fn replicated_rollups_are_filled_through_plain_tables() {
    let Replicas { servers: [server, _], .. } = &Replicas::start();
    complete_with_plain(server, "watch", &[], "reports");
    for view in ["minutes_of_reports", "hours_of_reports", "days_of_violations"] {
        let create = server.query(&format!(
            "SELECT replaceAll(create_table_query, '1970-01-01 00:00:00', '2099-01-01 00:00:00') FROM system.tables \
             WHERE database = 'watch_local' AND name = '{view}' FORMAT TSVRaw"
        ));
        server.query(&format!("DROP TABLE watch_local.{view} SYNC"));
        server.query(&create);
    }
    server.query("DROP TABLE watch_local.scripts_of_reports");
    server.query("DROP TABLE watch_local.script_failures_of_reports");
    server.query(
        "INSERT INTO watch_local.reports (received_at, count, site, kind, verdict) VALUES (now(), 3, 'shop', 'csp', 'noise')",
    );
    let error = block_on(fill(&server.client("watch"), "watch_local", |_| ())).unwrap_err();
    // Everything up to the last step, which libchdb's replicated tables refuse.
    assert!(error.to_string().contains("TABLE_IS_READ_ONLY"), "{error}");
    assert!(error.is_transient(), "{error}");
    let left = "SELECT count() FROM system.tables WHERE name LIKE '%filling%'";
    assert_eq!(server.query(left), "0");
}

#[test]
fn a_replica_without_keeper_is_said_to_be_one_and_the_tables_are_left_alone() {
    let Replicas { servers, .. } = &Replicas::start();
    for server in servers {
        complete(server, "watch", &[]);
    }
    // A frozen or lagging Keeper looks the same to the collector.
    let builder = Collector::build().config(SHOP).clickhouse(&servers[0].url(), "watch");
    let collector = builder.set("clickhouse.cluster", CLUSTER).start();
    assert_eq!(collector.post_violation("https://evil.example/", "img-src").status, 204);
    until("it says why", || collector.readyz().body.contains("no connection to Keeper"));
    for _ in 0..3 {
        let before = collector.metric("cspwatch_sink_rows_total{result=\"retried\"}");
        until("it tries again", || {
            collector.metric("cspwatch_sink_rows_total{result=\"retried\"}") > before
        });
    }
    assert!(
        !collector.readyz().body.contains("QUERY_IS_PROHIBITED"),
        "{}",
        collector.readyz().body
    );
    assert!(!servers[0].log().contains("CREATE DATABASE IF NOT EXISTS watch_local ON CLUSTER"));
}

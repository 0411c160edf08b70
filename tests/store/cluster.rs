//! Tables over a cluster: what is refused, and whether ClickHouse parses the statements that only a cluster with Keeper can
//! run. What the tables answer is tested in `queries`, what becomes of reports in `faults/shards`.

use cspwatch::config::Retention;
use cspwatch::store::schema::{MigrateError, Placement, migrate, render};

use crate::support::block_on;
use crate::support::clickhouse::ClickHouse;

#[test]
fn clickhouse_parses_the_statements_for_a_cluster_with_keeper() {
    let clickhouse = ClickHouse::shared();
    let script = render(&Placement::cluster("watch", "all"), &Retention::default());
    let statements = script.split(";\n").filter(|statement| !statement.trim().is_empty());
    let mut replicated = 0;
    for statement in statements {
        let tree = clickhouse.query(&format!("EXPLAIN AST {statement}"));
        replicated += usize::from(tree.contains("Function Replicated"));
    }
    assert_eq!(replicated, 20, "every table but that of the migrations");
}

#[test]
fn a_cluster_that_the_server_does_not_know_is_refused() {
    let clickhouse = ClickHouse::shared();
    let database = clickhouse.fresh_database();
    let placement = Placement::cluster(&database, "elsewhere");
    let error = block_on(migrate(&clickhouse.client(&database), &placement)).unwrap_err();
    assert!(matches!(error, MigrateError::NoCluster { .. }), "{error}");
    assert!(!error.is_transient());
    let databases = format!("SELECT count() FROM system.databases WHERE name LIKE '{database}%'");
    assert_eq!(clickhouse.query(&databases), "0", "nothing was created");
}

/// Each migration creates the tables over a cluster again: in place of tables that hold rows, that would drop the rows.
#[test]
fn tables_of_one_server_and_of_a_cluster_do_not_mix() {
    let [shard] = ClickHouse::start_shards::<1>();
    let try_both = |database: &str, first: Placement, then: Placement| {
        let client = shard.client(database);
        block_on(migrate(&client, &first)).unwrap();
        block_on(migrate(&client, &then)).unwrap_err()
    };
    let [single, cluster] =
        [|name: &str| Placement::single(name), |name: &str| Placement::cluster(name, "shards")];
    let error = try_both("one", single("one"), cluster("one"));
    assert!(matches!(error, MigrateError::OfOneServer { .. }), "{error}");
    assert_eq!(shard.query("SELECT count() FROM one.reports"), "0", "it is still there");
    let error = try_both("many", cluster("many"), single("many"));
    assert!(matches!(error, MigrateError::OfACluster { .. }), "{error}");
}

#[test]
fn a_dropped_table_over_the_cluster_is_created_again() {
    let [shard] = ClickHouse::start_shards::<1>();
    let placement = Placement::cluster("watch", "shards");
    let client = shard.client("watch");
    block_on(migrate(&client, &placement)).unwrap();
    let nothing = block_on(migrate(&client, &placement)).unwrap();
    assert_eq!(nothing.applied.len(), 0);
    shard.query("DROP TABLE watch.sightings SYNC");
    block_on(migrate(&client, &placement)).unwrap();
    assert_eq!(shard.query("SELECT count() FROM watch.sightings"), "0");
}

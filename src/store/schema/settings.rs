//! Checks the server and the existing tables: the tables must be of the configured kind, and they must deduplicate. Otherwise
//! a repeated batch would count twice, unnoticed.

use clickhouse::Client;

use super::Placement;
use super::rollups::FAMILIES;
use super::statements::{MigrateError, ask};

/// The tables that batches go into, directly or through a view. The rollups are checked as well.
const FILLED: [&str; 4] = ["reports", "sightings", "limited", "destinations"];

/// Refuses tables that were created without their deduplication window.
pub(super) async fn check_windows(client: &Client, database: &str) -> Result<(), MigrateError> {
    let rollups = FAMILIES.iter().flat_map(|family| family.rollups).map(|rollup| rollup.table);
    let filled: Vec<_> = FILLED.into_iter().chain(rollups).collect();
    // Replicated tables deduplicate by default, and their setting has another name.
    let sql = format!(
        "SELECT name FROM system.tables WHERE database = '{database}' AND name IN ('{}') \
         AND engine NOT LIKE 'Replicated%' AND engine LIKE '%MergeTree' \
         AND NOT match(create_table_query, 'non_replicated_deduplication_window = [1-9]') \
         ORDER BY name",
        filled.join("', '")
    );
    let without = ask(client.query_raw(&sql).fetch_all::<String>(), &sql).await?;
    match without.first() {
        None => Ok(()),
        Some(table) => {
            Err(MigrateError::NoWindow { table: table.clone(), database: database.to_owned() })
        }
    }
}

/// Refuses to mix the tables of one server with those of a cluster, and finds out whether there is Keeper.
pub(super) async fn check_placement(
    client: &Client,
    placement: &Placement,
) -> Result<Placement, MigrateError> {
    let database = placement.database().to_owned();
    let Some(name) = placement.cluster_name() else {
        return match table(client, &database, "engine = 'Distributed'").await? {
            Some(table) => Err(MigrateError::OfACluster { database, table }),
            None => Ok(placement.clone()),
        };
    };
    let sql = "SELECT DISTINCT cluster FROM system.clusters ORDER BY cluster";
    let known = ask(client.query_raw(sql).fetch_all::<String>(), sql).await?;
    if !known.iter().any(|known| known == name) {
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(MigrateError::NoCluster { name: name.to_owned(), known });
    }
    if let Some(table) = table(client, &database, "engine LIKE '%MergeTree'").await? {
        return Err(MigrateError::OfOneServer { database, table });
    }
    // This table exists only where Keeper is configured.
    let has_keeper = table(client, "system", "name = 'zookeeper'").await?.is_some();
    Ok(if has_keeper { placement.clone() } else { placement.clone().without_keeper() })
}

/// The first table of a database that meets a condition.
async fn table(
    client: &Client,
    database: &str,
    condition: &str,
) -> Result<Option<String>, MigrateError> {
    let sql = format!(
        "SELECT name FROM system.tables WHERE database = '{database}' AND {condition} ORDER BY name LIMIT 1"
    );
    ask(client.query_raw(&sql).fetch_optional::<String>(), &sql).await
}

//! Checks the server and the existing tables: the tables must be of the configured kind, and they must deduplicate. Otherwise
//! a repeated batch would count twice, unnoticed.

use clickhouse::Client;

use super::Placement;
use super::rollups::FAMILIES;
use super::statements::{MigrateError, ask};

/// The tables that batches go into, directly or through a view. The rollups are checked as well.
const FILLED: [&str; 5] = ["reports", "sightings", "limited", "destinations", "sighted_batches"];

/// Refuses tables that were created without their deduplication window.
pub(super) async fn check_windows(client: &Client, database: &str) -> Result<(), MigrateError> {
    let rollups = FAMILIES.iter().flat_map(|family| family.rollups).map(|rollup| rollup.table);
    let filled: Vec<_> = FILLED.into_iter().chain(rollups).collect();
    // Replicated tables remember tokens by default, but for an hour only.
    let sql = format!(
        "SELECT name, match(engine, '^(Replicated|Shared)') AS is_replicated FROM system.tables \
         WHERE database = '{database}' AND name IN ('{}') AND engine LIKE '%MergeTree' \
         AND NOT match(create_table_query, if(is_replicated, '[ ,]replicated_deduplication_window_seconds = [1-9]', \
             'non_replicated_deduplication_window = [1-9]')) \
         ORDER BY name LIMIT 1",
        filled.join("', '")
    );
    let without = ask(client.query_raw(&sql).fetch_optional::<(String, bool)>(), &sql).await?;
    match without {
        None => Ok(()),
        Some((table, is_replicated)) => Err(MigrateError::NoWindow {
            table,
            database: database.to_owned(),
            setting: if is_replicated {
                "replicated_deduplication_window_seconds = 2592000"
            } else {
                "non_replicated_deduplication_window = 10000"
            },
        }),
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
    let sql =
        "SELECT cluster, max(replica_num) FROM system.clusters GROUP BY cluster ORDER BY cluster";
    let known = ask(client.query_raw(sql).fetch_all::<(String, u32)>(), sql).await?;
    let Some((_, replicas)) = known.iter().find(|(known, _)| known == name) else {
        let known = known.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
        let known = if known.is_empty() { "none".to_owned() } else { known };
        return Err(MigrateError::NoCluster { name: name.to_owned(), known });
    };
    if let Some(table) = table(client, &database, "engine LIKE '%MergeTree'").await? {
        return Err(MigrateError::OfOneServer { database, table });
    }
    let (has_keeper, reason) = match rows_engine(client, &placement.local()).await? {
        // What is there decides: to replicate some tables only would help nobody.
        Some(engine) => {
            (engine.starts_with("Replicated"), format!("its tables are not replicated ({engine})"))
        }
        None => (has_keeper(client).await?, "ClickHouse Keeper is not configured".to_owned()),
    };
    if !has_keeper && *replicas > 1 {
        let (name, replicas) = (name.to_owned(), *replicas);
        return Err(MigrateError::ReplicasAlone { name, replicas, reason });
    }
    Ok(if has_keeper { placement.clone() } else { placement.clone().without_keeper() })
}

/// The engine of the table `reports`, where there is one.
async fn rows_engine(client: &Client, database: &str) -> Result<Option<String>, MigrateError> {
    let sql = format!(
        "SELECT engine FROM system.tables WHERE database = '{database}' AND name = 'reports'"
    );
    ask(client.query_raw(&sql).fetch_optional::<String>(), &sql).await
}

/// Whether Keeper is configured. A user who may not ask is an error and not a "no": the tables of a replicated cluster would be
/// plain ones.
async fn has_keeper(client: &Client) -> Result<bool, MigrateError> {
    // Everybody may read this; older servers do not have it.
    let sql =
        "SELECT count() FROM system.server_settings WHERE name = 'keeper_hosts' AND value != ''";
    if ask(client.query_raw(sql).fetch_one::<u64>(), sql).await? > 0 {
        return Ok(true);
    }
    let sql = "SELECT count() FROM system.zookeeper WHERE path = '/'";
    match ask(client.query_raw(sql).fetch_one::<u64>(), sql).await {
        Ok(_) => Ok(true),
        // UNKNOWN_TABLE: it exists only where Keeper is configured.
        Err(MigrateError::Refused { code: Some(60), .. }) => Ok(false),
        Err(error) => Err(error),
    }
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

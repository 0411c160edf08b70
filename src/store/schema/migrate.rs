//! Applies the migrations. It is harmless to repeat that, to interrupt it, and to do it twice at the same time.

use clickhouse::Client;

use super::statements::{MigrateError, ask, run_all};
use super::{
    FILES, FROM_THE_START, Migration, Placement, ROLLUPS, bootstrap, check_name, created, ddl,
    latest, note_of, over_cluster, rollups, settings,
};

/// What a run of [`migrate`] found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationReport {
    /// The version of the tables before.
    pub from: u32,
    /// The version of the tables now.
    pub to: u32,
    /// The names of the migrations that were applied.
    pub applied: Vec<&'static str>,
    /// Whether other servers were not reached: those of a cluster without Keeper.
    pub is_of_one_of_many: bool,
}

/// Brings the tables to this binary's version, and creates all that are missing. In a cluster without Keeper, only those
/// of this client's server.
///
/// # Errors
/// [`MigrateError`]; [`MigrateError::is_transient`] marks those that may pass by themselves.
pub async fn migrate(
    client: &Client,
    placement: &Placement,
) -> Result<MigrationReport, MigrateError> {
    check_name(placement.database())?;
    // The client's own database may not exist yet, which would make each request fail; `system` always exists.
    let client = client.clone().with_database("system");
    let placement = &settings::check_placement(&client, placement).await?;
    let database = &placement.local();
    run_all(&client, &bootstrap(placement)).await?;
    let mut from = version(&client, database).await?;
    if from > latest() {
        let database = database.clone();
        return Err(MigrateError::Newer { database, found: from, known: latest() });
    }
    if !is_whole(&client, placement, from).await? {
        tracing::warn!(database, "tables are missing; creating them again");
        rollups::drop_broken(&client, placement).await?;
        from = 0;
    }
    let mut applied = Vec::new();
    for file in FILES.iter().filter(|(version, ..)| *version > from) {
        let since = match file {
            (ROLLUPS, ..) => rollups::begin(&client, database, from == 0).await?,
            _ => FROM_THE_START.to_owned(),
        };
        let migration = Migration::of(file, placement, &since);
        apply(&client, placement, &migration).await?;
        applied.push(migration.name);
    }
    if !applied.is_empty() {
        run_all(&client, &over_cluster(placement)).await?;
    }
    settings::check_windows(&client, database).await?;
    let is_of_one_of_many = placement.cluster_name().is_some() && !placement.has_keeper();
    Ok(MigrationReport { from, to: latest(), applied, is_of_one_of_many })
}

/// Runs the statements and then notes the migration. Without the note, it would be applied again from its beginning.
async fn apply(
    client: &Client,
    placement: &Placement,
    migration: &Migration,
) -> Result<(), MigrateError> {
    run_all(client, &migration.statements).await?;
    run_all(client, &[note_of(migration, placement)]).await?;
    tracing::info!(version = migration.version, name = migration.name, "migration applied");
    Ok(())
}

/// Whether everything exists that the migrations up to a version created. Somebody may have dropped a table, although the
/// migration is noted as applied.
async fn is_whole(
    client: &Client,
    placement: &Placement,
    version: u32,
) -> Result<bool, MigrateError> {
    if version == 0 {
        return Ok(true);
    }
    let migrations = ddl(placement).into_iter().filter(|migration| migration.version <= version);
    let local: Vec<String> = migrations.flat_map(|migration| migration.tables(placement)).collect();
    let prefix = format!("CREATE OR REPLACE TABLE {}.", placement.database());
    let shared = created(&over_cluster(placement), &prefix);
    let sql = format!(
        "SELECT countIf(database = '{}' AND name IN ('{}')) + countIf(database = '{}' AND name IN ('{}')) \
         FROM system.tables",
        placement.local(),
        local.join("', '"),
        placement.database(),
        shared.join("', '"),
    );
    let found = ask(client.query_raw(&sql).fetch_one::<u64>(), &sql).await?;
    Ok(found == (local.len() + shared.len()) as u64)
}

async fn version(client: &Client, database: &str) -> Result<u32, MigrateError> {
    let sql = format!("SELECT max(version) FROM {database}.schema_migrations");
    ask(client.query_raw(&sql).fetch_one::<u32>(), &sql).await
}

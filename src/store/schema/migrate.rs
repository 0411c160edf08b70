//! Applies the migrations. It is harmless to repeat that, to interrupt it, and to do it twice at the same time.
//!
//! The server is asked what it has before anything is changed: DDL reaches all servers of a cluster, and one that is away would
//! stop a collector that needs none of it.

use clickhouse::Client;

use super::pieces::{Missing, Pieces};
use super::statements::{MigrateError, ask, for_ddl, run_all};
use super::{
    FILES, FROM_THE_START, Migration, Placement, ROLLUPS, bootstrap, check_name, latest, note_of,
    over_cluster, paths, rollups, settings,
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
/// of this client's server. Changes nothing where nothing is to be done.
///
/// # Errors
/// [`MigrateError`]; [`MigrateError::is_transient`] marks those that may pass by themselves.
pub async fn migrate(
    client: &Client,
    placement: &Placement,
) -> Result<MigrationReport, MigrateError> {
    check_name(placement.database())?;
    // The client's own database may not exist yet, which would make each request fail; `system` always exists.
    let client = for_ddl(&client.clone().with_database("system"));
    let placement = &settings::check_placement(&client, placement).await?;
    let database = placement.local();
    let pieces = Pieces::read(&client, placement).await?;
    let found = version(&client, &database, &pieces).await?;
    if found > latest() {
        return Err(MigrateError::Newer { database, found, known: latest() });
    }
    let from = complete(&client, placement, &pieces, found).await?;
    let mut applied = Vec::new();
    for file in FILES.iter().filter(|(version, ..)| *version > from) {
        let since = match (file, rollups::changed_by(file.2)) {
            ((ROLLUPS, ..), _) => rollups::begin(&client, &database, from == 0).await?,
            (_, Some(rollup)) => rollups::since(&client, &database, rollup).await?,
            _ => FROM_THE_START.to_owned(),
        };
        let migration = Migration::of(file, placement, &since);
        apply(&client, placement, &migration).await?;
        applied.push(migration.name);
    }
    if !applied.is_empty() {
        run_all(&client, &over_cluster(placement)).await?;
    }
    settings::check_windows(&client, &database).await?;
    paths::check(&client, placement).await?;
    let is_of_one_of_many = placement.cluster_name().is_some() && !placement.has_keeper();
    Ok(MigrationReport { from, to: latest(), applied, is_of_one_of_many })
}

/// Makes what the noted version lacks; returns the version from which the migrations are to be applied.
async fn complete(
    client: &Client,
    placement: &Placement,
    pieces: &Pieces,
    found: u32,
) -> Result<u32, MigrateError> {
    if found < latest() && placement.has_keeper() && pieces.is_current(client, placement).await? {
        // Another server's collector migrated this one, too. What is noted is this server's alone.
        run_all(client, &bootstrap(&placement.here())[1..]).await?;
        for file in FILES.iter().filter(|(version, ..)| *version > found) {
            let migration = Migration::of(file, placement, FROM_THE_START);
            run_all(client, &[note_of(&migration, placement)]).await?;
        }
        return Ok(latest());
    }
    let missing = pieces.missing(placement, found);
    if !missing.is_empty() && placement.has_keeper() {
        make_here(client, placement, &missing, found).await?;
        return Ok(found);
    }
    if missing.is_empty() && found == latest() {
        return Ok(found);
    }
    run_all(client, &bootstrap(placement)).await?;
    if missing.is_empty() {
        return Ok(found);
    }
    let database = placement.local();
    tracing::warn!(
        id = "tables-missing",
        database,
        ?missing,
        "tables are missing; creating them again"
    );
    rollups::drop_broken(client, placement).await?;
    Ok(0)
}

/// Makes what one server of a replicated cluster lacks, on this server alone: the other replicas have it, with its rows.
async fn make_here(
    client: &Client,
    placement: &Placement,
    missing: &Missing,
    version: u32,
) -> Result<(), MigrateError> {
    let here = placement.here();
    let database = here.local();
    tracing::warn!(
        id = "tables-missing",
        database,
        ?missing,
        "this server lacks tables; creating them here"
    );
    // The views of all servers count from the same moment, or reports would count twice or not at all.
    let since = rollups::since_of_any(client, &database).await?;
    let files = FILES.iter().filter(|(number, ..)| *number <= version);
    let statements = files.flat_map(|file| Migration::of(file, &here, &since).statements);
    let concerns = |statement: &str| {
        let named = |table: &String| {
            [" ", "\n"]
                .iter()
                .any(|end| statement.contains(&format!("TABLE {database}.{table}{end}")))
                || statement.contains(&format!("EXISTS {database}.{table}\n"))
        };
        // The settings are in the statement that creates a table.
        missing.local.iter().any(named) && !statement.contains("MODIFY SETTING")
    };
    let statements: Vec<_> = statements.filter(|statement| concerns(statement)).collect();
    run_all(client, &statements).await?;
    let over = over_cluster(&here).into_iter().filter(|statement| {
        let created = |table: &String| {
            statement.contains(&format!("REPLACE TABLE {}.{table} AS", here.database()))
        };
        statement.starts_with("--") || missing.shared.iter().any(created)
    });
    run_all(client, &over.collect::<Vec<_>>()).await
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

/// The newest migration that is noted; 0 where none is.
async fn version(client: &Client, database: &str, pieces: &Pieces) -> Result<u32, MigrateError> {
    if !pieces.has_notes() {
        return Ok(0);
    }
    let sql = format!("SELECT max(version) FROM {database}.schema_migrations");
    ask(client.query_raw(&sql).fetch_one::<u32>(), &sql).await
}

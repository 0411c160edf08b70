//! Applies the migrations. Repeating it, dying half way and doing it twice at once are all harmless.

use std::future::IntoFuture;
use std::time::Duration;

use clickhouse::Client;
use clickhouse::error::Error as ClientError;

use super::{
    BadName, FILES, FROM_THE_START, Migration, Placement, ROLLUPS, bootstrap, check_name, ddl,
    latest, made, note_of, over_cluster, rollups, settings,
};
use crate::store::error::{Class, InsertError};

/// The longest that one statement may take; DDL on a loaded server is slow, but not that slow.
const STATEMENT: Duration = Duration::from_secs(60);

/// What a run of [`migrate`] found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationReport {
    /// The version of the tables before.
    pub from: u32,
    /// The version of the tables now.
    pub to: u32,
    /// The names of the migrations that were applied.
    pub applied: Vec<&'static str>,
    /// Whether there are other servers that this did not reach: those of a cluster without Keeper.
    pub is_of_one_of_many: bool,
}

/// Why the tables are not as this binary needs them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MigrateError {
    /// Nobody answered, or not now. Trying again may help.
    #[error("ClickHouse does not answer: {message}; is clickhouse.url right and the server up?")]
    Unreachable {
        /// What the client said.
        message: String,
    },
    /// The server said no. Only its operator can help.
    #[error("ClickHouse refused `{statement}`: {message}")]
    Refused {
        /// The beginning of the statement.
        statement: String,
        /// ClickHouse's error code.
        code: Option<u32>,
        /// What the server said.
        message: String,
    },
    /// The database was migrated by a newer binary.
    #[error(
        "the database {database} has schema version {found}, this binary knows up to {known}: \
         run the newer cspwatch that migrated it, or choose another clickhouse.database"
    )]
    Newer {
        /// The database.
        database: String,
        /// Its version.
        found: u32,
        /// The newest that is known here.
        known: u32,
    },
    /// A table does not remember inserts.
    #[error(
        "the table {database}.{table} does not deduplicate, so a repeated batch would count twice: \
         ALTER TABLE {database}.{table} MODIFY SETTING non_replicated_deduplication_window = 10000"
    )]
    NoWindow {
        /// The database.
        database: String,
        /// The table.
        table: String,
    },
    /// The database holds the tables of one server, and is asked for on a cluster.
    #[error(
        "the database {database} has tables of one server, as {table}, and clickhouse.cluster is set: choose another \
         clickhouse.database for the cluster, then copy with INSERT INTO … SELECT what is to be kept"
    )]
    OfOneServer {
        /// The database.
        database: String,
        /// One of them.
        table: String,
    },
    /// The database is spread over a cluster, and is asked for on one server.
    #[error(
        "the database {database} is spread over a cluster, as its table {table}: set clickhouse.cluster, or choose \
         another clickhouse.database"
    )]
    OfACluster {
        /// The database.
        database: String,
        /// One of its tables.
        table: String,
    },
    /// The server knows no such cluster.
    #[error(
        "ClickHouse knows no cluster {name} (clickhouse.cluster); it knows {known}: name one of these, or add it to \
         remote_servers in the server's configuration"
    )]
    NoCluster {
        /// What was asked for.
        name: String,
        /// The clusters that it knows.
        known: String,
    },
    /// The name of the database is not plain.
    #[error(transparent)]
    BadName(#[from] BadName),
}

impl MigrateError {
    /// Whether trying again may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

/// Brings the tables to this binary's version, making all that is missing. In a cluster without Keeper it does so on
/// this client's server alone.
///
/// # Errors
/// [`MigrateError`]; [`MigrateError::is_transient`] tells those that pass.
pub async fn migrate(
    client: &Client,
    placement: &Placement,
) -> Result<MigrationReport, MigrateError> {
    check_name(placement.database())?;
    // The client's own database may not exist yet, and then each request would fail; this one does.
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
        tracing::warn!(database, "tables are missing that were made before; making them again");
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

/// The note comes last: a migration without one is applied again from its beginning.
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

pub(super) async fn run_all(client: &Client, statements: &[String]) -> Result<(), MigrateError> {
    for statement in statements {
        ask(client.query_raw(statement).execute(), statement).await?;
    }
    Ok(())
}

/// Whether everything is there that the migrations up to a version made. Somebody may have dropped a
/// table, and a note about it in another table does not bring it back.
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
    let words = format!("CREATE OR REPLACE TABLE {}.", placement.database());
    let shared = made(&over_cluster(placement), &words);
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

/// Waits for an answer, but not for ever, and sorts the failure.
pub(super) async fn ask<T>(
    answer: impl IntoFuture<Output = Result<T, ClientError>>,
    statement: &str,
) -> Result<T, MigrateError> {
    ask_within(STATEMENT, answer, statement).await
}

/// The same for what may take longer or shorter.
pub(in crate::store) async fn ask_within<T>(
    patience: Duration,
    answer: impl IntoFuture<Output = Result<T, ClientError>>,
    statement: &str,
) -> Result<T, MigrateError> {
    let error = match tokio::time::timeout(patience, answer).await {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => InsertError::from(error),
        Err(_) => InsertError::timed_out(&first_line(statement)),
    };
    Err(match error.class {
        Class::Retry => MigrateError::Unreachable { message: error.message },
        Class::Hold | Class::Poison => MigrateError::Refused {
            statement: first_line(statement),
            code: error.code,
            message: error.message,
        },
    })
}

/// The first line that is not a comment: enough to know which statement it was.
fn first_line(statement: &str) -> String {
    let line = statement.lines().find(|line| !line.starts_with("--") && !line.is_empty());
    line.unwrap_or(statement).chars().take(120).collect()
}

//! Runs statements, one by one, and decides what a failure means.

use std::future::IntoFuture;
use std::time::Duration;

use clickhouse::Client;
use clickhouse::error::Error as ClientError;

use super::BadName;
use crate::store::error::{Class, InsertError};

/// The longest that one statement may take, even on a busy server.
const STATEMENT: Duration = Duration::from_secs(60);

/// How long a server of a cluster may take for a statement before the next one is sent. One that is away runs it when it is
/// back.
const OTHER_SERVERS_S: &str = "5";

/// The client for statements that reach all servers of a cluster: one that is away is not waited for, and is no error.
pub(super) fn for_ddl(client: &Client) -> Client {
    client
        .clone()
        .with_setting("distributed_ddl_task_timeout", OTHER_SERVERS_S)
        .with_setting("distributed_ddl_output_mode", "null_status_on_timeout")
}

/// Why the tables cannot be brought to this binary's version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MigrateError {
    /// ClickHouse did not answer. Trying again may help.
    #[error("ClickHouse does not answer: {message}; is clickhouse.url right and the server up?")]
    Unreachable {
        /// The message of the client.
        message: String,
    },
    /// ClickHouse answered that it cannot do it now. Trying again may help.
    #[error("ClickHouse cannot do it now: {message}")]
    NotNow {
        /// The message of the server.
        message: String,
    },
    /// ClickHouse refused a statement. Only its operator can help.
    #[error("ClickHouse refused `{statement}`: {message}{}", hint(*code))]
    Refused {
        /// The beginning of the statement.
        statement: String,
        /// ClickHouse's error code.
        code: Option<u32>,
        /// The message of the server.
        message: String,
    },
    /// A newer binary migrated the database.
    #[error(
        "the database {database} has schema version {found}, this binary knows up to {known}: \
         run the newer cspwatch that migrated it, or choose another clickhouse.database"
    )]
    Newer {
        /// The database.
        database: String,
        /// Its version.
        found: u32,
        /// The newest version that this binary knows.
        known: u32,
    },
    /// A table does not deduplicate inserts.
    #[error(
        "the table {database}.{table} does not deduplicate, so a repeated batch would count twice: \
         ALTER TABLE {database}.{table} MODIFY SETTING {setting}"
    )]
    NoWindow {
        /// The database.
        database: String,
        /// The table.
        table: String,
        /// What it lacks.
        setting: &'static str,
    },
    /// The database has the tables of a single server, but a cluster is configured.
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
    /// The database is spread over a cluster, but no cluster is configured.
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
    /// The server does not know the configured cluster.
    #[error(
        "ClickHouse knows no cluster {name} (clickhouse.cluster); it knows {known}: name one of these, or add it to \
         remote_servers in the server's configuration"
    )]
    NoCluster {
        /// The configured name.
        name: String,
        /// The clusters that it knows.
        known: String,
    },
    /// The shards have several replicas, and nothing that replicates.
    #[error(
        "the cluster {name} has {replicas} replicas in a shard, and {reason}: without replicated tables each replica would \
         have other rows; configure ClickHouse Keeper (zookeeper in the server's configuration), or one replica a shard"
    )]
    ReplicasAlone {
        /// The configured name.
        name: String,
        /// The largest number in a shard.
        replicas: u32,
        /// Why the tables would not replicate.
        reason: String,
    },
    /// Two replicas of a shard have another path for a table.
    #[error(
        "the replicas of shard {shard} have two paths for {table} ({paths}), so each has rows that the other never gets: \
         deploy/many-machines.md (\"A replaced server\") says how to make one of them again"
    )]
    TwoPaths {
        /// The table, with its database.
        table: String,
        /// What the macro `shard` says.
        shard: String,
        /// Both of them.
        paths: String,
    },
    /// The name of the database is not plain.
    #[error(transparent)]
    BadName(#[from] BadName),
}

impl MigrateError {
    /// Whether trying again may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::NotNow { .. })
    }
}

/// What helps where the server's words alone do not.
fn hint(code: Option<u32>) -> &'static str {
    match code {
        // REPLICA_ALREADY_EXISTS, INCOMPATIBLE_COLUMNS, METADATA_MISMATCH
        Some(253) => {
            "; this server replaces one that Keeper still knows: SYSTEM DROP REPLICA on another replica, then again \
             (deploy/many-machines.md, \"A replaced server\")"
        }
        Some(122 | 342) => {
            "; Keeper has a newer form of this table: create it as another replica has it (deploy/many-machines.md, \
             \"A replaced server\")"
        }
        // ACCESS_DENIED
        Some(497) => "; deploy/clickhouse/grants.sql has what the user of cspwatch needs",
        _ => "",
    }
}

/// Runs statements in order, until one fails.
pub(super) async fn run_all(client: &Client, statements: &[String]) -> Result<(), MigrateError> {
    for statement in statements {
        ask(client.query_raw(statement).execute(), statement).await?;
    }
    Ok(())
}

/// Waits for an answer, and classifies a failure. Gives up after a minute.
pub(super) async fn ask<T>(
    answer: impl IntoFuture<Output = Result<T, ClientError>>,
    statement: &str,
) -> Result<T, MigrateError> {
    ask_within(STATEMENT, answer, statement).await
}

/// The same with another bound.
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
        Class::Retry if error.code.is_some() => MigrateError::NotNow { message: error.message },
        Class::Retry => MigrateError::Unreachable { message: error.message },
        Class::Hold | Class::Poison => MigrateError::Refused {
            statement: first_line(statement),
            code: error.code,
            message: error.message,
        },
    })
}

/// The first line that is not a comment, which identifies the statement.
fn first_line(statement: &str) -> String {
    let line = statement.lines().find(|line| !line.starts_with("--") && !line.is_empty());
    line.unwrap_or(statement).chars().take(120).collect()
}

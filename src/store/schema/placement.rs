//! Where the tables are: on one server, or spread over the servers of a cluster.
//!
//! In a cluster, each server holds its rows in a database `…_local`. The configured database holds a `Distributed` table over
//! each of these tables (`cluster.sql`). So inserts and queries are the same as with one server.

use std::fmt;

/// Where the tables are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    database: String,
    /// The name in ClickHouse's `remote_servers`.
    cluster: Option<String>,
    has_keeper: bool,
    /// Statements reach this server alone.
    is_here: bool,
}

impl Placement {
    /// On one server.
    #[must_use]
    pub fn single(database: &str) -> Self {
        Self { database: database.to_owned(), cluster: None, has_keeper: false, is_here: false }
    }

    /// On a cluster with ClickHouse Keeper: tables are replicated, and statements reach all servers (`ON CLUSTER`). `name`
    /// must be a valid name of a cluster.
    #[must_use]
    pub fn cluster(database: &str, name: &str) -> Self {
        let cluster = Some(name.to_owned());
        Self { database: database.to_owned(), cluster, has_keeper: true, is_here: false }
    }

    /// The same without Keeper: each shard is one server, and each server has to be migrated by itself.
    #[must_use]
    pub fn without_keeper(self) -> Self {
        Self { has_keeper: false, ..self }
    }

    /// The same, with statements that reach this server alone: for what is missing on no other.
    #[must_use]
    pub fn here(&self) -> Self {
        Self { is_here: true, ..self.clone() }
    }

    /// The database of inserts and queries.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The database of the tables that hold the rows.
    #[must_use]
    pub fn local(&self) -> String {
        let suffix = if self.cluster.is_some() { "_local" } else { "" };
        format!("{}{suffix}", self.database)
    }

    /// The cluster's name.
    #[must_use]
    pub fn cluster_name(&self) -> Option<&str> {
        self.cluster.as_deref()
    }

    /// Whether the tables of a cluster are replicated.
    #[must_use]
    pub fn has_keeper(&self) -> bool {
        self.has_keeper
    }

    /// Fills in the placeholders of a file.
    pub(in crate::store) fn fill_in(&self, sql: &str) -> String {
        let cluster = self.cluster_name().unwrap_or_default();
        let on_cluster = match self.has_keeper && !self.is_here {
            true => format!(" ON CLUSTER '{cluster}'"),
            false => String::new(),
        };
        let sql = if self.has_keeper { replicated(sql) } else { sql.replace("${replicated}", "") };
        sql.replace("${database}", &self.local())
            .replace("${shared}", &self.database)
            .replace("${cluster}", cluster)
            .replace("${on_cluster}", &on_cluster)
            .replace("${window}", WINDOWS)
    }
}

/// Makes the engines of a file replicated, each table under a path of its own.
///
/// By default ClickHouse puts the table's UUID into the path, which each `CREATE` without `ON CLUSTER` makes anew: a server that
/// replaces another would get a path of its own, and the shard would be two that know nothing of each other.
fn replicated(sql: &str) -> String {
    let mut parts = sql.split("${replicated}");
    let mut replicated = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(part.len());
        let (engine, rest) = part.split_at(end);
        replicated.push_str(&format!("Replicated{engine}({REPLICA}){rest}"));
    }
    replicated
}

impl fmt::Display for Placement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.database)?;
        self.cluster_name().map_or(Ok(()), |name| write!(formatter, " on the cluster {name}"))
    }
}

/// The path of a table in Keeper, and the name of the replica there.
const REPLICA: &str = "'/clickhouse/tables/{database}/{table}/{shard}', '{replica}'";

/// Both windows, because ClickHouse Cloud makes replicated tables of plain ones. By default plain tables remember no tokens,
/// and replicated ones forget them after an hour, but a journal may wait for ClickHouse much longer.
const WINDOWS: &str = "non_replicated_deduplication_window = 10000,\n         \
                       replicated_deduplication_window = 10000,\n         \
                       replicated_deduplication_window_seconds = 2592000";

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
}

impl Placement {
    /// On one server.
    #[must_use]
    pub fn single(database: &str) -> Self {
        Self { database: database.to_owned(), cluster: None, has_keeper: false }
    }

    /// On a cluster with ClickHouse Keeper: tables are replicated, and statements reach all servers (`ON CLUSTER`). `name`
    /// must be a valid name of a cluster.
    #[must_use]
    pub fn cluster(database: &str, name: &str) -> Self {
        let cluster = Some(name.to_owned());
        Self { database: database.to_owned(), cluster, has_keeper: true }
    }

    /// The same without Keeper: each shard is one server, and each server has to be migrated by itself.
    #[must_use]
    pub fn without_keeper(self) -> Self {
        Self { has_keeper: false, ..self }
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
        let (on_cluster, replicated, window) = if self.has_keeper {
            (format!(" ON CLUSTER '{cluster}'"), "Replicated", REPLICATED_WINDOW)
        } else {
            (String::new(), "", WINDOW)
        };
        sql.replace("${database}", &self.local())
            .replace("${shared}", &self.database)
            .replace("${cluster}", cluster)
            .replace("${on_cluster}", &on_cluster)
            .replace("${replicated}", replicated)
            .replace("${window}", window)
    }
}

impl fmt::Display for Placement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.database)?;
        self.cluster_name().map_or(Ok(()), |name| write!(formatter, " on the cluster {name}"))
    }
}

const WINDOW: &str = "non_replicated_deduplication_window = 10000";
/// By default, replicated tables forget tokens after an hour, but a journal may wait for ClickHouse much longer.
const REPLICATED_WINDOW: &str = "replicated_deduplication_window = 10000,\n         \
                                 replicated_deduplication_window_seconds = 2592000";

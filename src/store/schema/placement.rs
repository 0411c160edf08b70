//! Where the tables are: in one server, or spread over the servers of a cluster.
//!
//! In a cluster each server holds rows in tables of a database of their own, `…_local`. The database that everybody knows
//! holds a `Distributed` table over each of them (`cluster.sql`). So inserting and asking are the same as with one server.

use std::fmt;

/// Where the tables are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    database: String,
    /// As ClickHouse's `remote_servers` name it.
    cluster: Option<String>,
    has_keeper: bool,
}

impl Placement {
    /// In one server.
    #[must_use]
    pub fn single(database: &str) -> Self {
        Self { database: database.to_owned(), cluster: None, has_keeper: false }
    }

    /// In a cluster with ClickHouse Keeper: tables are replicated, and statements reach all servers (`ON CLUSTER`).
    /// `name` must be [that of a cluster](cluster_name).
    #[must_use]
    pub fn cluster(database: &str, name: &str) -> Self {
        let cluster = Some(name.to_owned());
        Self { database: database.to_owned(), cluster, has_keeper: true }
    }

    /// The same without Keeper: each shard has one server, and each server is migrated by itself.
    #[must_use]
    pub fn without_keeper(self) -> Self {
        Self { has_keeper: false, ..self }
    }

    /// The database that is inserted into and asked.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The database of the tables that hold rows.
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

    /// Puts in what the files leave open.
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
/// By default they forget after an hour, and a journal may wait for ClickHouse much longer.
const REPLICATED_WINDOW: &str = "replicated_deduplication_window = 10000,\n         \
                                 replicated_deduplication_window_seconds = 2592000";

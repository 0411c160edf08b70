//! What a server has of the schema, and what it lacks: asked before anything is changed, so that a server that is complete needs
//! no DDL, and with it no other server of the cluster.

use std::collections::HashSet;

use clickhouse::Client;

use super::statements::{MigrateError, ask};
use super::{Placement, created, ddl, over_cluster};

/// The table in which migrations are noted.
const NOTES: &str = "schema_migrations";

/// The tables and views of one server.
pub(super) struct Pieces {
    /// The names of tables and views in the database of the rows.
    local: HashSet<String>,
    /// Those in the database of inserts and queries, in a cluster.
    shared: HashSet<String>,
}

impl Pieces {
    /// Asks the server.
    pub(super) async fn read(client: &Client, placement: &Placement) -> Result<Self, MigrateError> {
        let (local, shared) = (placement.local(), placement.database());
        let sql = format!(
            "SELECT database = '{local}', name FROM system.tables WHERE database IN ('{local}', '{shared}')"
        );
        let tables = ask(client.query_raw(&sql).fetch_all::<(bool, String)>(), &sql).await?;
        let (of_local, of_shared): (Vec<_>, Vec<_>) =
            tables.into_iter().partition(|(is_local, _)| *is_local);
        let names = |found: Vec<(bool, String)>| found.into_iter().map(|(_, name)| name).collect();
        Ok(Self { local: names(of_local), shared: names(of_shared) })
    }

    /// Whether migrations can be noted.
    pub(super) fn has_notes(&self) -> bool {
        self.local.contains(NOTES)
    }

    /// The tables and views that the migrations up to a version create and that are not there: those with rows, and those over
    /// a cluster.
    pub(super) fn missing(&self, placement: &Placement, version: u32) -> Missing {
        let migrations =
            ddl(placement).into_iter().filter(|migration| migration.version <= version);
        let local: Vec<_> = migrations.flat_map(|migration| migration.tables(placement)).collect();
        let prefix = format!("CREATE OR REPLACE TABLE {}.", placement.database());
        let mut shared = created(&over_cluster(placement), &prefix);
        // A table that a later version brings is not missing in this one.
        shared.retain(|table| local.contains(table) && !self.shared.contains(table));
        let local = local.into_iter().filter(|table| !self.local.contains(table)).collect();
        Missing { local, shared }
    }

    /// Whether this server has everything up to this binary's version, noted or not: another server's `ON CLUSTER` reached it.
    /// Statements reach a server in their order, so the newest of them show that the others were here.
    pub(super) async fn is_current(
        &self,
        client: &Client,
        placement: &Placement,
    ) -> Result<bool, MigrateError> {
        if !self.missing(placement, super::latest()).is_empty() {
            return Ok(false);
        }
        let local = placement.local();
        let sql = format!("SELECT table, name FROM system.columns WHERE database = '{local}'");
        let columns = ask(client.query_raw(&sql).fetch_all::<(String, String)>(), &sql).await?;
        let columns: HashSet<_> = columns.into_iter().collect();
        let has_columns = added_columns(placement).iter().all(|column| columns.contains(column));
        Ok(has_columns && !groups_violations(client, &local).await?)
    }
}

/// Whether the view of violations still groups, as it did before migration 16.
async fn groups_violations(client: &Client, database: &str) -> Result<bool, MigrateError> {
    let sql = format!(
        "SELECT count() FROM system.tables WHERE database = '{database}' \
         AND name = 'days_of_violations' AND create_table_query LIKE '%GROUP BY%'"
    );
    Ok(ask(client.query_raw(&sql).fetch_one::<u64>(), &sql).await? > 0)
}

/// What a server lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missing {
    /// Tables with rows, and views.
    pub(super) local: Vec<String>,
    /// Tables over a cluster.
    pub(super) shared: Vec<String>,
}

impl Missing {
    pub(super) fn is_empty(&self) -> bool {
        self.local.is_empty() && self.shared.is_empty()
    }
}

/// The columns that migrations add to tables of earlier ones.
fn added_columns(placement: &Placement) -> Vec<(String, String)> {
    let statements = ddl(placement).into_iter().flat_map(|migration| migration.statements);
    statements.filter_map(|statement| added_column(&statement, placement)).collect()
}

/// The table and the column that a statement adds.
fn added_column(statement: &str, placement: &Placement) -> Option<(String, String)> {
    let word = |text: &str| text.split_whitespace().next().map(str::to_owned);
    let (_, rest) = statement.split_once("ALTER TABLE ")?;
    let (_, table) = rest.split_once(&format!("{}.", placement.local()))?;
    let (_, column) = rest.split_once("ADD COLUMN IF NOT EXISTS ")?;
    Some((word(table)?, word(column)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_of(placement: &Placement, version: u32) -> Pieces {
        let migrations =
            ddl(placement).into_iter().filter(|migration| migration.version <= version);
        let local: HashSet<_> =
            migrations.flat_map(|migration| migration.tables(placement)).collect();
        let shared = local.iter().filter(|table| !table.contains("_of_")).cloned().collect();
        Pieces { local, shared }
    }

    #[test]
    fn what_a_later_version_brings_is_not_missing() {
        let cluster = Placement::cluster("db", "all");
        for version in 1..=super::super::latest() {
            let pieces = all_of(&cluster, version);
            assert!(pieces.missing(&cluster, version).is_empty(), "{version}");
        }
        let missing = all_of(&cluster, 3).missing(&cluster, 4);
        assert!(missing.local.contains(&"reports_by_hour".to_owned()), "{missing:?}");
        assert!(missing.shared.contains(&"reports_by_hour".to_owned()), "{missing:?}");
    }

    #[test]
    fn columns_that_were_added_are_known() {
        let columns = added_columns(&Placement::cluster("db", "all"));
        let expected = [
            ("reports", "verified"),
            ("sightings", "verified"),
            ("sightings", "extensionless"),
            ("alerts", "score"),
            ("alerts", "destinations"),
            ("drills", "goal"),
            ("decisions", "directive"),
            ("decisions", "page_group"),
        ];
        assert_eq!(columns, expected.map(|(table, column)| (table.to_owned(), column.to_owned())));
    }
}

//! The tables: their SQL, in the order in which it is applied.
//!
//! A migration is a file that never changes after its release; a change is another file. Each statement can be repeated (`IF
//! NOT EXISTS`), so a migration that was interrupted is applied again as a whole.

pub mod fill;
mod keep_filled;
mod migrate;
mod paths;
mod pieces;
mod placement;
mod retention;
mod rollups;
mod settings;
mod statements;

use clickhouse::Client;
pub use keep_filled::Filling;
pub use migrate::{MigrationReport, migrate};
pub use placement::Placement;
pub use retention::apply_retention;
pub use statements::MigrateError;
pub(super) use statements::ask_within;

use crate::config::Retention;

/// One file of statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The number; numbers are consecutive from 1.
    pub version: u32,
    /// The name.
    pub name: &'static str,
    /// The statements in order, without their semicolons.
    pub statements: Vec<String>,
}

impl Migration {
    /// The migration of a file. Reports may be stored already: the views of rollups count what is received from `since` on.
    fn of(file: &MigrationFile, placement: &Placement, since: &str) -> Self {
        let &(version, name, sql) = file;
        Self { version, name, statements: split(&sql.replace("${since}", since), placement) }
    }

    /// The tables and views that it creates.
    fn tables(&self, placement: &Placement) -> Vec<String> {
        created(&self.statements, &format!(" IF NOT EXISTS {}.", placement.local()))
    }
}

/// A number, a name and statements.
type MigrationFile = (u32, &'static str, &'static str);

const FILES: &[MigrationFile] = &[
    (1, "initial", include_str!("migrations/0001_initial.sql")),
    (2, "verified", include_str!("migrations/0002_verified.sql")),
    (3, "codecs", include_str!("migrations/0003_codecs.sql")),
    (4, "rollups", include_str!("migrations/0004_rollups.sql")),
    (5, "scripts", include_str!("migrations/0005_scripts.sql")),
    (6, "evidence", include_str!("migrations/0006_evidence.sql")),
    (7, "score", include_str!("migrations/0007_score.sql")),
    (8, "console", include_str!("migrations/0008_console.sql")),
    (9, "windows", include_str!("migrations/0009_windows.sql")),
    (10, "batches", include_str!("migrations/0010_batches.sql")),
    (11, "drills", include_str!("migrations/0011_drills.sql")),
    (12, "inline", include_str!("migrations/0012_inline.sql")),
    (13, "headers", include_str!("migrations/0013_headers.sql")),
    (14, "goals", include_str!("migrations/0014_goals.sql")),
    (15, "extents", include_str!("migrations/0015_extents.sql")),
    (16, "violations", include_str!("migrations/0016_violations.sql")),
];

/// The migration that creates the rollups, whose views begin at `${since}`.
const ROLLUPS: u32 = 4;

/// The value of `${since}` where nothing was stored before: the views count everything.
const FROM_THE_START: &str = "1970-01-01 00:00:00";

const BOOTSTRAP: &str = include_str!("migrations/bootstrap.sql");
const CLUSTER: &str = include_str!("migrations/cluster.sql");

/// The placement as the server has it: with or without Keeper.
///
/// # Errors
/// [`MigrateError`].
pub(super) async fn reached(
    client: &Client,
    placement: &Placement,
) -> Result<Placement, MigrateError> {
    settings::check_placement(&client.clone().with_database("system"), placement).await
}

/// The version of the newest migration.
#[must_use]
pub fn latest() -> u32 {
    FILES.last().map_or(0, |(version, ..)| *version)
}

/// All migrations for an empty database, whose name must be [plain](check_name).
#[must_use]
pub fn ddl(placement: &Placement) -> Vec<Migration> {
    FILES.iter().map(|file| Migration::of(file, placement, FROM_THE_START)).collect()
}

/// The statements that create the table in which migrations are noted.
fn bootstrap(placement: &Placement) -> Vec<String> {
    split(BOOTSTRAP, placement)
}

/// The statements that create a table over those of all servers; none for a single server.
fn over_cluster(placement: &Placement) -> Vec<String> {
    if placement.cluster_name().is_some() { split(CLUSTER, placement) } else { Vec::new() }
}

/// The names of what statements create; `prefix` is the text before each name.
fn created(statements: &[String], prefix: &str) -> Vec<String> {
    let name = |statement: &String| {
        let (_, name) = statement.split_once(prefix)?;
        name.split_whitespace().next().map(str::to_owned)
    };
    statements.iter().filter_map(name).collect()
}

/// The whole schema as one script, for operators who apply DDL themselves.
#[must_use]
pub fn render(placement: &Placement, retention: &Retention) -> String {
    let mut script = String::new();
    let mut add = |statements: &[String]| {
        for statement in statements {
            script.push_str(statement);
            script.push_str(";\n\n");
        }
    };
    add(&bootstrap(placement));
    for migration in ddl(placement) {
        add(&migration.statements);
        add(&[note_of(&migration, placement)]);
    }
    add(&over_cluster(placement));
    add(&retention::statements(placement, retention));
    script
}

/// The statement that notes a migration as applied.
fn note_of(migration: &Migration, placement: &Placement) -> String {
    format!(
        "INSERT INTO {}.schema_migrations (version, name, applied_by) VALUES ({}, '{}', '{}')",
        placement.local(),
        migration.version,
        migration.name,
        env!("CARGO_PKG_VERSION")
    )
}

/// Why a name cannot be the name of the database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} cannot be the name of the database (clickhouse.database): use a letter or underscore, \
     then letters, digits and underscores"
)]
pub struct BadName(pub String);

/// Checks the name of a database, because it goes into SQL as it is.
///
/// # Errors
/// [`BadName`] for anything but `[A-Za-z_][A-Za-z0-9_]*`.
pub fn check_name(database: &str) -> Result<(), BadName> {
    let plain = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let starts = |c: char| c == '_' || c.is_ascii_alphabetic();
    if database.starts_with(starts) && database.chars().all(plain) && database.len() <= 64 {
        Ok(())
    } else {
        Err(BadName(database.to_owned()))
    }
}

/// Splits a file at the semicolons that end a line, and fills in its placeholders.
fn split(sql: &str, placement: &Placement) -> Vec<String> {
    let sql = placement.fill_in(sql);
    sql.split(";\n")
        .map(|statement| statement.trim().to_owned())
        .filter(|statement| !statement.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn db() -> Placement {
        Placement::single("db")
    }

    #[test]
    fn versions_are_consecutive_and_every_statement_can_be_repeated() {
        for (index, migration) in ddl(&db()).iter().enumerate() {
            assert_eq!(usize::try_from(migration.version).unwrap(), index + 1);
            for statement in &migration.statements {
                let can_be_repeated =
                    ["IF NOT EXISTS", "IF EXISTS", "MODIFY SETTING", "MODIFY QUERY"]
                        .map(|words| statement.contains(words));
                assert!(can_be_repeated.contains(&true), "{statement}");
                assert!(!statement.contains("${"), "{statement}");
            }
        }
        assert_eq!(ddl(&db())[0].statements.len(), 8);
        let tables = ddl(&db())[0].tables(&db());
        assert_eq!(tables.len(), 8);
        assert!(tables.iter().any(|table| table == "destinations_of_sightings"), "{tables:?}");
    }

    #[test]
    fn every_table_that_is_filled_deduplicates_and_syncs() {
        let all = ddl(&db()).into_iter().flat_map(|migration| migration.statements);
        for statement in all.filter(|statement| statement.contains("CREATE TABLE")) {
            assert!(statement.contains("non_replicated_deduplication_window = 10000"));
            assert!(statement.contains("replicated_deduplication_window_seconds = 2592000"));
            assert!(statement.contains("fsync_after_insert = 1"), "{statement}");
        }
    }

    #[test]
    fn statements_reach_every_server_of_a_cluster_and_every_table_has_one_over_all() {
        let cluster = Placement::cluster("db", "all");
        let retention = Retention::default();
        let script = render(&cluster, &retention);
        assert!(!script.contains("${") && !script.contains(" db.reports\n"), "{script}");
        let statements = bootstrap(&cluster).into_iter().chain(over_cluster(&cluster));
        let migrations = ddl(&cluster);
        let all = migrations.iter().flat_map(|migration| migration.statements.clone());
        for statement in statements.chain(all) {
            assert!(statement.contains(" ON CLUSTER 'all'"), "{statement}");
        }
        let tables: Vec<_> =
            migrations.iter().flat_map(|migration| migration.tables(&cluster)).collect();
        for table in tables.iter().filter(|table| !table.contains("_of_")) {
            let over = format!(
                "CREATE OR REPLACE TABLE db.{table} ON CLUSTER 'all' AS db_local.{table}\n"
            );
            assert!(script.contains(&over), "{over}");
        }
        assert_eq!(
            script.matches("ENGINE = Distributed('all', db_local, ").count(),
            20,
            "{script}"
        );
        assert!(!script.contains("ENGINE = MergeTree"));
        let path = "MergeTree('/clickhouse/tables/{database}/{table}/{shard}', '{replica}')\n";
        assert_eq!(script.matches(path).count(), 20, "the path does not depend on the server");
        assert!(!render(&cluster.here(), &retention).contains("ON CLUSTER"));
        let plain = render(&cluster.without_keeper(), &retention);
        assert!(!plain.contains("ON CLUSTER") && !plain.contains("Replicated"));
    }

    #[test]
    fn names_that_are_not_plain_are_refused() {
        for good in ["cspwatch", "_x1", "A"] {
            assert_eq!(check_name(good), Ok(()));
        }
        for bad in ["", "1a", "a-b", "a.b", "a b", "a;DROP TABLE x", "ä", "`a`", &"a".repeat(65)] {
            assert_eq!(check_name(bad), Err(BadName(bad.to_owned())));
        }
    }

    #[test]
    fn the_script_notes_the_version() {
        let script = render(&Placement::single("watch"), &Retention::default());
        assert!(script.contains("CREATE TABLE IF NOT EXISTS watch.reports"));
        assert!(script.contains("INSERT INTO watch.schema_migrations"), "{script}");
        assert!(script.ends_with(";\n\n"));
    }
}

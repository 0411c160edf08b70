//! The tables: their SQL, in the order it is applied.
//!
//! A migration is a file that never changes once it was released; a change is a further file. Each
//! statement can be repeated (`IF NOT EXISTS`), so one that died half way is applied again whole.

pub mod fill;
mod migrate;
mod rollups;
mod settings;

pub use migrate::{MigrateError, MigrationReport, migrate};

/// One file of statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Its number; consecutive from 1.
    pub version: u32,
    /// What it is called.
    pub name: &'static str,
    /// Its statements, without the semicolons, in order.
    pub statements: Vec<String>,
}

impl Migration {
    /// The tables and views that it makes.
    fn tables(&self, database: &str) -> Vec<String> {
        let prefix = format!(" IF NOT EXISTS {database}.");
        let table = |statement: &String| {
            let (_, name) = statement.split_once(&prefix)?;
            name.split_whitespace().next().map(str::to_owned)
        };
        self.statements.iter().filter_map(table).collect()
    }
}

/// The file, its number and its name.
const FILES: &[(u32, &str, &str)] = &[
    (1, "initial", include_str!("migrations/0001_initial.sql")),
    (2, "verified", include_str!("migrations/0002_verified.sql")),
    (3, "codecs", include_str!("migrations/0003_codecs.sql")),
    (4, "rollups", include_str!("migrations/0004_rollups.sql")),
];

/// The migration that makes the rollups, which divide time: `${since}`.
const ROLLUPS: u32 = 4;

/// Where nothing was stored before: all goes through the views.
const FROM_THE_START: &str = "1970-01-01 00:00:00";

const BOOTSTRAP: &str = include_str!("migrations/bootstrap.sql");

/// The version that the newest migration brings.
#[must_use]
pub fn latest() -> u32 {
    FILES.last().map_or(0, |(version, ..)| *version)
}

/// All migrations for `database`, which must be [a plain name](check_name), and in which nothing is stored yet.
#[must_use]
pub fn ddl(database: &str) -> Vec<Migration> {
    ddl_since(database, FROM_THE_START)
}

/// The same where something is stored: the views of the rollups begin with what is received at `since`.
fn ddl_since(database: &str, since: &str) -> Vec<Migration> {
    let files = FILES.iter();
    let migration = |&(version, name, sql): &(u32, &'static str, &str)| {
        let sql = sql.replace("${since}", since);
        Migration { version, name, statements: split(&sql, database) }
    };
    files.map(migration).collect()
}

/// The statements that must exist before any migration can be noted.
fn bootstrap(database: &str) -> Vec<String> {
    split(BOOTSTRAP, database)
}

/// All of it as one script, for `cspwatch schema` and operators who apply DDL themselves.
#[must_use]
pub fn render(database: &str) -> String {
    let mut script = String::new();
    let mut add = |statements: &[String]| {
        for statement in statements {
            script.push_str(statement);
            script.push_str(";\n\n");
        }
    };
    add(&bootstrap(database));
    for migration in ddl(database) {
        add(&migration.statements);
        add(&[note_of(&migration, database)]);
    }
    script
}

/// The statement that notes a migration as applied.
fn note_of(migration: &Migration, database: &str) -> String {
    format!(
        "INSERT INTO {database}.schema_migrations (version, name, applied_by) VALUES ({}, '{}', '{}')",
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

/// Checks a database name: it goes into SQL as it is.
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

/// Cuts a file at the semicolons that end a line, and puts the database in.
fn split(sql: &str, database: &str) -> Vec<String> {
    sql.replace("${database}", database)
        .split(";\n")
        .map(|statement| statement.trim().to_owned())
        .filter(|statement| !statement.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_consecutive_and_every_statement_can_be_repeated() {
        for (index, migration) in ddl("db").iter().enumerate() {
            assert_eq!(usize::try_from(migration.version).unwrap(), index + 1);
            for statement in &migration.statements {
                let can_be_repeated =
                    ["IF NOT EXISTS", "IF EXISTS"].map(|it| statement.contains(it));
                assert!(can_be_repeated.contains(&true), "{statement}");
                assert!(!statement.contains("${"), "{statement}");
            }
        }
        assert_eq!(ddl("db")[0].statements.len(), 8);
        let tables = ddl("db")[0].tables("db");
        assert_eq!(tables.len(), 8);
        assert!(tables.iter().any(|table| table == "destinations_of_sightings"), "{tables:?}");
    }

    #[test]
    fn every_table_that_is_filled_deduplicates_and_syncs() {
        let all = ddl("db").into_iter().flat_map(|migration| migration.statements);
        for statement in all.filter(|statement| statement.contains("CREATE TABLE")) {
            assert!(statement.contains("non_replicated_deduplication_window = 10000"));
            assert!(statement.contains("fsync_after_insert = 1"), "{statement}");
        }
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
        let script = render("watch");
        assert!(script.contains("CREATE TABLE IF NOT EXISTS watch.reports"));
        assert!(script.contains("INSERT INTO watch.schema_migrations"), "{script}");
        assert!(script.ends_with(";\n\n"));
    }
}

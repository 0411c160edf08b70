//! `cspwatch migrate`: makes or updates the tables.

use std::io::{self, Write};

use crate::store::client::{Connection, ConnectionError};
use crate::store::schema::{MigrateError, migrate};

/// Makes or updates the tables in ClickHouse. Repeating it changes nothing.
#[derive(Debug, clap::Args)]
pub struct MigrateArgs {
    /// URL of ClickHouse.
    #[arg(long, default_value = "http://127.0.0.1:8123")]
    pub url: String,
    /// User of ClickHouse.
    #[arg(long, default_value = "default")]
    pub user: String,
    /// Database of the tables.
    #[arg(long, default_value = "cspwatch")]
    pub database: String,
}

/// Why the tables could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// ClickHouse did not take it.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The server cannot be addressed.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// The result could not be printed.
    #[error("cannot print the result")]
    Print(#[from] io::Error),
}

/// Migrates and says what was done.
///
/// # Errors
/// [`Error`], which says whether the server or the schema is in the way.
pub async fn run(connection: &Connection, out: &mut impl Write) -> Result<(), Error> {
    let report = migrate(&connection.client()?, &connection.database).await?;
    let database = &connection.database;
    if report.applied.is_empty() {
        writeln!(out, "{database} is at version {} already", report.to)?;
    } else {
        let names = report.applied.join(", ");
        writeln!(out, "{database}: version {} -> {} ({names})", report.from, report.to)?;
    }
    Ok(())
}

//! `cspwatch schema`: prints the DDL, for operators who apply it themselves.

use std::io::{self, Write};

use crate::store::schema::{BadName, check_name, render};

/// Prints the statements that `cspwatch migrate` runs.
#[derive(Debug, clap::Args)]
pub struct SchemaArgs {
    /// Database of the tables.
    #[arg(long, default_value = "cspwatch")]
    pub database: String,
}

/// Why nothing was printed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not a name for a database.
    #[error(transparent)]
    BadName(#[from] BadName),
    /// The output is closed.
    #[error("cannot print the schema")]
    Print(#[from] io::Error),
}

/// Prints the schema of `database`.
///
/// # Errors
/// [`Error`] for a bad name or a closed output.
pub fn run(database: &str, out: &mut impl Write) -> Result<(), Error> {
    check_name(database)?;
    Ok(out.write_all(render(database).as_bytes())?)
}

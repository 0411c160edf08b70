//! `cspwatch migrate`: makes or updates the tables.

use super::{ConfigArgs, Environment, Failure, connection, print_line};
use crate::store::schema::migrate;

/// Makes or updates the tables in ClickHouse. Repeating it changes nothing.
#[derive(Debug, clap::Args)]
pub struct MigrateArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

/// Migrates and says what was done.
pub fn run(args: &MigrateArgs, environment: &Environment) -> Result<(), Failure> {
    let connection = connection(&args.config.load(environment)?);
    let database = &connection.database;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(migrate(&connection.client()?, database))?;
    let line = if report.applied.is_empty() {
        format!("{database} is at version {} already", report.to)
    } else {
        let names = report.applied.join(", ");
        format!("{database}: version {} -> {} ({names})", report.from, report.to)
    };
    Ok(print_line(&line)?)
}

//! `cspwatch schema`: prints the DDL, for operators who apply it themselves.

use super::{ConfigArgs, Environment, Failure, print_line};
use crate::store::schema::render;

/// Prints the statements that `cspwatch migrate` runs.
#[derive(Debug, clap::Args)]
pub struct SchemaArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

/// Prints the schema of the configured database.
pub fn run(args: &SchemaArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    Ok(print_line(render(&config.clickhouse.database).trim_end())?)
}

//! `cspwatch schema`: prints the DDL, for operators who apply it themselves.

use super::{ConfigArgs, Environment, Failure, placement, print_line};
use crate::config::cluster_name;
use crate::store::schema::{Placement, render};

/// Prints the statements that `cspwatch migrate` runs.
#[derive(Debug, clap::Args)]
pub struct SchemaArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Print the schema for this cluster instead of clickhouse.cluster: replicated tables, and Distributed tables over them.
    #[arg(long, value_name = "NAME", value_parser = cluster_name)]
    cluster: Option<String>,
    /// Print the schema for a cluster without ClickHouse Keeper: each shard is one server; run the script on each of them.
    #[arg(long)]
    without_keeper: bool,
}

/// Prints the schema of the configured database.
pub fn run(args: &SchemaArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load_with(environment, &[])?;
    let placement = match &args.cluster {
        Some(name) => Placement::cluster(&config.clickhouse.database, name),
        None => placement(&config),
    };
    let placement = if args.without_keeper { placement.without_keeper() } else { placement };
    Ok(print_line(render(&placement, &config.retention).trim_end())?)
}

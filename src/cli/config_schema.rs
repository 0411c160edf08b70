//! `cspwatch config-schema`: the configuration as a JSON Schema.

use super::{Failure, print_line};
use crate::config;

/// Prints the JSON Schema of the configuration: editors complete and check keys with it.
#[derive(Debug, clap::Args)]
pub struct ConfigSchemaArgs {}

/// Prints the schema.
pub fn run() -> Result<(), Failure> {
    Ok(print_line(&format!("{:#}", config::schema()))?)
}

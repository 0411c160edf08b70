//! The commands: each parses its arguments, calls the library and prints.

pub mod clickhouse;
pub mod migrate;
pub mod schema;

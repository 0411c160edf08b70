//! `cspwatch clickhouse`: runs the embedded ClickHouse server in the foreground.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::{Environment, Failure};
use crate::store::embedded::{self, LaunchOptions};

/// Runs a ClickHouse server in the foreground.
///
/// The engine is the `clickhouse` binary on PATH (26.6 or newer), else the library that
/// CSPWATCH_LIBCHDB names, else the one that `deploy/install quickstart` installed.
#[derive(Debug, clap::Args)]
pub struct ClickhouseArgs {
    /// Directory of the tables; created when missing.
    #[arg(long, value_name = "DIR", default_value = "data/clickhouse")]
    pub data: PathBuf,
    /// Address of the HTTP interface.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8123")]
    pub http: SocketAddr,
    /// Address of the native protocol. Without it, the native protocol is off.
    #[arg(long, value_name = "ADDR")]
    pub tcp: Option<SocketAddr>,
    /// ClickHouse configuration to use instead of the built-in one.
    #[arg(long, value_name = "XML")]
    pub config_file: Option<PathBuf>,
    /// End when this process ends. It must be the parent.
    #[arg(long, value_name = "PID", hide = true)]
    pub die_with_parent: Option<u32>,
}

/// Turns this process into the server; returns only on failure.
pub fn run(args: ClickhouseArgs, environment: &Environment) -> Result<Infallible, Failure> {
    Ok(embedded::run(&LaunchOptions {
        data: args.data,
        http: Some(args.http),
        tcp: args.tcp,
        config_file: args.config_file,
        engine: environment.engine()?,
        die_with_parent: args.die_with_parent,
    })?)
}

//! `cspwatch clickhouse`: the embedded ClickHouse server in the foreground.

use std::convert::Infallible;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::store::embedded::{self, LaunchOptions, NoEngine, find_engine};

/// Runs a ClickHouse server in the foreground.
///
/// The engine is the `clickhouse` binary on PATH (26.6 or newer), else the library that
/// CSPWATCH_LIBCHDB names, else the one that `deploy/install quickstart` installed.
#[derive(Debug, clap::Args)]
pub struct ClickhouseArgs {
    /// Directory of the tables; made when missing.
    #[arg(long, value_name = "DIR", default_value = "data/clickhouse")]
    pub data: PathBuf,
    /// Address of the HTTP interface.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8123")]
    pub http: SocketAddr,
    /// Address of the native protocol; not served when absent.
    #[arg(long, value_name = "ADDR")]
    pub tcp: Option<SocketAddr>,
    /// ClickHouse configuration to use instead of the built-in one.
    #[arg(long, value_name = "XML")]
    pub config_file: Option<PathBuf>,
    /// End when this process, which must be the parent, ends.
    #[arg(long, value_name = "PID", hide = true)]
    pub die_with_parent: Option<u32>,
}

/// What the environment says about engines; read by main, because only it sees the environment.
#[derive(Debug, Default, Clone)]
pub struct EngineEnvironment {
    /// `PATH`.
    pub path: Option<OsString>,
    /// `CSPWATCH_LIBCHDB`.
    pub libchdb: Option<OsString>,
    /// `XDG_DATA_HOME`, else `$HOME/.local/share`.
    pub data_home: Option<PathBuf>,
}

/// Why the server did not start or ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No engine.
    #[error(transparent)]
    NoEngine(#[from] NoEngine),
    /// The engine did not start.
    #[error(transparent)]
    Embedded(#[from] embedded::Error),
}

/// Becomes the server; comes back only when that failed.
///
/// # Errors
/// [`Error`], which names what is in the way.
pub fn run(args: ClickhouseArgs, environment: &EngineEnvironment) -> Result<Infallible, Error> {
    let engine = find_engine(
        environment.path.as_deref(),
        environment.libchdb.as_deref(),
        environment.data_home.as_deref(),
    )?;
    Ok(embedded::run(&LaunchOptions {
        data: args.data,
        http: Some(args.http),
        tcp: args.tcp,
        config_file: args.config_file,
        engine,
        die_with_parent: args.die_with_parent,
    })?)
}

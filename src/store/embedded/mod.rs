//! `cspwatch clickhouse`: turns this process into a ClickHouse server.
//!
//! The engine is the official `clickhouse` binary or `libchdb.so`. Both run as `clickhouse local` with the listeners
//! switched on. Neither returns while it works, so the server needs a process of its own; [`crate::store::supervisor`] starts
//! one. A thread of that process (`front`) takes the connections of clients and passes whole requests on to the engine.

mod arguments;
mod binary;
mod data_dir;
mod default_config;
mod engine;
mod front;
mod library;
mod parent;
pub mod ports;
mod unkept;

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::{fs, io};

pub use engine::{Engine, LIBRARY_VERSION, NoEngine, find_engine};

/// How the embedded server is started.
#[derive(Debug, Clone)]
pub struct LaunchOptions {
    /// The directory of the tables; created when it is missing.
    pub data: PathBuf,
    /// The address of the HTTP interface.
    pub http: Option<SocketAddr>,
    /// The address of the native protocol.
    pub tcp: Option<SocketAddr>,
    /// ClickHouse XML that replaces the one written into the data directory.
    pub config_file: Option<PathBuf>,
    /// The engine, from [`find_engine`].
    pub engine: Engine,
    /// The process that this one must not outlive.
    pub die_with_parent: Option<u32>,
}

/// Why the embedded server could not be started, or ended.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// Neither HTTP nor TCP was asked for.
    #[error("no address to listen on: give --http, --tcp or both")]
    NothingToListenOn,
    /// ClickHouse has one list of hosts for all its ports.
    #[error(
        "--http {http} and --tcp {tcp} name different addresses: give both the same IP address"
    )]
    DifferentHosts {
        /// The HTTP address.
        http: SocketAddr,
        /// The native address.
        tcp: SocketAddr,
    },
    /// Something else listens on the address.
    #[error(
        "cannot listen on {address}: {cause}; stop what listens there, or choose another address \
         with {option}"
    )]
    Port {
        /// The address that was tried.
        address: SocketAddr,
        /// The options that change it.
        option: &'static str,
        /// What the system said.
        cause: io::Error,
    },
    /// Another ClickHouse has the directory open.
    #[error(
        "the data directory {} is in use by another ClickHouse{holder}: stop that one, or choose \
         another directory with --data", data.display()
    )]
    DataInUse {
        /// The directory.
        data: PathBuf,
        /// Its process, as far as that is known.
        holder: String,
    },
    /// A file or directory could not be read or written.
    #[error("cannot {what} {}: {cause}", path.display())]
    File {
        /// What was attempted.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The parent ended before its death could be watched.
    #[error("the process {parent} that started this one has ended already")]
    ParentGone {
        /// The process that was expected.
        parent: u32,
    },
    /// The system did not accept the death signal.
    #[error("cannot tie this process to its parent: {0}")]
    DeathSignal(io::Error),
    /// The binary could not be executed.
    #[error("cannot execute {}: {cause}", path.display())]
    Exec {
        /// The binary.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The library could not be loaded, or is not libchdb.
    #[error("cannot use the ClickHouse library {}: {message}; install it again: deploy/install quickstart", path.display())]
    Library {
        /// The library.
        path: PathBuf,
        /// What the loader said.
        message: String,
    },
    /// ClickHouse returned, which it does only on failure.
    #[error("ClickHouse ended: {0}")]
    Ended(String),
}

/// Turns this process into a ClickHouse server; returns only on failure.
///
/// # Errors
/// All of [`LaunchError`]: each names the address, file or process in the way.
pub fn run(options: &LaunchOptions) -> Result<Infallible, LaunchError> {
    if let Some(parent) = options.die_with_parent {
        parent::die_with(parent)?;
    }
    ports::check(options)?;
    let data = data_dir::prepare(&options.data)?;
    let config = match &options.config_file {
        Some(path) => fs::canonicalize(path).map_err(|cause| LaunchError::File {
            what: "read the ClickHouse configuration (--config-file)",
            path: path.clone(),
            cause,
        })?,
        None => {
            // With another configuration the parts may be elsewhere.
            unkept::forget_unkept(&data).map_err(|cause| LaunchError::File {
                what: "read the tables in",
                path: data.clone(),
                cause,
            })?;
            default_config::write(&data)?
        }
    };
    let http = options.http.map(|http| front_of(http, options)).transpose()?;
    let arguments = arguments::build(&data, &config, http, options.tcp);
    match &options.engine {
        Engine::Binary(path) => binary::run(path, &arguments),
        Engine::Library(path) => library::run(path, &arguments),
    }
}

/// Has a thread of this process answer on an address; returns where the engine is to listen. ClickHouse has one list of hosts for
/// all its ports, so with the native protocol its HTTP port is a neighbour of that.
fn front_of(http: SocketAddr, options: &LaunchOptions) -> Result<SocketAddr, LaunchError> {
    let failed = |cause| LaunchError::Port { address: http, option: ports::HTTP_OPTION, cause };
    let engine = match options.tcp {
        Some(tcp) => front::free_port(tcp.ip()),
        None => front::hidden_address(),
    };
    let engine = engine.map_err(failed)?;
    let listener = TcpListener::bind(http).map_err(failed)?;
    front::start(listener, engine).map_err(failed)?;
    Ok(engine)
}

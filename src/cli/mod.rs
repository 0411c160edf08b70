//! The commands, one file each. They connect parts and print; what they print is worked out elsewhere.

// What several commands share.
mod arguments;
mod connection;
mod ending;
mod fetch_args;
mod http;
mod input;
mod logging;
mod named_files;
mod output;
mod progress;
mod recorded_body;
mod road;
mod table;
mod version;

// The commands.
pub mod backtest;
pub mod capacity;
pub mod check_config;
pub mod clickhouse;
pub mod completions;
pub mod config_schema;
pub mod console;
pub mod destinations;
pub mod digest;
pub mod doctor;
pub mod drill;
pub mod evidence;
pub mod export;
pub mod forget;
pub mod gate;
pub mod health;
pub mod incident;
pub mod journal;
pub mod judge;
pub mod man;
pub mod migrate;
pub mod policy;
pub mod release;
pub mod schema;
pub mod scripts;
pub mod serve;
pub mod sign;
pub mod sri_js;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::config::{Config, ConfigError, NamedFile};
use crate::store::embedded::{Engine, NoEngine, find_engine};

use arguments::{
    at_least_a_second, check_site, check_site_argument, duration_at_least, nonempty_text, origin,
    range_begin, range_end, tag, unknown_site,
};
use connection::{Answering, answering, connection, filling, inserter, no_answer, placement};
use fetch_args::FetchArgs;
use health::http_url_of;
use input::{lines, open_input, unreadable};
use named_files::{client_key, installation_key, live_decisions};
pub use output::eprintln_line;
use output::{print_line, time};
use progress::Progress;
use recorded_body::recorded_body;
pub use version::long_version;

/// What commands know of the process's environment. `main` reads it, because no other module may.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `CSPWATCH_CONFIG`.
    pub config: Option<PathBuf>,
    /// All variables that override configuration keys (`CSPWATCH__…`).
    pub overrides: BTreeMap<String, String>,
    /// `PATH`.
    pub path: Option<OsString>,
    /// `CSPWATCH_LIBCHDB`.
    pub libchdb: Option<OsString>,
    /// `XDG_DATA_HOME`, else `$HOME/.local/share`.
    pub data_home: Option<PathBuf>,
}

impl Environment {
    /// The engine of the embedded ClickHouse.
    fn engine(&self) -> Result<Engine, NoEngine> {
        find_engine(self.path.as_deref(), self.libchdb.as_deref(), self.data_home.as_deref())
    }
}

/// The option that every command with a configuration has.
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    /// Configuration file (TOML). Default: the file that CSPWATCH_CONFIG names, else the built-in defaults.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl ConfigArgs {
    /// Loads and checks the configuration for a command that queries ClickHouse and serves nothing. Keys and certificates of
    /// the collector are not read: the person on call may not be allowed to.
    pub fn load(&self, environment: &Environment) -> Result<Config, Failure> {
        self.load_with(environment, &[NamedFile::ClickHousePassword])
    }

    /// As [`Self::load`], for a command that reads these of the files that the configuration names.
    pub fn load_with(
        &self,
        environment: &Environment,
        reads: &'static [NamedFile],
    ) -> Result<Config, Failure> {
        let file = self.config.as_deref().or(environment.config.as_deref());
        Config::load(file, &environment.overrides, reads).map_err(Failure::Config)
    }
}

/// Why a command failed. `main` prints it and turns it into an exit code.
#[derive(Debug)]
pub enum Failure {
    /// Mistakes in the configuration: exit 64.
    Config(ConfigError),
    /// Arguments that contradict each other, or an input of the wrong form: exit 64.
    Usage(Box<dyn std::error::Error + Send + Sync>),
    /// Anything else: exit 1.
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl Failure {
    /// What it says, for a command that goes on all the same.
    fn in_words(self) -> String {
        match self {
            Self::Other(error) | Self::Usage(error) => error.to_string(),
            Self::Config(ConfigError(problems)) => {
                problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
            }
        }
    }
}

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

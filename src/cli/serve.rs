//! `cspwatch serve`: the collector, in three parts: open what is on disk, connect the parts to each other, run until a
//! signal ends it.

mod connect;
mod files;
mod open;
mod reload;
mod run;
mod runtimes;
mod watch;

use super::logging::{LogArgs, start_logging};
use super::{ConfigArgs, Environment, Failure};
use crate::config::NamedFile;
use connect::Service;
use open::Opened;
use reload::Reload;
use run::Signals;
use runtimes::Runtimes;

/// Runs the collector until SIGTERM or SIGINT; SIGHUP reloads sites, noise rules and limits.
#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Do not create or update the tables in ClickHouse; run `cspwatch migrate` for that.
    #[arg(long)]
    no_migrate: bool,
    #[command(flatten)]
    log: LogArgs,
}

/// The files of the configuration that the collector uses. Those of the console may belong to another user.
const READS: &[NamedFile] = &[
    NamedFile::AdminToken,
    NamedFile::ClickHousePassword,
    NamedFile::ClientKey,
    NamedFile::Listener,
    NamedFile::NoiseRules,
    NamedFile::SigningKeys,
    NamedFile::Telemetry,
    NamedFile::ThreatLists,
];

/// Runs the collector until a signal ends it.
pub fn run(args: &ServeArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load_with(environment, READS)?;
    start_logging(&args.log)?;
    let runtimes = Runtimes::start()?;
    let _inside = runtimes.main.enter();
    let signals = Signals::listen()?;
    let opened = Opened::open(&config)?;
    watch::count_panics(&opened.metrics);
    let service = Service::connect(opened, &config, environment, !args.no_migrate, &runtimes)?;
    let reload = Reload::new(&args.config, environment, &config, &service);
    service.run(signals, &runtimes, &reload)
}

//! `cspwatch serve`: the collector, in three parts: open what is on disk, connect the parts to each other, run until a
//! signal ends it.

mod connect;
mod files;
mod log;
mod open;
mod reload;
mod run;
mod runtimes;
mod watch;

use super::{ConfigArgs, Environment, Failure};
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
    /// What to log to standard error: error, warn, info, debug, or a filter such as
    /// `info,cspwatch::sink=debug`. The text of reports is never logged.
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log: String,
    /// Format of the log lines.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    log_format: LogFormat,
}

/// Format of the log lines.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum LogFormat {
    /// Text for people.
    Human,
    /// One JSON object a line.
    Json,
}

/// Runs the collector until a signal ends it.
pub fn run(args: &ServeArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    log::start(&args.log, args.log_format)?;
    let runtimes = Runtimes::start()?;
    let _inside = runtimes.main.enter();
    let signals = Signals::listen()?;
    let opened = Opened::open(&config)?;
    watch::count_panics(&opened.metrics);
    let service = Service::connect(opened, &config, environment, !args.no_migrate, &runtimes)?;
    let reload = Reload::new(&args.config, environment, &service);
    service.run(signals, &runtimes, &reload)
}

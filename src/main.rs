//! The `cspwatch` binary: parses the command line and calls the library.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use cspwatch::cli::clickhouse::{self, ClickhouseArgs, EngineEnvironment};
use cspwatch::cli::migrate::{self, MigrateArgs};
use cspwatch::cli::schema::{self, SchemaArgs};
use cspwatch::store::client::Connection;

/// Exit code for wrong usage or configuration (EX_USAGE).
const USAGE: u8 = 64;

#[derive(Debug, Parser)]
#[command(name = "cspwatch", version, about = "Collects browsers' security reports")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Clickhouse(ClickhouseArgs),
    Migrate(MigrateArgs),
    Schema(SchemaArgs),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Printing to a closed terminal is nobody's loss.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(error.as_ref()),
    }
}

fn run(command: Command) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    match command {
        Command::Clickhouse(args) => {
            drop(out);
            clickhouse::run(args, &engine_environment()).map(|never| match never {})?;
        }
        Command::Migrate(args) => {
            let connection = Connection {
                url: args.url,
                user: args.user,
                password: String::new(),
                database: args.database,
            };
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(migrate::run(&connection, &mut out))?;
        }
        Command::Schema(args) => schema::run(&args.database, &mut out)?,
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "main is the one place that sees the environment")]
fn engine_environment() -> EngineEnvironment {
    let xdg = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|dir| dir.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    EngineEnvironment {
        path: std::env::var_os("PATH"),
        libchdb: std::env::var_os("CSPWATCH_LIBCHDB"),
        data_home: xdg.or_else(home),
    }
}

#[expect(clippy::print_stderr, reason = "this is the command line")]
fn report(error: &dyn Error) -> ExitCode {
    let mut next = Some(error);
    while let Some(cause) = next {
        eprintln!("cspwatch: {cause}");
        next = cause.source();
    }
    ExitCode::from(1)
}

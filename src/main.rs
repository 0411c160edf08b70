//! The `cspwatch` program: parses the command line, runs the command, and turns failures into exit codes.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use cspwatch::base::stdout::is_closed;
use cspwatch::cli::{
    Environment, Failure, backtest, capacity, check_config, clickhouse, completions, config_schema,
    console, destinations, digest, doctor, drill, eprintln_line, evidence, export, forget, gate,
    health, incident, journal, judge, long_version, man, migrate, policy, release, schema, scripts,
    serve, sign, sri_js,
};
use cspwatch::config::ENVIRONMENT_PREFIX;

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Exit code for wrong usage or configuration (EX_USAGE).
const USAGE: u8 = 64;

/// Collects what browsers report about a site's security policy, and pages the on-call when data leaves for an unexpected
/// domain.
#[derive(Debug, Parser)]
#[command(name = "cspwatch", version, long_version = long_version())]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::ServeArgs),
    Backtest(backtest::BacktestArgs),
    Capacity(capacity::CapacityArgs),
    CheckConfig(check_config::CheckConfigArgs),
    Clickhouse(clickhouse::ClickhouseArgs),
    Completions(completions::CompletionsArgs),
    ConfigSchema(config_schema::ConfigSchemaArgs),
    Console(console::ConsoleArgs),
    Destinations(destinations::DestinationsArgs),
    Digest(digest::DigestArgs),
    Doctor(doctor::DoctorArgs),
    Drill(Box<drill::DrillArgs>),
    Evidence(evidence::EvidenceArgs),
    Export(export::ExportArgs),
    Forget(forget::ForgetArgs),
    Gate(gate::GateArgs),
    Health(health::HealthArgs),
    Incident(incident::IncidentArgs),
    Journal(journal::JournalArgs),
    Judge(judge::JudgeArgs),
    Man(man::ManArgs),
    Migrate(migrate::MigrateArgs),
    Policy(policy::PolicyArgs),
    Release(release::ReleaseArgs),
    Schema(schema::SchemaArgs),
    Scripts(scripts::ScriptsArgs),
    Sign(sign::SignArgs),
    SriJs(sri_js::SriJsArgs),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // If the output is closed, there is nobody to read the error.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    match run(cli.command, &environment()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => print_failure(failure),
    }
}

fn run(command: Command, environment: &Environment) -> Result<(), Failure> {
    match command {
        Command::Serve(args) => serve::run(&args, environment),
        Command::Backtest(args) => backtest::run(&args, environment),
        Command::Capacity(args) => capacity::run(&args),
        Command::CheckConfig(args) => check_config::run(&args, environment),
        Command::Clickhouse(args) => clickhouse::run(args, environment).map(|never| match never {}),
        Command::Completions(args) => completions::run(&args, Cli::command()),
        Command::ConfigSchema(_) => config_schema::run(),
        Command::Console(args) => console::run(&args, environment),
        Command::Destinations(args) => destinations::run(&args, environment),
        Command::Digest(args) => digest::run(&args, environment),
        Command::Doctor(args) => doctor::run(&args, environment),
        Command::Drill(args) => drill::run(&args, environment),
        Command::Evidence(args) => evidence::run(&args, environment),
        Command::Export(args) => export::run(&args, environment),
        Command::Forget(args) => forget::run(&args, environment),
        Command::Gate(args) => gate::run(&args, environment),
        Command::Health(args) => health::run(&args, environment),
        Command::Incident(args) => incident::run(&args, environment),
        Command::Journal(args) => journal::run(&args, environment),
        Command::Judge(args) => judge::run(&args, environment),
        Command::Man(args) => man::run(&args, Cli::command()),
        Command::Migrate(args) => migrate::run(&args, environment),
        Command::Policy(args) => policy::run(&args, environment),
        Command::Release(args) => release::run(&args, environment),
        Command::Schema(args) => schema::run(&args, environment),
        Command::Scripts(args) => scripts::run(&args, environment),
        Command::Sign(args) => sign::run(&args, environment),
        Command::SriJs(args) => sri_js::run(&args, environment),
    }
}

#[expect(clippy::disallowed_methods, reason = "only main reads the environment")]
fn environment() -> Environment {
    let xdg = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|dir| dir.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        let name = name.into_string().ok().filter(|name| name.starts_with(ENVIRONMENT_PREFIX))?;
        Some((name, value.into_string().ok()?))
    };
    Environment {
        config: std::env::var_os("CSPWATCH_CONFIG").map(PathBuf::from),
        overrides: std::env::vars_os().filter_map(text).collect(),
        path: std::env::var_os("PATH"),
        libchdb: std::env::var_os("CSPWATCH_LIBCHDB"),
        data_home: xdg.or_else(home),
    }
}

/// Prints one line per cause on standard error.
fn print_failure(failure: Failure) -> ExitCode {
    match failure {
        Failure::Config(error) => {
            for problem in error.0 {
                eprintln_line(&format!("cspwatch: {problem}"));
            }
            ExitCode::from(USAGE)
        }
        Failure::Usage(error) => {
            eprintln_line(&format!("cspwatch: {error}"));
            ExitCode::from(USAGE)
        }
        Failure::Other(error) if is_closed(&*error) => ExitCode::SUCCESS,
        Failure::Other(error) => {
            eprintln_line(&format!("cspwatch: {error}"));
            let mut cause = error.source();
            while let Some(inner) = cause {
                eprintln_line(&format!("cspwatch: because: {inner}"));
                cause = inner.source();
            }
            ExitCode::from(1)
        }
    }
}

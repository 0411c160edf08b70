//! What the commands that run until they are stopped write to standard error.

use super::Failure;

/// What is logged, and how.
#[derive(Debug, clap::Args)]
pub(super) struct LogArgs {
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
enum LogFormat {
    /// Text for people.
    Human,
    /// One JSON object a line.
    Json,
}

/// Begins to log.
pub(super) fn start_logging(args: &LogArgs) -> Result<(), Failure> {
    let filter = tracing_subscriber::EnvFilter::try_new(&args.log)
        .map_err(|error| format!("--log {}: {error}", args.log))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match args.log_format {
        LogFormat::Human => builder.with_ansi(false).init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}

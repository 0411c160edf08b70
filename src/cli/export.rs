//! `cspwatch export`: sends alerts, sightings and decisions to a SIEM, or writes them to a file.

mod follow;
mod once;

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use super::{
    ConfigArgs, Environment, Failure, answering, check_site, connection, duration_at_least,
    eprintln_line, no_answer, range_begin, range_end,
};
use crate::audit::siem::Stream;
use crate::audit::siem::target::{Address, Facility};
use crate::base::clock::Timestamp;
use crate::config::{Config, ConfigError, Problem};
use crate::store::client::NoAnswer;
use crate::store::export::{ExportReader, ExportTable, TableFormat, TimeRange};

/// Sends alerts, sightings and decisions to a SIEM, one JSON object each in the Elastic Common Schema: everything new with
/// --follow, or a period with --from and --to.
///
/// With --follow, each is sent at least once, however often the command is restarted, as long as --state names the same
/// file: what was received within the last 7 days is found, however late it reaches ClickHouse. What is sent twice has the
/// same event.id. Syslog has no acknowledgements: what a receiver may not have read is sent again when the connection is
/// lost, but what the receiver itself loses is not. SIGHUP reopens the file and scans all of the 7 days, which otherwise
/// happens every 5 minutes; SIGTERM ends the command in order, with exit code 0.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Keep running, and send what is new.
    #[arg(long)]
    follow: bool,
    /// With --follow: the target. `-` is standard output. A path is a file that is appended to and synced, and created again
    /// after it was rotated away. syslog+tcp://host:601 and syslog+tls://host:6514 are syslog receivers. Without --follow:
    /// the end of the period, a day (2027-03-31, which is included) or a time.
    #[arg(long, value_name = "TARGET|DATE")]
    to: Option<String>,
    /// With --follow: the file that keeps the position. Without it, every start begins without a position.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// With --follow: where to begin when there is no position yet. Default: now.
    #[arg(long, value_name = "DATE", value_parser = range_begin)]
    since: Option<Timestamp>,
    /// With --follow: how often to look for what is new; at least 100ms.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = every)]
    every: Duration,
    /// With a syslog target: the facility of all messages.
    #[arg(long, value_name = "NAME", default_value = "local0")]
    facility: Facility,
    /// With a syslog target over TLS: a file with a root certificate (PEM) to trust, besides the system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Without --follow: the beginning of the period. Alerts count by when they were raised, sightings and reports by when
    /// they were received, decisions by when they were made.
    #[arg(long, value_name = "DATE", value_parser = range_begin)]
    from: Option<Timestamp>,
    /// Without --follow: events, or a table as it is stored.
    #[arg(long, value_name = "FORMAT", default_value = "ecs")]
    format: ExportFormat,
    /// Without --follow: the file to write. It appears when it is complete. `-` is standard output.
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// What to export, separated by commas; for csv and parquet exactly one. Default: alerts, sightings and decisions.
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    what: Vec<ExportKind>,
    /// Only of this site.
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    site: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ExportKind {
    /// Alerts, as collectors raised them.
    Alerts,
    /// Reports that may be evidence.
    Sightings,
    /// Decisions of people.
    Decisions,
    /// All reports, noise included: for csv and parquet.
    Reports,
}

impl ExportKind {
    fn stream(self) -> Option<Stream> {
        match self {
            Self::Alerts => Some(Stream::Alerts),
            Self::Sightings => Some(Stream::Sightings),
            Self::Decisions => Some(Stream::Decisions),
            Self::Reports => None,
        }
    }

    fn table(self) -> ExportTable {
        match self {
            Self::Alerts => ExportTable::Alerts,
            Self::Sightings => ExportTable::Sightings,
            Self::Decisions => ExportTable::Decisions,
            Self::Reports => ExportTable::Reports,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ExportFormat {
    /// Events in the Elastic Common Schema, one JSON object a line.
    Ecs,
    /// CSV, with the names of the columns in the first line.
    Csv,
    /// Apache Parquet.
    Parquet,
}

/// What the arguments ask for.
enum Task {
    Follow(Address, Vec<Stream>),
    Events(TimeRange, Vec<Stream>),
    Table(TimeRange, ExportTable, TableFormat),
}

/// Runs the export, or lists every mistake in the arguments.
pub fn run(args: &ExportArgs, environment: &Environment) -> Result<(), Failure> {
    let task = task(args).map_err(|problems| Failure::Config(ConfigError(problems)))?;
    let config = args.config.load(environment)?;
    if !args.site.is_empty() {
        check_site(&config, &args.site)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match task {
        Task::Follow(address, streams) => {
            if args.to.is_none() {
                eprintln_line("cspwatch: without --to, what is new goes to standard output");
            }
            // It goes on when ClickHouse comes back, and may start before it.
            let reader = ExportReader::new(connection(&config).client()?, &args.site);
            runtime.block_on(async {
                tokio::spawn(remark_silence(config));
                follow::run(args, reader, &address, streams).await
            })
        }
        Task::Events(range, streams) => {
            let out = once::Output::open(&args.output)?;
            let client = answering(&config)?;
            let reader = ExportReader::new(client.clone(), &args.site);
            client.unless_silent(once::events(reader, range, &streams, out))
        }
        Task::Table(range, table, format) => {
            once::check_format(format, &args.output)?;
            let out = once::Output::open(&args.output)?;
            let client = answering(&config)?;
            let reader = ExportReader::new(client.clone(), &args.site);
            client.unless_silent(once::table(reader, range, (table, format), out))
        }
    }
}

/// Says so when a frozen ClickHouse leaves nothing to follow: the queries wait until it goes on. An error of theirs is printed
/// where they are made.
async fn remark_silence(config: Config) {
    if let Err(error @ NoAnswer::Silent { .. }) = connection(&config).answering_client().await {
        eprintln_line(&format!("{}; waiting until it answers", no_answer(&error, &config)));
    }
}

/// What the arguments ask for together, or everything that is wrong with them.
fn task(args: &ExportArgs) -> Result<Task, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut wrong = |place: &str, message: &str| {
        problems.push(Problem { place: place.to_owned(), message: message.to_owned() });
    };
    let task = if args.follow { following(args, &mut wrong) } else { once(args, &mut wrong) };
    match task {
        Some(task) if problems.is_empty() => Ok(task),
        _ => Err(problems),
    }
}

fn following(args: &ExportArgs, wrong: &mut impl FnMut(&str, &str)) -> Option<Task> {
    const NO_END: &str = "does not go with --follow, which has no end; --since says where to begin";
    if args.from.is_some() {
        wrong("--from", NO_END);
    }
    if args.format != ExportFormat::Ecs {
        wrong("--format", "--follow writes events (ecs); csv and parquet go with --from and --to");
    }
    if args.output.as_os_str() != "-" {
        wrong("--output", "does not go with --follow; --to names the target");
    }
    let to = args.to.as_deref().unwrap_or("-");
    if range_end(to).is_ok() {
        wrong("--to", &format!("{to}: {NO_END}; --to names a target: -, a path or an address"));
        return None;
    }
    let address = Address::parse(to).map_err(|why| wrong("--to", &format!("{to}: {why}"))).ok()?;
    if args.ca.is_some() && !matches!(&address, Address::Syslog(address) if address.is_tls) {
        wrong("--ca", "is for syslog+tls:// only");
    }
    Some(Task::Follow(address, streams(args, wrong)?))
}

fn once(args: &ExportArgs, wrong: &mut impl FnMut(&str, &str)) -> Option<Task> {
    for (name, is_given) in [
        ("--state", args.state.is_some()),
        ("--since", args.since.is_some()),
        ("--ca", args.ca.is_some()),
    ] {
        if is_given {
            wrong(name, "goes with --follow");
        }
    }
    let (Some(from), Some(to)) = (args.from, args.to.as_deref()) else {
        wrong("export", "needs --follow for everything new, or --from and --to for a period");
        return None;
    };
    let Ok(to) = range_end(to) else {
        wrong(
            "--to",
            &format!("{to}: is not a date; a target goes with --follow, a file with --output"),
        );
        return None;
    };
    if to <= from {
        wrong("--to", &format!("the period ends at {to}, before it begins at {from} (--from)"));
    }
    let range = TimeRange { from, to };
    let format = match args.format {
        ExportFormat::Ecs => return Some(Task::Events(range, streams(args, wrong)?)),
        ExportFormat::Csv => TableFormat::Csv,
        ExportFormat::Parquet => TableFormat::Parquet,
    };
    let [what] = args.what[..] else {
        wrong(
            "--what",
            "csv and parquet need exactly one of alerts, sightings, decisions or reports",
        );
        return None;
    };
    Some(Task::Table(range, what.table(), format))
}

fn streams(args: &ExportArgs, wrong: &mut impl FnMut(&str, &str)) -> Option<Vec<Stream>> {
    if args.what.is_empty() {
        return Some(Stream::ALL.to_vec());
    }
    let streams: Option<Vec<Stream>> = args.what.iter().copied().map(ExportKind::stream).collect();
    if streams.is_none() {
        wrong("--what", "reports cannot be sent as events; they go with --format csv or parquet");
    }
    let mut streams = streams?;
    streams.sort_unstable();
    streams.dedup();
    Some(streams)
}

fn every(text: &str) -> Result<Duration, String> {
    duration_at_least(Duration::from_millis(100), "100ms", text)
}

//! `cspwatch export`: alerts, sightings and decisions for a SIEM.

mod follow;
mod once;

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use super::{
    ConfigArgs, Environment, Failure, check_site, connection, duration_at_least, range_begin,
    range_end,
};
use crate::audit::siem::Stream;
use crate::audit::siem::target::{Address, Facility};
use crate::base::clock::Timestamp;
use crate::config::{ConfigError, Problem};
use crate::store::export::{Format as TableFormat, Reader, Table};

/// Sends alerts, sightings and decisions to a SIEM, one JSON object each in the Elastic Common Schema: all that is new with
/// --follow, or those of a time with --from and --to.
///
/// With --follow each is sent at least once, however often it is restarted, as long as --state names the same file: what was
/// received within the last 7 days is found however late it reaches ClickHouse. What is sent twice has the same event.id.
/// Syslog acknowledges nothing: what a receiver may not have read is sent again when its connection is lost, what it loses
/// itself is not. SIGHUP opens a file anew and looks back all of the 7 days, which happens every 5 minutes anyway; SIGTERM ends it in
/// order, and it exits 0.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Goes on and on with what is new.
    #[arg(long)]
    follow: bool,
    /// With --follow: where to. `-` is standard output, a path is a file that is appended to and synced, and made anew when
    /// it was rotated away; syslog+tcp://host:601 and syslog+tls://host:6514 are receivers of syslog. Without --follow: the
    /// end of the time, a day (2027-03-31, the whole of it) or a time.
    #[arg(long, value_name = "TARGET|DATE")]
    to: Option<String>,
    /// With --follow: where the position is kept. Without it, it begins anew with every start.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// With --follow: where to begin, when there is no position yet; without it, now.
    #[arg(long, value_name = "DATE", value_parser = range_begin)]
    since: Option<Timestamp>,
    /// With --follow: how often to look for what is new; at least 100ms.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = every)]
    every: Duration,
    /// With syslog: the facility of all messages.
    #[arg(long, value_name = "NAME", default_value = "local0")]
    facility: Facility,
    /// With syslog over TLS: a file with a root certificate (PEM) that is trusted besides the system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Without --follow: the beginning of the time. Alerts go by when they were told, sightings and reports by when they were
    /// received, decisions by when they were taken.
    #[arg(long, value_name = "DATE", value_parser = range_begin)]
    from: Option<Timestamp>,
    /// Without --follow: the events, or a table as it is stored.
    #[arg(long, value_name = "FORMAT", default_value = "ecs")]
    format: Format,
    /// Without --follow: the file, which is there when it is whole; `-` is standard output.
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Of these, with commas between them; for csv and parquet exactly one. Without it: alerts, sightings and decisions.
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    what: Vec<What>,
    /// Of this site only.
    #[arg(long, value_name = "NAME", default_value = "")]
    site: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Alerts, as collectors told them.
    Alerts,
    /// Reports that may be evidence.
    Sightings,
    /// What people decided.
    Decisions,
    /// All reports, noise included: for csv and parquet.
    Reports,
}

impl What {
    fn stream(self) -> Option<Stream> {
        match self {
            Self::Alerts => Some(Stream::Alerts),
            Self::Sightings => Some(Stream::Sightings),
            Self::Decisions => Some(Stream::Decisions),
            Self::Reports => None,
        }
    }

    fn table(self) -> Table {
        match self {
            Self::Alerts => Table::Alerts,
            Self::Sightings => Table::Sightings,
            Self::Decisions => Table::Decisions,
            Self::Reports => Table::Reports,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// JSON lines.
    Ecs,
    /// With the columns' names.
    Csv,
    /// Apache Parquet.
    Parquet,
}

/// What is to be done.
enum Task {
    Follow(Address, Vec<Stream>),
    /// From a time until before another.
    Events([Timestamp; 2], Vec<Stream>),
    Table([Timestamp; 2], Table, TableFormat),
}

/// Exports.
pub fn run(args: &ExportArgs, environment: &Environment) -> Result<(), Failure> {
    let task = task(args).map_err(|problems| Failure::Config(ConfigError(problems)))?;
    let config = args.config.load(environment)?;
    if !args.site.is_empty() {
        check_site(&config, &args.site)?;
    }
    let reader = Reader::new(connection(&config).client()?, &args.site);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match task {
            Task::Follow(address, streams) => follow::run(args, reader, &address, streams).await,
            Task::Events(range, streams) => {
                once::events(reader, range, &streams, &args.output).await
            }
            Task::Table(range, table, format) => {
                once::table(reader, range, (table, format), &args.output).await
            }
        }
    })
}

/// What the arguments mean together, or all that is wrong with them.
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
    const NO_END: &str = "goes without --follow, which has no end; --since says where to begin";
    if args.from.is_some() {
        wrong("--from", NO_END);
    }
    if args.format != Format::Ecs {
        wrong("--format", "--follow writes events (ecs); csv and parquet go with --from and --to");
    }
    if args.output.as_os_str() != "-" {
        wrong("--output", "goes without --follow; --to names the target");
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
        wrong("export", "needs --follow for all that is new, or --from and --to for a time");
        return None;
    };
    let Ok(to) = range_end(to) else {
        wrong(
            "--to",
            &format!("{to}: is no date; a target goes with --follow, a file with --output"),
        );
        return None;
    };
    if to <= from {
        wrong("--to", &format!("the time ends at {to}, before it begins at {from} (--from)"));
    }
    let format = match args.format {
        Format::Ecs => return Some(Task::Events([from, to], streams(args, wrong)?)),
        Format::Csv => TableFormat::Csv,
        Format::Parquet => TableFormat::Parquet,
    };
    let [what] = args.what[..] else {
        wrong("--what", "csv and parquet are of one of alerts, sightings, decisions or reports");
        return None;
    };
    Some(Task::Table([from, to], what.table(), format))
}

fn streams(args: &ExportArgs, wrong: &mut impl FnMut(&str, &str)) -> Option<Vec<Stream>> {
    if args.what.is_empty() {
        return Some(Stream::ALL.to_vec());
    }
    let streams: Option<Vec<Stream>> = args.what.iter().copied().map(What::stream).collect();
    if streams.is_none() {
        wrong("--what", "reports are no events; they go with --format csv or parquet");
    }
    let mut streams = streams?;
    streams.sort_unstable();
    streams.dedup();
    Some(streams)
}

fn every(text: &str) -> Result<Duration, String> {
    duration_at_least(Duration::from_millis(100), "100ms", text)
}

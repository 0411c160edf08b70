//! `cspwatch destinations`: the destinations that were seen, and what people decide about them.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::table::{self, defanged, safe, seconds};
use super::{
    ConfigArgs, Environment, Failure, check_site, connection, nonempty_text, range_end, run_query,
    time,
};
use crate::base::clock::Timestamp;
use crate::base::domain::registrable;
use crate::base::stdout::stdout;
use crate::decisions::{Decision, host_of};
use crate::store::decisions::{self, DecisionRow};
use crate::store::destinations::{self, Destination, Wanted};

/// The destinations that were seen, and a person's decisions on them.
#[derive(Debug, clap::Args)]
pub struct DestinationsArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Lists unknown destinations, the latest first, with what was decided about them.
    List(ListArgs),
    /// It is expected, as if it were configured: its alerts resolve within seconds on all collectors, and what reports
    /// name it is `known`. Reports whose own policy allows what they say was blocked stay `impossible`, as they do for
    /// configured hosts.
    Approve(DecideArgs),
    /// It is nothing: its reports are `noise`, kept and counted.
    Ignore(DecideArgs),
    /// Takes a decision back and forgets what was seen: the next report alerts as the first one did.
    Forget(DecideArgs),
}

/// Which to list.
#[derive(Debug, clap::Args)]
struct ListArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Those of this site only.
    #[arg(long, value_name = "NAME", default_value = "")]
    site: String,
    /// At most so many.
    #[arg(long, value_name = "COUNT", default_value = "100")]
    limit: u64,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// What is decided, by whom and why.
#[derive(Debug, clap::Args)]
struct DecideArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The destination, as alerts name it: a registrable domain or an IP address; defanged (`evil[.]example`) or not.
    #[arg(value_name = "DESTINATION")]
    destination: String,
    /// The site that it is about.
    #[arg(long, value_name = "NAME")]
    site: String,
    /// Who decides.
    #[arg(long, value_name = "WHO", value_parser = nonempty_text)]
    by: String,
    /// Why.
    #[arg(long, value_name = "TEXT", value_parser = nonempty_text)]
    why: String,
    /// The last day on which it holds (UTC), as 2027-03-31, or a time (RFC 3339); without it, until somebody decides
    /// otherwise.
    #[arg(long, value_name = "DATE", value_parser = range_end)]
    until: Option<Timestamp>,
}

/// Runs one of them.
pub fn run(args: &DestinationsArgs, environment: &Environment) -> Result<(), Failure> {
    match &args.command {
        Command::List(args) => list(args, environment),
        Command::Approve(args) => decide(args, Decision::Approve, environment),
        Command::Ignore(args) => decide(args, Decision::Ignore, environment),
        Command::Forget(args) => decide(args, Decision::Forget, environment),
    }
}

fn list(args: &ListArgs, environment: &Environment) -> Result<(), Failure> {
    let client = connection(&args.config.load(environment)?).client()?;
    let wanted = Wanted { site: &args.site, limit: args.limit };
    let found = run_query(destinations::list(&client, wanted))?;
    let mut out = io::BufWriter::new(stdout());
    if args.json {
        for destination in &found {
            writeln!(out, "{}", as_json(destination))?;
        }
    } else {
        print_table(&mut out, &found)?;
    }
    Ok(out.flush()?)
}

fn as_json(destination: &Destination) -> Value {
    let decision = (!destination.decision.is_empty()).then(|| {
        json!({
            "decision": destination.decision,
            "by": destination.by,
            "why": destination.why,
            "until": destination.until.map(time),
        })
    });
    json!({
        "site": destination.site,
        "page_group": destination.page_group,
        "destination": destination.destination,
        "first_seen": time(destination.first_seen),
        "last_seen": time(destination.last_seen),
        "reports": destination.reports,
        "clients": destination.clients,
        "active_days": destination.active_days,
        "channels": destination.channels,
        "engines": destination.engines,
        "dispositions": destination.dispositions,
        "decision": decision,
    })
}

/// Domains are defanged, so that no terminal makes a link of them; `approve` and the others take them so.
fn print_table(out: &mut impl Write, found: &[Destination]) -> io::Result<()> {
    const HEAD: [&str; 8] =
        ["SITE", "PAGES", "DESTINATION", "LAST SEEN", "REPORTS", "CLIENTS", "DAYS", "DECISION"];
    let lines: Vec<[String; 8]> = found
        .iter()
        .map(|it| {
            let by = if it.decision.is_empty() { String::new() } else { format!(" by {}", it.by) };
            [
                safe(&it.site),
                safe(&it.page_group),
                defanged(&it.destination),
                seconds(it.last_seen),
                it.reports.to_string(),
                it.clients.to_string(),
                it.active_days.to_string(),
                safe(&format!("{}{by}", it.decision)),
            ]
        })
        .collect();
    table::print(out, HEAD, &lines)
}

fn decide(args: &DecideArgs, decision: Decision, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    check_site(&config, &args.site)?;
    let host =
        host_of(&args.destination).map_err(|wrong| format!("{} {wrong}", args.destination))?;
    let destination = registrable(&host);
    let now = Timestamp::now();
    if args.until.is_some_and(|until| until <= now) {
        return Err("--until: that time is over already".into());
    }
    let row = DecisionRow {
        decided_at: now.0,
        site: &args.site,
        destination,
        decision: decisions::code(decision),
        by: &args.by,
        why: &args.why,
        until: args.until.map(|until| until.0),
    };
    let client = connection(&config).client()?;
    run_query(decisions::decide(&client, &row))?;
    let mut out = stdout();
    if host != destination {
        writeln!(out, "{host} is one of {destination}, which this is about as a whole")?;
    }
    let until = args.until.map_or_else(String::new, |until| format!(" until {until}"));
    let word = decision.as_str();
    writeln!(
        out,
        "{word}: {destination} on {}{until}; the collectors follow within seconds",
        args.site
    )?;
    Ok(())
}

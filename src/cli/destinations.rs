//! `cspwatch destinations`: lists the destinations that reports named, and records decisions about them.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::table::{self, defanged, safe, seconds};
use super::{
    ConfigArgs, Environment, Failure, answering, check_site, eprintln_line, nonempty_text,
    range_end, time,
};
use crate::base::clock::Timestamp;
use crate::base::domain::registrable;
use crate::base::stdout::stdout;
use crate::config::Config;
use crate::decisions::{Decision, destination_of, extent_words};
use crate::store::decisions::{self, Deciding, NewDecision, StoredDecision};
use crate::store::destinations::{self, Destination, DestinationQuery};
use crate::store::incident;

/// Lists the destinations that reports named, and records your decisions about them.
#[derive(Debug, clap::Args)]
pub struct DestinationsArgs {
    #[command(subcommand)]
    command: DestinationsCommand,
}

#[derive(Debug, clap::Subcommand)]
enum DestinationsCommand {
    /// Lists unknown destinations, the most recent first, each with the decision about it.
    List(DestinationListArgs),
    /// Approves a destination, as if it were configured: its alerts resolve within seconds on all collectors, and new
    /// reports of it are `known`. With --directive or --page-group, only what is reported there. As with configured hosts, reports whose own policy allows what they name as blocked stay
    /// `impossible`.
    Approve(ApproveArgs),
    /// Ignores a destination: new reports of it are `noise`, which is stored and counted.
    Ignore(DecideArgs),
    /// Says that it is over: its alerts end now, and the next report alerts like the first one. For a theft that is fixed.
    #[command(visible_alias = "over")]
    Forget(DecideArgs),
    /// Undoes the newest decision about a destination: what was in force before is in force again.
    Undo(UndoArgs),
}

/// Which destinations to list.
#[derive(Debug, clap::Args)]
struct DestinationListArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Only destinations of this site.
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    site: String,
    /// The largest number of destinations.
    #[arg(long, value_name = "COUNT", default_value = "100", value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    /// Print one JSON object for each destination.
    #[arg(long)]
    json: bool,
}

/// The decision: about what, by whom, why, and until when.
#[derive(Debug, clap::Args)]
struct DecideArgs {
    #[command(flatten)]
    about: AboutArgs,
    /// The last day of the decision (UTC), as 2027-03-31, or a time (RFC 3339). Without it, the decision holds until the
    /// next one.
    #[arg(long, value_name = "DATE", value_parser = range_end)]
    until: Option<Timestamp>,
}

/// The decision, and how far it goes.
#[derive(Debug, clap::Args)]
struct ApproveArgs {
    #[command(flatten)]
    decide: DecideArgs,
    /// Approve only what violates this directive, such as connect-src; script-src is for script-src-elem, too. An alert about
    /// a page group where other directives named the destination goes on.
    #[arg(long, value_name = "DIRECTIVE", default_value = "", hide_default_value = true)]
    directive: String,
    /// Approve it only on the pages of this page group; `other` are those in none.
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    page_group: String,
}

/// What to undo: the newest decision about a destination.
#[derive(Debug, clap::Args)]
struct UndoArgs {
    #[command(flatten)]
    about: AboutArgs,
}

/// What somebody decides about, who does, and why.
#[derive(Debug, clap::Args)]
struct AboutArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The destination, as alerts name it: a registrable domain or an IP address; defanged (`evil[.]example`) or not. Or a host
    /// where anybody can have an account, such as script.google.com: decisions about its domain cover it only if it was reported
    /// before.
    #[arg(value_name = "DESTINATION")]
    destination: String,
    /// Name of the site.
    #[arg(long, value_name = "NAME")]
    site: String,
    /// Your name, or the name of the person who decides.
    #[arg(long, value_name = "WHO", value_parser = nonempty_text)]
    by: String,
    /// The reason; it is kept with the decision.
    #[arg(long, value_name = "TEXT", value_parser = nonempty_text)]
    why: String,
}

/// Runs the subcommand.
pub fn run(args: &DestinationsArgs, environment: &Environment) -> Result<(), Failure> {
    match &args.command {
        DestinationsCommand::List(args) => list(args, environment),
        DestinationsCommand::Approve(args) => approve(args, environment),
        DestinationsCommand::Ignore(args) => everywhere(Decision::Ignore, args, environment),
        DestinationsCommand::Forget(args) => everywhere(Decision::Forget, args, environment),
        DestinationsCommand::Undo(args) => decide(&args.about, None, environment),
    }
}

fn list(args: &DestinationListArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    if !args.site.is_empty() {
        check_site(&config, &args.site)?;
    }
    let client = answering(&config)?;
    let now = Timestamp::now();
    let query = DestinationQuery { site: &args.site, at: now, limit: args.limit };
    let found = client.run(destinations::list(&client, query))?;
    if found.is_empty() {
        eprintln_line("cspwatch: no unknown destination so far; a report takes some seconds");
    }
    let mut out = io::BufWriter::new(stdout());
    if args.json {
        for destination in &found {
            writeln!(out, "{}", as_json(destination))?;
        }
    } else {
        print_table(&mut out, &found, now)?;
    }
    Ok(out.flush()?)
}

fn as_json(destination: &Destination) -> Value {
    let decision = (!destination.decision.is_empty()).then(|| {
        json!({
            "decision": destination.decision,
            "directive": destination.directive,
            "page_group": destination.within,
            "at": time(destination.decided_at),
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
        "severity": (!destination.severity.is_empty()).then_some(&destination.severity),
        "decision": decision,
    })
}

/// Prints destinations defanged, so that no terminal makes a link of them. The subcommands accept them in this form.
fn print_table(out: &mut impl Write, found: &[Destination], now: Timestamp) -> io::Result<()> {
    const HEAD: [&str; 9] = [
        "SITE",
        "PAGES",
        "DESTINATION",
        "SEVERITY",
        "LAST SEEN",
        "REPORTS",
        "CLIENTS",
        "DAYS",
        "DECISION",
    ];
    let lines: Vec<[String; 9]> = found
        .iter()
        .map(|destination| {
            [
                safe(&destination.site),
                safe(&destination.page_group),
                defanged(&destination.destination),
                safe(&destination.severity),
                seconds(destination.last_seen),
                destination.reports.to_string(),
                destination.clients.to_string(),
                destination.active_days.to_string(),
                safe(&decision_in_words(destination, now)),
            ]
        })
        .collect();
    table::print(out, HEAD, &lines)
}

/// What was decided, and whether that still stands. The counts beside it are of all reports.
fn decision_in_words(destination: &Destination, now: Timestamp) -> String {
    let Destination { decision, by, decided_at, last_seen, until, severity, .. } = destination;
    if decision.is_empty() {
        return String::new();
    }
    // An alert since then names it, or a report.
    let is_back = last_seen > decided_at || !severity.is_empty();
    let state = match until {
        Some(until) if *until <= now => format!(", ended {}", seconds(*until)),
        _ if decision == Decision::Forget.as_str() && is_back => {
            format!(", reported again since {}", seconds(*decided_at))
        }
        _ => String::new(),
    };
    let extent = extent_words(&destination.directive, &destination.within);
    format!("{decision}{extent} by {by}{state}")
}

/// What somebody wants to decide.
struct Wanted {
    decision: Decision,
    directive: String,
    page_group: String,
    until: Option<Timestamp>,
}

fn approve(args: &ApproveArgs, environment: &Environment) -> Result<(), Failure> {
    let (directive, page_group) = (args.directive.clone(), args.page_group.clone());
    let until = args.decide.until;
    let wanted = Wanted { decision: Decision::Approve, directive, page_group, until };
    decide(&args.decide.about, Some(&wanted), environment)
}

fn everywhere(
    decision: Decision,
    args: &DecideArgs,
    environment: &Environment,
) -> Result<(), Failure> {
    let (directive, page_group) = (String::new(), String::new());
    let wanted = Wanted { decision, directive, page_group, until: args.until };
    decide(&args.about, Some(&wanted), environment)
}

/// Records a decision, or undoes the newest one.
fn decide(
    args: &AboutArgs,
    wanted: Option<&Wanted>,
    environment: &Environment,
) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    check_site(&config, &args.site)?;
    let host = destination_of(&args.destination)
        .map_err(|wrong| Failure::Usage(format!("{} {wrong}", args.destination).into()))?;
    let destination = decisions::subject(&host);
    let now = Timestamp::now();
    let made = wanted.map(|wanted| made(&config, args, wanted, now)).transpose()?;
    let client = answering(&config)?;
    let latest = client.run(decisions::newest_of(&client, (&args.site, destination)))?;
    let at = decisions::time_after(latest.first().map(|newest| newest.decided_at), now);
    let made = made.map_or_else(|| undoing(args, &latest, at), |made| Ok(vec![made]))?;
    let site = &*args.site;
    let deciding = Deciding { site, destination, by: &args.by, at };
    let (stored, hosts) = client.run(decisions::decide_all(&client, deciding, made))?;
    if !client.run(incident::is_reported(&client, (site, registrable(destination))))? {
        eprintln_line(&format!(
            "cspwatch: no report of {site} names {destination} so far; `cspwatch destinations list` has what they name"
        ));
    }
    let mut out = stdout();
    if host != destination {
        writeln!(
            out,
            "{host} belongs to {destination}; the decision applies to all of {destination}"
        )?;
    }
    for line in decisions::scope(destination, &hosts) {
        eprintln_line(&format!("cspwatch: {line}"));
    }
    for decision in &stored {
        let line = in_words(decision);
        writeln!(out, "{line}: {destination} on {site}; all collectors apply it within seconds")?;
    }
    Ok(())
}

/// What somebody wants to decide, checked.
fn made(
    config: &Config,
    args: &AboutArgs,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<NewDecision, Failure> {
    let &Wanted { decision, ref directive, ref page_group, until } = wanted;
    if until.is_some_and(|until| until <= now) {
        return Err(Failure::Usage("--until: this time is in the past".into()));
    }
    let extent = config.extent(&args.site, directive, page_group);
    let extent = extent.map_err(|wrong| Failure::Usage(wrong.into()))?;
    Ok(NewDecision { decision, extent, until, why: args.why.clone() })
}

/// What undoes the newest decision.
fn undoing(
    args: &AboutArgs,
    latest: &[StoredDecision],
    at: Timestamp,
) -> Result<Vec<NewDecision>, Failure> {
    let undoing = NewDecision::undoing(latest, &args.why, at);
    if undoing.is_empty() {
        let nothing =
            format!("no decision about {} on {} is in force", args.destination, args.site);
        return Err(Failure::Other(format!("{nothing}: there is nothing to undo").into()));
    }
    Ok(undoing)
}

fn in_words(made: &StoredDecision) -> String {
    let name = format!("{}{}", made.decision, made.extent().in_words());
    match made.until {
        _ if made.is_undone() => format!("undone, {name} is no longer in force"),
        Some(until) => format!("{name} until {until}"),
        None => name,
    }
}

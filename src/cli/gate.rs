//! `cspwatch gate`: whether a release broke something.

mod output;

use std::time::Duration;

use super::{
    ConfigArgs, Environment, Failure, answering_client, check_site_argument, duration_at_least,
    eprintln_line, range_begin, run_query,
};
use crate::audit::gate::{self, NewViolation, Traffic};
use crate::base::clock::{MINUTE, SECOND, Timestamp};
use crate::base::display::{safe, seconds};
use crate::store::client::Client;
use crate::store::error::InsertError;
use crate::store::{gate as stored, releases};

/// How often is looked.
const EVERY: Duration = Duration::from_secs(10);

/// How long a report takes to ClickHouse at most, while all goes well.
const ON_THE_WAY: Duration = Duration::from_secs(15);

/// Says what a release broke: which violations more visitors report since then than in the same hours before.
///
/// It looks until the time is over, and ends at once when it finds something. Exit code 0: nothing is new. 1: something is, or the
/// comparison failed, or nothing was reported at all.
#[derive(Debug, clap::Args)]
pub struct GateArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Name of the site.
    #[arg(value_name = "SITE")]
    site: String,
    /// The time of the release: RFC 3339. Default: the latest release that `cspwatch release` marked.
    #[arg(long, value_name = "TIME", value_parser = range_begin, conflicts_with = "release")]
    since: Option<Timestamp>,
    /// The version of the release.
    #[arg(long, value_name = "VERSION", default_value = "")]
    release: String,
    /// How long after the release to look.
    #[arg(long = "for", value_name = "DURATION", default_value = "15m", value_parser = at_least_a_minute)]
    length: Duration,
    /// Exit with 0 also where the pages reported nothing at all since the release.
    #[arg(long)]
    allow_silence: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

fn at_least_a_minute(text: &str) -> Result<Duration, String> {
    duration_at_least(MINUTE, "1m", text)
}

/// What is compared, and what was found.
#[derive(Debug)]
struct Comparison<'a> {
    site: &'a str,
    /// Empty where a time was given.
    version: String,
    since: Timestamp,
    until: Timestamp,
    new: Vec<NewViolation>,
    traffic: Traffic,
}

/// Looks until something is new or the time is over; prints it.
pub fn run(args: &GateArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    check_site_argument(&config, &args.site)?;
    let client = answering_client(&config)?;
    let (version, since) = release(args, &client)?;
    if since > Timestamp::now() {
        return Err(Failure::Usage("the release is in the future".into()));
    }
    let end = since + args.length;
    let comparison = loop {
        let now = Timestamp::now();
        let until = now.min(end);
        let (new, traffic) = run_query(look(&client, &args.site, (since, until)))?;
        if !new.is_empty() || now >= end + ON_THE_WAY {
            let version = version.clone();
            break Comparison { site: &args.site, version, since, until, new, traffic };
        }
        let left = (end + ON_THE_WAY).since(now);
        eprintln_line(&format!("nothing is new so far; {} s to go", left.as_secs()));
        std::thread::sleep(EVERY.min(left).max(SECOND));
    };
    output::print(&comparison, args.json)?;
    match comparison.new.len() {
        0 if !comparison.traffic.has_reports && !args.allow_silence => Err(silence(&comparison)),
        0 => Ok(()),
        1 => Err("1 violation is new".into()),
        more => Err(format!("{more} violations are new").into()),
    }
}

/// That nothing was reported may mean that nobody listens: then nothing is known of the release.
fn silence(comparison: &Comparison<'_>) -> Failure {
    let Comparison { site, version, since, .. } = comparison;
    let since = if version.is_empty() { seconds(*since) } else { safe(version) };
    let message = format!(
        "no page of {site} has reported anything since {since}: cannot compare. See whether reports arrive (`cspwatch \
         doctor`), look for longer (--for), or give --allow-silence where pages without reports are usual"
    );
    Failure::Other(message.into())
}

async fn look(
    client: &Client,
    site: &str,
    (since, until): (Timestamp, Timestamp),
) -> Result<(Vec<NewViolation>, Traffic), InsertError> {
    let (rows, traffic) = stored::compare(client, site, (since, until)).await?;
    Ok(gate::compare(rows, traffic, until.since(since)))
}

/// Version and time of the release that is meant.
fn release(args: &GateArgs, client: &Client) -> Result<(String, Timestamp), Failure> {
    if let Some(since) = args.since {
        return Ok((String::new(), since));
    }
    let found = run_query(releases::latest(client, &args.site, &args.release))?;
    let found = found.ok_or_else(|| {
        let which = if args.release.is_empty() { "no release" } else { "no such release" };
        let message = format!(
            "{which} of {} is marked: run `cspwatch release {} VERSION` when you deploy, or give --since",
            args.site, args.site
        );
        Failure::Usage(message.into())
    })?;
    Ok((found.version, found.at))
}

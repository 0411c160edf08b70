//! `cspwatch gate`: whether a release broke something.

mod output;

use std::time::Duration;

use super::{
    Answering, ConfigArgs, Environment, Failure, answering, check_site_argument, duration_at_least,
    eprintln_line, range_begin,
};
use crate::audit::gate::{self, NewViolation, Traffic};
use crate::base::clock::{DAY, MINUTE, SECOND, Timestamp, days};
use crate::base::display::{defanged_words, safe, seconds};
use crate::config::Config;
use crate::store::client::Client;
use crate::store::error::InsertError;
use crate::store::inferred_releases::{InferredRelease, inferred_releases};
use crate::store::{gate as stored, releases};

/// How often is looked.
const EVERY: Duration = Duration::from_secs(10);

/// How long a report takes to ClickHouse at most, while all goes well.
const ON_THE_WAY: Duration = Duration::from_secs(15);

/// How far back an inferred release is looked for: who deploys less often marks releases.
const INFERRED_WITHIN: Duration = days(30);

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
    /// The time of the release: RFC 3339. `inferred`: when several scripts of the site changed together last and nobody had marked
    /// a release. Default: the latest release that `cspwatch release` marked.
    #[arg(long, value_name = "TIME", value_parser = since, conflicts_with = "release")]
    since: Option<Since>,
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

/// What `--since` says.
#[derive(Debug, Clone, Copy)]
enum Since {
    /// This time.
    Time(Timestamp),
    /// The latest inferred release.
    Inferred,
}

fn since(text: &str) -> Result<Since, String> {
    match text {
        "inferred" => Ok(Since::Inferred),
        time => range_begin(time)
            .map(Since::Time)
            .map_err(|why| format!("{why}; or `inferred`: when scripts changed together last")),
    }
}

/// The release that is meant.
#[derive(Debug)]
struct Meant {
    at: Timestamp,
    /// Empty where nobody marked it.
    version: String,
    /// What it is inferred from, where it is.
    inferred: Option<InferredRelease>,
}

/// What is compared, and what was found.
#[derive(Debug)]
struct Comparison<'a> {
    site: &'a str,
    release: Meant,
    until: Timestamp,
    new: Vec<NewViolation>,
    traffic: Traffic,
}

/// Looks until something is new or the time is over; prints it.
pub fn run(args: &GateArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    check_site_argument(&config, &args.site)?;
    let client = answering(&config)?;
    let release = meant(args, &config, &client)?;
    let since = release.at;
    if since > Timestamp::now() {
        return Err(Failure::Usage("the release is in the future".into()));
    }
    let end = since + args.length;
    let comparison = loop {
        let now = Timestamp::now();
        let until = now.min(end);
        let (new, traffic) = client.run(look(&client, &args.site, (since, until)))?;
        if !new.is_empty() || now >= end + ON_THE_WAY {
            break Comparison { site: &args.site, release, until, new, traffic };
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
    let Comparison { site, release, .. } = comparison;
    let version = &release.version;
    let since = if version.is_empty() { seconds(release.at) } else { safe(version) };
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

/// The release that the arguments mean.
fn meant(args: &GateArgs, config: &Config, client: &Answering<'_>) -> Result<Meant, Failure> {
    match args.since {
        Some(Since::Time(at)) => return Ok(Meant { at, version: String::new(), inferred: None }),
        Some(Since::Inferred) => {
            let found = latest_inferred(&args.site, config, client)?;
            let found = found.ok_or_else(|| Failure::Usage(none_inferred(&args.site).into()))?;
            let version = String::new();
            return Ok(Meant { at: found.at, version, inferred: Some(found) });
        }
        None => {}
    }
    match client.run(releases::latest(client, &args.site, &args.release))? {
        Some(marked) => Ok(Meant { at: marked.at, version: marked.version, inferred: None }),
        None => {
            let inferred = latest_inferred(&args.site, config, client)?;
            Err(Failure::Usage(not_marked(args, inferred.as_ref()).into()))
        }
    }
}

/// The latest inferred release of the past weeks.
fn latest_inferred(
    site: &str,
    config: &Config,
    client: &Answering<'_>,
) -> Result<Option<InferredRelease>, Failure> {
    let now = Timestamp::now();
    let time = (now - INFERRED_WITHIN, now);
    let found = client.run(inferred_releases(client, (site, &config.sites), time, 1))?;
    Ok(found.into_iter().next())
}

fn none_inferred(site: &str) -> String {
    format!(
        "no release of {site} can be inferred: in {} days, no three of its own scripts that browsers report the hashes of changed \
         within ten minutes, but for releases that are marked; `--since TIME` takes any time",
        INFERRED_WITHIN.as_secs() / DAY.as_secs()
    )
}

/// That no such release is marked, and what to do.
fn not_marked(args: &GateArgs, inferred: Option<&InferredRelease>) -> String {
    let site = &args.site;
    let which = if args.release.is_empty() { "no release" } else { "no such release" };
    let inferred = inferred.map_or_else(String::new, |release| {
        let words = defanged_words(&release.words());
        format!("; {words} at {}: give --since inferred to compare with that", seconds(release.at))
    });
    format!(
        "{which} of {site} is marked: run `cspwatch release {site} VERSION` when you deploy, or give --since{inferred}"
    )
}

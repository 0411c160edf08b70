//! `cspwatch incident`: when, where and whom a destination touched.

mod changes;
mod coverage;
mod csv;
mod html;
mod json;
mod text;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use super::{
    ConfigArgs, Environment, Failure, check_site, connection, duration_at_least, run_query,
};
use crate::base::clock::Timestamp;
use crate::base::domain::registrable;
use crate::config::Config;
use crate::decisions::host_of;
use crate::store::incident::{self, Question};
use coverage::Coverage;
use html::Made;

/// The exposure window of a destination: first and last report, active days and periods, pages, directives, tags, what is
/// related, what else changed then, and the hours in which nobody reported, so that no report means nothing.
///
/// Exits 1 where no report names it, and says what was searched.
#[derive(Debug, clap::Args)]
pub struct IncidentArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The destination, as alerts name it: a registrable domain or an IP address; defanged (`evil[.]example`) or not.
    #[arg(value_name = "DESTINATION")]
    destination: String,
    /// Reports of this site only.
    #[arg(long, value_name = "NAME", default_value = "")]
    site: String,
    /// So long without a report ends a period; at least a minute.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = gap)]
    gap: Duration,
    #[command(flatten)]
    format: Format,
}

/// How it is printed: as text, unless one of these says otherwise.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Format {
    /// One JSON object, with every page and every tag.
    #[arg(long)]
    json: bool,
    /// The list of all tags, one line each. A leading `-` has an apostrophe before it, so that no spreadsheet computes it.
    #[arg(long)]
    csv: bool,
    /// A report on one page, with every page and every tag, made to be kept, sent and printed.
    #[arg(long)]
    html: bool,
}

/// Of pages, scripts and tags: more than an incident has, and less than a memory.
const ROWS_MAX: u64 = 1_000_000;
const HOUR_MILLIS: i64 = 3_600_000;
const DAY_MILLIS: i64 = 24 * HOUR_MILLIS;

/// Asks and prints.
pub fn run(args: &IncidentArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    if !args.site.is_empty() {
        check_site(&config, &args.site)?;
    }
    let host =
        host_of(&args.destination).map_err(|wrong| format!("{} {wrong}", args.destination))?;
    let destination = registrable(&host);
    let gap = u32::try_from(args.gap.as_secs()).unwrap_or(u32::MAX);
    let question = Question { destination, site: &args.site, gap, limit: ROWS_MAX };
    let client = connection(&config).client()?;
    let Some(found) = run_query(incident::read(&client, question))? else {
        return Err(not_found(destination, &args.site, &config).into());
    };
    let coverage = Coverage::of(&found);
    let changes = changes::of(&found, &coverage);
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.format.csv {
        csv::print(&mut out, &found.tags)?;
    } else if args.format.html {
        let periods = run_query(incident::page_group_periods(&client, question))?;
        let made = Made {
            at: Timestamp::now(),
            database: &config.clickhouse.database,
            site: &args.site,
            gap: args.gap,
        };
        write!(out, "{}", html::report(destination, &found, &periods, &coverage, &changes, &made))?;
    } else if args.format.json {
        writeln!(out, "{}", json::as_json(destination, &args.site, &found, &coverage, &changes))?;
    } else {
        text::print(&mut out, destination, &found, &coverage, &changes)?;
    }
    Ok(out.flush()?)
}

/// What was searched, where nothing was found.
fn not_found(destination: &str, site: &str, config: &Config) -> String {
    let sites =
        if site.is_empty() { "of any site".to_owned() } else { format!("of the site {site}") };
    let kept =
        config.retention.sightings.map_or("for ever".to_owned(), |days| format!("for {days} days"));
    format!(
        "no report {sites} names {destination} as an unknown destination; searched: all such reports, which the database \
         {} keeps {kept}. `cspwatch destinations list` tells which there are",
        config.clickhouse.database
    )
}

fn gap(text: &str) -> Result<Duration, String> {
    duration_at_least(Duration::from_secs(60), "a minute", text)
}

/// How many reports there are of each value.
fn sums<'a>(values: impl Iterator<Item = (&'a str, u64)>) -> BTreeMap<&'a str, u64> {
    let mut sums = BTreeMap::new();
    for (value, reports) in values {
        *sums.entry(value).or_default() += reports;
    }
    sums
}

//! `cspwatch incident`: when, where and whom a destination touched.

mod coverage;
mod text;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Value, json};

use super::{ConfigArgs, Environment, Failure, ask, check_site, connection};
use crate::clock::Timestamp;
use crate::config::duration;
use crate::guidance::host_of;
use crate::judge::registrable;
use crate::store::incident::{self, Incident, Question};
use coverage::Coverage;

/// The exposure window of a destination: first and last report, active days and periods, pages, directives, tags, and
/// the hours in which nobody reported, so that no report means nothing.
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
    /// One JSON object, with every page and every tag.
    #[arg(long)]
    json: bool,
}

/// Of pages, scripts and tags: more than an incident has, and less than a memory.
const ROWS_MAX: u64 = 1_000_000;
const DAY_MILLIS: i64 = 86_400_000;

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
    let Some(found) = ask(incident::read(&client, question))? else {
        return Err(nothing(destination, &args.site, &config.clickhouse.database).into());
    };
    let coverage = Coverage::of(&found);
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.json {
        writeln!(out, "{}", as_json(destination, &args.site, &found, &coverage))?;
    } else {
        text::print(&mut out, destination, &found, &coverage)?;
    }
    Ok(out.flush()?)
}

/// What was searched, where nothing was found.
fn nothing(destination: &str, site: &str, database: &str) -> String {
    let sites =
        if site.is_empty() { "of any site".to_owned() } else { format!("of the site {site}") };
    format!(
        "no report {sites} names {destination} as an unknown destination; searched: all that the database {database} \
         keeps of such reports, 800 days. `cspwatch destinations list` tells which there are"
    )
}

fn gap(text: &str) -> Result<Duration, String> {
    let gap = duration(text)?;
    if gap < Duration::from_secs(60) {
        return Err("is less than a minute".to_owned());
    }
    Ok(gap)
}

fn time(millis: i64) -> String {
    Timestamp(millis).to_string()
}

/// A day as 2026-11-01; `days` since 1970-01-01.
fn day(days: u16) -> String {
    let mut midnight = time(i64::from(days) * DAY_MILLIS);
    midnight.truncate("2026-11-01".len());
    midnight
}

/// How many reports there are of each value.
fn sums<'a>(values: impl Iterator<Item = (&'a str, u64)>) -> BTreeMap<&'a str, u64> {
    let mut sums = BTreeMap::new();
    for (value, reports) in values {
        *sums.entry(value).or_default() += reports;
    }
    sums
}

/// The public form; README.md describes it.
fn as_json(destination: &str, site: &str, found: &Incident, coverage: &Coverage) -> Value {
    let summary = &found.summary;
    let site = match (site, &summary.sites[..]) {
        ("", [only]) => Some(only.as_str()),
        ("", _) => None,
        (site, _) => Some(site),
    };
    let directives = || found.directives.iter();
    json!({
        "destination": destination,
        "site": site,
        "sites": summary.sites,
        "page_groups": summary.page_groups,
        "first_seen": time(summary.first_seen),
        "last_seen": time(summary.last_seen),
        "reports": summary.reports,
        "redelivered": found.redelivered,
        "clients": summary.clients,
        "networks": summary.networks,
        "estimates": { "fields": ["clients", "networks"], "exact_below": 65_536, "error_beyond": 0.01 },
        "active_days": summary.active_days.iter().copied().map(day).collect::<Vec<_>>(),
        "active_periods": found.periods.iter().map(|period| json!({
            "from": time(period.period_from),
            "to": time(period.period_to),
            "reports": period.reports,
            "clients": period.clients,
        })).collect::<Vec<_>>(),
        "pages": found.pages.iter().map(|page| json!({
            "site": page.site,
            "page_group": page.page_group,
            "path": page.path,
            "reports": page.reports,
            "clients": page.clients,
            "first_seen": time(page.first_seen),
            "last_seen": time(page.last_seen),
        })).collect::<Vec<_>>(),
        "channels": sums(directives().map(|it| (it.channel.as_str(), it.reports))),
        "dispositions": sums(directives().map(|it| (it.disposition.as_str(), it.reports))),
        "directives": sums(directives().map(|it| (it.directive.as_str(), it.reports))),
        "engines": sums(found.engines.iter().map(|it| (it.engine.as_str(), it.reports))),
        "scripts": found.scripts.iter().map(|script| json!({
            "blocked_host": script.blocked_host,
            "blocked_path": script.blocked_path,
            "source_host": script.source_host,
            "source_path": script.source_path,
            "reports": script.reports,
            "first_seen": time(script.first),
            "last_seen": time(script.last),
        })).collect::<Vec<_>>(),
        "tags": found.tags.iter().map(|tag| json!({
            "tag": tag.tag,
            "signed": tag.signed,
            "first_seen": time(tag.first_seen),
            "reports": tag.reports,
        })).collect::<Vec<_>>(),
        "decisions": found.decisions.iter().map(|it| json!({
            "at": time(it.decided_at),
            "site": it.site,
            "decision": it.decision,
            "by": it.by,
            "why": it.why,
            "until": it.until.map(time),
        })).collect::<Vec<_>>(),
        "coverage": coverage.as_json(),
    })
}

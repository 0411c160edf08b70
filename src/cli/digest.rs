//! `cspwatch digest`: what happened on a site in a period, as text for a mail, or as JSON.

mod text;

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{
    Answering, ConfigArgs, Environment, Failure, answering, check_site_argument, range_begin,
    range_end, time,
};
use crate::audit::digest::{DigestDestination, DigestInputs, UndecidedFinding, html};
use crate::audit::evidence::json as evidence_json;
use crate::base::clock::{DAY, Timestamp, days};
use crate::base::stdout::stdout;
use crate::config::Config;
use crate::store::destinations;
use crate::store::evidence::{self, EvidenceQuery};
use crate::store::findings::{self, FindingQuery};
use crate::store::releases::{self, Release};
use crate::store::scripts::{self, RecordedScriptDecision};

/// The largest number of rows of what is new, and of releases.
const ROWS_MAX: u64 = 1_000;

/// Sums up a period of a site, for a mail: what still waits for a decision, what is new and how urgent, what was decided and by
/// whom, releases, and days on which no collector worked.
///
/// Run it from cron, once a week, and send what it prints.
#[derive(Debug, clap::Args)]
pub struct DigestArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Name of the site. Default: all sites of the configuration, one after the other.
    #[arg(value_name = "SITE")]
    site: Option<String>,
    /// The first day (UTC), as 2027-01-01, or a time (RFC 3339). Default: seven days before --to.
    #[arg(long, value_name = "DATE", value_parser = range_begin)]
    from: Option<Timestamp>,
    /// The last day (UTC), which is included, or a time. Default: yesterday.
    #[arg(long, value_name = "DATE", value_parser = range_end)]
    to: Option<Timestamp>,
    #[command(flatten)]
    form: DigestForm,
}

/// The form of the output. Without any of these: text for a mail.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct DigestForm {
    /// Print one JSON object for each site, one per line.
    #[arg(long)]
    json: bool,
    /// Print one HTML page with all sites, to mail and to keep.
    #[arg(long)]
    html: bool,
}

/// Prints the digest of each site.
pub fn run(args: &DigestArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    let now = Timestamp::now();
    let to = args.to.unwrap_or_else(|| now.floor(DAY));
    let from = args.from.unwrap_or_else(|| to - days(7));
    if to <= from {
        return Err(Failure::Usage(format!("--to {to}: is not after --from {from}").into()));
    }
    let sites = sites(args, &config)?;
    let client = answering(&config)?;
    let mut out = io::BufWriter::new(stdout());
    let digests = sites.into_iter().map(|site| read(&client, site, (from, to), now));
    if args.form.html {
        let digests = digests.collect::<Result<Vec<_>, _>>()?;
        write!(out, "{}", html::page_of(&digests))?;
        return Ok(out.flush()?);
    }
    for (number, digest) in digests.enumerate() {
        let digest = digest?;
        if args.form.json {
            writeln!(out, "{}", as_json(&digest))?;
        } else {
            if number > 0 {
                writeln!(out, "\n")?;
            }
            text::print(&mut out, &digest)?;
        }
    }
    Ok(out.flush()?)
}

/// The sites that were asked for.
fn sites<'a>(args: &'a DigestArgs, config: &'a Config) -> Result<Vec<&'a str>, Failure> {
    if let Some(site) = &args.site {
        check_site_argument(config, site)?;
        return Ok(vec![site]);
    }
    let sites: Vec<&str> = config.sites.iter().map(|site| site.name.as_str()).collect();
    if sites.is_empty() {
        return Err(Failure::Usage("no site is configured; name one: cspwatch digest SITE".into()));
    }
    Ok(sites)
}

fn read(
    client: &Answering<'_>,
    site: &str,
    period: (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<DigestInputs, Failure> {
    let (from, to) = period;
    let query = EvidenceQuery { site, page_group: "", from, to };
    let ever = Timestamp::from_millis(0);
    let open = FindingQuery { site, since: ever, now, limit: ROWS_MAX, offset: 0 };
    Ok(DigestInputs {
        site: site.to_owned(),
        period,
        now,
        new: client.run(destinations::new_within(client, site, period, ROWS_MAX))?,
        open: client.run(findings::undecided(client, open))?,
        records: client.run(evidence::read(client, query))?,
        script_decisions: client.run(scripts::decided(client, site, to))?,
        releases: client.run(releases::releases(client, site, period, ROWS_MAX))?,
    })
}

fn as_json(digest: &DigestInputs) -> Value {
    let (from, to) = digest.period;
    let (alerts, gaps) = (digest.alerts(), digest.gaps());
    let undecided = digest.undecided();
    let values = |values: Vec<Value>| Value::Array(values);
    json!({
        "site": digest.site,
        "from": time(from),
        "to": time(to),
        "undecided": values(undecided.findings.iter().map(undecided_json).collect()),
        "undecided_omitted": undecided.omitted,
        "new": values(digest.destinations().iter().map(destination_json).collect()),
        "alerts": { "pages": alerts.pages, "tickets": alerts.tickets },
        "decisions": evidence_json::decisions(&digest.records.decisions),
        "script_decisions": values(digest.script_decisions().map(script_json).collect()),
        "releases": values(digest.releases.iter().map(release_json).collect()),
        "drills": {
            "passed": digest.records.count_passed_drills(),
            "all": digest.records.drills.len(),
        },
        "days_without_collector": gaps.without_collector,
        "days_without_report": gaps.without_report,
    })
}

fn undecided_json(finding: &UndecidedFinding<'_>) -> Value {
    json!({
        "destination": finding.destination,
        "severity": finding.severity.as_str(),
        "page_groups": finding.page_groups,
        "first_alert": time(finding.first_alert),
        "last_alert": time(finding.last_alert),
        "reports": finding.reports,
        "reason": finding.reason,
    })
}

fn destination_json(found: &DigestDestination<'_>) -> Value {
    json!({
        "destination": found.destination,
        "severity": found.severity.as_str(),
        "page_groups": found.page_groups,
        "first_seen": time(found.first_seen),
        "reports": found.reports,
        "decision": found.decision.map(evidence_json::decision),
    })
}

fn script_json(decision: &RecordedScriptDecision) -> Value {
    json!({
        "at": time(decision.decided_at),
        "host": decision.script_host,
        "path": decision.script_path,
        "hash": decision.hash,
        "page_group": decision.page_group,
        "decision": decision.decision,
        "by": decision.by,
        "why": decision.justification,
    })
}

fn release_json(release: &Release) -> Value {
    json!({
        "at": time(release.at),
        "version": release.version,
        "environment": release.environment,
        "by": release.by,
    })
}

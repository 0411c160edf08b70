//! `cspwatch policy`: suggests a policy from what browsers reported and people approved.

mod connections;
mod current;
mod inline;
mod json;
mod notes;
mod text;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{
    ConfigArgs, Environment, Failure, answering, live_decisions, origin, range_begin, range_end,
    unknown_site,
};
use crate::audit::policy_advice::{Advice, AdviceContext};
use crate::audit::script_inventory;
use crate::base::clock::{Timestamp, days};
use crate::base::limits;
use crate::base::stdout::stdout;
use crate::config::{Config, NamedFile};
use crate::pipeline::judge::{Endpoint, PageGroup, Site, Sites};
use crate::store::policy::{self, PolicyQuery};
use crate::store::scripts::{self, ScriptQuery};

/// Suggests a policy from what browsers reported and people approved: for each page group, the strictest that would have
/// allowed what is approved, and a Connection-Allowlist. Prints the headers to send, the reason for each source, where the pages
/// lead, when to enforce the allowlist, what the policy would have blocked, and what differs from the current one.
///
/// Browsers report only what a policy forbids. So the narrow sources of the current policy stay, and a broad one goes only
/// after a policy that forbids it was tried over the range. docs/commands/policy.md explains the rules.
///
/// Exits with 1 if nothing was reported, and prints what was searched.
#[derive(Debug, clap::Args)]
pub struct PolicyArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Name of the site.
    #[arg(value_name = "SITE")]
    site: String,
    /// Suggest a policy for this page group only.
    #[arg(long, value_name = "NAME")]
    page_group: Option<String>,
    /// The first day of the range (UTC), as 2027-03-01, or a time (RFC 3339). Default: 30 days before the end.
    #[arg(long, value_name = "DATE", value_parser = range_begin)]
    from: Option<Timestamp>,
    /// The last day of the range (UTC), or a time. Default: now.
    #[arg(long, value_name = "DATE", value_parser = range_end)]
    to: Option<Timestamp>,
    /// A file with the current policy; `-` is standard input. Default: the policy that reports carried.
    #[arg(long, value_name = "FILE")]
    current: Option<PathBuf>,
    /// Origin of the collector as browsers reach it, on https.
    #[arg(long, value_name = "URL", default_value = PLACEHOLDER, value_parser = endpoint)]
    endpoint: String,
    /// Print one JSON object, with every source and every address.
    #[arg(long)]
    json: bool,
}

/// The files of the configuration that the command uses.
const READS: &[NamedFile] = &[NamedFile::ClickHousePassword, NamedFile::ThreatLists];
/// How much before its end the range begins by default.
const RANGE: Duration = days(30);
/// The origin in suggested headers until a person replaces it. No browser takes it for a URL.
const PLACEHOLDER: &str = "https://{COLLECTOR}";

fn endpoint(text: &str) -> Result<String, String> {
    if text == PLACEHOLDER { Ok(text.to_owned()) } else { origin(text) }
}

/// What the command prints.
struct PolicyReport<'a> {
    site: &'a Site,
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
    endpoint: &'a str,
    is_truncated: bool,
    /// The page groups in the order of the configuration. Without advice: nothing was reported about them.
    groups: Vec<(Arc<str>, Option<Advice<'a>>)>,
}

/// Reads the reports, and prints the suggestion.
pub fn run(args: &PolicyArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load_with(environment, READS)?;
    let now = Timestamp::now();
    let (from, to) = range(args, now)?;
    let site = site(&config, &args.site)?;
    let groups = page_groups(&site, args.page_group.as_deref())?;
    let current = args.current.as_deref().map(|file| current::read(file, now)).transpose()?;
    let live_decisions = live_decisions(&config)?;
    let page_group = args.page_group.as_deref().unwrap_or_default();
    let limit = limits::SUGGESTION_REPORTS;
    let query = PolicyQuery { site: &site.name, page_group, from, to, limit };
    let client = answering(&config)?;
    let wanted = ScriptQuery { site: &site.name, page_group, from, to };
    let (data, (reported, decided)) = client.run(async {
        tokio::try_join!(policy::read(&client, query), scripts::read(&client, wanted))
    })?;
    let scripts = script_inventory::scripts(&reported, &decided);
    let threats = live_decisions.threats();
    let context =
        AdviceContext { site: &site, threats: &threats, scripts: &scripts, now, from, to };
    // A site that is not configured has no endpoint of its own.
    let path = if config.sites.is_empty() { "" } else { &*format!("/{}", site.name) };
    let endpoint = format!("{}/report{path}", args.endpoint);
    let advised = groups.into_iter().map(|group| {
        let advice = context.advise(&data, group, current.as_ref(), &endpoint);
        (Arc::clone(&group.name), advice)
    });
    let groups: Vec<_> = advised.collect();
    if groups.iter().all(|(_, advice)| advice.is_none()) {
        return Err(not_found(args, &config, &groups, (from, to)).into());
    }
    let is_truncated = data.is_truncated;
    let report =
        PolicyReport { site: &site, from, to, now, endpoint: &args.endpoint, is_truncated, groups };
    let mut out = io::BufWriter::new(stdout());
    if args.json {
        writeln!(out, "{}", json::of(&report))?;
    } else {
        text::print(&mut out, &report)?;
    }
    Ok(out.flush()?)
}

fn range(args: &PolicyArgs, now: Timestamp) -> Result<(Timestamp, Timestamp), Failure> {
    let to = args.to.unwrap_or(now);
    let from = args.from.unwrap_or_else(|| to - RANGE);
    if from < to.min(now) {
        return Ok((from, to));
    }
    Err(Failure::Usage("--from: is after the end of the range, or in the future".into()))
}

/// The configured site with this name. If none is configured, the site of the registrable domain, as the collector finds
/// it.
fn site(config: &Config, name: &str) -> Result<Arc<Site>, Failure> {
    let sites = Sites::new(&config.sites);
    if config.sites.is_empty() {
        return Ok(sites.attribute(Endpoint::Any, name).site);
    }
    let site = sites.named(name).map(Arc::clone);
    site.ok_or_else(|| unknown_site(&format!("SITE {name}"), config))
}

/// The page groups of the site, or the one with this name.
fn page_groups<'a>(site: &'a Site, name: Option<&str>) -> Result<Vec<&'a PageGroup>, Failure> {
    let Some(name) = name else { return Ok(site.page_groups().collect()) };
    let group = site.group_named(name).ok_or_else(|| {
        let names: Vec<&str> = site.page_groups().map(|group| &*group.name).collect();
        let names = names.join(", ");
        Failure::Usage(
            format!(
                "--page-group {name}: {} has no such page group; there are: {names}",
                site.name
            )
            .into(),
        )
    })?;
    Ok(vec![group])
}

/// The error if nothing was reported: what was searched.
fn not_found(
    args: &PolicyArgs,
    config: &Config,
    groups: &[(Arc<str>, Option<Advice<'_>>)],
    (from, to): (Timestamp, Timestamp),
) -> String {
    let names: Vec<&str> = groups.iter().map(|(name, _)| &**name).collect();
    format!(
        "{}: from {from} to {to}, browsers reported no violation but noise on pages of {}; searched: the database {}. Without \
         reports there is nothing to suggest: docs/headers.md has a policy to begin with",
        args.site,
        names.join(", "),
        config.clickhouse.database,
    )
}

//! `cspwatch policy`: a policy suggested from what browsers reported and people approved.

mod json;
mod present;
mod text;
mod words;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{
    ConfigArgs, Environment, Failure, connection, live_decisions, range_begin, range_end, run_query,
};
use crate::audit::policy_advice::{
    Carried, Evidence, Given, Header, Integrity, Judged, Suggestion, headers, history, suggest,
};
use crate::base::clock::{Timestamp, days};
use crate::base::stdout::stdout;
use crate::config::Config;
use crate::decisions::ThreatLists;
use crate::pipeline::judge::{Endpoint, PageGroup, Site, Sites};
use crate::store::policy::{self, Group, Known, Question};

/// A policy suggested from what browsers reported and people approved: for each page group the strictest that would have
/// let the approved pass, with the headers to send, the reason of each source, what it would have blocked, and what is
/// different from the present one.
///
/// Browsers report only what a policy forbade. So the narrow sources of the present policy stay, and broad ones go only
/// where a policy that forbids them was tried over the range. docs/commands/policy.md tells the rules.
///
/// Exits 1 where nothing was reported, and says what was searched.
#[derive(Debug, clap::Args)]
pub struct PolicyArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The site.
    #[arg(value_name = "SITE")]
    site: String,
    /// Of this page group only.
    #[arg(long, value_name = "NAME")]
    page_group: Option<String>,
    /// The first day of the range (UTC), as 2027-03-01, or a time (RFC 3339); without it, 30 days before its end.
    #[arg(long, value_name = "DATE", value_parser = range_begin)]
    from: Option<Timestamp>,
    /// The last day (UTC), or a time; without it, now.
    #[arg(long, value_name = "DATE", value_parser = range_end)]
    to: Option<Timestamp>,
    /// A file with the policy that counts as the present one, in place of that seen in reports; - = standard input.
    #[arg(long, value_name = "FILE")]
    current: Option<PathBuf>,
    /// Origin of the collector as browsers reach it: https.
    #[arg(long, value_name = "URL", default_value = PLACEHOLDER, value_parser = origin)]
    endpoint: String,
    /// One JSON object, with every source and every address.
    #[arg(long)]
    json: bool,
}

const RANGE: Duration = days(30);
/// What is to be put in; no browser takes it for a URL.
const PLACEHOLDER: &str = "https://{COLLECTOR}";

/// What is told.
struct Told<'a> {
    site: &'a Site,
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
    endpoint: &'a str,
    is_cut: bool,
    groups: Vec<(Arc<str>, Option<Advice<'a>>)>,
}

/// What is told of a page group that reported.
struct Advice<'a> {
    present: Option<&'a Carried>,
    suggestion: Suggestion,
    integrity: Integrity,
    headers: Vec<Header>,
    history: Vec<Judged<'a>>,
}

/// Asks, thinks and prints.
pub fn run(args: &PolicyArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    let now = Timestamp::now();
    let to = args.to.unwrap_or(now);
    let from = args.from.unwrap_or_else(|| to - RANGE);
    if from >= to.min(now) {
        return Err(Failure::Usage(
            "--from: begins when the range is over, or later than now; --to is its last day".into(),
        ));
    }
    let site = site(&config, &args.site)?;
    let groups = groups(&site, args.page_group.as_deref())?;
    let current = args.current.as_deref().map(|file| present::read(file, now)).transpose()?;
    let live_decisions = live_decisions(&config)?;
    let page_group = args.page_group.as_deref().unwrap_or_default();
    let client = connection(&config).client()?;
    let known =
        run_query(policy::read(&client, Question { site: &site.name, page_group, from, to }))?;
    let threats = live_decisions.threats();
    let range = Range { site: &site, threats: &threats, now, from, to };
    // Sites that nobody configured have no endpoint of their own.
    let path = if config.sites.is_empty() { "" } else { &*format!("/{}", site.name) };
    let endpoint = format!("{}/report{path}", args.endpoint);
    let advice = |group: &PageGroup| {
        let heard = known.groups.get(&*group.name);
        let advice = heard.map(|group| range.advise(&known, group, current.as_ref(), &endpoint));
        (Arc::clone(&group.name), advice)
    };
    let groups: Vec<_> = groups.into_iter().map(advice).collect();
    if groups.iter().all(|(_, advice)| advice.is_none()) {
        return Err(nothing(args, &config, &groups, (from, to)).into());
    }
    let is_cut = known.is_cut;
    let told = Told { site: &site, from, to, now, endpoint: &args.endpoint, is_cut, groups };
    let mut out = io::BufWriter::new(stdout());
    if args.json {
        writeln!(out, "{}", json::of(&told))?;
    } else {
        text::print(&mut out, &told)?;
    }
    Ok(out.flush()?)
}

/// The configured site; without any, that of a registrable domain, as the collector finds it.
fn site(config: &Config, name: &str) -> Result<Arc<Site>, Failure> {
    let sites = Sites::new(&config.sites);
    if config.sites.is_empty() {
        return Ok(sites.attribute(Endpoint::Any, name).site);
    }
    let names: Vec<&str> = config.sites.iter().map(|site| site.name.as_str()).collect();
    let found = sites.named(name).map(Arc::clone);
    Ok(found.ok_or_else(|| {
        format!("SITE {name}: no such site is configured; there are: {}", names.join(", "))
    })?)
}

/// The page groups that are asked about.
fn groups<'a>(site: &'a Site, name: Option<&str>) -> Result<Vec<&'a PageGroup>, Failure> {
    let Some(name) = name else { return Ok(site.page_groups().collect()) };
    let group = site.group_named(name).ok_or_else(|| {
        let names: Vec<&str> = site.page_groups().map(|group| &*group.name).collect();
        format!(
            "--page-group {name}: {} has no such page group; there are: {}",
            site.name,
            names.join(", ")
        )
    })?;
    Ok(vec![group])
}

/// What holds for all page groups.
struct Range<'a> {
    site: &'a Site,
    threats: &'a ThreatLists,
    now: Timestamp,
    from: Timestamp,
    to: Timestamp,
}

impl<'a> Range<'a> {
    fn advise(
        &self,
        known: &'a Known,
        group: &'a Group,
        current: Option<&'a Carried>,
        endpoint: &str,
    ) -> Advice<'a> {
        let Self { site, threats, now, from, to } = *self;
        let present = current.or_else(|| Carried::present(&group.carried));
        let is_other = |it: &&Carried| present.is_none_or(|present| !std::ptr::eq(*it, present));
        let evidence = Evidence::new(Given {
            site,
            decided: &known.decided,
            threats,
            now,
            from,
            to,
            present,
            others: group.carried.iter().filter(is_other).collect(),
            reported: &group.reported,
        });
        let suggestion = suggest(&evidence);
        let integrity = Integrity::of(&evidence, group.was_integrity_heard);
        let headers = headers(&suggestion, integrity, endpoint);
        let history = history(&evidence, &suggestion.now.policy());
        Advice { present, headers, history, suggestion, integrity }
    }
}

/// What was searched, where nothing was found.
fn nothing(
    args: &PolicyArgs,
    config: &Config,
    groups: &[(Arc<str>, Option<Advice<'_>>)],
    (from, to): (Timestamp, Timestamp),
) -> String {
    let names: Vec<&str> = groups.iter().map(|(name, _)| &**name).collect();
    format!(
        "{}: browsers reported no violation from {from} to {to} on pages of {}, but for noise; searched: the database {}. \
         Without reports nothing can be suggested: docs/headers.md has a policy to begin with",
        args.site,
        names.join(", "),
        config.clickhouse.database,
    )
}

/// An origin of https, without a path.
fn origin(text: &str) -> Result<String, String> {
    if text == PLACEHOLDER {
        return Ok(text.to_owned());
    }
    let url = url::Url::parse(text).map_err(|error| error.to_string())?;
    let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() != "https" && !(url.scheme() == "http" && is_local) {
        return Err("browsers report to https only; write https://reports.shop.example".to_owned());
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("an origin has no path; write https://reports.shop.example".to_owned());
    }
    Ok(url.origin().ascii_serialization())
}

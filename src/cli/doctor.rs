//! `cspwatch doctor`: what keeps browsers silent about a page, or its policy toothless.

mod look;
mod text;
mod watch;

use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::{Failure, duration_at_least};
use crate::audit::doctor::blind_spots::BLIND_SPOTS;
use crate::audit::doctor::fetch::Fetcher;
use crate::audit::doctor::{Finding, Head, Level, Page, PolicySummary, Reading};
use crate::base::limits;
use crate::base::stdout::stdout;
use look::Look;

/// Checks a page of yours for all that keeps browsers silent about it or lets an attacker through unseen: its policies and
/// endpoints, its integrity headers and scripts, and whether the collector that it names takes reports.
///
/// Findings have a level. silent: browsers will not report. weak: an attacker gets through unseen. advice: it could be
/// better. What no report ever tells is listed behind them.
///
/// The page is asked for twice, where it has a nonce. Its endpoints are asked as browsers would, without leaving a report:
/// by OPTIONS, and by a POST without a body.
///
/// Exits 0 when nothing is silent or weak, 1 when something is or the page cannot be had, 64 for wrong usage. With --watch
/// it runs until SIGTERM or SIGINT, and exits 0.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// The page, http or https. `-`: reads the head of its response from standard input, as `curl -sI URL` prints it, and
    /// asks nobody; of several heads, as `curl -sIL` prints them, the last counts. `curl -si` brings the HTML as well.
    #[arg(value_name = "URL|-")]
    subject: Subject,
    /// Where the head on standard input is from: relative addresses are read by it.
    #[arg(long, value_name = "URL", value_parser = page_url)]
    url: Option<Url>,
    /// A file with a root certificate (PEM) that is trusted besides the system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// One JSON object; with --watch one for each event.
    #[arg(long)]
    json: bool,
    /// Looks again and again, and prints a line when findings come or go, when a header changed, and when the page cannot be
    /// had: who takes the policy off a page takes its reports off, too.
    #[arg(long)]
    watch: bool,
    /// How often, with --watch; at least 10s.
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = every)]
    every: Duration,
}

/// What is to be checked.
#[derive(Clone, Debug)]
enum Subject {
    Page(Url),
    Stdin,
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "-" { Ok(Self::Stdin) } else { page_url(text).map(Self::Page) }
    }
}

/// Looks, and prints what is found.
pub fn run(args: &DoctorArgs) -> Result<(), Failure> {
    let look = match &args.subject {
        Subject::Stdin if args.watch => {
            return Err(Failure::Usage(
                "--watch needs a URL: standard input has one head only".into(),
            ));
        }
        Subject::Stdin => stdin(args.url.clone())?,
        Subject::Page(_) if args.url.is_some() => {
            return Err(Failure::Usage(
                "--url is for a head on standard input: doctor --url URL -".into(),
            ));
        }
        Subject::Page(url) => {
            let fetcher = Fetcher::new(args.ca.as_deref())?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            if args.watch {
                return runtime.block_on(watch::run(&fetcher, url, args.every, args.json));
            }
            runtime.block_on(Look::at(&fetcher, url))?
        }
    };
    print(&look, args.json)
}

fn print(look: &Look, is_json: bool) -> Result<(), Failure> {
    let reading = Reading::of(&look.page);
    let (policies, findings) = (reading.policies(), reading.findings());
    let mut out = io::BufWriter::new(stdout());
    if is_json {
        writeln!(out, "{}", as_json(look, &policies, &findings))?;
    } else {
        text::print(&mut out, look, &policies, &findings)?;
    }
    out.flush()?;
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    match (count(Level::Silent), count(Level::Weak)) {
        (0, 0) => Ok(()),
        (silent, weak) => Err(format!("findings to mend: {silent} silent, {weak} weak").into()),
    }
}

/// The public form; docs/commands/doctor.md describes it.
fn as_json(look: &Look, policies: &[PolicySummary], findings: &[Finding]) -> Value {
    json!({
        "url": look.page.address.as_ref().map(Url::as_str),
        "fetched": look.at.map(|at| at.to_string()),
        "redirects": look.redirects.iter().map(Url::as_str).collect::<Vec<_>>(),
        "notes": look.notes,
        "policies": policies.iter().map(|policy| json!({
            "header": policy.carrier,
            "enforced": policy.is_enforced,
            "reports_by": policy.way.name(),
            "policy": policy.text,
        })).collect::<Vec<_>>(),
        "findings": findings.iter().map(finding_as_json).collect::<Vec<_>>(),
        "blind_spots": BLIND_SPOTS,
    })
}

fn finding_as_json(finding: &Finding) -> Value {
    json!({
        "id": finding.id,
        "level": finding.level.name(),
        "where": finding.place,
        "what": finding.what,
        "why": finding.why,
        "mend": finding.mend,
    })
}

/// What somebody pasted or piped.
fn stdin(address: Option<Url>) -> Result<Look, Failure> {
    let mut bytes = Vec::new();
    let bound = u64::try_from(limits::DOCTOR_BYTES).unwrap_or(u64::MAX);
    io::stdin().lock().take(bound).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, rest) = Head::parse(&text).map_err(|wrong| {
        Failure::Usage(format!("standard input is no response head: {wrong}").into())
    })?;
    let html = (!rest.trim().is_empty()).then(|| rest.to_owned());
    let mut notes = Vec::new();
    if html.is_none() {
        notes.push(
            "there is no HTML here: policies in <meta>, and scripts, were not looked at".to_owned(),
        );
    }
    notes.push("endpoints were not asked".to_owned());
    if bytes.len() == limits::DOCTOR_BYTES {
        notes.push(format!("the first {} bytes were read", limits::DOCTOR_BYTES));
    }
    let page = Page { address, head, html, ..Page::default() };
    Ok(Look { page, notes, ..Look::default() })
}

fn page_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text)
        .map_err(|error| format!("{error}; write https://shop.example/checkout"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("is neither http nor https; write https://shop.example/checkout".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "has a name or password in it, which browsers do not send; leave it out".to_owned()
        );
    }
    Ok(url)
}

fn every(text: &str) -> Result<Duration, String> {
    duration_at_least(Duration::from_secs(10), "10s", text)
}

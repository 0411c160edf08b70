//! `cspwatch doctor`: what keeps browsers from reporting about a page, and what makes its policy ineffective.

mod arrival;
mod store;
mod text;
mod watch;

use std::io::{self, Read as _, Write as _};
use std::str::FromStr;
use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::{Environment, Failure, FetchArgs, duration_at_least};
use arrival::{Arrival, ArrivalArgs};
use store::HeaderStore;

use crate::audit::doctor::unseen::UnseenWay;
use crate::audit::doctor::visit::Visit;
use crate::audit::doctor::{Analysis, Finding, FindingLevel, PolicySummary};
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::base::stdout::stdout;

/// Checks a page of yours for everything that keeps browsers from reporting about it, or that lets an attacker through
/// unseen: its policies and endpoints, its integrity headers and scripts, and whether the collector that it names accepts
/// reports.
///
/// Each finding has a level. silent: browsers will not report. weak: an attacker gets through unseen. advice: the page could
/// be better. After the findings comes a list of what still leaves this page unseen.
///
/// The command fetches the page, and fetches it a second time if it has a nonce. It probes the endpoints as browsers do,
/// with OPTIONS and a POST without a body. If the page is on the internet, it follows no redirect and probes no endpoint on a
/// private address.
///
/// With the collector's configuration, where its secret is, it also sends one report and follows it until it is stored and
/// counts. The report is that of `cspwatch drill`: signed, marked, about a theft that nobody commits. Its alert has the label
/// drill="true", so it goes to nobody's pager. Without a configuration, the command leaves no report behind.
///
/// Exit status: 0 if no finding is silent or weak, and the report, if one was sent, arrived; 1 if not, or if the page cannot be
/// fetched; 64 for wrong usage. With --watch the command sends no report, runs until SIGTERM or SIGINT, and then exits with 0.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// The page to check, http or https. With `-`, the command reads a response head from standard input, as `curl -sI URL`
    /// prints it, and contacts nobody. Of several heads, as `curl -sIL` prints them, the last one counts. `curl -si` adds
    /// the HTML.
    #[arg(value_name = "URL|-")]
    subject: Subject,
    /// The address of the page whose head is on standard input, to resolve relative addresses.
    #[arg(long, value_name = "URL", value_parser = page_url)]
    url: Option<Url>,
    #[command(flatten)]
    fetch: FetchArgs,
    /// Print one JSON object; with --watch, one for each event.
    #[arg(long)]
    json: bool,
    /// Check again and again. Print a line when a finding appears or is gone, when a header changes, and when the page
    /// cannot be fetched: an attacker who removes the policy of a page also removes its reports.
    #[arg(long)]
    watch: bool,
    /// How often to check, with --watch; at least 10s.
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = watch_interval)]
    every: Duration,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    arrival: ArrivalArgs,
}

/// Where the headers are kept.
#[derive(Debug, clap::Args)]
struct StoreArgs {
    /// With --watch, store the security headers in ClickHouse: when they change, and once a day. Evidence packs show them.
    #[arg(long, requires_all = ["watch", "site"])]
    store: bool,
    /// With --store, the site of the page.
    #[arg(long, value_name = "NAME", requires = "store")]
    site: Option<String>,
}

/// What to check.
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

/// Checks the page and prints the findings.
pub fn run(args: &DoctorArgs, environment: &Environment) -> Result<(), Failure> {
    args.arrival.check(args)?;
    let (visit, arrival) = match &args.subject {
        Subject::Stdin if args.watch => {
            return Err(Failure::Usage(
                "--watch needs a URL: standard input has one head only".into(),
            ));
        }
        Subject::Stdin if !args.fetch.resolve.is_empty() => {
            return Err(Failure::Usage("--resolve needs a URL: `-` contacts nobody".into()));
        }
        Subject::Stdin => (from_stdin(args.url.clone())?, Arrival::of_head()),
        Subject::Page(_) if args.url.is_some() => {
            return Err(Failure::Usage(
                "--url is for a head on standard input: doctor --url URL -".into(),
            ));
        }
        Subject::Page(url) => {
            let fetcher = args.fetch.fetcher()?;
            let store = HeaderStore::open(args, url, environment)?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            if args.watch {
                return runtime.block_on(watch::run((&fetcher, url), args.every, args.json, store));
            }
            let visit = runtime.block_on(Visit::fetch(&fetcher, url, Timestamp::now()))?;
            let arrival = Arrival::of(&args.arrival, &visit, &fetcher, environment)?;
            (visit, arrival)
        }
    };
    print(&visit, &arrival, args.json)
}

fn print(visit: &Visit, arrival: &Arrival, is_json: bool) -> Result<(), Failure> {
    let analysis = Analysis::new(&visit.page);
    let (policies, findings) = (analysis.policies(), analysis.findings());
    let unseen = analysis.unseen();
    let mut out = io::BufWriter::new(stdout());
    if is_json {
        let mut json = as_json(visit, &policies, &findings, &unseen);
        json["arrival"] = arrival.as_json();
        writeln!(out, "{json}")?;
    } else {
        text::print(&mut out, visit, &policies, &findings)?;
        text::print_arrival(&mut out, arrival)?;
        text::print_unseen(&mut out, &unseen)?;
    }
    out.flush()?;
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    let (silent, weak) = (count(FindingLevel::Silent), count(FindingLevel::Weak));
    let to_fix =
        (silent + weak > 0).then(|| format!("findings to fix: {silent} silent, {weak} weak"));
    let wrong: Vec<String> = to_fix.into_iter().chain(arrival.failure()).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ").into()) }
}

/// The public form; docs/commands/doctor.md describes it.
fn as_json(
    visit: &Visit,
    policies: &[PolicySummary],
    findings: &[Finding],
    unseen: &[UnseenWay],
) -> Value {
    json!({
        "url": visit.page.address.as_ref().map(Url::as_str),
        "fetched": visit.at.map(|at| at.to_string()),
        "redirects": visit.page.redirects.iter().map(Url::as_str).collect::<Vec<_>>(),
        "notes": visit.notes,
        "policies": policies.iter().map(|policy| json!({
            "header": policy.carrier,
            "enforced": policy.is_enforced,
            "reports_by": policy.method.name(),
            "policy": policy.text,
        })).collect::<Vec<_>>(),
        "findings": findings.iter().map(finding_as_json).collect::<Vec<_>>(),
        "unseen": unseen.iter().map(|way| json!({ "id": way.id, "what": way.what })).collect::<Vec<_>>(),
    })
}

fn finding_as_json(finding: &Finding) -> Value {
    json!({
        "id": finding.id,
        "level": finding.level.name(),
        "where": finding.place,
        "what": finding.what,
        "why": finding.why,
        "fix": finding.fix,
    })
}

/// Reads a response head, and perhaps HTML, from standard input.
fn from_stdin(address: Option<Url>) -> Result<Visit, Failure> {
    let mut bytes = Vec::new();
    let bytes_max = u64::try_from(limits::DOCTOR_BYTES).unwrap_or(u64::MAX);
    io::stdin().lock().take(bytes_max).read_to_end(&mut bytes)?;
    let mut visit =
        Visit::from_text(&String::from_utf8_lossy(&bytes), address).map_err(|error| {
            Failure::Usage(format!("standard input is not a response head: {error}").into())
        })?;
    if bytes.len() == limits::DOCTOR_BYTES {
        visit.notes.push(format!("only the first {} bytes were read", limits::DOCTOR_BYTES));
    }
    Ok(visit)
}

fn page_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text)
        .map_err(|error| format!("{error}; write https://shop.example/checkout"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("is neither http nor https; write https://shop.example/checkout".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has a name or password, which browsers do not send; remove it".to_owned());
    }
    Ok(url)
}

fn watch_interval(text: &str) -> Result<Duration, String> {
    duration_at_least(Duration::from_secs(10), "10s", text)
}

//! `cspwatch drill`: whether a report reaches the pager.

mod output;

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use url::Url;

use super::road::{AdminListener, Goal, HOLDS, Pager, Road};
use super::{
    Answering, ConfigArgs, Environment, Failure, FetchArgs, at_least_a_second, eprintln_line,
    http_url_of, installation_key, nonempty_text, unknown_site,
};
use crate::audit::drill::report::DrillPage;
use crate::base::clock::Timestamp;
use crate::base::drill::{DrillKey, DrillRoute};
use crate::base::signature::SigningKey;
use crate::base::stdout::{is_terminal, stdout};
use crate::config::{Config, NamedFile, SiteConfig};
use crate::pipeline::judge::Sites;
use output::Form;

/// Plays a theft that nobody commits, and prints after how many seconds its alert was delivered.
///
/// It posts one report as a browser does: of a form on a page of yours that posts to a name which resolves nowhere. The name is
/// signed, so the collector knows it for a drill: the alert has the label drill="true", and detection learns nothing from it.
/// When the drill is over, it ignores the destination, which ends the alert, and notes the result in the table drills.
///
/// Exit status: 0 if Alertmanager delivered the alert; 1 if not, with the stage that the drill did not reach and what to look at;
/// 64 for wrong usage.
#[derive(Debug, clap::Args)]
pub struct DrillArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Name of the site.
    #[arg(value_name = "SITE")]
    site: String,
    /// Page group of the page. Default: the first with payments.
    #[arg(long, value_name = "NAME", conflicts_with = "page")]
    page_group: Option<String>,
    /// A page of the site: fetch it, and report to where its policy says. Without this, nothing shows that the page still has a
    /// policy.
    #[arg(long, value_name = "URL", value_parser = http_url)]
    page: Option<Url>,
    /// Where browsers report to, as `https://reports.shop.example/report/shop`. Default: where --page says, else the address of
    /// listen.public.
    #[arg(long, value_name = "URL", value_parser = http_url, conflicts_with = "page")]
    endpoint: Option<Url>,
    /// Admin address of the collector. Default: that of listen.admin.
    #[arg(long, value_name = "URL", value_parser = http_url)]
    admin: Option<Url>,
    /// Alertmanager; of a pair, name both.
    #[arg(long, value_name = "URL", value_parser = http_url, default_value = "http://127.0.0.1:9093")]
    alertmanager: Vec<Url>,
    /// Prometheus, to see whether it has the series.
    #[arg(long, value_name = "URL", value_parser = http_url)]
    prometheus: Option<Url>,
    /// Have the alert go where a theft's goes: it has the label drill="on-call" then, which no shipped route takes aside.
    #[arg(long)]
    on_call: bool,
    /// How long to wait for the delivery.
    #[arg(long, value_name = "DURATION", default_value = "3m", value_parser = at_least_a_second)]
    within: Duration,
    /// Who began the drill.
    #[arg(long, value_name = "WHO", default_value = "cspwatch drill", value_parser = nonempty_text)]
    by: String,
    #[command(flatten)]
    fetch: FetchArgs,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// The files of the configuration that a drill uses.
const READS: &[NamedFile] =
    &[NamedFile::AdminToken, NamedFile::ClickHousePassword, NamedFile::SigningKeys];

fn http_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{error}; write http://127.0.0.1:9093"))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err("is neither http nor https".to_owned()),
    }
}

/// Plays the drill, notes it, and prints the result.
pub fn run(args: &DrillArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load_with(environment, READS)?;
    let site = configured(&config, &args.site)?;
    let page = page(args, site, &config)?;
    let key = DrillKey::derive(&installation_key(&config)?);
    let route = if args.on_call { DrillRoute::OnCall } else { DrillRoute::Own };
    let (fetcher, at) = (args.fetch.fetcher()?, Timestamp::now());
    let road = Road {
        site: &args.site,
        destination: key.name(&site.name, at + HOLDS, route),
        fetcher: &fetcher,
        client: Answering::unasked(&config)?,
        endpoint: match args.page {
            Some(_) => None,
            None => args.endpoint.clone().or_else(|| Some(own_endpoint(&config, site, at))),
        },
        admin: AdminListener::of(&config, args.admin.as_ref()),
        goal: Goal::Delivered(Pager::before(args.prometheus.as_ref(), &args.alertmanager)),
        deadline: at + args.within,
        began: at,
        page: &page,
        is_quiet: args.json,
    };
    let outcome = road.travel();
    let noted = road.record(&outcome, &args.by);
    let form = match args.json {
        true => Form::Json,
        false => Form::Text { has_stages: !are_stages_seen() },
    };
    output::print(&road, &outcome, form)?;
    stdout().flush()?;
    if let Err(failure) = noted {
        eprintln_line(&format!(
            "cspwatch: the drill is not noted, and its alert goes on for a day: {}",
            failure.in_words()
        ));
    }
    match &outcome.failed {
        None => Ok(()),
        Some((stage, why)) => {
            Err(format!("the drill did not get to {}: {why}", stage.name()).into())
        }
    }
}

/// Whether the stages, as they were reached, are on the same screen as the result.
fn are_stages_seen() -> bool {
    is_terminal() && io::stderr().is_terminal()
}

fn configured<'c>(config: &'c Config, name: &str) -> Result<&'c SiteConfig, Failure> {
    let found = config.sites.iter().find(|site| site.name == name);
    found.ok_or_else(|| unknown_site(&format!("SITE {name}"), config))
}

fn page(args: &DrillArgs, site: &SiteConfig, config: &Config) -> Result<DrillPage, Failure> {
    let sites = Sites::new(&config.sites);
    let judged = sites.named(&site.name).ok_or("the site has no rules")?;
    let page = match &args.page {
        Some(address) => DrillPage::at(address.clone(), judged),
        None => DrillPage::of(site, judged, args.page_group.as_deref()),
    };
    page.map_err(|wrong| Failure::Usage(wrong.into()))
}

/// Where this collector listens for browsers, with the site's signature where it has a key.
fn own_endpoint(config: &Config, site: &SiteConfig, now: Timestamp) -> Url {
    let mut url = http_url_of(config.listen.public, &format!("/report/{}", site.name));
    if let Some(key) = &site.endpoint_key {
        let expires = (now + HOLDS).seconds();
        let query = SigningKey::new(key.0.as_bytes()).sign(&site.name, expires);
        url.set_query(Some(&query));
    }
    url
}

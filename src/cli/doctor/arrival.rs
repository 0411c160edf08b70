//! Whether a report of the page arrives and counts: the report of a drill, on its way to ClickHouse.

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::super::road::{AdminListener, Goal, HOLDS, Outcome, Road, obstacle_as_json};
use super::super::{
    Answering, ConfigArgs, Environment, Failure, at_least_a_second, eprintln_line, installation_key,
};
use super::{DoctorArgs, Subject, page_url};
use crate::audit::doctor::fetch::Fetcher;
use crate::audit::doctor::visit::Visit;
use crate::audit::drill::Stage;
use crate::audit::drill::report::DrillPage;
use crate::base::clock::Timestamp;
use crate::base::display::time;
use crate::base::drill::{DrillKey, DrillRoute};
use crate::config::{Config, NamedFile};
use crate::pipeline::judge::{Endpoint, Sites};

/// How a report is followed.
#[derive(Debug, clap::Args)]
pub(super) struct ArrivalArgs {
    #[command(flatten)]
    pub(super) config: ConfigArgs,
    /// Admin address of the collector that the page reports to. Default: that of listen.admin in the configuration.
    #[arg(long, value_name = "URL", value_parser = page_url, conflicts_with = "watch")]
    admin: Option<Url>,
    /// How long to wait until the report is stored and counts.
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = at_least_a_second)]
    within: Duration,
}

/// What became of a report.
pub(super) enum Arrival {
    /// It was on its way.
    Tried(Box<Trial>),
    /// None was sent, for this reason.
    Untried(String),
}

/// A report that was on its way.
pub(super) struct Trial {
    pub(super) site: String,
    pub(super) destination: String,
    pub(super) outcome: Outcome,
    page_group: String,
    at: Timestamp,
}

/// The files of the configuration that a drill uses.
const READS: &[NamedFile] = &[NamedFile::AdminToken, NamedFile::ClickHousePassword];
/// Why nothing is sent to a collector that would take it for a theft.
const OTHER_SECRET: &str = "the collector has another secret than the one that was read here, and would take the report for a theft; run this beside \
     its journal, or give both the same privacy.client_key_file";
/// In whose name the drill is noted.
const BY: &str = "cspwatch doctor";

impl ArrivalArgs {
    /// Refuses a configuration that nothing would use.
    pub(super) fn check(&self, args: &DoctorArgs) -> Result<(), Failure> {
        if self.config.config.is_none() || args.store.store {
            return Ok(());
        }
        let wrong = match args.subject {
            Subject::Stdin => "--config needs a URL: `-` contacts nobody",
            Subject::Page(_) if args.watch => {
                "--config with --watch is for --store: a watch sends no report"
            }
            Subject::Page(_) => return Ok(()),
        };
        Err(Failure::Usage(wrong.into()))
    }

    /// The configuration. A mistake in one that nobody named for this is only a reason to send nothing.
    fn load(&self, environment: &Environment) -> Result<Result<Config, String>, Failure> {
        if self.config.config.is_none() && environment.config.is_none() {
            return Ok(Err(
                "without a configuration, there is no secret to mark a report with that pages nobody, and only the answers of \
                 the endpoints were seen. `--config FILE`, where the collector's secret is, and where its admin listener and \
                 ClickHouse can be reached, lets doctor follow one"
                    .to_owned(),
            ));
        }
        match self.config.load_with(environment, READS) {
            Ok(config) => Ok(Ok(config)),
            Err(failure @ Failure::Config(_)) if self.config.config.is_none() => Ok(Err(format!(
                "the configuration of CSPWATCH_CONFIG cannot be used: {}",
                failure.in_words()
            ))),
            Err(failure) => Err(failure),
        }
    }
}

impl Arrival {
    /// What of the way is not seen where no report is sent.
    pub(super) const STAGES: [Stage; 5] =
        [Stage::Probed, Stage::Accepted, Stage::Detected, Stage::Counted, Stage::Stored];

    /// That of a head on standard input.
    pub(super) fn of_head() -> Self {
        Self::Untried("a head on standard input is checked without contacting anybody".to_owned())
    }

    /// Sends a report of the page and follows it, as far as can be done from here.
    pub(super) fn of(
        args: &ArrivalArgs,
        visit: &Visit,
        fetcher: &Fetcher,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let config = match args.load(environment)? {
            Ok(config) => config,
            Err(why) => return Ok(Self::Untried(why)),
        };
        let admin = AdminListener::of(&config, args.admin.as_ref());
        let (site, page, key) = match sendable(visit, &config, &admin) {
            Ok(sendable) => sendable,
            Err(why) => return Ok(Self::Untried(why)),
        };
        let at = Timestamp::now();
        let road = Road {
            destination: key.name(&site, at + HOLDS, DrillRoute::Own),
            site: &site,
            page: &page,
            endpoint: None,
            fetcher,
            admin,
            client: Answering::unasked(&config)?,
            goal: Goal::Stored,
            began: at,
            deadline: at + args.within,
            is_quiet: true,
        };
        let outcome = road.travel();
        record(&road, &outcome);
        let destination = road.destination.clone();
        let page_group = page.page_group.clone();
        Ok(Self::Tried(Box::new(Trial {
            site: site.clone(),
            destination,
            outcome,
            page_group,
            at,
        })))
    }

    /// What is wrong, in a line. `None`: the report arrived, or none was sent.
    pub(super) fn failure(&self) -> Option<String> {
        let Self::Tried(trial) = self else { return None };
        let (stage, why) = trial.outcome.failed.as_ref()?;
        Some(format!("the report did not get to {}: {why}", stage.name()))
    }

    /// The public form; docs/commands/doctor.md describes it.
    pub(super) fn as_json(&self) -> Value {
        let trial = match self {
            Self::Tried(trial) => trial,
            Self::Untried(why) => {
                let unseen = Self::STAGES.map(|stage| obstacle_as_json(&(stage, why.clone())));
                return json!({"sent": false, "stages": [], "failed": null, "not_seen": unseen});
            }
        };
        let outcome = &trial.outcome;
        json!({
            "sent": outcome.is_accepted(),
            "site": trial.site,
            "page_group": trial.page_group,
            "destination": trial.destination,
            "at": time(trial.at),
            "stages": outcome.stages_as_json(),
            "failed": outcome.failed.as_ref().map(obstacle_as_json),
            "not_seen": outcome.unseen.iter().map(obstacle_as_json).collect::<Vec<_>>(),
        })
    }
}

/// What a report is made of, for a collector that takes it for a drill: the site, the page, and the key. An error says why none
/// is sent.
fn sendable(
    visit: &Visit,
    config: &Config,
    admin: &AdminListener,
) -> Result<(String, DrillPage, DrillKey), String> {
    let (site, page) = page_of(visit, config)?;
    let key = DrillKey::derive(&installation_key(config).map_err(Failure::in_words)?);
    // One that does not answer shows neither whether the endpoint is its own, nor what became of the report.
    let figures = admin.figures().map_err(|why| {
        format!("the admin listener does not answer ({why}); --admin URL says where it is")
    })?;
    if !figures.knows_key(&key.fingerprint()) {
        return Err(OTHER_SECRET.to_owned());
    }
    Ok((site, page, key))
}

/// The site of a page, and the page as its reports name it.
fn page_of(visit: &Visit, config: &Config) -> Result<(String, DrillPage), String> {
    let address = visit.page.address.clone().ok_or("the page has no address")?;
    let host = address.host_str().unwrap_or_default();
    let sites = Sites::new(&config.sites);
    let owner = sites.attribute(Endpoint::Any, host);
    if config.sites.is_empty() || owner.is_foreign {
        return Err(format!(
            "the configuration has no site with the host {host}; add one, or name the configuration of the page's collector"
        ));
    }
    let page = DrillPage::at(address, &owner.site)?;
    Ok((owner.site.name.to_string(), page))
}

/// Notes what was sent, so that nobody takes it for more than a drill.
fn record(road: &Road<'_>, outcome: &Outcome) {
    if !outcome.is_accepted() {
        return;
    }
    if let Err(failure) = road.record(outcome, BY) {
        eprintln_line(&format!(
            "cspwatch: the report cannot be noted, and its alert goes on for a day, on the route of drills: {}",
            failure.in_words()
        ));
    }
}

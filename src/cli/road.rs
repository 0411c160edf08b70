//! The way of a drill's report: `cspwatch drill` follows it from the page to the pager, `cspwatch doctor` until it is stored and
//! counts.

mod admin;
mod get;
mod outcome;
mod pager;
mod record;

use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::{Answering, Failure, eprintln_line};
use crate::audit::doctor::fetch::{FetchError, Fetcher, Reach};
use crate::audit::doctor::{Analysis, PageSnapshot};
use crate::audit::drill::figures::Figures;
use crate::audit::drill::report::DrillPage;
use crate::audit::drill::{Stage, misjudged};
use crate::base::clock::{HOUR, MINUTE, Timestamp};
use crate::store::drills;
pub(super) use admin::AdminListener;
pub(super) use outcome::{Outcome, line_of, obstacle_as_json};
pub(super) use pager::Pager;

/// How long a name is a drill's: longer than anybody waits, and than a journal waits for a full disk.
pub(super) const HOLDS: Duration = HOUR;
/// The pause between two looks.
const EVERY: Duration = Duration::from_millis(250);
/// How long a collector may take to count a request that it has answered.
const COUNTS_WITHIN: Duration = Duration::from_secs(5);
/// What a collector answers to a request without a report.
const WITHOUT_REPORT: u16 = 400;

/// Where a drill goes along, and what it is.
pub(super) struct Road<'a> {
    pub(super) site: &'a str,
    pub(super) destination: String,
    pub(super) page: &'a DrillPage,
    /// Where to report. `None`: the page says it.
    pub(super) endpoint: Option<Url>,
    pub(super) fetcher: &'a Fetcher,
    pub(super) admin: AdminListener,
    pub(super) client: Answering<'a>,
    pub(super) goal: Goal<'a>,
    pub(super) began: Timestamp,
    pub(super) deadline: Timestamp,
    /// Whether no progress is shown.
    pub(super) is_quiet: bool,
}

/// Where a drill is to get to.
pub(super) enum Goal<'a> {
    /// Alertmanager delivers the alert.
    Delivered(Pager<'a>),
    /// The report is stored, and the collector counts it. An endpoint that is not this collector's gets no report: where the
    /// mark is unknown, a drill is a theft.
    Stored,
}

/// What keeps a drill from a stage, in words.
pub(super) type Obstacle = String;

impl Goal<'_> {
    /// The name of the stage.
    pub(super) fn name(&self) -> &'static str {
        let stage = match self {
            Self::Delivered(_) => Stage::Delivered,
            Self::Stored => Stage::Stored,
        };
        stage.name()
    }

    /// What follows the acceptance, but for [`Stage::Stored`], which comes when it comes.
    fn stages(&self) -> Vec<Stage> {
        match self {
            Self::Delivered(pager) if pager.has_prometheus() => {
                vec![Stage::Detected, Stage::Scraped, Stage::Alerted, Stage::Delivered]
            }
            Self::Delivered(_) => vec![Stage::Detected, Stage::Alerted, Stage::Delivered],
            Self::Stored => vec![Stage::Detected, Stage::Counted],
        }
    }
}

impl Road<'_> {
    /// Goes along it until the goal is reached or the time is over.
    pub(super) fn travel(&self) -> Outcome {
        let mut outcome = Outcome::default();
        // Before the report: what was counted by then was something else.
        let before = self.admin.figures();
        outcome.failed = match self.send(&before, &mut outcome) {
            Ok(()) => self.follow(before.as_ref().ok(), &mut outcome),
            Err(failed) => Some(failed),
        };
        outcome
    }

    /// Finds the endpoint and posts the report.
    fn send(
        &self,
        before: &Result<Figures, Obstacle>,
        outcome: &mut Outcome,
    ) -> Result<(), (Stage, Obstacle)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| (Stage::Page, error.to_string()))?;
        let (endpoint, reach) = match &self.endpoint {
            Some(endpoint) => (endpoint.clone(), None),
            None => {
                let found = runtime.block_on(self.endpoint_of_page());
                let (endpoint, reach) = found.map_err(|why| (Stage::Page, why))?;
                self.reached(Stage::Page, outcome);
                (endpoint, Some(reach))
            }
        };
        let post = |report| {
            let page = &self.page.address;
            runtime.block_on(self.fetcher.deliver(&endpoint, page, reach, report))
        };
        if matches!(self.goal, Goal::Stored) {
            let before = before.as_ref().map_err(|why| (Stage::Probed, why.clone()))?;
            let answer = post(Bytes::new());
            self.leads_here(&endpoint, answer, before).map_err(|why| (Stage::Probed, why))?;
            self.reached(Stage::Probed, outcome);
        }
        let answer = post(self.page.report(&self.destination));
        accepted(&endpoint, answer).map_err(|why| (Stage::Accepted, why))?;
        self.reached(Stage::Accepted, outcome);
        Ok(())
    }

    /// The endpoint that the page's policy reports to.
    async fn endpoint_of_page(&self) -> Result<(Url, Reach), Obstacle> {
        let fetched = self.fetcher.fetch_page(&self.page.address).await;
        let fetched = fetched.map_err(|error| error.to_string())?;
        if fetched.status >= 400 {
            return Err(format!("{} answers {}", fetched.address, fetched.status));
        }
        let page = PageSnapshot {
            address: Some(fetched.address),
            head: fetched.head,
            html: fetched.html,
            ..PageSnapshot::default()
        };
        let targets = Analysis::new(&page).probe_targets();
        let target = targets.into_iter().next().ok_or_else(|| Stage::Page.missing().to_owned())?;
        Ok((target.url, fetched.reach))
    }

    /// Checks that a request without a report got to the collector that is asked here: it counts what it answers.
    fn leads_here(
        &self,
        endpoint: &Url,
        answer: Result<u16, FetchError>,
        before: &Figures,
    ) -> Result<(), Obstacle> {
        let status = answer.map_err(|failure| failure.to_string())?;
        if status != WITHOUT_REPORT {
            return Err(format!(
                "{endpoint} answers {status} to a request without a report; a collector that has the site answers {WITHOUT_REPORT}"
            ));
        }
        let last = Timestamp::now() + COUNTS_WITHIN;
        loop {
            if self.admin.figures()?.requests(status) > before.requests(status) {
                return Ok(());
            }
            if Timestamp::now() >= last {
                return Err(format!("{endpoint}: {}", Stage::Probed.missing()));
            }
            std::thread::sleep(EVERY);
        }
    }

    /// Looks at each stage until it is reached. Returns what was not reached in time.
    fn follow(&self, before: Option<&Figures>, outcome: &mut Outcome) -> Option<(Stage, Obstacle)> {
        let mut missing = self.goal.stages();
        let mut is_stored = false;
        loop {
            let obstacle = self.advance(&mut missing, outcome);
            let stored = if is_stored { Ok(true) } else { self.is_stored() };
            if !is_stored && stored == Ok(true) {
                self.reached(Stage::Stored, outcome);
                is_stored = true;
            }
            let is_over = Timestamp::now() >= self.deadline;
            // Nothing is missing: the goal is reached.
            let stage = missing.first().copied().or((!is_stored).then_some(Stage::Stored))?;
            match (stage, &self.goal, stored) {
                (Stage::Stored, Goal::Delivered(_), _) if is_over => return None,
                (Stage::Stored, Goal::Stored, Err(why)) => {
                    outcome.unseen.push((Stage::Stored, why));
                    return None;
                }
                // A ClickHouse that does not answer is not asked twice.
                (Stage::Detected, _, Ok(_)) => {
                    if let Some(why) = self.misjudged() {
                        return Some((stage, why));
                    }
                }
                _ => {}
            }
            if is_over {
                return Some((stage, obstacle.unwrap_or_else(|| self.missing(stage, before))));
            }
            std::thread::sleep(EVERY);
        }
    }

    /// What is wrong where a stage was not reached in time.
    fn missing(&self, stage: Stage, before: Option<&Figures>) -> Obstacle {
        // What is after these two does not depend on the verdict, and not on the quotas.
        let otherwise = match (stage, before) {
            (Stage::Detected | Stage::Stored, Some(before)) => self.otherwise_since(before),
            _ => None,
        };
        let missing = stage.missing();
        otherwise.map_or_else(|| missing.to_owned(), |otherwise| format!("{missing}; {otherwise}"))
    }

    /// Takes the stages that are reached off the missing ones. Returns what keeps from knowing about the next, or holds the
    /// drill up.
    fn advance(&self, missing: &mut Vec<Stage>, outcome: &mut Outcome) -> Option<Obstacle> {
        while let Some(stage) = missing.first().copied() {
            match self.is_reached(stage, outcome) {
                Ok(true) => {
                    self.reached(stage, outcome);
                    missing.remove(0);
                }
                Ok(false) => return None,
                Err(obstacle) => return Some(obstacle),
            }
        }
        None
    }

    /// Whether a stage is reached; an error says what keeps from knowing, or holds the drill up.
    fn is_reached(&self, stage: Stage, outcome: &mut Outcome) -> Result<bool, Obstacle> {
        match (stage, &self.goal) {
            (Stage::Detected, _) => self.admin.has_alert(&self.destination),
            (Stage::Counted, _) => self.admin.counts_as_drill(&self.destination),
            (Stage::Scraped | Stage::Alerted | Stage::Delivered, Goal::Delivered(pager)) => {
                pager.is_reached(stage, &self.destination, outcome)
            }
            _ => Ok(true),
        }
    }

    /// Whether ClickHouse has the report; an error says why it does not answer. A collector that has just started has yet to make
    /// its tables.
    fn is_stored(&self) -> Result<bool, Obstacle> {
        let about = (self.site, &*self.destination);
        let stored = async {
            match drills::is_stored(&self.client, about, self.not_before()).await {
                Err(error) if error.lacks_tables() && Timestamp::now() < self.deadline => Ok(false),
                answer => answer,
            }
        };
        self.client.run(stored).map_err(Failure::in_words)
    }

    /// As what else the report is stored, if it is.
    fn misjudged(&self) -> Option<Obstacle> {
        let stored = drills::verdicts(&self.client, &self.destination, self.not_before());
        let stored = self.client.run(stored).unwrap_or_default();
        stored.iter().find_map(|stored| misjudged(&stored.site, self.site, &stored.verdict))
    }

    /// The collector's clock may be behind.
    fn not_before(&self) -> Timestamp {
        self.began - MINUTE
    }

    /// What the collector's figures say of reports that were not taken for a drill.
    fn otherwise_since(&self, before: &Figures) -> Option<Obstacle> {
        self.admin.figures().ok()?.otherwise_since(before, self.site)
    }

    fn reached(&self, stage: Stage, outcome: &mut Outcome) {
        let seconds = Timestamp::now().since(self.began).as_secs_f64();
        if !self.is_quiet {
            eprintln_line(&line_of(stage, seconds));
        }
        outcome.stages.push((stage, seconds));
    }
}

fn accepted(endpoint: &Url, answer: Result<u16, FetchError>) -> Result<(), Obstacle> {
    match answer {
        Ok(200..300) => Ok(()),
        Ok(status) => Err(format!("{endpoint} answers {status}; a collector answers 204")),
        Err(failure) => Err(failure.to_string()),
    }
}

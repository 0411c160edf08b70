//! The way of a drill, from the page to the pager.

use std::collections::BTreeSet;
use std::time::Duration;

use url::Url;

use super::super::http::Get;
use super::super::{Answering, Failure, eprintln_line};
use crate::audit::doctor::fetch::{FetchError, Fetcher, Reach};
use crate::audit::doctor::{Analysis, PageSnapshot};
use crate::audit::drill::Stage;
use crate::audit::drill::alertmanager::{self, HeldAlert, Notifications};
use crate::audit::drill::report::DrillPage;
use crate::audit::url_below;
use crate::base::clock::{MINUTE, Timestamp};
use crate::store::drills;

/// The pause between two looks.
const EVERY: Duration = Duration::from_millis(250);
/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(5);
const ANSWER_BYTES: usize = 16 << 20;

/// Where a drill goes along, and what it is.
pub(super) struct Road<'a> {
    pub(super) site: &'a str,
    pub(super) destination: String,
    pub(super) page: &'a DrillPage,
    /// Whether the page says where to report; else `endpoint` does.
    pub(super) is_page_fetched: bool,
    pub(super) endpoint: Url,
    pub(super) fetcher: Fetcher,
    pub(super) admin: Url,
    pub(super) admin_token: Option<String>,
    pub(super) client: Answering<'a>,
    pub(super) prometheus: Option<&'a Url>,
    pub(super) alertmanagers: &'a [Url],
    pub(super) began: Timestamp,
    pub(super) deadline: Timestamp,
    /// Whether no progress is shown.
    pub(super) is_quiet: bool,
}

/// How it went.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// What was reached, and after how many seconds.
    pub(super) stages: Vec<(Stage, f64)>,
    /// The first stage that was not, and why; `None`: the alert was delivered.
    pub(super) failed: Option<(Stage, String)>,
    /// The receivers that Alertmanager's routes lead to.
    pub(super) receivers: Vec<String>,
    /// The integrations that something was delivered to.
    pub(super) integrations: BTreeSet<String>,
}

/// What keeps a drill from a stage, in words.
type Obstacle = String;

impl Road<'_> {
    /// Goes along it until the alert is delivered or the time is over.
    pub(super) fn travel(&self) -> Outcome {
        let mut outcome = Outcome::default();
        // Before the report: what was delivered by then was something else.
        let before: Vec<_> = self.alertmanagers.iter().map(notifications).collect();
        outcome.failed = match self.send(&mut outcome) {
            Ok(()) => self.follow(&before, &mut outcome),
            Err(failed) => Some(failed),
        };
        outcome
    }

    /// Finds the endpoint and posts the report.
    fn send(&self, outcome: &mut Outcome) -> Result<(), (Stage, Obstacle)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| (Stage::Page, error.to_string()))?;
        runtime.block_on(async {
            let (endpoint, reach) = if self.is_page_fetched {
                let found = self.endpoint_of_page().await.map_err(|why| (Stage::Page, why))?;
                self.reached(Stage::Page, outcome);
                (found.0, Some(found.1))
            } else {
                (self.endpoint.clone(), None)
            };
            let report = self.page.report(&self.destination);
            let page = &self.page.address;
            let answer = self.fetcher.deliver(&endpoint, page, reach, report).await;
            accepted(&endpoint, answer).map_err(|why| (Stage::Accepted, why))?;
            self.reached(Stage::Accepted, outcome);
            Ok(())
        })
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

    /// Looks at each stage until it is reached. Returns what was not reached in time.
    fn follow(
        &self,
        before: &[Option<Notifications>],
        outcome: &mut Outcome,
    ) -> Option<(Stage, Obstacle)> {
        let mut missing = vec![Stage::Detected, Stage::Alerted, Stage::Delivered];
        if self.prometheus.is_some() {
            missing.insert(1, Stage::Scraped);
        }
        let mut is_stored = false;
        loop {
            let mut obstacle = None;
            while let Some(stage) = missing.first().copied() {
                match self.is_reached(stage, before, outcome) {
                    Ok(true) => {
                        self.reached(stage, outcome);
                        missing.remove(0);
                    }
                    Ok(false) => break,
                    Err(error) => {
                        obstacle = Some(error);
                        break;
                    }
                }
            }
            if !is_stored && self.is_stored() {
                self.reached(Stage::Stored, outcome);
                is_stored = true;
            }
            let is_over = Timestamp::now() >= self.deadline;
            if missing.is_empty() && (is_stored || is_over) {
                return None;
            }
            if is_over {
                let stage = missing[0];
                return Some((stage, obstacle.unwrap_or_else(|| stage.missing().to_owned())));
            }
            std::thread::sleep(EVERY);
        }
    }

    /// Whether a stage is reached; an error says what keeps from knowing, or holds the drill up.
    fn is_reached(
        &self,
        stage: Stage,
        before: &[Option<Notifications>],
        outcome: &mut Outcome,
    ) -> Result<bool, Obstacle> {
        match stage {
            Stage::Detected => {
                let answer = get(&url_below(&self.admin, "/alerts"), self.admin_token.as_deref())?;
                Ok(String::from_utf8_lossy(&answer).contains(&self.destination))
            }
            Stage::Scraped => self.prometheus.map_or(Ok(true), |prometheus| {
                let url = alertmanager::series_url(prometheus, &self.destination);
                alertmanager::has_series(&get(&url, None)?)
            }),
            Stage::Alerted => {
                let held = self.held()?;
                outcome.receivers = held.iter().flat_map(|held| held.receivers.clone()).collect();
                outcome.receivers.sort();
                outcome.receivers.dedup();
                Ok(!held.is_empty())
            }
            Stage::Delivered => self.is_delivered(before, outcome),
            Stage::Page | Stage::Accepted | Stage::Stored => Ok(true),
        }
    }

    fn is_delivered(
        &self,
        before: &[Option<Notifications>],
        outcome: &mut Outcome,
    ) -> Result<bool, Obstacle> {
        let mut failed = BTreeSet::new();
        for (url, before) in self.alertmanagers.iter().zip(before) {
            // One that did not answer before has no figures to compare with.
            let (Some(before), Some(now)) = (before, notifications(url)) else { continue };
            let delivered = now.delivered_since(before);
            outcome.integrations.extend(delivered.into_iter().map(str::to_owned));
            failed.extend(now.failed_since(before).into_iter().map(str::to_owned));
        }
        if !outcome.integrations.is_empty() {
            return Ok(true);
        }
        if !failed.is_empty() {
            let failed: Vec<String> = failed.into_iter().collect();
            return Err(format!(
                "deliveries by {} failed: see Alertmanager's log",
                failed.join(", ")
            ));
        }
        if let Some(why) = self.held()?.iter().find_map(|held| held.held_back) {
            return Err(format!("Alertmanager has the alert, and {why}"));
        }
        let receivers = outcome.receivers.join(", ");
        Err(format!(
            "{}: do the receivers it leads to ({receivers}) have an integration?",
            Stage::Delivered.missing()
        ))
    }

    /// The alert as each Alertmanager has it.
    fn held(&self) -> Result<Vec<HeldAlert>, Obstacle> {
        let (mut held, mut obstacle) = (Vec::new(), None);
        for url in self.alertmanagers {
            let answer = get(&alertmanager::alerts_url(url, &self.destination), None);
            match answer.and_then(|answer| alertmanager::alert(&answer)) {
                Ok(alert) => held.extend(alert),
                Err(wrong) => obstacle = Some(format!("--alertmanager {url}: {wrong}")),
            }
        }
        match obstacle.filter(|_| held.is_empty()) {
            Some(obstacle) => Err(obstacle),
            None => Ok(held),
        }
    }

    /// Whether ClickHouse has the report; one that does not answer does not have it.
    fn is_stored(&self) -> bool {
        let about = (self.site, &*self.destination);
        // The collector's clock may be behind.
        self.client
            .run(drills::is_stored(&self.client, about, self.began - MINUTE))
            .unwrap_or(false)
    }

    fn reached(&self, stage: Stage, outcome: &mut Outcome) {
        let seconds = Timestamp::now().since(self.began).as_secs_f64();
        if !self.is_quiet {
            eprintln_line(&format!("{:9} after {seconds:.1} s", stage.name()));
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

fn notifications(alertmanager: &Url) -> Option<Notifications> {
    let answer = get(&alertmanager::metrics_url(alertmanager), None).ok()?;
    Some(Notifications::read(&String::from_utf8_lossy(&answer)))
}

/// The answer, if it is 200.
fn get(url: &Url, token: Option<&str>) -> Result<bytes::Bytes, Obstacle> {
    let get = Get { url: url.as_str(), token, patience: PATIENCE, bytes_max: ANSWER_BYTES };
    match get.send() {
        Ok((status, body)) if status.is_success() => Ok(body),
        Ok((status, _)) => Err(format!("{url} answers {}", status.as_u16())),
        Err(Failure::Other(error) | Failure::Usage(error)) => Err(error.to_string()),
        Err(Failure::Config(_)) => Err(format!("{url} cannot be asked")),
    }
}

//! The last part of the way: Prometheus and Alertmanager.

use std::collections::BTreeSet;

use url::Url;

use super::get::get;
use super::{Obstacle, Outcome};
use crate::audit::drill::Stage;
use crate::audit::drill::alertmanager::{self, HeldAlert, Notifications};

/// Whom to ask about the alert.
pub(in crate::cli) struct Pager<'a> {
    prometheus: Option<&'a Url>,
    alertmanagers: &'a [Url],
    /// What each Alertmanager had delivered before the drill; one that did not answer has no figures to compare with.
    before: Vec<Option<Notifications>>,
}

impl<'a> Pager<'a> {
    /// Asks what was delivered before the drill: make it before the report is sent.
    pub(in crate::cli) fn before(prometheus: Option<&'a Url>, alertmanagers: &'a [Url]) -> Self {
        let before = alertmanagers.iter().map(notifications).collect();
        Self { prometheus, alertmanagers, before }
    }

    pub(super) fn has_prometheus(&self) -> bool {
        self.prometheus.is_some()
    }

    /// Whether one of its stages is reached; an error says what keeps from knowing, or holds the drill up.
    pub(super) fn is_reached(
        &self,
        stage: Stage,
        destination: &str,
        outcome: &mut Outcome,
    ) -> Result<bool, Obstacle> {
        match stage {
            Stage::Scraped => self.prometheus.map_or(Ok(true), |prometheus| {
                let url = alertmanager::series_url(prometheus, destination);
                alertmanager::has_series(&get(&url, None)?)
            }),
            Stage::Alerted => {
                let held = self.held(destination)?;
                outcome.receivers = held.iter().flat_map(|held| held.receivers.clone()).collect();
                outcome.receivers.sort();
                outcome.receivers.dedup();
                Ok(!held.is_empty())
            }
            _ => self.is_delivered(destination, outcome),
        }
    }

    fn is_delivered(&self, destination: &str, outcome: &mut Outcome) -> Result<bool, Obstacle> {
        let mut failed = BTreeSet::new();
        for (url, before) in self.alertmanagers.iter().zip(&self.before) {
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
        if let Some(why) = self.held(destination)?.iter().find_map(|held| held.held_back) {
            return Err(format!("Alertmanager has the alert, and {why}"));
        }
        let receivers = outcome.receivers.join(", ");
        Err(format!(
            "{}: do the receivers it leads to ({receivers}) have an integration?",
            Stage::Delivered.missing()
        ))
    }

    /// The alert as each Alertmanager has it.
    fn held(&self, destination: &str) -> Result<Vec<HeldAlert>, Obstacle> {
        let (mut held, mut obstacle) = (Vec::new(), None);
        for url in self.alertmanagers {
            let answer = get(&alertmanager::alerts_url(url, destination), None);
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
}

fn notifications(alertmanager: &Url) -> Option<Notifications> {
    let answer = get(&alertmanager::metrics_url(alertmanager), None).ok()?;
    Some(Notifications::read(&String::from_utf8_lossy(&answer)))
}

//! Alerts, and the episodes in which they start, rise and end.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::base::clock::{DAY, Timestamp};

/// How urgent an alert is. `Page` is greater than `Ticket`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// Somebody should look at it in working hours.
    Ticket,
    /// Page the on-call: somebody should look at it now.
    Page,
}

impl Severity {
    /// The value of the label `severity`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Page => "page",
        }
    }
}

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlertKind {
    /// Pages send data to, or load from, a destination that nobody expected.
    UnknownDestination,
    /// A URL has a card number in it.
    CardDataInUrl,
    /// A script failed its integrity check, or has none.
    Integrity,
    /// The content of a script has changed.
    ScriptChanged,
    /// A payment page runs a script that nobody approved.
    ScriptUnapproved,
    /// The policy of a page group has changed.
    PolicyChanged,
    /// A page group that used to report has stopped.
    SiteSilent,
    /// A site has more new destinations than it can really have.
    ReportFlood,
    /// A payment page runs code that its policy does not allow.
    InlineScript,
    /// The day's new destinations without an alert of their own.
    DestinationsDigest,
    /// Pages report that are on a host beside those of `hosts`.
    HostNotConfigured,
    /// A drill: a theft that nobody commits.
    Drill,
}

impl AlertKind {
    /// The name in `backtest`, in `/alerts` and in ClickHouse.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownDestination => "unknown_destination",
            Self::CardDataInUrl => "card_data_in_url",
            Self::Integrity => "integrity",
            Self::ScriptChanged => "script_changed",
            Self::ScriptUnapproved => "script_unapproved",
            Self::PolicyChanged => "policy_changed",
            Self::SiteSilent => "site_silent",
            Self::ReportFlood => "report_flood",
            Self::InlineScript => "inline_script",
            Self::DestinationsDigest => "destinations_digest",
            Self::HostNotConfigured => "host_not_configured",
            Self::Drill => "drill",
        }
    }
}

/// An alert that starts, or whose severity rises.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// What happened.
    pub kind: AlertKind,
    /// The page group; empty: the whole site.
    pub page_group: Arc<str>,
    /// The registrable domain; empty where the alert is about none.
    pub destination: String,
    /// How urgent it is.
    pub severity: Severity,
    /// How many reports say so until now.
    pub reports: u64,
    /// How many clients sent these.
    pub clients: usize,
    /// The first paths of the pages, shortened.
    pub pages: Vec<Box<str>>,
    /// Why it was raised, in sentences.
    pub reasons: Vec<String>,
    /// All destinations of the finding, where they are several; `destination` is the first.
    pub destinations: Vec<String>,
    /// The score of the destination, where it has one.
    pub score: Option<f64>,
    /// The parts of the score; they add up to it.
    pub evidence: Vec<Evidence>,
}

/// One part of a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Which part: one of a closed set.
    pub part: String,
    /// What it adds, in natural logarithms of odds; below zero it speaks against.
    pub weight: f64,
    /// What it is, in words.
    pub text: String,
}

/// An alert that was raised: the site, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RaisedAlert {
    /// When the report arrived that raised it.
    pub at: Timestamp,
    /// The site that it is about.
    pub site: Arc<str>,
    /// What it says.
    pub alert: Alert,
}

impl RaisedAlert {
    /// The JSON object that `backtest` and the admin listener print.
    pub fn to_json(&self) -> Value {
        let Alert {
            kind, page_group, destination, severity, reports, clients, pages, reasons, ..
        } = &self.alert;
        let mut object = json!({
            "at": self.at.to_string(),
            "alert": kind.as_str(),
            "site": self.site,
            "page_group": page_group,
            "destination": destination,
            "severity": severity.as_str(),
            "reports": reports,
            "clients": clients,
            "pages": pages,
            "reasons": reasons,
        });
        if !self.alert.destinations.is_empty() {
            object["destinations"] = json!(self.alert.destinations);
        }
        if let Some(score) = self.alert.score {
            object["score"] = json!(rounded(score));
            object["evidence"] = self.alert.evidence.iter().map(Evidence::to_json).collect();
        }
        object
    }
}

impl Evidence {
    fn to_json(&self) -> Value {
        json!({ "part": self.part, "weight": rounded(self.weight), "text": self.text })
    }
}

/// To two digits: a person adds them up.
fn rounded(weight: f64) -> f64 {
    (weight * 100.0).round() / 100.0
}

/// The time without news after which an alert is over. What comes later is a return, which raises it again: a
/// skimmer that pauses for a night is one alert, and one that pauses for days raises an alert at every return.
pub const QUIET: Duration = DAY;

/// An alert from its start until it was quiet for [`QUIET`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Episode {
    last: Option<Timestamp>,
    /// The severity of the alerts that were raised so far in this episode.
    raised: Option<Severity>,
}

impl Episode {
    /// Notes that it happened again. Returns true when the episode before was over, so that this is a return.
    pub fn renew(&mut self, now: Timestamp) -> bool {
        let is_over = self.last.is_some() && !self.is_active(now);
        if is_over {
            self.raised = None;
        }
        self.last = self.last.max(Some(now));
        is_over
    }

    /// Raises the episode to this severity. Returns true when no alert of this severity was raised in it, so that one is
    /// due.
    pub fn raise_to(&mut self, severity: Severity) -> bool {
        let rises = self.raised < Some(severity);
        self.raised = self.raised.max(Some(severity));
        rises
    }

    /// The severity of the alerts that were raised so far in this episode.
    pub fn raised(&self) -> Option<Severity> {
        self.raised
    }

    /// Notes that it happened again, at this severity. Returns true when an alert is due.
    pub fn record(&mut self, severity: Severity, now: Timestamp) -> bool {
        self.renew(now);
        self.raise_to(severity)
    }

    /// Whether it happened within [`QUIET`].
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.last.is_some_and(|last| now.is_within(QUIET, last))
    }

    /// When it happened last.
    pub fn last(&self) -> Option<Timestamp> {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::SECOND;

    #[test]
    fn an_episode_raises_an_alert_at_its_start_when_it_rises_and_when_it_returns() {
        let mut episode = Episode::default();
        let mut happens = |after: Duration, severity| {
            let returns = episode.renew(Timestamp::default() + after);
            (returns, episode.raise_to(severity))
        };
        assert_eq!(happens(Duration::ZERO, Severity::Ticket), (false, true));
        assert_eq!(happens(5 * SECOND, Severity::Ticket), (false, false));
        assert_eq!(happens(6 * SECOND, Severity::Page), (false, true));
        assert_eq!(happens(7 * SECOND, Severity::Ticket), (false, false));
        assert_eq!(happens(7 * SECOND + QUIET, Severity::Ticket), (true, true));
    }
}

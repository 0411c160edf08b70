//! What is told to people, and when it begins, rises and ends.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::base::clock::{DAY, Timestamp};

/// Whether somebody is woken up. Ordered: a page is more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// To be looked at in working hours.
    Ticket,
    /// Now.
    Page,
}

impl Severity {
    /// The label's value.
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
    /// Pages reach a destination that nobody expected.
    UnknownDestination,
    /// A card number stands in a URL.
    CardDataInUrl,
    /// A script failed its integrity check, or has none.
    Integrity,
    /// A script's content is another than it was.
    ScriptChanged,
    /// A payment page runs a script that nobody approved.
    ScriptUnapproved,
    /// A page group has another policy than it had.
    PolicyChanged,
    /// A page group that used to report does not any more.
    SiteSilent,
    /// More new destinations than a site can have.
    ReportFlood,
}

impl AlertKind {
    /// Its name in a backtest.
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
        }
    }
}

/// An alert that starts, or whose severity rises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// What it is about.
    pub kind: AlertKind,
    /// The page group, or empty: the whole site.
    pub page_group: Arc<str>,
    /// The registrable domain, or empty.
    pub destination: String,
    /// How urgent it is.
    pub severity: Severity,
    /// Reports that it rests on so far.
    pub reports: u64,
    /// Distinct clients among them.
    pub clients: usize,
    /// The first paths of its pages, their beginnings.
    pub pages: Vec<Box<str>>,
    /// Why, in words.
    pub reasons: Vec<String>,
}

/// An alert that was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaisedAlert {
    /// When the report arrived that made it.
    pub at: Timestamp,
    /// Of which site.
    pub site: Arc<str>,
    /// The alert.
    pub alert: Alert,
}

impl RaisedAlert {
    /// As `backtest` and the admin listener print it.
    pub fn to_json(&self) -> Value {
        let Alert { kind, page_group, destination, severity, reports, clients, pages, reasons } =
            &self.alert;
        json!({
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
        })
    }
}

/// The time without news after which an alert is over; what comes later is a return, and told again. A
/// skimmer that pauses for a night is one alert; one that pauses for days is told at every return.
pub const QUIET: Duration = DAY;

/// An alert from its start until it was quiet for [`QUIET`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Episode {
    last: Option<Timestamp>,
    told: Option<Severity>,
}

impl Episode {
    /// There is news. True when the last ones are so old that this is a return.
    pub fn renew(&mut self, now: Timestamp) -> bool {
        let is_over = self.last.is_some() && !self.is_active(now);
        if is_over {
            self.told = None;
        }
        self.last = self.last.max(Some(now));
        is_over
    }

    /// True when that is more than what was told of this episode already.
    pub fn raise_to(&mut self, severity: Severity) -> bool {
        let rises = self.told < Some(severity);
        self.told = self.told.max(Some(severity));
        rises
    }

    /// There is news of this severity. True when it is to be told.
    pub fn record(&mut self, severity: Severity, now: Timestamp) -> bool {
        self.renew(now);
        self.raise_to(severity)
    }

    /// Whether the last news is not that old.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.last.is_some_and(|last| now.is_within(QUIET, last))
    }

    /// When the last news came.
    pub fn last(&self) -> Option<Timestamp> {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::SECOND;

    #[test]
    fn an_episode_is_told_once_rises_once_and_returns() {
        let mut episode = Episode::default();
        let mut told = |after: Duration, severity| {
            let returns = episode.renew(Timestamp::default() + after);
            (returns, episode.raise_to(severity))
        };
        assert_eq!(told(Duration::ZERO, Severity::Ticket), (false, true));
        assert_eq!(told(5 * SECOND, Severity::Ticket), (false, false));
        assert_eq!(told(6 * SECOND, Severity::Page), (false, true));
        assert_eq!(told(7 * SECOND, Severity::Ticket), (false, false));
        assert_eq!(told(7 * SECOND + QUIET, Severity::Ticket), (true, true));
    }
}

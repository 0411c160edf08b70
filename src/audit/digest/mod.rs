//! The digest of a period: what is new, what was decided and by whom, releases, and days on which nobody listened. A pure
//! function over what the store has read.

pub mod html;

use std::collections::BTreeMap;

use crate::audit::evidence::{Gaps, days};
use crate::base::clock::Timestamp;
use crate::base::drill;
use crate::store::destinations::NewDestination;
use crate::store::evidence::{EvidenceDecision, PeriodRecords};
use crate::store::findings::OpenFinding;
use crate::store::releases::Release;
use crate::store::scripts::RecordedScriptDecision;

/// What the store has of a period.
pub struct DigestInputs {
    /// Name of the site.
    pub site: String,
    /// The period; its end is not part of it.
    pub period: (Timestamp, Timestamp),
    /// Now: days that have not begun are no gaps.
    pub now: Timestamp,
    /// Destinations that the period saw first, by page group.
    pub new: Vec<NewDestination>,
    /// Findings that nobody has decided about until now, the oldest first.
    pub open: Vec<OpenFinding>,
    /// Alerts, decisions, reports and collectors.
    pub records: PeriodRecords,
    /// Decisions about scripts until the end of the period.
    pub script_decisions: Vec<RecordedScriptDecision>,
    /// Releases, the latest first.
    pub releases: Vec<Release>,
}

/// How urgent the alerts about a destination were, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DigestSeverity {
    /// It paged.
    Page,
    /// It was a ticket.
    Ticket,
    /// No alert was raised about it alone.
    None,
}

impl DigestSeverity {
    /// As alerts write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
            Self::None => "none",
        }
    }
}

/// A destination that the period saw first, on all page groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestDestination<'a> {
    /// Its name.
    pub destination: &'a str,
    /// The most urgent of the alerts about it.
    pub severity: DigestSeverity,
    /// The page groups that reported it.
    pub page_groups: Vec<&'a str>,
    /// Its first report.
    pub first_seen: Timestamp,
    /// All reports of it so far.
    pub reports: u64,
    /// The latest decision about it within the period.
    pub decision: Option<&'a EvidenceDecision>,
}

/// What waits for a decision, whatever the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecided<'a> {
    /// The oldest first.
    pub findings: Vec<UndecidedFinding<'a>>,
    /// How many more there are.
    pub omitted: u64,
}

/// A destination that alerts are about and nobody has decided about, on all page groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndecidedFinding<'a> {
    /// Its name.
    pub destination: &'a str,
    /// The most urgent of the alerts about it.
    pub severity: DigestSeverity,
    /// The page groups of the alerts.
    pub page_groups: &'a [String],
    /// The first alert about it.
    pub first_alert: Timestamp,
    /// The latest.
    pub last_alert: Timestamp,
    /// All reports of it so far.
    pub reports: u64,
    /// The first of the latest alert's reasons.
    pub reason: &'a str,
}

/// How many alerts were raised within the period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AlertCounts {
    /// Those that paged.
    pub pages: usize,
    /// Those that were tickets.
    pub tickets: usize,
}

/// Days of the period, written 2026-11-01.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestGaps {
    /// No collector noted that it worked.
    pub without_collector: Vec<String>,
    /// A collector worked, and nothing was reported.
    pub without_report: Vec<String>,
}

impl DigestInputs {
    /// What is new, the most urgent first, then the earliest. Drills are none of it: the digest counts them by themselves.
    pub fn destinations(&self) -> Vec<DigestDestination<'_>> {
        let mut found: BTreeMap<&str, DigestDestination<'_>> = BTreeMap::new();
        let is_drill = |row: &&NewDestination| drill::said_route(&row.destination).is_some();
        for row in self.new.iter().filter(|row| !is_drill(row)) {
            let entry = found.entry(&row.destination).or_insert_with(|| DigestDestination {
                destination: &row.destination,
                severity: self.severity(&row.destination),
                page_groups: Vec::new(),
                first_seen: row.first_seen,
                reports: 0,
                decision: self
                    .records
                    .decisions
                    .iter()
                    .rfind(|decision| decision.destination == row.destination),
            });
            entry.page_groups.push(&row.page_group);
            entry.first_seen = entry.first_seen.min(row.first_seen);
            entry.reports += row.reports;
        }
        let mut found: Vec<_> = found.into_values().collect();
        for destination in &mut found {
            destination.page_groups.sort_unstable();
        }
        found.sort_by_key(|found| (found.severity, found.first_seen));
        found
    }

    /// What waits for a decision. Drills do not: they end by themselves.
    pub fn undecided(&self) -> Undecided<'_> {
        let all = self.open.first().map_or(0, |finding| finding.all);
        let is_drill = |finding: &&OpenFinding| drill::said_route(&finding.destination).is_some();
        let findings = self.open.iter().filter(|finding| !is_drill(finding));
        let findings = findings.map(|finding| UndecidedFinding {
            destination: &finding.destination,
            severity: if finding.is_page { DigestSeverity::Page } else { DigestSeverity::Ticket },
            page_groups: &finding.page_groups,
            first_alert: finding.first_alert,
            last_alert: finding.last_alert,
            reports: finding.reports,
            reason: finding.reasons.first().map_or("", String::as_str),
        });
        Undecided { findings: findings.collect(), omitted: all - self.open.len() as u64 }
    }

    fn severity(&self, destination: &str) -> DigestSeverity {
        let alerts = self.records.alerts.iter().filter(|alert| alert.destination == destination);
        let severity = |severity: &str| match severity {
            "page" => DigestSeverity::Page,
            _ => DigestSeverity::Ticket,
        };
        alerts.map(|alert| severity(&alert.severity)).min().unwrap_or(DigestSeverity::None)
    }

    /// The alerts of the period.
    pub fn alerts(&self) -> AlertCounts {
        let pages = self.records.count_urgent_alerts();
        AlertCounts { pages, tickets: self.records.alerts.len() - pages }
    }

    /// The decisions about scripts that the period has.
    pub fn script_decisions(&self) -> impl Iterator<Item = &RecordedScriptDecision> {
        let (from, to) = self.period;
        let decisions = self.script_decisions.iter();
        decisions.filter(move |decision| (from..to).contains(&decision.decided_at))
    }

    /// Days on which nobody listened, or nothing was heard.
    pub fn gaps(&self) -> DigestGaps {
        let (from, to) = self.period;
        let days = days(&self.records, from, to.min(self.now));
        let gaps = Gaps::of(&days);
        let names = |days: &[&str]| days.iter().map(|day| (*day).to_owned()).collect();
        DigestGaps {
            without_collector: names(&gaps.without_collector),
            without_report: names(&gaps.without_report),
        }
    }
}

//! What a suggested policy is made of. Asked by `queries/policy_*.sql`.

use std::collections::{HashMap, HashSet};

use clickhouse::{Client, Row};
use serde::Deserialize;

use super::decisions::from_code;
use super::error::InsertError;
use super::queries;
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::csp::Policy;
use crate::decisions::Decision;
use crate::report::{Disposition, Kind, Place, Verdict};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Of this site.
    pub site: &'a str,
    /// Reports of this page group; empty: of all.
    pub page_group: &'a str,
    /// When the range begins.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
}

/// The answer.
#[derive(Debug, Default)]
pub struct Known {
    /// By page group.
    pub groups: HashMap<String, Group>,
    /// What people decided, by destination.
    pub decided: HashMap<String, Decided>,
    /// Whether there were more reports than are read, so that the rarest lack.
    pub is_cut: bool,
}

/// Of a page group.
#[derive(Debug, Default)]
pub struct Group {
    /// The policies that its pages carried.
    pub carried: Vec<Carried>,
    /// What was reported of them.
    pub reported: Vec<Reported>,
    /// Whether a report for `Integrity-Policy` ever came.
    pub was_integrity_heard: bool,
}

/// A policy that pages carried.
#[derive(Clone, Debug)]
pub struct Carried {
    /// Its hash, as the column `policy_hash`; empty where somebody gave its text.
    pub hash: String,
    /// What it says, without nonces.
    pub policy: Policy,
    /// Whether it was enforced.
    pub disposition: Disposition,
    /// When a report first carried it.
    pub first_seen: Timestamp,
    /// When one last did.
    pub last_seen: Timestamp,
    /// How many did within the last tenth of the range.
    pub recent: u64,
    /// Clients that sent them, seal by seal: one that came in two counts twice.
    pub clients: u64,
}

/// Reports of one kind about one address, on documents of one host.
#[derive(Clone, Debug)]
pub struct Reported {
    /// [`Kind::Csp`] or [`Kind::Integrity`].
    pub kind: Kind,
    /// The effective directive.
    pub directive: String,
    /// What they were judged when they came.
    pub verdict: Verdict,
    /// What was blocked.
    pub blocked: Place<'static>,
    /// On whose page.
    pub document_host: String,
    /// How many.
    pub reports: u64,
    /// The first.
    pub first_seen: Timestamp,
    /// The last.
    pub last_seen: Timestamp,
}

/// What somebody decided about a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// What.
    pub decision: Decision,
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
    /// When.
    pub at: Timestamp,
    /// Until when it holds.
    pub until: Option<Timestamp>,
}

#[derive(Row, Deserialize)]
struct CarriedRow {
    page_group: String,
    policy_hash: String,
    disposition: String,
    policy: String,
    first_seen: Timestamp,
    last_seen: Timestamp,
    recent: u64,
    clients: u64,
}

#[derive(Row, Deserialize)]
struct ReportedRow {
    page_group: String,
    kind: String,
    directive: String,
    verdict: String,
    blocked_scheme: String,
    blocked_host: String,
    blocked_port: u16,
    blocked_path: String,
    document_host: String,
    reports: u64,
    first_seen: Timestamp,
    last_seen: Timestamp,
}

#[derive(Row, Deserialize)]
struct DecidedRow {
    destination: String,
    decision: i8,
    by: String,
    why: String,
    decided_at: Timestamp,
    until: Option<Timestamp>,
}

/// Asks all of it.
///
/// # Errors
/// [`InsertError`].
pub async fn read(client: &Client, question: Question<'_>) -> Result<Known, InsertError> {
    let Question { site, page_group, from, to } = question;
    let ask = |sql: &'static str| client.query_raw(sql).param("site", site);
    let within = |sql| ask(sql).param("from", from).param("to", to);
    let since = to - to.since(from) / 10;
    let carried = within(queries::POLICY_CARRIED).param("since", since);
    let carried = carried.param("limit", limits::SUGGESTION_POLICIES);
    let carried: Vec<CarriedRow> = carried.fetch_all().await?;
    let reported = within(queries::POLICY_REPORTS).param("page_group", page_group);
    let reported = reported.param("limit", limits::SUGGESTION_REPORTS);
    let reported: Vec<ReportedRow> = reported.fetch_all().await?;
    let decided: Vec<DecidedRow> = ask(queries::POLICY_DECIDED).fetch_all().await?;
    let heard: HashSet<String> =
        ask(queries::POLICY_INTEGRITY).fetch_all().await?.into_iter().collect();

    let is_cut = reported.len() as u64 >= limits::SUGGESTION_REPORTS;
    let decided = decided.into_iter().filter_map(DecidedRow::read).collect();
    let mut known = Known { decided, is_cut, ..Known::default() };
    // A text that was not kept says nothing.
    for row in carried.into_iter().filter(|row| !row.policy.is_empty()) {
        let group = known.groups.entry(row.page_group.clone()).or_default();
        group.carried.push(row.read());
    }
    for row in reported {
        let group = known.groups.entry(row.page_group.clone()).or_default();
        group.reported.extend(row.read());
    }
    for (name, group) in &mut known.groups {
        group.was_integrity_heard = heard.contains(name);
    }
    Ok(known)
}

impl CarriedRow {
    fn read(self) -> Carried {
        Carried {
            policy: Policy::parse(&self.policy),
            disposition: Disposition::named(&self.disposition).unwrap_or(Disposition::Unknown),
            hash: self.policy_hash,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            recent: self.recent,
            clients: self.clients,
        }
    }
}

impl ReportedRow {
    /// `None`: a newer version wrote it.
    fn read(self) -> Option<Reported> {
        Some(Reported {
            kind: Kind::named(&self.kind)?,
            directive: self.directive,
            verdict: Verdict::named(&self.verdict)?,
            blocked: Place {
                scheme: self.blocked_scheme.into(),
                host: self.blocked_host.into(),
                port: self.blocked_port,
                path: self.blocked_path.into(),
            },
            document_host: self.document_host,
            reports: self.reports,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
        })
    }
}

impl DecidedRow {
    /// `None`: a newer version wrote it.
    fn read(self) -> Option<(String, Decided)> {
        let decided = Decided {
            decision: from_code(self.decision)?,
            by: self.by,
            why: self.why,
            at: self.decided_at,
            until: self.until,
        };
        Some((self.destination, decided))
    }
}

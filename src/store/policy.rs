//! The data from which `cspwatch policy` suggests a policy, read by `queries/policy_*.sql`.

use std::collections::{HashMap, HashSet};

use clickhouse::query::RowCursor;
use clickhouse::{Client, Row};
use serde::Deserialize;

use super::decisions::from_code;
use super::error::InsertError;
use super::queries;
use crate::base::clock::Timestamp;
use crate::base::{drill, limits};
use crate::csp::Policy;
use crate::decisions::{Decision, Extent};
use crate::report::{Disposition, Kind, Place, Verdict};

/// What to read.
#[derive(Debug, Clone, Copy)]
pub struct PolicyQuery<'a> {
    /// Data of this site.
    pub site: &'a str,
    /// Reports of this page group. Empty: of all.
    pub page_group: &'a str,
    /// The beginning of the range.
    pub from: Timestamp,
    /// The end of the range.
    pub to: Timestamp,
    /// The largest number of [`ReportSummary`]s: those with most reports.
    pub limit: u64,
}

/// What ClickHouse knows about a site's policies.
#[derive(Debug, Default)]
pub struct PolicyData {
    /// By the name of the page group.
    pub groups: HashMap<String, PageGroupReports>,
    /// People's decisions for everywhere, by destination.
    pub decisions: HashMap<String, PolicyDecision>,
    /// The limited approvals, each with its destination. Where a destination has one, it has no decision for everywhere.
    pub limited: Vec<(String, Extent, PolicyDecision)>,
    /// Whether there are more [`ReportSummary`]s than are read, so that the least-reported ones are omitted.
    pub is_truncated: bool,
}

/// What browsers reported about a page group.
#[derive(Debug, Default)]
pub struct PageGroupReports {
    /// The policies that the pages carried.
    pub policies: Vec<PagePolicy>,
    /// The reports within the range.
    pub reports: Vec<ReportSummary>,
    /// Whether a report for `Integrity-Policy` ever came, also before the range.
    pub has_integrity_reports: bool,
}

/// A policy that pages carried.
#[derive(Clone, Debug)]
pub struct PagePolicy {
    /// The hash, as in the column `policy_hash`. Empty: a person supplied the policy.
    pub hash: String,
    /// The policy, without nonces.
    pub policy: Policy,
    /// Whether browsers enforced it.
    pub disposition: Disposition,
    /// When a report first carried it.
    pub first_seen: Timestamp,
    /// When a report last carried it.
    pub last_seen: Timestamp,
    /// How many reports carried it within the last tenth of the range.
    pub recent: u64,
    /// How many clients sent these reports. A client counts once for each sealed segment that it is in.
    pub clients: u64,
}

/// Reports of one kind about one URL, on documents of one host.
#[derive(Clone, Debug)]
pub struct ReportSummary {
    /// [`Kind::Csp`], [`Kind::ConnectionAllowlist`] or [`Kind::Integrity`].
    pub kind: Kind,
    /// The effective directive.
    pub directive: String,
    /// The verdict on the reports when they came.
    pub verdict: Verdict,
    /// The blocked URL.
    pub blocked: Place<'static>,
    /// The host of the documents.
    pub document_host: String,
    /// How many reports there are.
    pub reports: u64,
    /// The time of the first.
    pub first_seen: Timestamp,
    /// The time of the last.
    pub last_seen: Timestamp,
}

/// A person's decision about a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyDecision {
    /// Approved, ignored or forgotten.
    pub decision: Decision,
    /// The person.
    pub by: String,
    /// The person's reason.
    pub why: String,
    /// When it was made.
    pub at: Timestamp,
    /// When it expires. `None`: never.
    pub until: Option<Timestamp>,
}

#[derive(Row, Deserialize)]
struct PagePolicyRow {
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
struct ReportSummaryRow {
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
struct PolicyDecisionRow {
    destination: String,
    decision: i8,
    directive: String,
    page_group: String,
    by: String,
    why: String,
    decided_at: Timestamp,
    until: Option<Timestamp>,
}

/// Reads everything that `cspwatch policy` needs.
///
/// # Errors
/// [`InsertError`] if ClickHouse does not answer.
pub async fn read(client: &Client, query: PolicyQuery<'_>) -> Result<PolicyData, InsertError> {
    let PolicyQuery { site, page_group, from, to, limit } = query;
    let of_site = |sql: &'static str| client.query_raw(sql).param("site", site);
    let within_range = |sql| of_site(sql).param("from", from).param("to", to);
    let last_tenth = to - to.since(from) / 10;
    let policies = within_range(queries::POLICY_CARRIED).param("since", last_tenth);
    let policies = policies.param("limit", limits::SUGGESTION_POLICIES);
    let policies: Vec<PagePolicyRow> = policies.fetch_all().await?;
    let reports = within_range(queries::POLICY_REPORTS).param("page_group", page_group);
    let reports = reports.param("limit", limit);
    let (mut groups, rows) = reports_by_group(reports.fetch()?).await?;
    let decisions: Vec<PolicyDecisionRow> = of_site(queries::POLICY_DECIDED).fetch_all().await?;
    let with_integrity_reports: HashSet<String> =
        of_site(queries::POLICY_INTEGRITY).fetch_all().await?.into_iter().collect();

    // ClickHouse does not keep the text of every policy, and without it there is nothing to read.
    for mut row in policies.into_iter().filter(|row| !row.policy.is_empty()) {
        let group = groups.entry(std::mem::take(&mut row.page_group)).or_default();
        group.policies.push(row.read());
    }
    for (name, group) in &mut groups {
        group.has_integrity_reports = with_integrity_reports.contains(name);
    }
    let mut data = PolicyData { groups, is_truncated: rows >= limit, ..PolicyData::default() };
    data.add_decisions(decisions);
    Ok(data)
}

/// With the number of rows. Each is read as it arrives: all of them as rows and as what they say would be twice as much memory.
async fn reports_by_group(
    mut rows: RowCursor<ReportSummaryRow>,
) -> Result<(HashMap<String, PageGroupReports>, u64), InsertError> {
    let (mut groups, mut count) = (HashMap::<String, PageGroupReports>::new(), 0);
    while let Some(mut row) = rows.next().await? {
        count += 1;
        if !row.is_of_drill() {
            let group = groups.entry(std::mem::take(&mut row.page_group)).or_default();
            group.reports.extend(row.read());
        }
    }
    Ok((groups, count))
}

impl PagePolicyRow {
    fn read(self) -> PagePolicy {
        PagePolicy {
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

impl ReportSummaryRow {
    /// Whether `cspwatch drill` sent it: no page did, so no policy has to allow or to block it.
    fn is_of_drill(&self) -> bool {
        drill::said_route(&self.blocked_host).is_some()
    }

    /// `None`: a newer version wrote a kind or verdict that this one does not know.
    fn read(self) -> Option<ReportSummary> {
        Some(ReportSummary {
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

impl PolicyData {
    /// Adds decisions, of which the newest is the first: those that no newer one replaces.
    fn add_decisions(&mut self, newest: Vec<PolicyDecisionRow>) {
        let mut replaced = HashSet::new();
        let mut limited = HashSet::new();
        for row in newest {
            let extent = Extent::of(&row.directive, &row.page_group);
            let is_everywhere = extent.is_everywhere();
            let is_replaced = replaced.contains(&row.destination)
                || is_everywhere && limited.contains(&row.destination);
            let seen = if is_everywhere { &mut replaced } else { &mut limited };
            seen.insert(row.destination.clone());
            let Some((destination, made)) = row.read(&extent).filter(|_| !is_replaced) else {
                continue;
            };
            if is_everywhere {
                self.decisions.insert(destination, made);
            } else {
                self.limited.push((destination, extent, made));
            }
        }
    }
}

impl PolicyDecisionRow {
    /// `None`: a newer version wrote a decision that this one does not know.
    fn read(self, extent: &Extent) -> Option<(String, PolicyDecision)> {
        let decision = PolicyDecision {
            decision: from_code(self.decision, extent)?,
            by: self.by,
            why: self.why,
            at: self.decided_at,
            until: self.until,
        };
        Some((self.destination, decision))
    }
}

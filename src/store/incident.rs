//! All that is stored about one destination: when, where, how, and to whom. Read by `queries/incident_*.sql`.

mod changes;
mod related;
mod rows;

pub use changes::{IncidentPolicy, NewScript};
pub use related::Related;
pub use rows::{
    ActivePeriod, IncidentAlert, IncidentDecision, IncidentDirective, IncidentEngine, IncidentPage,
    IncidentScript, IncidentSummary, IncidentTag, PageGroupPeriod, ReportedHour,
};

use clickhouse::Client;

use super::error::InsertError;
use super::inferred_releases::InferredRelease;
use super::queries;
use super::releases::Release;
use crate::base::clock::MILLISECOND;
use crate::config::SiteConfig;

/// Which destination to read, and how much of it.
#[derive(Debug, Clone, Copy)]
pub struct IncidentQuery<'a> {
    /// A registrable domain, or an IP address.
    pub destination: &'a str,
    /// Only reports of this site; empty for all sites.
    pub site: &'a str,
    /// The configured sites, for the hosts that are their own.
    pub sites: &'a [SiteConfig],
    /// The number of seconds without a report that ends a period.
    pub gap: u32,
    /// The largest number of pages, of scripts and of tags.
    pub limit: u64,
}

/// What is stored about a destination. Times are milliseconds since 1970; `clients`, `networks` and `tags` are estimates
/// of distinct ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// Totals, first and last report.
    pub summary: IncidentSummary,
    /// The periods in which it was active, in the order of time.
    pub periods: Vec<ActivePeriod>,
    /// The pages that reported it, those with most reports first.
    pub pages: Vec<IncidentPage>,
    /// The directives that it violated, those with most reports first.
    pub directives: Vec<IncidentDirective>,
    /// The addresses that were requested, each with the script that requested it.
    pub scripts: Vec<IncidentScript>,
    /// The browser engines that reported it.
    pub engines: Vec<IncidentEngine>,
    /// The correlation tags of the reports, in the order of time.
    pub tags: Vec<IncidentTag>,
    /// The alerts about it, the newest first.
    pub alerts: Vec<IncidentAlert>,
    /// The decisions about it, the newest first.
    pub decisions: Vec<IncidentDecision>,
    /// The hours between the first and the last report in which pages of a site reported anything at all.
    pub reported_hours: Vec<ReportedHour>,
    /// How many of the reports repeat another one, because the browser delivered it to a second collector as well.
    pub redelivered: u64,
    /// Other destinations that were seen at that time, those with most in common first.
    pub related: Vec<Related>,
    /// Policies of these sites that appeared at that time, or were seen for the last time.
    pub policies: Vec<IncidentPolicy>,
    /// Scripts that these page groups ran for the first time then.
    pub new_scripts: Vec<NewScript>,
    /// Releases of these sites at that time, in the order of time.
    pub releases: Vec<Release>,
    /// Releases of these sites that nobody marked, as their scripts show them.
    pub inferred: Vec<InferredRelease>,
}

/// Reads all of it; `None` where no report names the destination.
///
/// # Errors
/// [`InsertError`].
pub async fn read(
    client: &Client,
    query: IncidentQuery<'_>,
) -> Result<Option<Incident>, InsertError> {
    let IncidentQuery { destination, site, sites, gap, limit } = query;
    let ask = |sql: &'static str| {
        client.query_raw(sql).param("destination", destination).param("site", site)
    };
    let summary: IncidentSummary = ask(queries::INCIDENT_SUMMARY).fetch_one().await?;
    if summary.reports == 0 {
        return Ok(None);
    }
    let rows = |sql: &'static str| ask(sql).param("limit", limit);
    // At the same time, because each small query mostly waits for the network.
    let (periods, pages, directives, scripts, engines, tags, decisions, redelivered) = tokio::try_join!(
        ask(queries::INCIDENT_PERIODS).param("gap", gap).fetch_all(),
        rows(queries::INCIDENT_PAGES).fetch_all(),
        ask(queries::INCIDENT_DIRECTIVES).fetch_all(),
        rows(queries::INCIDENT_SCRIPTS).fetch_all(),
        ask(queries::INCIDENT_ENGINES).fetch_all(),
        rows(queries::INCIDENT_TAGS).fetch_all(),
        ask(queries::INCIDENT_DECISIONS).fetch_all(),
        ask(queries::INCIDENT_REDELIVERED).fetch_one(),
    )?;
    let alerts = rows(queries::INCIDENT_WHY).fetch_all().await?;
    let (reported_hours, related, policies, new_scripts, releases, inferred) = tokio::try_join!(
        reported_hours(client, &summary),
        related::read(client, destination, &summary),
        changes::policies(client, &summary),
        changes::new_scripts(client, &summary),
        changes::releases(client, &summary),
        changes::inferred(client, &summary, sites),
    )?;
    Ok(Some(Incident {
        summary,
        periods,
        pages,
        directives,
        scripts,
        engines,
        tags,
        alerts,
        decisions,
        reported_hours,
        redelivered,
        related,
        policies,
        new_scripts,
        releases,
        inferred,
    }))
}

/// The periods in which the destination was active, for each page group.
///
/// # Errors
/// [`InsertError`].
pub async fn page_group_periods(
    client: &Client,
    query: IncidentQuery<'_>,
) -> Result<Vec<PageGroupPeriod>, InsertError> {
    let IncidentQuery { destination, site, gap, limit, .. } = query;
    let periods = client.query_raw(queries::INCIDENT_PAGE_GROUP_PERIODS);
    let periods = periods.param("destination", destination).param("site", site);
    Ok(periods.param("gap", gap).param("limit", limit).fetch_all().await?)
}

/// Whether any report named the destination on a site, as far as it is kept.
///
/// # Errors
/// [`InsertError`].
pub async fn is_reported(
    client: &Client,
    (site, destination): (&str, &str),
) -> Result<bool, InsertError> {
    let query = client.query_raw(queries::INCIDENT_SUMMARY).param("destination", destination);
    let summary: IncidentSummary = query.param("site", site).fetch_one().await?;
    Ok(summary.reports > 0)
}

/// What people decided about the destination, the newest first.
///
/// # Errors
/// [`InsertError`].
pub async fn decisions(
    client: &Client,
    query: IncidentQuery<'_>,
) -> Result<Vec<IncidentDecision>, InsertError> {
    let decisions = client.query_raw(queries::INCIDENT_DECISIONS);
    let decisions = decisions.param("destination", query.destination).param("site", query.site);
    Ok(decisions.fetch_all().await?)
}

/// The hours in which the sites' page groups reported anything, between the first and the last report.
async fn reported_hours(
    client: &Client,
    summary: &IncidentSummary,
) -> Result<Vec<ReportedHour>, InsertError> {
    let mut reported = Vec::new();
    for site in &summary.sites {
        let query = client.query_raw(queries::INCIDENT_COVERAGE).param("site", site);
        let query =
            query.param("from", summary.first_seen).param("to", summary.last_seen + MILLISECOND);
        let hours: Vec<ReportedHour> = query.fetch_all().await?;
        reported.extend(hours.into_iter().map(|hour| ReportedHour { site: site.clone(), ..hour }));
    }
    Ok(reported)
}

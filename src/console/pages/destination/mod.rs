//! One destination: is it a theft, since when, how many, on which pages, is it blocked, and what to do.

mod actions;
mod status;
mod view;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{Html, Response};

use super::{OPEN, answered};
use crate::audit::incident::html::{ConsoleLinks, Provenance, page_of};
use crate::audit::incident::{ExposureWindow, csv};
use crate::base::clock::{HOUR, Timestamp};
use crate::base::domain::registrable;
use crate::config::HostPattern;
use crate::console::Console;
use crate::console::answer::Refusal;
use crate::console::decide;
use crate::console::files::{CSV, download, standalone};
use crate::console::layout::{Section, page};
use crate::console::links;
use crate::console::visitor::Viewer;
use crate::store::console::{Note, notes};
use crate::store::findings::{StoredAlert, alerts_of, covered_page_groups};
use crate::store::incident::{self, IncidentDecision, IncidentQuery, PageGroupPeriod};

pub(in crate::console) use actions::{decide as decide_form, note as note_form};

/// How long without a report ends a period, as in `cspwatch incident`.
const GAP: Duration = HOUR;
/// Pages, scripts and tags on the page; the report and the API have all of them.
const SHOWN: u64 = 50;
/// All of them.
const ALL: u64 = 1_000_000;

/// All that a page says.
pub(in crate::console) struct Destination {
    site: String,
    destination: String,
    window: Option<ExposureWindow>,
    periods: Vec<PageGroupPeriod>,
    alerts: Vec<StoredAlert>,
    decisions: Vec<IncidentDecision>,
    notes: Vec<Note>,
    /// The site's own hosts under this name, as the configuration has them.
    own: Vec<String>,
    /// What the configuration expects of it.
    known: Vec<String>,
    /// The page groups of the site, for the form.
    page_groups: Vec<String>,
    /// Those where limited approvals cover all that was reported of it lately.
    covered: Vec<String>,
    now: Timestamp,
}

pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    Viewer(visitor): Viewer,
    Path((site, destination)): Path<(String, String)>,
) -> Result<Html<String>, Refusal> {
    let found = read(&console, &site, &destination, SHOWN).await?;
    let title = crate::base::display::defanged(&found.destination);
    Ok(page(&title, Section::Now, (&console, &visitor), found.markup(&visitor)))
}

/// The exposure report, as `cspwatch incident --html` prints it, with links in place of commands.
pub(in crate::console) async fn report(
    State(console): State<Arc<Console>>,
    Viewer(_): Viewer,
    Path((site, destination)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let make = async {
        let found = read(&console, &site, &destination, ALL).await?;
        let Some(window) = &found.window else { return Err(found.unknown()) };
        let database = &console.config.clickhouse.database;
        let links = Some(found.absolute_links(&console.address()));
        let provenance = Provenance { made_at: found.now, database, gap: GAP, console: links };
        Ok(page_of(window, &found.periods, &provenance).into_bytes())
    };
    console.large.make(make).await.map(standalone)
}

/// The tags as CSV, as `cspwatch incident --csv` prints them.
pub(in crate::console) async fn tags(
    State(console): State<Arc<Console>>,
    Viewer(_): Viewer,
    Path((site, destination)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let make = async {
        let found = read(&console, &site, &destination, ALL).await?;
        let Some(window) = &found.window else { return Err(found.unknown()) };
        let mut text = Vec::new();
        csv::print(&mut text, &window.incident.tags)?;
        Ok(text)
    };
    Ok(download("tags.csv", CSV, console.large.make(make).await?))
}

pub(in crate::console) async fn read(
    console: &Console,
    site: &str,
    destination: &str,
    limit: u64,
) -> Result<Destination, Refusal> {
    let (site, destination) = decide::about(console, site, destination)?;
    let gap = u32::try_from(GAP.as_secs()).unwrap_or(u32::MAX);
    let sites = &console.config.sites;
    let query = IncidentQuery { destination: &destination, site, sites, gap, limit };
    let client = &console.client;
    let about = (site, destination.as_str());
    let now = Timestamp::now();
    let (incident, periods, alerts, decisions, notes, covered) = answered(async {
        tokio::try_join!(
            incident::read(client, query),
            incident::page_group_periods(client, query),
            alerts_of(client, about, SHOWN),
            incident::decisions(client, query),
            notes(client, about, SHOWN),
            covered_page_groups(client, about, (now - OPEN, now)),
        )
    })
    .await?;
    let window = incident.map(|incident| ExposureWindow::new(&destination, site, incident));
    let (own, known) = configured(console, about);
    let page_groups = console.config.page_groups(site).into_iter().map(str::to_owned).collect();
    let site = site.to_owned();
    Ok(Destination {
        site,
        destination,
        window,
        periods,
        alerts,
        decisions,
        notes,
        own,
        known,
        page_groups,
        covered,
        now,
    })
}

/// The site's own hosts, and the entries of `known`, that are part of a destination.
fn configured(console: &Console, (site, destination): (&str, &str)) -> (Vec<String>, Vec<String>) {
    let Some(site) = console.config.sites.iter().find(|config| config.name == site) else {
        return (Vec::new(), Vec::new());
    };
    let is_its = |host: &HostPattern| registrable(host.name()) == destination;
    let own = site.hosts.iter().filter(|host| is_its(host)).map(ToString::to_string);
    let everywhere = site.known.iter().filter(|known| is_its(&known.host));
    let in_groups = site.page_groups.iter().flat_map(|group| {
        let known = group.known.iter().filter(|known| is_its(&known.host));
        known.map(|known| format!("{known} (on {} alone)", group.name))
    });
    (own.collect(), everywhere.map(ToString::to_string).chain(in_groups).collect())
}

impl Destination {
    pub(in crate::console) fn window(&self) -> Option<&ExposureWindow> {
        self.window.as_ref()
    }

    /// For a page that is kept. `origin`: where people reach the console.
    fn absolute_links(&self, origin: &str) -> ConsoleLinks {
        let own = links::destination(&self.site, &self.destination);
        ConsoleLinks {
            tags: format!("{origin}{own}/tags.csv"),
            destination: format!("{origin}{own}"),
            evidence: format!("{origin}{}", self.evidence_form()),
            policy: format!("{origin}{}", links::path(&["policy", &self.site])),
        }
    }

    pub(in crate::console) fn alerts(&self) -> &[StoredAlert] {
        &self.alerts
    }

    pub(in crate::console) fn unknown(&self) -> Refusal {
        Refusal::not_found("no stored report of this site names this destination as an unknown one")
    }
}

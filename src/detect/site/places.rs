//! Which page group a report of a destination belongs to. Mostly its document's path says so; a frame without an address, a
//! page that renamed itself, one that a payment page opened, and a path that nobody configured belong elsewhere, too.

use std::sync::Arc;

use super::super::ObservedReport;
use super::super::alert::{Alert, AlertKind};
use super::super::audience::CountedBy;
use super::super::destinations::DestinationKey;
use super::super::hits::{is_own_markup, is_own_script};
use super::super::page_views::shows_payment_page;
use super::super::placed_by::PlacedBy;
use super::super::unplaced::WaitingReport;
use super::super::visit_count::LAG;
use super::{Observation, SiteState, ticket};
use crate::base::clock::{DAY, Timestamp};
use crate::config::OTHER;
use crate::journal::Row;
use crate::pipeline::judge::Site;
use crate::report::Reason;

impl SiteState {
    /// Takes a new configuration, or that of a new site; `None`: the site is not configured.
    pub(in crate::detect) fn configure(&mut self, site: Option<&Arc<Site>>) {
        self.configured = site.cloned();
        if let Some(site) = site {
            self.missing_hosts.forget(|host| site.has_host(host));
        }
    }

    /// The page group with cards that a page of `other` looks like.
    pub(super) fn resembled(&self, row: &Row<'_>) -> Option<Arc<str>> {
        if row.payment || row.page_group != OTHER {
            return None;
        }
        let group = self.configured.as_ref()?.resembling(row.document_path)?;
        Some(Arc::clone(&group.name))
    }

    /// Notes who is where, and hosts that nobody configured.
    pub(super) fn note_page(
        &mut self,
        observation: &Observation<'_>,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let Observation { report, row, group, network, now, .. } = observation;
        let Some(site) = &self.configured else { return };
        if !row.document_host.is_empty()
            && site.is_sibling(row.document_host)
            && let Some(new) = self.missing_hosts.note(row.document_host, *network, *now)
        {
            let (host, whole_site) = (row.document_host, Arc::from(""));
            let kind = AlertKind::HostNotConfigured;
            let mut alert = ticket(
                kind,
                &whole_site,
                host,
                new.reports,
                &format!(
                    "{host} is not in hosts: its pages are judged like the site's; add it to hosts if it is the site's"
                ),
            );
            if new.uncounted > 0 {
                let others = format!("{} reports name further hosts", new.uncounted);
                alert.reasons.push(others);
            }
            on_alert(alert);
        }
        self.page_views.note(report.client, row, group, *now);
        if shows_payment_page(row) && !self.unplaced.is_empty() {
            let placed = self.unplaced.take(|waiting| {
                waiting.group.is_none()
                    && waiting.client == report.client
                    && now.is_within(LAG, waiting.received)
            });
            self.note_waiting(placed, group, *now, on_alert);
        }
    }

    /// Notes a destination on the page group that its report belongs to.
    pub(super) fn note_contact(
        &mut self,
        observation: &Observation<'_>,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let Observation { report, row, resembled, now, .. } = observation;
        if let Some(group) = resembled {
            return self.note_elsewhere(report, group, PlacedBy::Likeness, on_alert);
        }
        if row.payment || !self.has_payment_pages() {
            return self.note_destination(observation, on_alert);
        }
        if let Some(group) = self.opener(row) {
            // Of the payment page first, so that nobody seems to have brought it along.
            self.note_elsewhere(report, &group, PlacedBy::Sender, on_alert);
            return self.note_destination(observation, on_alert);
        }
        let names_no_page = row.document_host.is_empty() && row.document_path.is_empty();
        if !names_no_page && !is_own_doing(row) {
            return self.note_destination(observation, on_alert);
        }
        let found = self.page_views.group(report.client, *now).cloned();
        if names_no_page {
            let group = found.or_else(|| self.found_on(row.destination, *now));
            let Some(group) = group else {
                self.unplaced.push(report, None);
                return self.note_destination(observation, on_alert);
            };
            self.note_elsewhere(report, &group, PlacedBy::Sender, on_alert);
            return self.note_alike(row.destination, &group, *now, on_alert);
        }
        self.note_destination(observation, on_alert);
        let Some(group) = found else { return };
        if self.found_on(row.destination, *now).as_ref() == Some(&group) {
            self.note_elsewhere(report, &group, PlacedBy::Sender, on_alert);
        } else if self.has_hashes(&observation.group, *now) {
            self.unplaced.push(report, Some(&group));
        }
    }

    /// Places the reports whose page views are complete by now: of those whose senders did not open the page that they name.
    pub(super) fn place_waiting(&mut self, now: Timestamp, on_alert: &mut impl FnMut(Alert)) {
        if self.unplaced.is_empty() {
            return;
        }
        let mut found: Vec<(Box<str>, Arc<str>)> = Vec::new();
        let page_views = &self.page_views;
        self.unplaced.settle(now, |waiting, group| {
            let row = waiting.row.row();
            let is_elsewhere = page_views.is_elsewhere(waiting.client, row.document_path);
            if is_elsewhere {
                found.push((Box::from(row.destination), Arc::clone(group)));
            }
            is_elsewhere
        });
        for (destination, group) in found {
            self.note_alike(&destination, &group, now, on_alert);
        }
    }

    /// Places all reports that wait of a destination that was found on a page group.
    fn note_alike(
        &mut self,
        destination: &str,
        group: &Arc<str>,
        now: Timestamp,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let alike = self.unplaced.take(|waiting| {
            waiting.group.as_ref().is_none_or(|of| of == group)
                && waiting.row.row().destination == destination
        });
        self.note_waiting(alike, group, now, on_alert);
    }

    fn note_waiting(
        &mut self,
        waiting: Vec<WaitingReport>,
        group: &Arc<str>,
        now: Timestamp,
        on_alert: &mut impl FnMut(Alert),
    ) {
        for report in waiting {
            let row = report.row.row();
            self.note_elsewhere(&report.observed(&row, now), group, PlacedBy::Sender, on_alert);
        }
    }

    /// Notes a destination on a page group with cards that the report does not name.
    fn note_elsewhere(
        &mut self,
        report: &ObservedReport<'_>,
        group: &Arc<str>,
        placed_by: PlacedBy,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let row = Row { page_group: group, payment: true, ..report.row.clone() };
        let report = ObservedReport { row: &row, ..*report };
        let observation = Observation {
            report: &report,
            row: &row,
            group: Arc::clone(group),
            resembled: None,
            placed_by,
            network: report.client.network(),
            now: report.received,
        };
        self.note_destination(&observation, on_alert);
    }

    /// The page group with cards on which a destination was found by its senders within a day.
    fn found_on(&self, destination: &str, now: Timestamp) -> Option<Arc<str>> {
        let groups = self.configured.as_ref()?.page_groups().filter(|group| group.payment);
        let mut names = groups.map(|group| Arc::clone(&group.name));
        names.find(|group| {
            let state = self.destinations.get(&DestinationKey::new(group, destination));
            state.is_some_and(|state| {
                state.evidence.placed_by_sender && now.is_within(DAY, state.last)
            })
        })
    }

    /// The page group with cards that a report's document was opened from.
    fn opener(&self, row: &Row<'_>) -> Option<Arc<str>> {
        let reason = Reason::read(row.reason);
        let group = self.configured.as_ref()?.group_named(reason.opened_from.as_deref()?)?;
        group.payment.then(|| Arc::clone(&group.name))
    }

    fn has_payment_pages(&self) -> bool {
        self.configured.as_ref().is_some_and(|site| site.page_groups().any(|group| group.payment))
    }

    fn has_hashes(&self, group: &Arc<str>, now: Timestamp) -> bool {
        let audience = self.audiences.get(group);
        audience.is_some_and(|audience| audience.counted_by(now) == CountedBy::Hashes)
    }
}

/// Whether the page did it, as far as one report shows. An extension's reports from other pages do not belong to the page
/// before.
fn is_own_doing(row: &Row<'_>) -> bool {
    is_own_script(row) || is_own_markup(row)
}

//! How much an unknown destination matters, given all that is known of the site.

use std::sync::Arc;

use super::super::alert::{Alert, AlertKind, QUIET, Severity};
use super::super::destination_state::SiteContext;
use super::super::destinations::DestinationKey;
use super::super::severity;
use super::{Observation, SiteState, ticket};
use crate::base::client_id::ClientId;
use crate::base::clock::Timestamp;
use crate::report::{Reason, Verdict};

impl SiteState {
    pub(super) fn note_destination(
        &mut self,
        observation: &Observation<'_>,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let Observation { row, group, client, network, now, .. } = observation;
        let key = DestinationKey {
            page_group: Arc::clone(group),
            destination: Box::from(row.destination),
        };
        let (hash, is_payment_only) =
            (key.hash_of_destination(), !self.destinations.is_on_cardless_pages(row.destination));
        let changed = !row.source_host.is_empty()
            && self.scripts.changed_lately(group, row.source_host, row.source_path, *now);
        let (destination, is_new) = self.destinations.get_or_insert(&key, row.payment, *now);
        let reason = Reason::read(row.reason);
        destination.add(observation.report, &reason);
        destination.evidence.changed_script |= changed;
        if row.verdict == Verdict::Unknown && !reason.is_unproven() {
            if is_new {
                self.witnesses.first_seen(hash, row.payment && is_payment_only, *now);
            }
            self.witnesses.reported_by(*network, hash, *now);
        }
        self.note_flood(*now, on_alert);
        self.assess(&key, *client, *now, on_alert);
    }

    fn note_flood(&mut self, now: Timestamp, on_alert: &mut impl FnMut(Alert)) {
        let Some(count) = self.witnesses.flood(now) else { return };
        if self.flood.record(Severity::Ticket, now) {
            let reason =
                format!("{count} new destinations within an hour: somebody invents reports");
            on_alert(ticket(AlertKind::ReportFlood, &Arc::from(""), "", count as u64, &reason));
        }
    }

    /// Settles the severity of a destination, and raises an alert if that is news. `client`: the sender of the present
    /// report.
    pub(super) fn assess(
        &mut self,
        key: &DestinationKey,
        client: ClientId,
        now: Timestamp,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let is_everywhere = self.destinations.is_on_cardless_pages(&key.destination);
        let is_flooded = self.flood.is_active(now);
        let Some(destination) = self.destinations.get_mut(key) else { return };
        let rate = self.rates.get(&key.page_group);
        let since = destination.first.max(now - QUIET);
        let reporting = || rate.map_or(0, |rate| rate.networks_since(since));
        let is_carried = is_everywhere && !destination.evidence.own_script;
        destination.context = SiteContext {
            is_credible: !destination.payment
                || self.witnesses.is_credible(
                    destination.networks(),
                    key.hash_of_destination(),
                    client,
                    now,
                ),
            is_everywhere: is_carried,
            is_common: is_carried && 2 * destination.networks_since(since) >= reporting(),
        };
        destination.severity = destination.severity.max(severity::severity(destination));
        let is_held = destination.severity == Severity::Ticket && is_flooded;
        if destination.severity == Severity::Page {
            self.witnesses.credit_single_claim(
                destination.networks(),
                key.hash_of_destination(),
                client,
                now,
            );
        }
        if is_held
            || !destination.is_reportable()
            || !destination.episode.raise_to(destination.severity)
        {
            return;
        }
        let has_card = destination.evidence.card_number && destination.severity == Severity::Page;
        on_alert(Alert {
            kind: if has_card { AlertKind::CardDataInUrl } else { AlertKind::UnknownDestination },
            page_group: Arc::clone(&key.page_group),
            destination: key.destination.to_string(),
            severity: destination.severity,
            reports: destination.reports,
            clients: destination.clients(),
            pages: destination.pages().to_vec(),
            reasons: severity::reasons(destination).map(|reason| reason.to_string()).collect(),
        });
    }
}

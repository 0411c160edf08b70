//! Gives the detector what was read: sightings of other collectors, and the alerts of the last day.

use super::Peers;
use crate::base::client_id::ClientId;
use crate::base::clock::{DAY, Timestamp};
use crate::base::destination::WEBRTC;
use crate::decisions::{ContactedFrom, SeenAt};
use crate::detect::{ObservedReport, Severity};
use crate::journal::Row;
use crate::pipeline::judge::{Contact, Sites, decided};
use crate::report::{Channel, Disposition, Engine, Kind, Verdict};
use crate::store::alerts::{self, AlertedDestination};
use crate::store::error::InsertError;
use crate::store::sightings::StoredSighting;

impl Peers {
    /// Has the detector go on with the alerts of the last day, except those about what somebody decided since.
    pub(super) async fn recall_alerts(&self, now: Timestamp) -> Result<(), InsertError> {
        let alerted = alerts::latest(&self.client, now - DAY).await?;
        let decisions = self.live_decisions.decisions();
        let mut detector = self.detector.lock();
        for AlertedDestination { site, page_group, destination, is_page, told_at } in alerted {
            let seen = SeenAt { directives: &[], page_group: &page_group, last: told_at };
            if decisions.is_forgotten(&site, &destination, seen, now) {
                continue;
            }
            let severity = if is_page { Severity::Page } else { Severity::Ticket };
            detector.recall(&site, &page_group, &destination, severity);
        }
        Ok(())
    }

    /// Gives the detector a sighting, unless its destination is expected by now.
    pub(super) fn observe(&self, sighting: &StoredSighting, sites: &Sites, now: Timestamp) {
        let received = sighting.received_at;
        let site = sites.named(&sighting.site);
        let is_known = site.is_some_and(|site| {
            let group = site.group_named(&sighting.page_group).unwrap_or(site.other_pages());
            site.knows(group, &contact(sighting))
        });
        let decisions = self.live_decisions.decisions();
        let StoredSighting { directive, page_group, .. } = sighting;
        let from = ContactedFrom { directive, page_group };
        let about = |name: &str| decisions.in_force(&sighting.site, name, from, now);
        let decided = decided(&sighting.destination, &sighting.blocked_host, about);
        if is_known || decided.is_some() {
            return;
        }
        let Some(mut row) = row(sighting) else { return };
        if let Some(site) = site {
            row.payment = site.group_named(&sighting.page_group).is_some_and(|group| group.payment);
            row.own_source = site.vouches_for(row.source_host, row.document_host);
        }
        let disposition = Disposition::named(&sighting.disposition);
        self.detector.lock().observe(
            &ObservedReport {
                row: &row,
                policy: None,
                disposition: disposition.unwrap_or(Disposition::Unknown),
                extensionless: sighting.extensionless,
                client: ClientId(sighting.client),
                session: 0,
                received,
                taken_elsewhere: true,
            },
            |_| {},
        );
    }
}

/// What the page of a sighting contacted.
fn contact(sighting: &StoredSighting) -> Contact<'_> {
    let is_webrtc = sighting.destination == WEBRTC;
    let host = if is_webrtc { WEBRTC } else { &sighting.blocked_host };
    Contact::new(&sighting.directive, host, &sighting.blocked_path)
}

/// The row that the sighting was stored from. What today's configuration adds is left at its default. `None` for what a newer
/// version writes.
fn row(sighting: &StoredSighting) -> Option<Row<'_>> {
    Some(Row {
        fingerprint: sighting.fingerprint,
        site: &sighting.site,
        page_group: &sighting.page_group,
        kind: Kind::named(&sighting.kind)?,
        directive: &sighting.directive,
        verdict: Verdict::named(&sighting.verdict)?,
        reason: &sighting.reason,
        destination: &sighting.destination,
        channel: Channel::named(&sighting.channel)?,
        blocked_scheme: &sighting.blocked_scheme,
        blocked_host: &sighting.blocked_host,
        blocked_port: sighting.blocked_port,
        blocked_path: &sighting.blocked_path,
        document_host: &sighting.document_host,
        document_path: &sighting.document_path,
        source_scheme: &sighting.source_scheme,
        source_host: &sighting.source_host,
        source_path: &sighting.source_path,
        line: sighting.line,
        sample: &sighting.sample,
        detail: &sighting.detail,
        engine: Engine::named(&sighting.engine)?,
        engine_version: sighting.engine_version,
        pan_in_url: sighting.pan_in_url,
        ..Row::EMPTY
    })
}

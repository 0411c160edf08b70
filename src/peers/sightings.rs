//! Sightings of other collectors: the detector learns each of their batches once.
//!
//! A batch may reach ClickHouse late, because its collector could not send for hours. So every round looks for batches of
//! the last two minutes, and once a minute a round looks for those of the last day.

use std::collections::HashMap;
use std::time::Duration;

use super::Peers;
use crate::base::client_id::ClientId;
use crate::base::clock::{DAY, MINUTE, Timestamp, days};
use crate::base::destination::WEBRTC;
use crate::base::sip::sip;
use crate::detect::{ObservedReport, Severity};
use crate::journal::Row;
use crate::pipeline::judge::{Contact, Sites};
use crate::report::{Channel, Disposition, Engine, Kind, Verdict};
use crate::store::alerts::{self, AlertedDestination};
use crate::store::error::InsertError;
use crate::store::sightings::{StoredSighting, batches_of_others, of_batches};

/// How far back a round looks.
const SHORT: Duration = Duration::from_mins(2);
/// How far back it looks once in [`LONG_EVERY`].
const LONG: Duration = DAY;
/// The pause between two looks at the whole day.
const LONG_EVERY: Duration = MINUTE;
/// How far back the first look of a collector goes that has no memory.
const FIRST: Duration = days(7);
/// Batches whose sightings one query fetches.
const BATCHES_PER_QUERY: usize = 100;

/// The batches of other collectors that the detector learnt.
pub(super) struct PeerSightings {
    /// Hashes of their ids, and when they were read.
    batches: HashMap<u64, Timestamp>,
    last_long_look: Option<Timestamp>,
    /// The alerts of this journal's collector and of others are to be read: it has no memory of them.
    is_new: bool,
}

impl PeerSightings {
    /// `is_new`: the collector has no memory, so that it reads more of the past.
    pub(super) fn new(is_new: bool) -> Self {
        Self { batches: HashMap::new(), last_long_look: None, is_new }
    }
}

impl Peers {
    /// Reads the sightings of batches that are new, in the order of time. `sites`: by today's configuration.
    pub(super) async fn read_sightings(
        &self,
        known: &mut PeerSightings,
        sites: &Sites,
        now: Timestamp,
    ) -> Result<(), InsertError> {
        let back = match known.last_long_look {
            None if known.is_new => FIRST,
            None => LONG,
            Some(at) if !now.is_within(LONG_EVERY, at) => LONG,
            Some(_) => SHORT,
        };
        let since = now - back;
        // A collector that lost its memory has that of its own batches from ClickHouse, too.
        let own_prefix = match known.is_new {
            true => "-".to_owned(),
            false => format!("{:016x}-", self.journal.collector()),
        };
        let mut batches = batches_of_others(&self.client, &own_prefix, since).await?;
        batches.retain(|batch| !known.batches.contains_key(&sip(batch)));
        // The names of a collector's batches ascend with time.
        batches.sort_unstable();
        for some in batches.chunks(BATCHES_PER_QUERY) {
            for sighting in of_batches(&self.client, some, since).await? {
                self.observe(&sighting, sites, now);
                known.batches.insert(sip(&sighting.batch_id), now);
            }
        }
        if known.is_new {
            self.recall_alerts(now).await?;
            known.is_new = false;
        }
        if back != SHORT {
            known.last_long_look = Some(now);
            // No later look goes back as far as this.
            known.batches.retain(|_, read| now.is_within(2 * LONG, *read));
        }
        Ok(())
    }

    /// Has the detector go on with the alerts of the last day, except those about what somebody decided since.
    async fn recall_alerts(&self, now: Timestamp) -> Result<(), InsertError> {
        let alerted = alerts::latest(&self.client, now - DAY).await?;
        let decisions = self.live_decisions.decisions();
        let mut detector = self.detector.lock();
        for AlertedDestination { site, page_group, destination, is_page, told_at } in alerted {
            if decisions.is_forgotten(&site, &destination, told_at, now) {
                continue;
            }
            let severity = if is_page { Severity::Page } else { Severity::Ticket };
            detector.recall(&site, &page_group, &destination, severity);
        }
        Ok(())
    }

    /// Gives the detector a sighting, unless its destination is expected by now.
    fn observe(&self, sighting: &StoredSighting, sites: &Sites, now: Timestamp) {
        let received = sighting.received_at;
        let site = sites.named(&sighting.site);
        let is_known = site.is_some_and(|site| {
            let group = site.group_named(&sighting.page_group).unwrap_or(site.other_pages());
            site.knows(group, &contact(sighting))
        });
        let decided =
            self.live_decisions.decisions().in_force(&sighting.site, &sighting.destination, now);
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

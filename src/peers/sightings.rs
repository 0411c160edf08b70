//! What other collectors saw: their batches, each once.
//!
//! A batch may come late, because its collector had no ClickHouse for hours. So every two seconds those of the last
//! minutes are looked through, and once a minute those of the last day.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use clickhouse::Client;
use siphasher::sip::SipHasher13;

use crate::base::client_id::ClientId;
use crate::base::clock::Timestamp;
use crate::decisions::LiveDecisions;
use crate::detect::{Detector, ObservedReport};
use crate::journal::Row;
use crate::pipeline::judge::Sites;
use crate::report::{Channel, Disposition, Engine, Kind, Verdict};
use crate::store::error::InsertError;
use crate::store::sightings::{StoredSighting, batches_of_others, of_batches};

/// How far back each look goes.
const SHORT_MILLIS: i64 = 2 * 60_000;
const LONG_MILLIS: i64 = 24 * 3_600_000;
/// And the first one of a collector that remembers nothing.
const FIRST_MILLIS: i64 = 7 * LONG_MILLIS;
/// Between two long looks.
const LONG_EVERY_MILLIS: i64 = 60_000;
/// Batches that are asked for at once.
const TOGETHER: usize = 100;

/// The batches that are known.
pub(super) struct Merged {
    /// Hashes of their ids, and when they were met.
    batches: HashMap<u64, Timestamp>,
    looked_far: Option<Timestamp>,
    first_millis: i64,
}

impl Merged {
    pub(super) fn new(is_new: bool) -> Self {
        let first_millis = if is_new { FIRST_MILLIS } else { LONG_MILLIS };
        Self { batches: HashMap::new(), looked_far: None, first_millis }
    }

    /// Asks for what is new. `observe`: called for each sighting, in the order of time.
    pub(super) async fn ask(
        &mut self,
        client: &Client,
        collector: u64,
        now: Timestamp,
        mut observe: impl FnMut(&StoredSighting),
    ) -> Result<(), InsertError> {
        let back = match self.looked_far {
            None => self.first_millis,
            Some(at) if now.0 - at.0 >= LONG_EVERY_MILLIS => LONG_MILLIS,
            Some(_) => SHORT_MILLIS,
        };
        let since = now.minus_millis(back);
        let mut batches = batches_of_others(client, &format!("{collector:016x}-"), since).await?;
        batches.retain(|batch| !self.batches.contains_key(&id(batch)));
        // Numbers ascend.
        batches.sort_unstable();
        for together in batches.chunks(TOGETHER) {
            for sighting in of_batches(client, together, since).await? {
                observe(&sighting);
                self.batches.insert(id(&sighting.batch_id), now);
            }
        }
        if back != SHORT_MILLIS {
            self.looked_far = Some(now);
            // Twice as long as anybody looks back again.
            self.batches.retain(|_, met| now.0 - met.0 < 2 * LONG_MILLIS);
        }
        Ok(())
    }
}

fn id(batch: &str) -> u64 {
    let mut hasher = SipHasher13::new();
    batch.hash(&mut hasher);
    hasher.finish()
}

/// Lets the detector know of a sighting, unless it is expected here by now.
pub(super) fn observe(
    sighting: &StoredSighting,
    sites: &Sites,
    live_decisions: &LiveDecisions,
    detector: &mut Detector,
    now: Timestamp,
) {
    let received = Timestamp(sighting.received_at);
    let site = sites.named(&sighting.site);
    let is_known = site.is_some_and(|site| site.knows(&sighting.blocked_host));
    let decided = live_decisions.decisions().in_force(&sighting.site, &sighting.destination, now);
    if is_known || decided.is_some() {
        return;
    }
    let Some(mut row) = row(sighting) else { return };
    if let Some(site) = site {
        row.payment = site.group_named(&sighting.page_group).is_some_and(|group| group.payment);
        row.own_source = site.vouches_for(row.source_host, row.document_host);
    }
    let disposition = Disposition::named(&sighting.disposition);
    detector.observe(
        &ObservedReport {
            row: &row,
            policy: None,
            disposition: disposition.unwrap_or(Disposition::Unknown),
            client: ClientId(sighting.client),
            received,
            taken_elsewhere: true,
        },
        |_| {},
    );
}

/// The row that it was stored from, without what the configuration says of it.
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
        sample: &sighting.sample,
        detail: &sighting.detail,
        engine: Engine::named(&sighting.engine)?,
        engine_version: sighting.engine_version,
        pan_in_url: sighting.pan_in_url,
        ..Row::EMPTY
    })
}

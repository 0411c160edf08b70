//! What every durable report changes at once: the counters, and what detection remembers. Runs in the
//! committer's thread, before the request is answered.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::base::lock::Mutex;
use crate::csp::ReportedPolicy;
use crate::detect::{Detector, ObservedReport};
use crate::journal::Folded;
use crate::journal::{Batch, Journal, Observer, Record, Row, SegmentReader, Sighting};
use crate::metrics::{Metrics, Outcome};
use crate::report::{Kind, Verdict};

/// Feeds the metrics from the journal.
pub struct Tally {
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// What many reports together mean.
    pub detector: Arc<Mutex<Detector>>,
}

impl Tally {
    fn count(&self, row: &Row<'_>, received: Timestamp, folded: Folded) {
        self.metrics.sites.with(row.site, |site| {
            match folded {
                Folded::New => site.count(row.kind, Outcome::New, 1),
                Folded::Repeats => site.count(row.kind, Outcome::Folded, 1),
                Folded::Redelivered => return site.count(row.kind, Outcome::Repeated, 1),
            }
            site.count_verdict(row.verdict);
            let group = site.group(row.page_group);
            // What is expected to be sent somewhere is in order, wherever it stands.
            group.pan_in_url += u64::from(row.pan_in_url && row.verdict != Verdict::Known);
            group.integrity_failures +=
                u64::from(matches!(row.kind, Kind::Integrity | Kind::SriFailure));
            group.last_report = group.last_report.max(Some(received));
        });
    }
}

/// Notes what detection remembers. What comes meanwhile is counted twice after a crash, and not forgotten.
pub fn note(journal: &Journal, detector: &Mutex<Detector>) {
    let known_up_to = journal.newest_sealed();
    let memory = detector.lock().encode(known_up_to);
    if let Err(error) = journal.set_detection(&memory) {
        tracing::warn!(%error, "what detection remembers cannot be noted");
    }
}

impl Observer for Tally {
    fn committed(&mut self, batch: &Batch, folded: &[Folded]) {
        let mut detector = self.detector.lock();
        for (entry, folded) in batch.entries.iter().zip(folded) {
            let row = entry.row.row();
            let policy = entry.known_policy();
            if *folded != Folded::Redelivered {
                // Prometheus makes alerts of the metrics.
                detector
                    .observe(&ObservedReport::of(batch, entry, &row, policy.as_deref()), |_| {});
            }
            self.count(&row, batch.received, *folded);
        }
    }

    fn synced(&mut self, duration: Duration) {
        self.metrics.journal_sync_duration.observe(duration.as_secs_f64());
    }

    fn failed(&mut self, error: &io::Error) {
        self.metrics.journal_errors.inc();
        tracing::error!(%error, "the journal cannot be written; reports are refused with 503");
    }
}

/// Lets detection remember what it noted, and learn from segments that an earlier process left since: an
/// alert that was about to be scraped when it died is not lost. Tells whether there was a note.
pub fn recover(journal: &Journal, detector: &Mutex<Detector>) -> io::Result<bool> {
    let remembered = journal.detection()?.map(|memory| Detector::decode(&memory));
    let (mut known_up_to, mut is_known) = (0, false);
    match remembered {
        Some(Some((memory, up_to))) => {
            *detector.lock() = memory;
            (known_up_to, is_known) = (up_to, true);
        }
        Some(None) => tracing::warn!(
            "the file `detection` beside the journal cannot be read: what was learnt of scripts, policies and \
             rates is learnt anew"
        ),
        None => {}
    }
    for sealed in journal.pending().into_iter().filter(|sealed| sealed.id.number > known_up_to) {
        let bytes = journal.read(sealed.id.number)?;
        let Some(reader) = SegmentReader::new(&bytes) else { continue };
        let mut detector = detector.lock();
        relearn(&mut detector, reader);
    }
    Ok(is_known)
}

/// Of repetitions only the first one's policy and time are known.
fn relearn(detector: &mut Detector, segment: SegmentReader<'_>) {
    let mut rows: HashMap<u32, (Row<'_>, Timestamp)> = HashMap::new();
    let mut policies: HashMap<u64, ReportedPolicy> = HashMap::new();
    let mut observe =
        |row: &Row<'_>, received, sighting: Sighting<'_>, policy: Option<&ReportedPolicy>| {
            let Sighting { client, disposition, .. } = sighting;
            let taken_elsewhere = false;
            let report =
                ObservedReport { row, policy, disposition, client, received, taken_elsewhere };
            detector.observe(&report, |_| {});
        };
    for record in segment {
        match record {
            Record::First { number, received, sighting, row } => {
                observe(&row, received, sighting, policies.get(&row.policy_hash));
                rows.insert(number, (row, received));
            }
            Record::Repeat { row, sighting } => {
                if let Some((row, received)) = rows.get(&row) {
                    observe(row, *received, sighting, policies.get(&row.policy_hash));
                }
            }
            Record::Policy { hash, text, .. } => {
                policies.entry(hash).or_insert_with(|| ReportedPolicy::new(hash, text));
            }
            Record::Limited { .. } | Record::Seal { .. } => {}
        }
    }
}

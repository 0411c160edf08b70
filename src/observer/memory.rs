//! Keeps what detection remembers in the file `detection` beside the journal, and restores it at the next start.

use std::collections::HashMap;
use std::io;

use crate::base::clock::Timestamp;
use crate::base::lock::Mutex;
use crate::csp::ReportedPolicy;
use crate::detect::{Detector, ObservedReport, session};
use crate::journal::{Journal, Record, Row, SegmentReader, Sighting};
use crate::metrics::SiteTable;

/// Saves what detection remembers. After a crash, the reports that came since are learnt again from the journal; those that
/// the memory has already count twice, and none is lost.
pub fn save_memory(journal: &Journal, detector: &Mutex<Detector>) {
    let known_up_to = journal.newest_sealed();
    let memory = detector.lock().encode(known_up_to);
    if let Err(error) = journal.set_detection(&memory) {
        tracing::warn!(id = "detection-not-saved", %error, "what detection remembers cannot be saved");
    }
}

/// Restores what [`save_memory`] saved, and learns the reports of segments that an earlier process left since: so an alert
/// that Prometheus had yet to scrape when the process died is not lost. Returns whether there was a memory.
pub fn restore_memory(
    journal: &Journal,
    detector: &Mutex<Detector>,
    sites: &SiteTable,
) -> io::Result<bool> {
    let decoded = journal.detection()?.map(|memory| Detector::decode(&memory));
    let (mut known_up_to, mut is_restored) = (0, false);
    match decoded {
        Some(Some((remembered, up_to))) => {
            detector.lock().resume(remembered);
            (known_up_to, is_restored) = (up_to, true);
        }
        Some(None) => tracing::warn!(
            id = "detection-not-read",
            "the file `detection` beside the journal cannot be read: detection learns scripts, policies and rates of \
             reports from scratch"
        ),
        None => {}
    }
    for sealed in journal.pending().into_iter().filter(|sealed| sealed.id.number > known_up_to) {
        let bytes = journal.read(sealed.id.number)?;
        let Some(reader) = SegmentReader::new(&bytes) else { continue };
        learn_segment(&mut detector.lock(), sites, reader);
    }
    Ok(is_restored)
}

/// Has the detector observe all reports of a segment. A repetition counts with the time and policy of the first report,
/// because the journal keeps no others.
fn learn_segment(detector: &mut Detector, sites: &SiteTable, segment: SegmentReader<'_>) {
    let mut rows: HashMap<u32, (Row<'_>, Timestamp)> = HashMap::new();
    let mut policies: HashMap<u64, ReportedPolicy> = HashMap::new();
    let mut observe =
        |row: &Row<'_>, received, sighting: Sighting<'_>, policy: Option<&ReportedPolicy>| {
            let Sighting { client, disposition, extensionless, tag, is_tag_signed, .. } = sighting;
            let taken_elsewhere = false;
            let report = ObservedReport {
                row,
                policy,
                disposition,
                extensionless,
                client,
                session: session(tag, is_tag_signed),
                received,
                taken_elsewhere,
            };
            detector.observe(&report, |_| {});
            sites.with(row.site, |site| site.note_event(row, received));
        };
    for record in segment {
        match record {
            Record::First { number, received, sighting, row, .. } => {
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

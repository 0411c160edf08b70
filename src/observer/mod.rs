//! What every durable report changes at once: the counters, and what detection remembers. It runs in the committer's
//! thread, before the request is answered.

mod memory;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::base::drill::said_route;
use crate::base::lock::Mutex;
use crate::detect::{Detector, ObservedReport};
use crate::journal::{Batch, CommitObserver, Folded, Row};
use crate::metrics::{Metrics, ReportOutcome};
use crate::report::Kind;

pub use memory::{restore_memory, save_memory};

/// Passes what the journal committed on to the metrics and to detection.
pub struct ReportObserver {
    /// Has the counters.
    pub metrics: Arc<Metrics>,
    /// Learns from the reports that no browser delivered before.
    pub detector: Arc<Mutex<Detector>>,
}

impl CommitObserver for ReportObserver {
    fn committed(&mut self, batch: &Batch, folded: &[Folded]) {
        let mut detector = self.detector.lock();
        for (entry, folded) in batch.entries.iter().zip(folded) {
            let row = entry.row.row();
            let policy = entry.known_policy();
            if *folded != Folded::Redelivered {
                let report = ObservedReport::of(batch, entry, &row, policy.as_deref());
                // Prometheus makes alerts of the metrics, so nothing is to do here when one starts.
                detector.observe(&report, |_| {});
            }
            self.count(&row, batch.received, *folded);
        }
    }

    fn refused(&mut self, batch: &Batch, folded: &[Folded]) {
        let mut detector = self.detector.lock();
        let entries = batch.entries.iter().zip(folded);
        for (entry, _) in entries.filter(|(_, folded)| **folded != Folded::Redelivered) {
            let row = entry.row.row();
            let policy = entry.known_policy();
            detector.observe(&ObservedReport::of(batch, entry, &row, policy.as_deref()), |_| {});
            self.metrics.sites.with(row.site, |site| site.note_event(&row, batch.received));
        }
    }

    fn synced(&mut self, duration: Duration) {
        self.metrics.journal_sync_duration.observe(duration.as_secs_f64());
    }

    fn failed(&mut self, error: &io::Error) {
        self.metrics.journal_errors.inc();
        tracing::error!(id = "journal-not-writable", %error, "the journal cannot be written; reports are refused with 503");
    }
}

impl ReportObserver {
    fn count(&self, row: &Row<'_>, received: Timestamp, folded: Folded) {
        self.metrics.sites.with(row.site, |site| {
            match folded {
                Folded::New => site.count(row.kind, ReportOutcome::New, 1),
                Folded::Repeats => site.count(row.kind, ReportOutcome::Folded, 1),
                Folded::Redelivered => return site.count(row.kind, ReportOutcome::Repeated, 1),
                Folded::Limited => {
                    site.note_event(row, received);
                    return site.count(row.kind, ReportOutcome::Limited, 1);
                }
            }
            site.count_verdict(row.verdict);
            site.note_event(row, received);
            let group = site.group(row.page_group);
            group.pan_in_url += u64::from(row.leaks_card_number());
            group.integrity_failures +=
                u64::from(matches!(row.kind, Kind::Integrity | Kind::SriFailure));
            // The client script goes on where somebody removes the policy, and no browser sends a drill.
            if row.kind.is_sign_of_life() && said_route(row.destination).is_none() {
                group.last_report = group.last_report.max(Some(received));
            }
        });
    }
}

//! The journal's gauges.

use std::sync::Arc;

use prometheus::core::{Collector, Desc};
use prometheus::proto::{MetricFamily, MetricType};

use super::family::Snapshot;
use crate::journal::Journal;

/// Exports the journal's use of the disk, and what waits for it.
pub(super) struct JournalCollector {
    journal: Arc<Journal>,
    bytes: Snapshot,
    segments: Snapshot,
    oldest: Snapshot,
    waiting: Snapshot,
    quarantined: Snapshot,
    accepting: Snapshot,
}

impl JournalCollector {
    pub(super) fn new(journal: Arc<Journal>) -> Result<Self, prometheus::Error> {
        let gauge = |name, help| Snapshot::new(MetricType::GAUGE, name, help, &[]);
        Ok(Self {
            journal,
            bytes: gauge("cspwatch_journal_bytes", "Bytes of all segments on disk.")?,
            segments: gauge(
                "cspwatch_journal_segments",
                "Segments on disk, the open one included.",
            )?,
            oldest: gauge(
                "cspwatch_journal_oldest_pending_timestamp_seconds",
                "When the oldest segment was opened that is not sent yet; 0 = none.",
            )?,
            waiting: gauge("cspwatch_journal_waiting_reports", "Reports that wait for the disk.")?,
            quarantined: gauge(
                "cspwatch_journal_quarantined_segments",
                "Segments of which ClickHouse refused some rows.",
            )?,
            accepting: gauge(
                "cspwatch_journal_accepting",
                "1: it takes reports. 0: they are refused; /readyz says why.",
            )?,
        })
    }
}

impl Collector for JournalCollector {
    fn desc(&self) -> Vec<&Desc> {
        let all = [
            &self.bytes,
            &self.segments,
            &self.oldest,
            &self.waiting,
            &self.quarantined,
            &self.accepting,
        ];
        all.map(Snapshot::desc).to_vec()
    }

    #[allow(clippy::cast_precision_loss, reason = "sizes and counts stay exact in f64 up to 2^53")]
    fn collect(&self) -> Vec<MetricFamily> {
        let usage = self.journal.usage();
        vec![
            self.bytes.family([([], usage.bytes as f64)]),
            self.segments.family([([], usage.segments as f64)]),
            self.oldest.family([([], usage.oldest.map_or(0.0, |oldest| oldest.as_seconds()))]),
            self.waiting.family([([], usage.waiting as f64)]),
            self.quarantined.family([([], usage.quarantined as f64)]),
            self.accepting.family([([], f64::from(u8::from(self.journal.trouble().is_none())))]),
        ]
    }
}

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
    limit: Snapshot,
    room: Snapshot,
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
            limit: gauge(
                "cspwatch_journal_bytes_limit",
                "Bytes that all segments may have together (journal.max_bytes).",
            )?,
            room: gauge(
                "cspwatch_journal_room_bytes",
                "Bytes that the journal may still grow by, by its limit and by the disk; 0 = reports are refused.",
            )?,
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
        let of_disk = [&self.bytes, &self.limit, &self.room, &self.segments];
        let of_reports = [&self.oldest, &self.waiting, &self.quarantined, &self.accepting];
        of_disk.into_iter().chain(of_reports).map(Snapshot::desc).collect()
    }

    #[allow(clippy::cast_precision_loss, reason = "sizes and counts stay exact in f64 up to 2^53")]
    fn collect(&self) -> Vec<MetricFamily> {
        let usage = self.journal.usage();
        vec![
            self.bytes.family([([], usage.bytes as f64)]),
            self.limit.family([([], usage.limit as f64)]),
            self.room.family([([], usage.room as f64)]),
            self.segments.family([([], usage.segments as f64)]),
            self.oldest.family([([], usage.oldest.map_or(0.0, |oldest| oldest.as_seconds()))]),
            self.waiting.family([([], usage.waiting as f64)]),
            self.quarantined.family([([], usage.quarantined as f64)]),
            self.accepting.family([([], f64::from(u8::from(self.journal.trouble().is_none())))]),
        ]
    }
}

//! The bounded tables that the internet fills: their entries, their limits, and what they had no room for.

use prometheus::core::{Collector, Desc};
use prometheus::proto::{MetricFamily, MetricType};

use super::family::Snapshot;
use crate::base::occupancy::StateTable;

/// Returns the tables as they are now; every scrape calls it.
pub type ReadState = Box<dyn Fn() -> Vec<StateTable> + Send + Sync>;

/// Exports how full the tables are.
pub(super) struct StateCollector {
    read: ReadState,
    entries: Snapshot,
    limit: Snapshot,
    overflow: Snapshot,
}

const LABELS: &[&str] = &["table"];

impl StateCollector {
    pub(super) fn new(read: ReadState) -> Result<Self, prometheus::Error> {
        let gauge = |name, help| Snapshot::new(MetricType::GAUGE, name, help, LABELS);
        Ok(Self {
            read,
            entries: gauge("cspwatch_state_entries", "Entries of a bounded table.")?,
            limit: gauge(
                "cspwatch_state_entries_limit",
                "The most entries that a bounded table may have.",
            )?,
            overflow: Snapshot::new(
                MetricType::COUNTER,
                "cspwatch_state_overflow_total",
                "Entries that came when their table was full: they pushed another out, shared a place, or found none.",
                LABELS,
            )?,
        })
    }
}

impl Collector for StateCollector {
    fn desc(&self) -> Vec<&Desc> {
        [&self.entries, &self.limit, &self.overflow].map(Snapshot::desc).to_vec()
    }

    #[allow(clippy::cast_precision_loss, reason = "counts stay exact in f64 up to 2^53")]
    fn collect(&self) -> Vec<MetricFamily> {
        let tables = (self.read)();
        let series = |value: fn(&StateTable) -> f64| {
            tables.iter().map(move |table| ([table.name], value(table)))
        };
        vec![
            self.entries.family(series(|table| table.entries as f64)),
            self.limit.family(series(|table| table.limit as f64)),
            self.overflow.family(series(|table| table.overflow as f64)),
        ]
    }
}

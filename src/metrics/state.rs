//! What is remembered of the internet: each table's entries, bound, and what went over it.

use prometheus::core::{Collector, Desc};
use prometheus::proto::{MetricFamily, MetricType};

use super::family::Snapshot;
use crate::base::occupancy::StateTable;

/// Tells the tables at every scrape.
pub type ReadState = Box<dyn Fn() -> Vec<StateTable> + Send + Sync>;

/// Exports them.
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
            entries: gauge("cspwatch_state_entries", "What is remembered, by table.")?,
            limit: gauge("cspwatch_state_entries_limit", "What may be remembered, by table.")?,
            overflow: Snapshot::new(
                MetricType::COUNTER,
                "cspwatch_state_overflow_total",
                "What came when its table was full: pushed out, shared a place, or found none.",
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

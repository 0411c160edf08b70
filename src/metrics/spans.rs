//! What became of spans of our own work.

use std::sync::Arc;

use prometheus::core::{Collector, Desc};
use prometheus::proto::{MetricFamily, MetricType};

use super::family::Snapshot;
use crate::telemetry::SpanCounts;

/// Exports [`SpanCounts`].
pub(super) struct SpanCollector {
    counts: Arc<SpanCounts>,
    spans: Snapshot,
}

impl SpanCollector {
    pub(super) fn new(counts: Arc<SpanCounts>) -> Result<Self, prometheus::Error> {
        let spans = Snapshot::new(
            MetricType::COUNTER,
            "cspwatch_spans_total",
            "Spans of the collector's own work for telemetry.otlp_endpoint, by what became of them.",
            &["result"],
        )?;
        Ok(Self { counts, spans })
    }
}

impl Collector for SpanCollector {
    fn desc(&self) -> Vec<&Desc> {
        vec![self.spans.desc()]
    }

    #[allow(clippy::cast_precision_loss, reason = "counts stay exact in f64 up to 2^53")]
    fn collect(&self) -> Vec<MetricFamily> {
        let Self { counts, spans } = self;
        let series = [("sent", counts.sent()), ("dropped", counts.dropped())];
        vec![spans.family(series.map(|(result, count)| ([result], count as f64)))]
    }
}

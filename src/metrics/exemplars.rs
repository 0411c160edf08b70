//! A histogram that knows, for each of its buckets, the newest trace whose time is in it: an exemplar in OpenMetrics, by which
//! a dashboard leads from a slow moment to what happened in it.

use std::time::Duration;

use prometheus::Histogram;

use crate::base::clock::Timestamp;
use crate::base::lock::Mutex;
use crate::telemetry::TraceId;

/// The histogram, and a trace for each bucket.
pub struct TracedHistogram {
    name: &'static str,
    histogram: Histogram,
    bounds: &'static [f64],
    /// In the order of the bounds; the last is for what is beyond.
    newest: Mutex<Exemplars>,
}

/// One for each bucket, where there is one.
pub(super) type Exemplars = Vec<Option<Exemplar>>;

/// A value, and the trace that it is from.
#[derive(Clone, Debug)]
pub(super) struct Exemplar {
    pub(super) trace: TraceId,
    pub(super) value: f64,
    pub(super) at: Timestamp,
}

impl TracedHistogram {
    pub(super) fn new(name: &'static str, histogram: Histogram, bounds: &'static [f64]) -> Self {
        let newest = Mutex::new(vec![None; bounds.len() + 1]);
        Self { name, histogram, bounds, newest }
    }

    /// Adds a time; `trace`: where it was recorded, if it was.
    pub fn observe(&self, duration: Duration, trace: Option<TraceId>, now: Timestamp) {
        let value = duration.as_secs_f64();
        self.histogram.observe(value);
        let Some(trace) = trace else { return };
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.newest.lock()[bucket] = Some(Exemplar { trace, value, at: now });
    }

    /// The exemplars of a family; none of another.
    pub(super) fn exemplars_of(&self, family: &str) -> Exemplars {
        if family == self.name { self.newest.lock().clone() } else { Vec::new() }
    }
}

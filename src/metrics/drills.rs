//! When the last drill of each site passed.

use std::sync::Arc;

use prometheus::core::{Collector, Desc};
use prometheus::proto::{MetricFamily, MetricType};

use super::family::Snapshot;
use crate::base::clock::Timestamp;
use crate::base::lock::Mutex;

/// By site, when the last drill passed; where none did, when the first one was tried.
#[derive(Debug, Default)]
pub struct Drills(Mutex<Vec<(String, Timestamp)>>);

impl Drills {
    /// Replaces what is known.
    pub fn set(&self, passed: Vec<(String, Timestamp)>) {
        *self.0.lock() = passed;
    }
}

/// Exports [`Drills`].
pub(super) struct DrillCollector {
    drills: Arc<Drills>,
    passed: Snapshot,
}

impl DrillCollector {
    pub(super) fn new(drills: Arc<Drills>) -> Result<Self, prometheus::Error> {
        let passed = Snapshot::new(
            MetricType::GAUGE,
            "cspwatch_drill_last_passed_timestamp_seconds",
            "When the last drill of the site passed; where none did, when the first one was tried.",
            &["site"],
        )?;
        Ok(Self { drills, passed })
    }
}

impl Collector for DrillCollector {
    fn desc(&self) -> Vec<&Desc> {
        vec![self.passed.desc()]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let drills = self.drills.0.lock();
        vec![self.passed.family(drills.iter().map(|(site, at)| ([&**site], at.as_seconds())))]
    }
}

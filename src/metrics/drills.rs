//! When the last drill of each site passed, and which drills the collector recognises.

use std::sync::{Arc, OnceLock};

use prometheus::core::{Collector, Desc};
use prometheus::proto::{MetricFamily, MetricType};

use super::family::Snapshot;
use crate::base::clock::Timestamp;
use crate::base::drill::DrillKey;
use crate::base::lock::Mutex;

/// What is known of drills.
#[derive(Debug, Default)]
pub struct Drills {
    /// By site, when the last drill passed; where none did, when the first one was tried.
    passed: Mutex<Vec<(String, Timestamp)>>,
    /// The fingerprint of the key that recognises drills.
    key: OnceLock<String>,
}

impl Drills {
    /// Replaces what is known.
    pub fn set(&self, passed: Vec<(String, Timestamp)>) {
        *self.passed.lock() = passed;
    }

    /// Says which drills the collector recognises.
    pub fn set_key(&self, key: &DrillKey) {
        self.key.get_or_init(|| key.fingerprint());
    }
}

/// Exports [`Drills`].
pub(super) struct DrillCollector {
    drills: Arc<Drills>,
    passed: Snapshot,
    key: Snapshot,
}

impl DrillCollector {
    pub(super) fn new(drills: Arc<Drills>) -> Result<Self, prometheus::Error> {
        let passed = Snapshot::new(
            MetricType::GAUGE,
            "cspwatch_drill_last_passed_timestamp_seconds",
            "When the last drill of the site passed; where none did, when the first one was tried.",
            &["site"],
        )?;
        let key = Snapshot::new(
            MetricType::GAUGE,
            "cspwatch_drill_key_info",
            "Always 1: a fingerprint of the secret by which the collector recognises drills.",
            &["fingerprint"],
        )?;
        Ok(Self { drills, passed, key })
    }
}

impl Collector for DrillCollector {
    fn desc(&self) -> Vec<&Desc> {
        vec![self.passed.desc(), self.key.desc()]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let passed = self.drills.passed.lock();
        let key = self.drills.key.get().map(|key| ([&**key], 1.0));
        vec![
            self.passed.family(passed.iter().map(|(site, at)| ([&**site], at.as_seconds()))),
            self.key.family(key.into_iter()),
        ]
    }
}

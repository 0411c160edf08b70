//! The series that alerts watch: what detection remembers, of which each site may show a bounded part.

use std::sync::Arc;

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;

use super::changes::ChangeFamilies;
use super::destinations::DestinationFamilies;
use super::family::Snapshot;
use crate::base::limits;
use crate::base::lock::Mutex;
use crate::detect::Detector;

/// Exports what detection remembers.
pub(super) struct DetectionCollector {
    detector: Arc<Mutex<Detector>>,
    destinations: DestinationFamilies,
    changes: ChangeFamilies,
}

impl DetectionCollector {
    pub(super) fn new(detector: Arc<Mutex<Detector>>) -> Result<Self, prometheus::Error> {
        let (destinations, changes) = (DestinationFamilies::new()?, ChangeFamilies::new()?);
        Ok(Self { detector, destinations, changes })
    }
}

impl Collector for DetectionCollector {
    fn desc(&self) -> Vec<&Desc> {
        let destinations = self.destinations.snapshots();
        destinations.into_iter().chain(self.changes.snapshots()).map(Snapshot::desc).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let detector = self.detector.lock();
        let share = share(detector.sites().count());
        let mut families = self.destinations.collect(&detector, share);
        families.extend(self.changes.collect(&detector, share));
        families
    }
}

/// How many destinations, or scripts, each of `sites` sites may show.
fn share(sites: usize) -> usize {
    let fair = limits::DESTINATION_SERIES / sites.max(1);
    fair.clamp(limits::DESTINATION_SERIES_MIN, limits::DESTINATION_SERIES_PER_SITE)
}

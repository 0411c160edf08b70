//! The series that alerts watch: unknown destinations, a bounded number per site.

use std::sync::{Arc, Mutex, PoisonError};

use prometheus::core::{Collector, Desc};
use prometheus::proto::{MetricFamily, MetricType};

use super::family::Snapshot;
use crate::destinations::{Destinations, Key, Seen};
use crate::limits;

const LABELS: &[&str] = &["site", "page_group", "destination", "channel", "severity"];

/// Exports the table of destinations.
pub(super) struct DestinationCollector {
    table: Arc<Mutex<Destinations>>,
    last_seen: Snapshot,
    reports: Snapshot,
    clients: Snapshot,
    overflow: Snapshot,
}

impl DestinationCollector {
    pub(super) fn new(table: Arc<Mutex<Destinations>>) -> Result<Self, prometheus::Error> {
        Ok(Self {
            table,
            last_seen: Snapshot::new(
                MetricType::GAUGE,
                "cspwatch_unknown_destination_last_seen_timestamp_seconds",
                "When the last report arrived that named this unknown destination.",
                LABELS,
            )?,
            reports: Snapshot::new(
                MetricType::COUNTER,
                "cspwatch_unknown_destination_reports_total",
                "Reports that named this unknown destination.",
                LABELS,
            )?,
            clients: Snapshot::new(
                MetricType::GAUGE,
                "cspwatch_unknown_destination_clients",
                "Distinct clients that reported this unknown destination, at most 100.",
                LABELS,
            )?,
            overflow: Snapshot::new(
                MetricType::COUNTER,
                "cspwatch_unknown_destinations_overflow_total",
                "Unknown destinations that came when 100 were exported already.",
                &["site"],
            )?,
        })
    }
}

impl Collector for DestinationCollector {
    fn desc(&self) -> Vec<&Desc> {
        [&self.last_seen, &self.reports, &self.clients, &self.overflow].map(Snapshot::desc).to_vec()
    }

    #[allow(clippy::cast_precision_loss, reason = "counts stay exact in f64 up to 2^53")]
    fn collect(&self) -> Vec<MetricFamily> {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let share = share(table.sites().count());
        let mut series: Vec<([&str; 5], &Seen)> = Vec::new();
        for (site, destinations) in table.sites() {
            let foremost = destinations.foremost(share);
            series.extend(foremost.into_iter().map(|(key, seen)| (labels(site, key, seen), seen)));
        }
        let overflow = table.sites().map(|(site, seen)| ([&**site], seen.overflow() as f64));
        let family = |snapshot: &Snapshot, value: fn(&Seen) -> f64| {
            snapshot.family(series.iter().map(|(labels, seen)| (*labels, value(seen))))
        };
        vec![
            family(&self.last_seen, |seen| seen.last.as_seconds()),
            family(&self.reports, |seen| seen.reports as f64),
            family(&self.clients, |seen| seen.clients() as f64),
            self.overflow.family(overflow),
        ]
    }
}

/// How many destinations each of so many sites may have.
fn share(sites: usize) -> usize {
    let fair = limits::DESTINATION_SERIES / sites.max(1);
    fair.clamp(limits::DESTINATION_SERIES_MIN, limits::DESTINATION_SERIES_PER_SITE)
}

fn labels<'a>(site: &'a str, key: &'a Key, seen: &Seen) -> [&'a str; 5] {
    [site, &key.page_group, &key.destination, key.channel.as_str(), seen.severity().as_str()]
}

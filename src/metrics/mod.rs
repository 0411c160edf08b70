//! The metrics that Prometheus scrapes. Names and labels are public (docs/metrics-and-alerts.md lists them).
//!
//! The `prometheus` crate keys the children of a vector by an unchecked 64-bit hash of their label values,
//! so a label that an attacker chooses could merge two series. Its vectors therefore hold only closed
//! sets; collectors of our own export everything with a site or a destination in its labels.

mod about;
mod changes;
mod destinations;
mod detection;
mod drills;
mod events;
mod exemplars;
mod exposition;
mod family;
mod findings;
mod journal;
mod sites;
mod spans;
mod state;

use std::sync::Arc;
use std::time::Duration;

use prometheus::process_collector::ProcessCollector;
use prometheus::{Histogram, HistogramOpts, IntCounter, IntGauge, Opts, Registry};

pub use about::{About, JournalConflict};
pub use drills::Drills;
pub use exemplars::TracedHistogram;
pub use exposition::Exposition;
pub use sites::{ReportOutcome, SiteTable};
pub use state::ReadState;

use crate::base::clock::Timestamp;
use crate::base::lock::Mutex;
use crate::detect::Detector;
use crate::journal::Journal;
use crate::telemetry::SpanCounts;
use family::CounterFamily;

/// Statuses that the public listeners answer with.
pub const STATUSES: &[u16] = &[200, 204, 304, 400, 404, 405, 408, 413, 415, 503];

/// What became of rows on their way to ClickHouse.
#[derive(Clone, Copy, Debug)]
pub enum SinkResult {
    /// ClickHouse has them.
    Stored,
    /// An attempt failed; the sink sends them again.
    Retried,
    /// ClickHouse refuses them; the sink sets them aside.
    Quarantined,
}

/// Why a connection of a public listener was closed before its first request.
#[derive(Clone, Copy, Debug)]
pub enum RefusedConnection {
    /// Its network has as many connections as it may have.
    Network,
    /// Its TLS handshake failed or took too long.
    Handshake,
    /// It comes from a proxy, and does not begin with a header of the PROXY protocol.
    ProxyHeader,
    /// It was the oldest when connections took too much memory.
    Oldest,
}

/// All metrics of the process.
pub struct Metrics {
    registry: Registry,
    requests: CounterFamily,
    /// Open connections of the public listeners.
    pub connections: IntGauge,
    refused_connections: [IntCounter; 4],
    /// Seconds from a request's head to its answer.
    pub request_duration: Histogram,
    /// Seconds to write and sync one group of reports.
    pub journal_sync_duration: Histogram,
    /// Seconds for the INSERTs of one segment, with their traces.
    pub sink_insert_duration: TracedHistogram,
    /// 1 while segments get through to ClickHouse.
    pub sink_delivering: IntGauge,
    /// Failed writes and syncs of the journal.
    pub journal_errors: IntCounter,
    /// Runs that could not fill rollups.
    pub rollup_errors: IntCounter,
    sink_rows: [IntCounter; 3],
    /// Panics of any part.
    pub panics: IntCounter,
    /// Lines of the log that were left out because they repeat.
    pub log_lines_left_out: IntCounter,
    /// Counters by site.
    pub sites: Arc<SiteTable>,
    /// The state of the process.
    pub about: Arc<About>,
    /// When drills passed.
    pub drills: Arc<Drills>,
    /// What became of spans.
    pub spans: Arc<SpanCounts>,
}

impl Metrics {
    /// Registers all metrics. Fails only when two of them have the same name.
    pub fn new(detector: Arc<Mutex<Detector>>) -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        registry.register(Box::new(ProcessCollector::for_self()))?;
        let about = Arc::new(About::new(Timestamp::now()));
        registry.register(Box::new(about::AboutCollector::new(Arc::clone(&about))?))?;
        let drills = Arc::new(Drills::default());
        registry.register(Box::new(drills::DrillCollector::new(Arc::clone(&drills))?))?;
        let spans: Arc<SpanCounts> = Arc::default();
        registry.register(Box::new(spans::SpanCollector::new(Arc::clone(&spans))?))?;
        let sites = Arc::new(SiteTable::default());
        registry.register(Box::new(sites::SiteCollector::new(Arc::clone(&sites))?))?;
        registry.register(Box::new(detection::DetectionCollector::new(detector)?))?;
        Ok(Self {
            requests: requests(&registry)?,
            connections: gauge(
                &registry,
                "cspwatch_connections",
                "Open connections of the public listeners.",
            )?,
            refused_connections: refused_connections(&registry)?,
            request_duration: histogram(
                &registry,
                "cspwatch_request_duration_seconds",
                "Time from a request's head to its answer.",
                &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0],
            )?,
            journal_sync_duration: histogram(
                &registry,
                "cspwatch_journal_sync_duration_seconds",
                "Time to write and sync one group of reports.",
                &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0],
            )?,
            sink_insert_duration: sink_insert_duration(&registry)?,
            sink_delivering: gauge(
                &registry,
                "cspwatch_sink_delivering",
                "1: segments get through to ClickHouse. 0: they are kept on disk; /readyz says why.",
            )?,
            journal_errors: counter(
                &registry,
                "cspwatch_journal_errors_total",
                "Writes and syncs of the journal that failed; the reports were refused.",
            )?,
            rollup_errors: counter(
                &registry,
                "cspwatch_rollup_fill_errors_total",
                "Attempts to fill the rollups with older reports that ClickHouse refused.",
            )?,
            sink_rows: sink_rows(&registry)?,
            panics: counter(
                &registry,
                "cspwatch_panics_total",
                "Faults of the program, each in one request or task.",
            )?,
            log_lines_left_out: counter(
                &registry,
                "cspwatch_log_lines_left_out_total",
                "Lines that were not written to the log because so many of the same place were; counted each minute.",
            )?,
            sites,
            about,
            drills,
            spans,
            registry,
        })
    }

    /// Adds the journal's gauges, which every scrape reads from the journal.
    pub fn watch_journal(&self, journal: Arc<Journal>) -> Result<(), prometheus::Error> {
        self.registry.register(Box::new(journal::JournalCollector::new(journal)?))
    }

    /// Adds the series about bounded tables, for which every scrape calls `read`.
    pub fn watch_state(&self, read: ReadState) -> Result<(), prometheus::Error> {
        self.registry.register(Box::new(state::StateCollector::new(read)?))
    }

    /// Counts a connection that is closed before its first request.
    pub fn count_refused_connection(&self, why: RefusedConnection) {
        self.refused_connections[why as usize].inc();
    }

    /// Counts a request to the public listeners.
    pub fn count_request(&self, status: u16, duration: Duration) {
        if let Some(index) = STATUSES.iter().position(|known| *known == status) {
            self.requests.child(index).inc();
        }
        self.request_duration.observe(duration.as_secs_f64());
    }

    /// Counts rows on their way to ClickHouse.
    pub fn count_rows(&self, result: SinkResult, rows: u64) {
        self.sink_rows[result as usize].inc_by(rows);
    }

    /// All series in a format.
    pub fn render(&self, exposition: Exposition) -> Result<String, prometheus::Error> {
        exposition.write(&self.registry.gather(), &self.sink_insert_duration)
    }
}

fn requests(registry: &Registry) -> Result<CounterFamily, prometheus::Error> {
    let statuses: Vec<String> = STATUSES.iter().map(u16::to_string).collect();
    CounterFamily::new(
        registry,
        "cspwatch_requests_total",
        "Requests to the public listeners, by the status of the answer.",
        "status",
        &statuses,
    )
}

fn sink_insert_duration(registry: &Registry) -> Result<TracedHistogram, prometheus::Error> {
    const BOUNDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0];
    let name = "cspwatch_sink_insert_duration_seconds";
    let help = "Time to send one sealed segment to ClickHouse.";
    let histogram = histogram(registry, name, help, BOUNDS)?;
    Ok(TracedHistogram::new(name, histogram, BOUNDS))
}

/// One counter for each [`SinkResult`].
fn sink_rows(registry: &Registry) -> Result<[IntCounter; 3], prometheus::Error> {
    let family = CounterFamily::new(
        registry,
        "cspwatch_sink_rows_total",
        "Rows on their way to ClickHouse, by what became of them.",
        "result",
        &["stored", "retried", "quarantined"].map(str::to_owned),
    )?;
    Ok([0, 1, 2].map(|result| family.child(result)))
}

/// One counter for each [`RefusedConnection`].
fn refused_connections(registry: &Registry) -> Result<[IntCounter; 4], prometheus::Error> {
    let family = CounterFamily::new(
        registry,
        "cspwatch_connections_refused_total",
        "Connections that the collector closed, by reason.",
        "reason",
        &["network", "handshake", "proxy_header", "oldest"].map(str::to_owned),
    )?;
    Ok([0, 1, 2, 3].map(|reason| family.child(reason)))
}

fn histogram(
    registry: &Registry,
    name: &str,
    help: &str,
    buckets: &[f64],
) -> Result<Histogram, prometheus::Error> {
    let histogram = Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec()))?;
    registry.register(Box::new(histogram.clone()))?;
    Ok(histogram)
}

fn gauge(registry: &Registry, name: &str, help: &str) -> Result<IntGauge, prometheus::Error> {
    let gauge = IntGauge::new(name, help)?;
    registry.register(Box::new(gauge.clone()))?;
    Ok(gauge)
}

fn counter(registry: &Registry, name: &str, help: &str) -> Result<IntCounter, prometheus::Error> {
    let counter = IntCounter::with_opts(Opts::new(name, help))?;
    registry.register(Box::new(counter.clone()))?;
    Ok(counter)
}

#[cfg(test)]
mod tests;

//! What the process says of itself: its build and its clock, and how its configuration, its certificate and its exchange with
//! ClickHouse are.

use std::sync::Arc;

use prometheus::core::{Collector, Desc};
use prometheus::proto::{MetricFamily, MetricType};

use super::family::Snapshot;
use crate::base::clock::Timestamp;
use crate::base::lock::Mutex;

/// The state of the process; its parts note here what happened.
#[derive(Debug)]
pub struct About(Mutex<State>);

#[derive(Clone, Copy, Debug)]
struct State {
    /// Whether the latest round with ClickHouse succeeded, and when one did; at first, when the process started.
    exchange: Outcome,
    /// The same of the configuration, which every process has read once.
    reload: Outcome,
    certificate_ends: Option<Timestamp>,
    /// Seconds that the machine's clock is behind ClickHouse's; 0 until that is known.
    clock_behind: f64,
    /// Free bytes of ClickHouse's disk, as far as it says them.
    clickhouse_free: Option<u64>,
    /// When each was last seen.
    conflicts: [Option<Timestamp>; CONFLICTS.len()],
}

/// What ClickHouse shows of a journal that is not the only one of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalConflict {
    /// ClickHouse has younger segments than it: an old copy was put back.
    OlderCopy,
    /// Another process stores segments under the same id.
    TwoCollectors,
}

/// As the label has them, in the order of the enum.
const CONFLICTS: [&str; 2] = ["older_copy", "two_collectors"];

#[derive(Clone, Copy, Debug)]
struct Outcome {
    is_good: bool,
    last_good: Timestamp,
}

impl Outcome {
    fn note(&mut self, is_good: bool, now: Timestamp) {
        self.is_good = is_good;
        if is_good {
            self.last_good = now;
        }
    }
}

impl About {
    /// A process that started now, and has not reached ClickHouse yet.
    pub(super) fn new(now: Timestamp) -> Self {
        let exchange = Outcome { is_good: false, last_good: now };
        let reload = Outcome { is_good: true, last_good: now };
        let conflicts = [None; CONFLICTS.len()];
        Self(Mutex::new(State {
            exchange,
            reload,
            certificate_ends: None,
            clock_behind: 0.0,
            clickhouse_free: None,
            conflicts,
        }))
    }

    /// Notes that a round of the exchange with the other collectors, through ClickHouse, succeeded or failed.
    pub fn note_exchange(&self, is_good: bool, now: Timestamp) {
        self.0.lock().exchange.note(is_good, now);
    }

    /// Notes that the configuration was reloaded, or refused.
    pub fn note_reload(&self, is_good: bool, now: Timestamp) {
        self.0.lock().reload.note(is_good, now);
    }

    /// Notes how many seconds the machine's clock is behind ClickHouse's; negative: ahead.
    pub fn note_clock(&self, seconds_behind: f64) {
        self.0.lock().clock_behind = seconds_behind;
    }

    /// Notes when a conflict was last seen. Returns whether it is the first.
    pub fn note_conflict(&self, conflict: JournalConflict, seen: Timestamp) -> bool {
        self.0.lock().conflicts[conflict as usize].replace(seen).is_none()
    }

    /// Notes how many bytes are free on ClickHouse's disk, as far as it says that.
    pub fn note_clickhouse_disk(&self, free: Option<u64>) {
        self.0.lock().clickhouse_free = free;
    }

    /// Notes when the certificate in use ends; `None`: there is none, or it does not say.
    pub fn set_certificate(&self, ends: Option<Timestamp>) {
        self.0.lock().certificate_ends = ends;
    }
}

/// Exports an [`About`].
pub(super) struct AboutCollector {
    about: Arc<About>,
    build: Snapshot,
    time: Snapshot,
    clickhouse_up: Snapshot,
    exchanged: Snapshot,
    is_reloaded: Snapshot,
    reloaded: Snapshot,
    certificate: Snapshot,
    clock_behind: Snapshot,
    clickhouse_free: Snapshot,
    conflicts: Snapshot,
}

impl AboutCollector {
    pub(super) fn new(about: Arc<About>) -> Result<Self, prometheus::Error> {
        let gauge = |name, help, labels| Snapshot::new(MetricType::GAUGE, name, help, labels);
        Ok(Self {
            about,
            build: gauge("cspwatch_build_info", "Always 1: which version runs.", &["version"])?,
            time: gauge("cspwatch_time_seconds", "The collector's clock.", &[])?,
            clickhouse_up: gauge(
                "cspwatch_clickhouse_up",
                "Whether the latest exchange with the other collectors, through ClickHouse, succeeded.",
                &[],
            )?,
            exchanged: gauge(
                "cspwatch_exchange_last_success_timestamp_seconds",
                "When an exchange with the other collectors last succeeded; at first, when the process started.",
                &[],
            )?,
            is_reloaded: gauge(
                "cspwatch_config_last_reload_successful",
                "Whether the configuration was accepted when it was last read.",
                &[],
            )?,
            reloaded: gauge(
                "cspwatch_config_last_reload_success_timestamp_seconds",
                "When the configuration was last accepted.",
                &[],
            )?,
            certificate: gauge(
                "cspwatch_certificate_not_after_timestamp_seconds",
                "When the certificate of listen.public_tls expires.",
                &[],
            )?,
            clock_behind: gauge(
                "cspwatch_clock_behind_seconds",
                "How far the machine's clock is behind ClickHouse's; negative: ahead.",
                &[],
            )?,
            clickhouse_free: gauge(
                "cspwatch_clickhouse_disk_free_bytes",
                "Free bytes of ClickHouse's disk; absent where it does not say.",
                &[],
            )?,
            conflicts: gauge(
                "cspwatch_journal_conflict_timestamp_seconds",
                "When ClickHouse last showed that the journal is an older copy, or that two collectors have its id.",
                &["conflict"],
            )?,
        })
    }
}

impl Collector for AboutCollector {
    fn desc(&self) -> Vec<&Desc> {
        let Self { build, time, clock_behind, certificate, conflicts, .. } = self;
        let Self { clickhouse_up, exchanged, is_reloaded, reloaded, clickhouse_free, .. } = self;
        let of_process = [build, time, clock_behind, certificate, conflicts];
        let of_others = [clickhouse_up, clickhouse_free, exchanged, is_reloaded, reloaded];
        of_process.into_iter().chain(of_others).map(Snapshot::desc).collect()
    }

    #[allow(clippy::cast_precision_loss, reason = "sizes stay exact in f64 up to 2^53")]
    fn collect(&self) -> Vec<MetricFamily> {
        let State { exchange, reload, certificate_ends, clock_behind, clickhouse_free, conflicts } =
            *self.about.0.lock();
        let seen = CONFLICTS.iter().zip(conflicts);
        let seen = seen.filter_map(|(name, seen)| Some(([*name], seen?.as_seconds())));
        let flag = |is_good: bool| f64::from(u8::from(is_good));
        let certificate = certificate_ends.map(|ends| ([], ends.as_seconds()));
        vec![
            self.build.family([([env!("CARGO_PKG_VERSION")], 1.0)]),
            self.time.family([([], Timestamp::now().as_seconds())]),
            self.clickhouse_up.family([([], flag(exchange.is_good))]),
            self.exchanged.family([([], exchange.last_good.as_seconds())]),
            self.is_reloaded.family([([], flag(reload.is_good))]),
            self.reloaded.family([([], reload.last_good.as_seconds())]),
            self.certificate.family(certificate),
            self.conflicts.family(seen),
            self.clickhouse_free.family(clickhouse_free.map(|free| ([], free as f64))),
            self.clock_behind.family([([], clock_behind)]),
        ]
    }
}

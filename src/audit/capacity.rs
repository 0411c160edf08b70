//! How much of what a number of reports takes: constants that were measured, and multiplication.
//!
//! Each constant says which section of `bench/RESULTS.md` it is from. They were measured on one core of a shared machine,
//! so a better one needs less.

use crate::base::clock::DAY;

/// What is expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Reports a day, on average.
    pub reports_a_day: f64,
    /// Sites that report.
    pub sites: f64,
    /// The share of reports whose violation was in the same sealed segment before, where one collector takes all: 0 to 1.
    pub repeated: f64,
    /// Collectors that share the reports. Each folds only what reaches it.
    pub collectors: f64,
    /// How many times the mean the busiest seconds of the day are.
    pub peak: f64,
    /// Reports that come in one request, on average.
    pub reports_a_request: f64,
    /// How browsers reach the collectors.
    pub arrival: Arrival,
    /// Hours for which ClickHouse may be away.
    pub outage_hours: f64,
    /// Days for which rows are kept.
    pub kept_days: f64,
}

/// How requests come to a collector, from cheap to dear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Arrival {
    /// From a balancer that ends TLS and keeps its connections.
    Kept,
    /// From a balancer that ends TLS and opens a connection for each request.
    New,
    /// From browsers: a TLS connection for each request.
    Tls,
}

/// What it takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Capacity {
    /// Requests a second at the peak.
    pub requests_a_second: f64,
    /// Reports a second at the peak.
    pub reports_a_second: f64,
    /// Bits a second that come in at the peak.
    pub bits_a_second: f64,
    /// Cores of all collectors together, half of them idle at the peak.
    pub collector_cores: f64,
    /// Bytes of disk for all journals together, to hold the outage.
    pub journal_bytes: f64,
    /// Rows of `reports` a day.
    pub rows_a_day: f64,
    /// Rows of `reports` a second at the peak.
    pub rows_a_second: f64,
    /// Bytes of all tables a day.
    pub table_bytes_a_day: f64,
    /// Bytes of all tables in the end.
    pub table_bytes: f64,
    /// Cores of all ClickHouse servers together for storing and merging, half of them idle at the peak.
    pub clickhouse_cores: f64,
    /// Shards, when each has [`CORES_A_SHARD`] and [`BYTES_A_SHARD`]; each has as many servers as it has replicas.
    pub shards: f64,
}

/// Requests a second of one core at which the collector is saturated, at 95 % repetitions (Speed: "95 % repetitions, 512
/// connections", "a new connection for each", "TLS, new and not resumed").
const REQUESTS_A_CORE: [f64; 3] = [35_815.0, 14_847.0, 3_181.0];
/// Seconds of CPU that a new violation takes beyond a repetition (Speed, 64 connections: 49.0 µs where all are distinct,
/// 26.9 µs where a twentieth is).
const NEW_REPORT_SECONDS: f64 = (49.0 - 26.9) / 0.95 / 1e6;
/// Share of repetitions in the scenarios of [`REQUESTS_A_CORE`].
const REPEATED_THERE: f64 = 0.95;
/// Bytes of a request: the mean body (Speed) and 600 of its head.
const REQUEST_BYTES: f64 = 1_657.0 + 600.0;
/// Bytes of memory that a collector takes at most: what attacks are held to (Attacks: 437 MiB and less).
pub const COLLECTOR_BYTES: f64 = 512.0 * MIB;
/// Bytes of the journal for a report whose violation is new to its segment, and for a repetition ("What a report takes in
/// the journal").
const JOURNAL_NEW_BYTES: f64 = 219.0;
const JOURNAL_REPEATED_BYTES: f64 = 29.7;
/// Bytes of all tables for a row of `reports`, without rollups that go by the site ("What is on disk": `reports`,
/// `sightings`, `violations_by_day`, `destinations`, `limited`).
const ROW_BYTES: f64 =
    (2_520_129_839.0 + 500_730_744.0 + 54_106_350.0 + 41_497_345.0 + 3_091_647.0) / ROWS_THERE;
/// Bytes of rollups for a site and day ("What is on disk": `reports_by_minute`, `reports_by_hour`, `reports_by_day`; 200
/// sites, 30 days).
const SITE_DAY_BYTES: f64 = (51_945_776.0 + 100_455_351.0 + 13_571_590.0) / 200.0 / 30.0;
/// Rows of `reports` there.
const ROWS_THERE: f64 = 100_051_200.0;
/// Seconds of ClickHouse's CPU for a row, merges included ("Insert path").
const ROW_SECONDS: f64 = 9.8 / 1e6;
/// The share of a core that is used at the peak.
const HEADROOM: f64 = 0.5;

/// Cores of a shard. A choice, not a measurement.
pub const CORES_A_SHARD: f64 = 16.0;
/// Bytes of a shard's disk. A choice, not a measurement.
pub const BYTES_A_SHARD: f64 = 4.0 * TIB;

const DAY_SECONDS: f64 = DAY.as_secs_f64();
const MIB: f64 = 1_048_576.0;
const GIB: f64 = 1_024.0 * MIB;
const TIB: f64 = 1_024.0 * GIB;

impl Load {
    /// Multiplies.
    #[must_use]
    pub fn capacity(&self) -> Capacity {
        let reports_a_second = self.reports_a_day / DAY_SECONDS * self.peak;
        let requests_a_second = reports_a_second / self.reports_a_request;
        let repeated = self.repeated_at_each();
        let new = 1.0 - repeated;
        let rows_a_day = self.reports_a_day * new;
        let rows_a_second = reports_a_second * new;
        let table_bytes_a_day = rows_a_day * ROW_BYTES + self.sites * SITE_DAY_BYTES;
        let table_bytes = table_bytes_a_day * self.kept_days;
        let clickhouse_cores = rows_a_second * ROW_SECONDS / HEADROOM;
        let report_bytes = new * JOURNAL_NEW_BYTES + repeated * JOURNAL_REPEATED_BYTES;
        let shards = (clickhouse_cores / CORES_A_SHARD).max(table_bytes / BYTES_A_SHARD);
        Capacity {
            requests_a_second,
            reports_a_second,
            bits_a_second: requests_a_second * REQUEST_BYTES * 8.0,
            collector_cores: self.collector_seconds(requests_a_second, reports_a_second) / HEADROOM,
            journal_bytes: self.reports_a_day / 24.0 * self.outage_hours * report_bytes,
            rows_a_day,
            rows_a_second,
            table_bytes_a_day,
            table_bytes,
            clickhouse_cores,
            shards: shards.ceil().max(1.0),
        }
    }

    /// The share of repetitions that is left where each collector sees a part of the reports: a violation that comes `k` times in
    /// a segment's seconds reaches `n (1 - (1 - 1/n)^k)` of `n` collectors. With the mean for `k`, which is the most it can be:
    /// of violations that come once there is one row, whoever takes it.
    fn repeated_at_each(&self) -> f64 {
        let (new, n) = (1.0 - self.repeated, self.collectors.max(1.0));
        if new <= 0.0 {
            return self.repeated;
        }
        let reached = n * (1.0 - (1.0 - 1.0 / n).powf(1.0 / new));
        1.0 - (new * reached).min(1.0)
    }

    /// Seconds of CPU a second.
    fn collector_seconds(&self, requests: f64, reports: f64) -> f64 {
        let [kept, new, tls] = REQUESTS_A_CORE;
        let request = 1.0
            / match self.arrival {
                Arrival::Kept => kept,
                Arrival::New => new,
                Arrival::Tls => tls,
            };
        // The twentieth of new ones is in the request's figure already.
        let more_new = (REPEATED_THERE - self.repeated_at_each()).max(0.0);
        requests * request + reports * more_new * NEW_REPORT_SECONDS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOAD: Load = Load {
        reports_a_day: 86_400_000.0,
        sites: 10.0,
        repeated: 0.95,
        collectors: 1.0,
        peak: 2.0,
        reports_a_request: 1.0,
        arrival: Arrival::Kept,
        outage_hours: 24.0,
        kept_days: 100.0,
    };

    #[test]
    fn twice_as_much_takes_twice_as_much() {
        let once = LOAD.capacity();
        assert!((once.reports_a_second - 2_000.0).abs() < 1e-6);
        assert!((once.rows_a_day - 4_320_000.0).abs() < 1e-3);
        let twice =
            Load { reports_a_day: 2.0 * LOAD.reports_a_day, sites: 20.0, ..LOAD }.capacity();
        for (once, twice) in [
            (once.collector_cores, twice.collector_cores),
            (once.journal_bytes, twice.journal_bytes),
            (once.table_bytes, twice.table_bytes),
            (once.clickhouse_cores, twice.clickhouse_cores),
        ] {
            assert!(once > 0.0 && (twice / once - 2.0).abs() < 1e-9, "{once} {twice}");
        }
    }

    #[test]
    fn more_collectors_fold_less_and_never_make_more_rows_than_reports() {
        let rows = |collectors, repeated| {
            let load = Load { collectors, repeated, ..LOAD };
            load.capacity().rows_a_day / load.reports_a_day
        };
        assert!((rows(1.0, 0.95) - 0.05).abs() < 1e-9);
        assert!((rows(2.0, 0.95) - 0.1).abs() < 1e-6, "twenty of each reach both");
        let fifty = rows(50.0, 0.95);
        assert!(fifty > 0.75 && fifty < 0.9, "{fifty}");
        assert!((rows(50.0, 0.0) - 1.0).abs() < 1e-9, "nothing folds anyway");
        assert!(rows(1e6, 0.95) <= 1.0);
    }

    #[test]
    fn what_is_dearer_takes_more() {
        let cores = |load: Load| load.capacity().collector_cores;
        let arrivals = [Arrival::Kept, Arrival::New, Arrival::Tls];
        let [kept, new, tls] = arrivals.map(|arrival| cores(Load { arrival, ..LOAD }));
        assert!(kept < new && new < tls);
        assert!(cores(Load { repeated: 0.0, ..LOAD }) > kept);
        let distinct = Load { repeated: 0.0, ..LOAD }.capacity();
        assert!(distinct.table_bytes > 10.0 * LOAD.capacity().table_bytes);
        let huge = Load { reports_a_day: 1e11, repeated: 0.0, ..LOAD }.capacity();
        assert!(huge.shards > LOAD.capacity().shards);
    }
}

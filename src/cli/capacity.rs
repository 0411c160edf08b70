//! `cspwatch capacity`: how many machines, and how large.

use super::{Failure, print_line};
use crate::audit::capacity::{
    Arrival, BYTES_A_SHARD, COLLECTOR_BYTES, CORES_A_SHARD, Capacity, Load,
};

/// Computes collectors, disks and ClickHouse servers from what a report was measured to take.
///
/// bench/RESULTS.md has the constants and how they were measured; docs/capacity.md explains them.
#[derive(Debug, clap::Args)]
pub struct CapacityArgs {
    /// Reports a day, as 250000, 100k, 5M, 1G or 1e11.
    #[arg(long, value_name = "N", value_parser = number)]
    reports_per_day: f64,
    /// Sites that report.
    #[arg(long, value_name = "N", default_value = "1", value_parser = number)]
    sites: f64,
    /// Collectors that share the reports: each folds only what reaches it.
    #[arg(long, value_name = "N", default_value = "1", value_parser = number)]
    collectors: f64,
    /// Percent of the reports whose violation another report had in the same five seconds, where one collector takes all.
    #[arg(long, value_name = "PERCENT", default_value = "95", value_parser = percent)]
    repeated: f64,
    /// The load of the busiest seconds, as a multiple of the mean.
    #[arg(long, value_name = "TIMES", default_value = "3", value_parser = number)]
    peak: f64,
    /// Reports that come in one request.
    #[arg(long, value_name = "N", default_value = "1", value_parser = number)]
    reports_per_request: f64,
    /// How requests come to a collector.
    #[arg(long, value_enum, default_value = "tls")]
    arrival: Arrival,
    /// Hours for which ClickHouse may be away without a report being refused.
    #[arg(long, value_name = "HOURS", default_value = "24", value_parser = number)]
    outage: f64,
    /// Days for which ClickHouse keeps reports.
    #[arg(long, value_name = "DAYS", default_value = "400", value_parser = number)]
    days: f64,
}

/// Computes and prints.
pub fn run(args: &CapacityArgs) -> Result<(), Failure> {
    let load = Load {
        reports_a_day: args.reports_per_day,
        sites: args.sites,
        repeated: args.repeated / 100.0,
        collectors: args.collectors,
        peak: args.peak,
        reports_a_request: args.reports_per_request,
        arrival: args.arrival,
        outage_hours: args.outage,
        kept_days: args.days,
    };
    Ok(print_line(table(&load, &load.capacity()).trim_end())?)
}

fn table(load: &Load, capacity: &Capacity) -> String {
    let lines = [
        ("requests at the peak", format!("{}/s", short(capacity.requests_a_second))),
        ("reports at the peak", format!("{}/s", short(capacity.reports_a_second))),
        ("traffic at the peak", format!("{}bit/s", short(capacity.bits_a_second))),
        ("", String::new()),
        (
            "collectors",
            format!(
                "{} in all, at most half of them busy; two machines or more, so that one may be away",
                cores(capacity.collector_cores)
            ),
        ),
        ("  memory of each", bytes(COLLECTOR_BYTES)),
        (
            "  journals' disk",
            format!(
                "{} in all, for {} hours without ClickHouse (journal.max_bytes is a collector's part of it)",
                bytes(capacity.journal_bytes),
                load.outage_hours
            ),
        ),
        ("", String::new()),
        ("rows of reports", format!("{} a day", short(capacity.rows_a_day))),
        ("  at the peak", format!("{}/s", short(capacity.rows_a_second))),
        ("bytes of all tables", format!("{} a day", bytes(capacity.table_bytes_a_day))),
        (
            "  in the end",
            format!(
                "{} after {} days, for each replica; less, because noise goes after 90",
                bytes(capacity.table_bytes),
                load.kept_days
            ),
        ),
        (
            "ClickHouse",
            format!(
                "{} in all for storing and merging, at most half of them busy; 4 GiB of memory or more each",
                cores(capacity.clickhouse_cores)
            ),
        ),
        (
            "  servers",
            if capacity.shards > 1.0 {
                let disk = bytes(BYTES_A_SHARD);
                format!("{} shards of {CORES_A_SHARD} cores and {disk} of disk", capacity.shards)
            } else {
                "one, with that many cores and room for these bytes".to_owned()
            },
        ),
    ];
    let line = |(what, value): &(&str, String)| format!("{what:<22}{value}");
    lines.iter().map(|pair| line(pair).trim_end().to_owned() + "\n").collect()
}

/// At least one.
fn cores(number: f64) -> String {
    let number = number.ceil().max(1.0);
    format!("{} {}", short(number), if number > 1.0 { "cores" } else { "core" })
}

/// Three digits and a thousand, million or so on.
fn short(number: f64) -> String {
    scaled(number, 1_000.0, &["", " k", " M", " G", " T", " P"])
}

fn bytes(number: f64) -> String {
    scaled(number, 1_024.0, &[" B", " KiB", " MiB", " GiB", " TiB", " PiB"])
}

fn scaled(mut number: f64, step: f64, units: &[&str]) -> String {
    let mut units = units.iter();
    let mut unit = units.next().copied().unwrap_or_default();
    while number >= step
        && let Some(next) = units.next()
    {
        number /= step;
        unit = next;
    }
    let decimals = match number {
        number if number >= 100.0 || number.fract() == 0.0 => 0,
        number if number >= 10.0 => 1,
        _ => 2,
    };
    format!("{number:.decimals$}{unit}")
}

/// More than zero; thousands, millions and so on may be letters.
fn number(text: &str) -> Result<f64, String> {
    let (digits, times) = match text.char_indices().last() {
        Some((at, 'k')) => (&text[..at], 1e3),
        Some((at, 'M')) => (&text[..at], 1e6),
        Some((at, 'G')) => (&text[..at], 1e9),
        Some((at, 'T')) => (&text[..at], 1e12),
        _ => (text, 1.0),
    };
    match digits.replace('_', "").parse::<f64>() {
        Ok(number) if number > 0.0 && number <= 1e15 => Ok(number * times),
        _ => Err("write a number above 0, as 250000, 250k, 5M or 1e11".to_owned()),
    }
}

fn percent(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("write a number from 0 to 100".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_written_short() {
        for (text, value) in [("250k", 250e3), ("1e11", 1e11), ("5M", 5e6), ("1_000", 1e3)] {
            assert_eq!(number(text), Ok(value));
        }
        for wrong in ["", "k", "0", "-1", "inf", "NaN", "1e400", "lots"] {
            assert!(number(wrong).is_err(), "{wrong}");
        }
        let shown = [0.0, 7.0, 12.34, 999.0, 1_500.0, 2.5e9].map(short);
        assert_eq!(shown, ["0", "7", "12.3", "999", "1.50 k", "2.50 G"]);
        assert_eq!(bytes(3.0 * 1_048_576.0), "3 MiB");
    }
}

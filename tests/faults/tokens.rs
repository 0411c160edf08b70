//! ClickHouse says that it has a batch already, and has nothing of it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::clickhouse::ClickHouse;
use crate::support::oracle::Issuer;
use crate::support::proxy::{Fault, Proxy};
use crate::support::trial::Trial;
use crate::support::until;

/// As a server is left that was killed after it wrote the token of an INSERT down, and before it had the rows: the part that
/// the last line of a log names is removed. Only of tables without partitions, which views fill: the collector itself looks for
/// the rows that it sent.
fn remove_last_parts(data: &Path) -> usize {
    let below =
        |directory: PathBuf| fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let tables = below(data.join("store")).flat_map(below);
    let removed = tables.filter(|table| {
        let log = fs::read_to_string(table.join("deduplication_logs/deduplication_log_1.txt"));
        let last = log.unwrap_or_default().lines().last().map(str::to_owned);
        let part = last.and_then(|line| Some(line.split('\t').nth(1)?.to_owned()));
        let part = part.filter(|part| part.starts_with("all_"));
        part.is_some_and(|part| fs::remove_dir_all(table.join(part)).is_ok())
    });
    removed.count()
}

/// From now on a segment is stored, and the collector does not know.
fn lose_answers(proxy: &Proxy, issuer: &Issuer) {
    proxy.only("reports");
    let cut = proxy.hits() + 2;
    proxy.fail(Some(Fault::CutAnswer(0)));
    until("its answers are lost", || proxy.hits() >= cut);
    issuer.until_acknowledged(100);
}

#[test]
fn a_token_that_a_killed_server_wrote_down_before_the_rows_is_forgotten() {
    let mut clickhouse = ClickHouse::start();
    let proxy = Proxy::start(clickhouse.address());
    let mut trial = Trial::start_behind(&proxy, &clickhouse);
    clickhouse.query("SYSTEM STOP MERGES");
    trial.under_load(|issuer, collector| {
        collector.until_stored();
        lose_answers(&proxy, issuer);
        clickhouse.kill_hard();
        assert_ne!(remove_last_parts(&clickhouse.data()), 0);
        clickhouse.restart();
        proxy.fail(None);
        collector.until_stored();
    });
    trial.judge(&clickhouse).assert_kept();
}

#[test]
fn rows_that_are_missing_under_a_known_token_are_stored_all_the_same() {
    let clickhouse = ClickHouse::shared();
    let proxy = Proxy::start(clickhouse.address());
    let mut trial = Trial::start_behind(&proxy, clickhouse);
    let database = trial.database.clone();
    trial.under_load(|issuer, collector| {
        collector.until_stored();
        lose_answers(&proxy, issuer);
        // The oldest segment that waits is the newest that is stored. This deletes its rows, and not its token.
        for table in ["sightings", "reports"] {
            clickhouse.query(&format!(
                "ALTER TABLE {database}.{table} DELETE WHERE batch_id IN \
                 (SELECT batch_id FROM {database}.reports ORDER BY received_at DESC LIMIT 1) \
                 SETTINGS mutations_sync = 1, allow_nondeterministic_mutations = 1"
            ));
        }
        proxy.fail(None);
        collector.until_stored();
    });
    let verdict = trial.judge(clickhouse);
    assert!(verdict.lost.is_empty() && verdict.double.is_empty(), "{verdict}");
    assert_eq!(verdict.sightings, verdict.stored, "{verdict}");
}

#[test]
fn what_a_view_lacks_it_gets_from_the_next_process() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    let view = format!("ALTER TABLE {}.destinations", trial.database);
    trial.under_load(|issuer, collector| {
        collector.until_stored();
        // The table of sightings has the rows before the view over it fails.
        clickhouse.query(&format!("{view} ADD CONSTRAINT c CHECK reports = 0"));
        until("it is reported", || collector.readyz().body.contains("VIOLATED_CONSTRAINT"));
        issuer.until_acknowledged(100);
        collector.kill_hard();
        clickhouse.query(&format!("{view} DROP CONSTRAINT c"));
        collector.restart();
        collector.until_stored();
    });
    trial.judge(clickhouse).assert_kept();
}

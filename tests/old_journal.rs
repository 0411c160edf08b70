//! A journal that an older version left is read by this one: an upgrade loses nothing that was acknowledged.
//! For as long as there may be such journals, a new format must keep these tests green as they are.
//!
//! `tests/journals/v1` was recorded by version 0.1.0 of the collector, format version 1. Segment 1 was
//! sent, as the file `sent` shows; then ClickHouse was out of reach. Segments 2 (by report-uri) and 3
//! (by the Reporting API and the client script) are sealed; 4 was left open by a `kill -9`, and its last
//! frame, a report of `torn.example`, was cut 20 bytes short, as a power cut would do it. The
//! `v1.*.tsv` beside it are the rows that version 0.1.0 made of it.
//!
//! `tests/journals/v2` was recorded in the same way in format 2, whose tokens have random bits of the process: segments 2 and 3
//! are of one process, 4 is of another.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP};
use crate::support::journal::{journal, segments};
use crate::support::until;

/// A recorded journal.
struct Recorded {
    name: &'static str,
    /// Who wrote it.
    collector: &'static str,
    /// Its segments as `journal inspect --json` prints them: number and start, state, rows, reports, limited, and bytes at the end
    /// that are no frame.
    segments: [(&'static str, &'static str, u64, u64, u64, u64); 3],
    /// Rows and reports in `reports`, rows in `sightings`, sum of `limited`.
    stored: [&'static str; 3],
}

const V1: Recorded = Recorded {
    name: "v1",
    collector: "1043298c6e152b8d",
    segments: [
        ("0000000002", "sealed", 8, 16, 3, 0),
        ("0000000003", "sealed", 14, 15, 0, 0),
        ("0000000004", "open, torn", 1, 3, 0, 154),
    ],
    stored: ["23\t34", "13", "3"],
};

const V2: Recorded = Recorded {
    name: "v2",
    collector: "07220759ea5aec6c",
    segments: [
        ("0000000002-9f38d80c", "sealed", 7, 26, 6, 0),
        ("0000000003-9f38d80c", "sealed", 7, 7, 0, 0),
        ("0000000004-b8bd640f", "open, torn", 1, 3, 0, 149),
    ],
    stored: ["15\t36", "21", "6"],
};

fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals").join(name)
}

#[test]
fn journals_of_both_formats_are_listed_and_verified() {
    [V1, V2].iter().for_each(check_listed);
}

fn check_listed(journal_of: &Recorded) {
    let Recorded { name, collector, segments, .. } = journal_of;
    let dir = recorded(name);
    let listed = journal("inspect", &["--json"], &dir).stdout;
    let files = listed.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let files: Vec<Value> = files.map(|line| serde_json::from_slice(line).unwrap()).collect();
    let found: Vec<&Value> = files.iter().filter(|file| file["is"] == "segment").collect();
    assert_eq!(found.len(), segments.len());
    for (file, (id, state, rows, reports, limited, torn)) in found.into_iter().zip(*segments) {
        assert_eq!(file["batch_id"], format!("{collector}-{id}"));
        assert_eq!(file["state"], state, "{file}");
        assert_eq!(file["rows"], rows, "{file}");
        assert_eq!(file["reports"], reports, "{file}");
        assert_eq!(file["limited"], limited, "{file}");
        assert_eq!(file["torn_bytes"], torn, "{file}");
        assert_eq!(file["skipped_bytes"], 0, "{file}");
    }
    assert!(files.iter().all(|file| file["is"] == "segment" || file["is"] == "known"), "{files:?}");

    let verified = journal("verify", &[], &dir);
    assert_eq!(verified.status.code(), Some(1), "one is torn: {verified:?}");
    let output = String::from_utf8(verified.stdout).unwrap();
    assert!(
        output.starts_with("segment-0000000000000004.log") && output.lines().count() == 1,
        "{output}"
    );
}

/// A collector that starts on a copy of the recorded journal, with tables of its own.
fn start_on_recorded(clickhouse: &ClickHouse, database: &str, name: &str) -> Collector {
    let builder = Collector::build().config(SHOP).clickhouse(&clickhouse.url(), database);
    let mut collector = builder.start();
    until("the tables are there", || collector.readyz().status == 200);
    // The recorded reports grow older than what the tables keep.
    for table in ["reports", "sightings", "limited"] {
        clickhouse.query(&format!("ALTER TABLE {database}.{table} REMOVE TTL"));
    }
    collector.kill_hard();
    fs::remove_dir_all(collector.journal()).unwrap();
    fs::create_dir(collector.journal()).unwrap();
    for entry in fs::read_dir(recorded(name)).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), collector.journal().join(entry.file_name())).unwrap();
    }
    collector.restart();
    collector
}

#[test]
fn a_journal_of_format_1_arrives_whole_and_its_numbers_stay_used() {
    check_arrives(&V1);
}

#[test]
fn a_journal_of_format_2_arrives_whole_and_its_numbers_stay_used() {
    check_arrives(&V2);
}

fn check_arrives(journal_of: &Recorded) {
    let Recorded { name, collector: id, stored, .. } = journal_of;
    let clickhouse = ClickHouse::shared();
    let database = clickhouse.fresh_database();
    let collector = start_on_recorded(clickhouse, &database, name);
    collector.settle();
    for table in ["reports", "sightings", "limited"] {
        let expected = fs::read_to_string(recorded(&format!("{name}.{table}.tsv"))).unwrap();
        // A later version may have more columns.
        let columns = expected.lines().next().unwrap().replace('\t', ", ");
        let select = format!("SELECT {columns} FROM {database}.{table} ORDER BY ALL");
        let found = clickhouse.query(&format!("{select} FORMAT TSVWithNames"));
        assert_eq!(found, expected.trim_end_matches('\n'), "{table}");
    }
    let ask = |what: &str, table: &str| {
        clickhouse.query(&format!("SELECT {what} FROM {database}.{table}"))
    };
    let [reports, sightings, limited] = stored;
    assert_eq!(ask("count(), sum(count)", "reports"), *reports, "rows and reports");
    assert_eq!(ask("count()", "sightings"), *sightings);
    assert_eq!(ask("sum(reports)", "destinations"), *sightings, "by the view over the sightings");
    assert_eq!(ask("sum(count)", "limited"), *limited);
    until("the segments are gone", || segments(&collector.journal()).is_empty());

    assert_eq!(collector.post_violation("https://fresh.example/", "img-src").status, 204);
    let fresh = || ask("batch_id", "reports WHERE destination = 'fresh.example'");
    until("a fresh report arrives", || !fresh().is_empty());
    let next = format!("{id}-{:010}-", 5);
    assert!(fresh().starts_with(&next), "the same collector, the next number: {}", fresh());
}

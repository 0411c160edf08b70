//! A journal that an older version left is read by this one: an upgrade loses nothing that was acknowledged.
//! For as long as there may be such journals, a new format must keep these tests green as they are.
//!
//! `tests/journals/v1` was recorded by version 0.1.0 of the collector, format version 1. Segment 1 was
//! sent, as the file `sent` shows; then ClickHouse was out of reach. Segments 2 (by report-uri) and 3
//! (by the Reporting API and the client script) are sealed; 4 was left open by a `kill -9`, and its last
//! frame, a report of `torn.example`, was cut 20 bytes short, as a power cut would do it. The
//! `v1.*.tsv` beside it are the rows that version 0.1.0 made of it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP};
use crate::support::journal::{journal, segments};
use crate::support::until;

/// Who wrote it.
const COLLECTOR: &str = "1043298c6e152b8d";

/// Its segments as `journal inspect --json` prints them: number, state, rows, reports, limited, and bytes
/// at the end that are no frame.
const SEGMENTS: [(u64, &str, u64, u64, u64, u64); 3] =
    [(2, "sealed", 8, 16, 3, 0), (3, "sealed", 14, 15, 0, 0), (4, "open, torn", 1, 3, 0, 154)];

fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals").join(name)
}

#[test]
fn a_journal_of_format_1_is_listed_and_verified() {
    let dir = recorded("v1");
    let listed = journal("inspect", &["--json"], &dir).stdout;
    let files = listed.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let files: Vec<Value> = files.map(|line| serde_json::from_slice(line).unwrap()).collect();
    let found: Vec<&Value> = files.iter().filter(|file| file["is"] == "segment").collect();
    assert_eq!(found.len(), SEGMENTS.len());
    for (file, (number, state, rows, reports, limited, torn)) in found.into_iter().zip(SEGMENTS) {
        assert_eq!(file["batch_id"], format!("{COLLECTOR}-{number:010}"));
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
fn start_on_recorded(clickhouse: &ClickHouse, database: &str) -> Collector {
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
    for entry in fs::read_dir(recorded("v1")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), collector.journal().join(entry.file_name())).unwrap();
    }
    collector.restart();
    collector
}

#[test]
fn a_journal_of_format_1_arrives_whole_and_its_numbers_stay_used() {
    let clickhouse = ClickHouse::shared();
    let database = clickhouse.fresh_database();
    let collector = start_on_recorded(clickhouse, &database);
    collector.settle();
    for table in ["reports", "sightings", "limited"] {
        let expected = fs::read_to_string(recorded(&format!("v1.{table}.tsv"))).unwrap();
        // A later version may have more columns.
        let columns = expected.lines().next().unwrap().replace('\t', ", ");
        let select = format!("SELECT {columns} FROM {database}.{table} ORDER BY ALL");
        let found = clickhouse.query(&format!("{select} FORMAT TSVWithNames"));
        assert_eq!(found, expected.trim_end_matches('\n'), "{table}");
    }
    let ask = |what: &str, table: &str| {
        clickhouse.query(&format!("SELECT {what} FROM {database}.{table}"))
    };
    assert_eq!(ask("count(), sum(count)", "reports"), "23\t34", "rows and reports");
    assert_eq!(ask("count()", "sightings"), "13");
    assert_eq!(ask("sum(reports)", "destinations"), "13", "by the view over the sightings");
    assert_eq!(ask("sum(count)", "limited"), "3");
    until("the segments are gone", || segments(&collector.journal()).is_empty());

    assert_eq!(collector.post_violation("https://fresh.example/", "img-src").status, 204);
    let fresh = || ask("batch_id", "reports WHERE destination = 'fresh.example'");
    until("a fresh report arrives", || !fresh().is_empty());
    let next = format!("{COLLECTOR}-{:010}-", 5);
    assert!(fresh().starts_with(&next), "the same collector, the next number: {}", fresh());
}

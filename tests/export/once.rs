//! Export of a period: events, CSV and Parquet.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;

use cspwatch::base::clock::{HOUR, Timestamp};
use serde_json::Value;

use super::report_some;
use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP};
use crate::support::exporter::tags;
use crate::support::proxy::{Fault, Proxy};
use crate::support::{tools, until};

struct Shop {
    collector: Collector,
    database: String,
    tags: Vec<String>,
}

impl Shop {
    fn open() -> Self {
        let (collector, database) = Collector::start_storing(SHOP);
        let tags = report_some(&collector, "order", 40);
        collector.settle();
        Self { collector, database, tags }
    }

    fn export(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let from = (Timestamp::now() - HOUR).to_string();
        let to = (Timestamp::now() + HOUR).to_string();
        let range = ["export", "--from", &from, "--to", &to];
        self.collector.command(&[&range, arguments].concat())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.collector.place().join(name)
    }

    #[track_caller]
    fn export_to(&self, name: &str, arguments: &[&str]) -> Vec<u8> {
        let file = self.file(name);
        let output = ["-o", file.to_str().unwrap()];
        let (code, text) = self.export(&[&output, arguments].concat());
        assert_eq!((code, text.as_str()), (Some(0), ""));
        assert!(!self.file(&format!("{name}.part")).exists());
        fs::read(file).unwrap()
    }

    fn query(&self, sql: &str) -> String {
        ClickHouse::shared().query(&sql.replace("DB", &self.database))
    }
}

/// Sends an INSERT statement with the bytes of a file.
#[track_caller]
fn insert(to: SocketAddr, statement: &str, bytes: &[u8]) {
    let query: String = url::form_urlencoded::byte_serialize(statement.as_bytes()).collect();
    let mut stream = TcpStream::connect(to).unwrap();
    let length = bytes.len();
    write!(stream, "POST /?query={query} HTTP/1.0\r\nContent-Length: {length}\r\n\r\n").unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn the_events_of_a_period_are_those_of_the_feed() {
    let shop = Shop::open();
    let lines = String::from_utf8(shop.export_to("events", &["--what", "sightings"])).unwrap();
    let events: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(tags(&events).into_keys().collect::<Vec<_>>(), shop.tags);
    until("the alert is stored, and exported", || {
        let (code, text) = shop.export(&["--site", "shop"]);
        assert_eq!(code, Some(0), "{text}");
        text.lines().count() > events.len()
    });
    // A period before all of it.
    let (code, text) =
        shop.collector.command(&["export", "--from", "2020-01-01", "--to", "2020-01-02"]);
    assert_eq!((code, text.as_str()), (Some(0), ""));
}

#[test]
fn exported_tables_hold_what_is_stored() {
    let shop = Shop::open();
    for (table, sums) in [
        ("reports", "count(), sum(count), sum(cityHash64(fingerprint, blocked_path, received_at))"),
        (
            "sightings",
            "count(), uniqExact(tag), sum(cityHash64(client, tag, fingerprint, seen_at))",
        ),
    ] {
        let strings = "toString(fingerprint) AS fingerprint";
        let strings = match table {
            "sightings" => format!("{strings}, toString(client) AS client"),
            _ => strings.to_owned(),
        };
        let (replaced, format_sums) = (format!("* REPLACE ({strings})"), sums);
        let expected =
            shop.query(&format!("SELECT {format_sums} FROM (SELECT {replaced} FROM DB.{table})"));
        assert!(expected.starts_with("40\t"), "{expected}");
        for (format, name) in [("csv", "CSVWithNames"), ("parquet", "Parquet")] {
            let bytes = shop.export_to(format, &["--format", format, "--what", table]);
            if format == "parquet" {
                assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
            } else {
                assert!(bytes.starts_with(b"\"batch_id\",\"received_at\""));
            }
            let copy = format!("DB.copy_{table}_{format}");
            shop.query(&format!(
                "CREATE TABLE {copy} ENGINE = MergeTree ORDER BY tuple() AS SELECT {replaced} FROM DB.{table} LIMIT 0"
            ));
            let statement =
                format!("INSERT INTO {copy} FORMAT {name}").replace("DB", &shop.database);
            insert(ClickHouse::shared().address(), &statement, &bytes);
            assert_eq!(
                shop.query(&format!("SELECT {format_sums} FROM {copy}")),
                expected,
                "{copy}"
            );
        }
    }
    for table in ["alerts", "decisions"] {
        for format in ["csv", "parquet"] {
            shop.export_to("small", &["--format", format, "--what", table]);
        }
    }
}

#[test]
fn an_export_that_fails_half_way_leaves_no_file() {
    let clickhouse = ClickHouse::shared();
    let proxy = Proxy::start(clickhouse.address());
    let mut shop = Shop::open();
    let url = clickhouse.url();
    shop.collector.restart_with(&url, &proxy.url());
    let file = shop.file("half");
    fs::write(&file, "the one before").unwrap();
    for arguments in [
        &["--format", "parquet", "--what", "reports"][..],
        &["--format", "csv", "--what", "reports"],
        &["--what", "sightings"],
    ] {
        proxy.fail(Some(Fault::CutQuery(900)));
        let output = ["-o", file.to_str().unwrap()];
        let (code, text) = shop.export(&[&output, arguments].concat());
        proxy.fail(None);
        assert_eq!(code, Some(1), "{arguments:?} {text}");
        assert!(text.contains("nothing was exported"), "{text}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "the one before", "{arguments:?}");
        assert!(!shop.file("half.part").exists());
    }
}

#[test]
fn parquet_is_not_written_to_a_terminal() {
    let (collector, _) = Collector::start_storing(SHOP);
    let (program, config) = (env!("CARGO_BIN_EXE_cspwatch"), collector.config_file());
    let command = format!(
        "{program} export --config {} --from 2026-01-01 --to 2026-01-02 --format parquet --what alerts",
        config.display()
    );
    // script(1) runs it on a terminal.
    let mut script = tools::command(&["script"]);
    script.args(["--quiet", "--return", "--command", &command, "/dev/null"]);
    let output = script.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(64), "{text}");
    assert!(text.contains("parquet cannot be shown on a terminal"), "{text}");
}

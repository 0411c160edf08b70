//! Export to a file and to standard output: everything arrives, even when processes are killed, batches are late or files
//! are rotated.

use std::collections::BTreeMap;
use std::fs;

use rustix::process::Signal;

use super::{report, report_some};
use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP};
use crate::support::exporter::{Exporter, is, tags};
use crate::support::proxy::{Fault, Proxy};
use crate::support::until;

const FILE: &str = "events";

fn has_all(exporter: &Exporter, expected: &[String]) -> bool {
    let found = tags(&exporter.events(FILE));
    expected.iter().all(|tag| found.contains_key(tag))
}

/// A sighting as from a collector that had no connection to ClickHouse for three hours.
fn insert_late(database: &str, tag: &str, clickhouse: &ClickHouse) {
    for (table, columns, values) in [
        (
            "sightings",
            "seen_at, destination, tag",
            format!("now64(3) - 10801, 'late.example', '{tag}'"),
        ),
        ("reports", "blocked_host, sample", "'x.late.example', 'late()'".to_owned()),
    ] {
        clickhouse.query(&format!(
            "INSERT INTO {database}.{table} (batch_id, received_at, site, fingerprint, verdict, {columns}) \
             VALUES ('00000000000000ff-{tag}', now64(3) - 10800, 'shop', 77, 'unknown', {values})"
        ));
    }
}

#[test]
fn an_exporter_that_is_killed_repeatedly_sends_everything() {
    let (collector, database) = Collector::start_storing(SHOP);
    let mut exporter = Exporter::start(&collector.config_file(), "%/events", &[]);
    let mut expected = Vec::new();
    for round in 0..6 {
        let before = exporter.events(FILE).len();
        expected.extend(report_some(&collector, &format!("round{round}"), 25));
        until("some of it is sent", || exporter.events(FILE).len() > before);
        exporter.kill_hard();
        // As a process leaves the file that is killed while it writes.
        let torn = fs::read_to_string(exporter.file(FILE)).unwrap() + "{\"torn\": tru";
        fs::write(exporter.file(FILE), torn).unwrap();
        expected.extend(report_some(&collector, &format!("away{round}"), 5));
        exporter.restart();
    }
    collector.decide("ignore", "other.example", "ada", "a test");
    until("all of it is sent", || has_all(&exporter, &expected));
    until("the alert and the decision are sent", || {
        let events = exporter.events(FILE);
        ["alert", "decision"].iter().all(|kind| events.iter().any(|event| is(event, kind)))
    });
    assert!(exporter.terminate().success());
    let events = exporter.events(FILE);
    let stored = ClickHouse::shared().query(&format!("SELECT count() FROM {database}.sightings"));
    assert_eq!(tags(&events).len().to_string(), stored);
    assert_eq!(expected.len().to_string(), stored);
    let alert = events.iter().find(|event| is(event, "alert")).unwrap();
    assert_eq!(alert["destination"]["domain"], "evil.example", "{alert:#}");
    assert_eq!(alert["event"]["kind"], "alert");
    let decision = events.iter().find(|event| is(event, "decision")).unwrap();
    assert_eq!(decision["user"]["name"], "ada", "{decision:#}");
    let sighting = events.iter().find(|event| is(event, "sighting")).unwrap();
    assert_eq!(sighting["url"]["domain"], "shop.example", "{sighting:#}");
    assert_eq!(sighting["cspwatch"]["blocked"]["path"].as_str().map(|path| &path[..1]), Some("/"));

    // After an orderly end, nothing is sent again, and what is new is sent.
    let before = events.len();
    exporter.restart();
    report(&collector, "after");
    until("what is new is sent", || has_all(&exporter, &["after".to_owned()]));
    assert_eq!(exporter.events(FILE).len(), before + 1);
}

#[test]
fn a_batch_that_reaches_clickhouse_late_is_sent() {
    let clickhouse = ClickHouse::shared();
    let proxy = Proxy::start(clickhouse.address());
    let (first, database) = Collector::start_storing(SHOP);
    let cut_off = Collector::build().config(SHOP).clickhouse(&proxy.url(), &database).start();
    proxy.fail(Some(Fault::Closed));
    let mut exporter = Exporter::start(&first.config_file(), "%/events", &[]);
    report(&cut_off, "cut-off");
    report(&first, "in-time");
    until("what is there is sent", || has_all(&exporter, &["in-time".to_owned()]));
    assert!(!has_all(&exporter, &["cut-off".to_owned()]));
    proxy.fail(None);
    until("the other's is sent", || has_all(&exporter, &["cut-off".to_owned()]));

    insert_late(&database, "late-1", clickhouse);
    exporter.signal(Signal::HUP);
    until("what is hours late is sent", || has_all(&exporter, &["late-1".to_owned()]));
    // And while the exporter is down.
    assert!(exporter.terminate().success());
    insert_late(&database, "late-2", clickhouse);
    exporter.restart();
    until("what came meanwhile is sent", || has_all(&exporter, &["late-2".to_owned()]));
    let events = exporter.events(FILE);
    let late: Vec<_> = events.iter().filter(|event| event["cspwatch"]["tag"] == "late-1").collect();
    assert_eq!(late.len(), 1, "sent once");
    assert_eq!(late[0]["cspwatch"]["sample"], "late()", "with its report: {:#}", late[0]);
    assert!(exporter.terminate().success());
    // A batch that grew, as by `cspwatch journal resend`, is sent again, with the same ids.
    insert_late(&database, "late-2", clickhouse);
    exporter.restart();
    let of_late = |exporter: &Exporter| {
        let mut ids: BTreeMap<String, usize> = BTreeMap::new();
        for event in exporter.events(FILE) {
            if event["cspwatch"]["tag"] == "late-2" {
                *ids.entry(event["event"]["id"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        ids.into_values().collect::<Vec<_>>()
    };
    until("it is sent again", || of_late(&exporter).iter().sum::<usize>() == 3);
    let mut counts = of_late(&exporter);
    counts.sort_unstable();
    assert_eq!(counts, [1, 2]);
}

#[test]
fn a_rotated_file_is_created_again_and_nothing_is_lost() {
    let (collector, _) = Collector::start_storing(SHOP);
    let mut exporter = Exporter::start(&collector.config_file(), "%/events", &[]);
    let before = report_some(&collector, "before", 5);
    until("they are sent", || has_all(&exporter, &before));
    fs::rename(exporter.file(FILE), exporter.file("events.1")).unwrap();
    let after = report_some(&collector, "after", 5);
    until("the others are in a new file", || has_all(&exporter, &after));
    fs::rename(exporter.file(FILE), exporter.file("events.2")).unwrap();
    exporter.signal(Signal::HUP);
    let last = report_some(&collector, "last", 5);
    until("and the last in another one", || has_all(&exporter, &last));
    assert!(exporter.terminate().success());
    let names = ["events.1", "events.2", FILE];
    let files = names.map(|name| tags(&exporter.events(name)).into_keys().collect::<Vec<_>>());
    assert_eq!(files, [before, after, last]);
}

#[test]
fn without_clickhouse_it_waits_and_remarks_that_once() {
    let clickhouse = ClickHouse::start();
    let proxy = Proxy::start(clickhouse.address());
    let collector = Collector::build().config(SHOP).clickhouse(&proxy.url(), "cspwatch").start();
    until("the tables are there", || collector.readyz().status == 200);
    let mut exporter = Exporter::start(&collector.config_file(), "-", &["--what", "sightings"]);
    let before = report_some(&collector, "before", 3);
    let sent = |exporter: &Exporter, expected: &[String]| {
        let found = tags(&exporter.events("stdout"));
        expected.iter().all(|tag| found.contains_key(tag))
    };
    until("they are sent", || sent(&exporter, &before));
    proxy.fail(Some(Fault::Closed));
    until("it remarks that", || exporter.log().contains("trying again until it works"));
    let hits = proxy.hits();
    until("it goes on trying", || proxy.hits() > hits + 8);
    let after = report_some(&collector, "after", 3);
    proxy.fail(None);
    until("the others are sent", || sent(&exporter, &after));
    until("it remarks that, too", || exporter.log().contains("it works again"));
    let log = exporter.log();
    assert_eq!(log.matches("ClickHouse: ").count(), 1, "{log}");
    assert!(exporter.terminate().success());
    assert!(exporter.events("stdout").iter().all(|event| is(event, "sighting")));
}

#[test]
fn one_site_is_followed_alone_and_from_the_past() {
    let (collector, database) = Collector::start_storing(SHOP);
    let past = report_some(&collector, "past", 3);
    collector.settle();
    // A day long ago, which is sent before anything else.
    for (site, tag) in [("shop", "old"), ("news", "foreign")] {
        ClickHouse::shared().query(&format!(
            "INSERT INTO {database}.sightings (batch_id, received_at, seen_at, site, destination, verdict, tag) VALUES \
             ('00000000000000ee-1', now64(3) - 30 * 86400, now64(3) - 30 * 86400, '{site}', 'old.example', 'unknown', '{tag}')"
        ));
    }
    let more = ["--since", "2026-01-01", "--site", "shop"];
    let mut exporter = Exporter::start(&collector.config_file(), "%/events", &more);
    let expected = [&past[..], &["old".to_owned()]].concat();
    until("the past is sent", || has_all(&exporter, &expected));
    assert!(exporter.terminate().success());
    let events = exporter.events(FILE);
    assert_eq!(events[..].iter().filter(|event| is(event, "sighting")).count(), 4);
    let first = events.iter().find(|event| is(event, "sighting")).unwrap();
    assert_eq!(first["cspwatch"]["tag"], "old", "in the order of time");
}

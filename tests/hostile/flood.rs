//! Floods that are to drown one true report.

use std::fmt::Write as _;
use std::thread;

use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP, violation};
use crate::support::{http, until};

/// Requests of each flood.
const REQUESTS: usize = 200;
/// Forged reports in each.
const REPORTS: usize = 100;

/// A body full of destinations that nobody has heard of.
fn forged(request: usize) -> String {
    let mut body = String::from("[");
    for report in 0..REPORTS {
        let separator = if report == 0 { "" } else { "," };
        write!(
            body,
            r#"{separator}{{"type":"csp-violation","url":"https://shop.example/checkout","body":{{"documentURL":"https://shop.example/checkout","effectiveDirective":"form-action","disposition":"enforce","blockedURL":"https://forged{request}-{report}.example/"}}}}"#
        )
        .unwrap();
    }
    body + "]"
}

#[test]
fn a_true_theft_is_stored_and_exported_beside_two_floods_and_becomes_a_finding_of_its_own() {
    let clickhouse = ClickHouse::shared();
    // The quotas of an installation that nobody has changed.
    let (mut collector, database) = Collector::start_storing(SHOP);
    collector.reconfigure(|config| {
        config.unset("limits.per_client");
        config.behind_proxy();
    });
    let report = |blocked| violation("https://shop.example/checkout", blocked, "form-action");
    let thief = report("https://thief.example/");
    thread::scope(|scope| {
        scope.spawn(|| {
            for request in 0..REQUESTS {
                let client = format!("2001:db8:6:{request:x}::1");
                assert_eq!(collector.post_as(&client, &forged(request)).status, 204);
            }
        });
        scope.spawn(|| {
            let body = report("https://repeated.example/");
            for _ in 0..REQUESTS {
                assert_eq!(collector.post_as("203.0.113.9", &body).status, 204);
            }
        });
        let limited = "cspwatch_reports_total{site=\"shop\",kind=\"csp\",outcome=\"limited\"}";
        until("the floods are over their quota", || collector.metric(limited) > Some(0.0));
        assert_eq!(collector.post_as("198.51.100.7", &thief).status, 204);
    });
    // One network's word is listed with what the others invent.
    let page = http::request(collector.admin(), "GET", "/metrics", "").unwrap().body;
    let thief_is_there = "destination=\"thief.example\",channel=\"send\",severity=\"page\"";
    assert!(page.contains(thief_is_there), "{page}");
    // More networks than any of the inventions has make it stand apart.
    for client in ["192.0.2.7", "203.0.113.7", "233.252.0.7"] {
        assert_eq!(collector.post_as(client, &thief).status, 204);
    }
    let seen = "cspwatch_unknown_destination_reports_total{site=\"shop\",page_group=\"payment\",\
                destination=\"thief.example\",channel=\"send\",severity=\"page\",finding=\"thief.example\"}";
    assert_eq!(collector.metric(seen), Some(4.0));
    let stored =
        format!("SELECT sum(count) FROM {database}.reports WHERE destination = 'thief.example'");
    until("it is stored", || clickhouse.query(&stored) == "4");
}

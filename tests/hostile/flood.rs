//! Floods that are to drown one true report.

use std::fmt::Write as _;
use std::thread;

use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP, violation};
use crate::support::until;

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
fn one_true_report_is_stored_counted_and_exported_beside_two_floods() {
    let clickhouse = ClickHouse::shared();
    // The quotas of an installation that nobody has changed.
    let (mut collector, database) = Collector::start_storing(SHOP);
    collector.reconfigure(|config| {
        config.unset("limits.per_client");
        config.behind_proxy();
    });
    let report = |blocked| violation("https://shop.example/checkout", blocked, "connect-src");
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
        let thief = report("https://thief.example/");
        assert_eq!(collector.post_as("198.51.100.7", &thief).status, 204);
    });
    let seen = "cspwatch_unknown_destination_reports_total{site=\"shop\",page_group=\"payment\",\
                destination=\"thief.example\",channel=\"send\",severity=\"ticket\"}";
    assert_eq!(collector.metric(seen), Some(1.0));
    let stored =
        format!("SELECT sum(count) FROM {database}.reports WHERE destination = 'thief.example'");
    until("it is stored", || clickhouse.query(&stored) == "1");
}

//! A collector that is upgraded finds what another version remembered of detection, which it does not read.

use std::fs;

use serde_json::Value;

use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP, violation};
use crate::support::{http, until};

fn alerts(collector: &Collector) -> Vec<Value> {
    let page = http::request(collector.admin(), "GET", "/alerts", "").unwrap().body;
    page.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What visitors' devices do, one network each, and a form that posts to a thief.
fn traffic(collector: &Collector) {
    for visitor in 0..40 {
        let blocked = format!("https://cdn.adware-{visitor}.example/a.js");
        let report = violation("https://shop.example/checkout", &blocked, "script-src");
        assert_eq!(collector.post_as(&format!("203.0.{visitor}.7"), &report).status, 204);
    }
    let form = violation("https://shop.example/checkout", "https://thief.example/", "form-action");
    assert_eq!(collector.post_as("198.51.100.7", &form).status, 204);
}

#[test]
fn an_upgraded_collector_says_that_it_learns_anew_and_raises_no_storm_of_alerts() {
    let clickhouse = ClickHouse::shared();
    let database = clickhouse.fresh_database();
    let builder = Collector::build().config(SHOP).behind_proxy();
    let mut collector = builder.clickhouse(&clickhouse.url(), &database).start();
    traffic(&collector);
    collector.until_stored();
    collector.terminate();
    let memory = collector.journal().join("detection");
    let of_this_version = fs::read(&memory).unwrap();
    let mut of_another = b"cspwatch detection 4\n".to_vec();
    of_another.extend(&of_this_version[of_another.len()..]);
    fs::write(&memory, of_another).unwrap();
    collector.restart();
    assert!(collector.log().contains("detection` beside the journal cannot be read"));
    // What ClickHouse remembers of the last day comes back.
    until("the thief is known again", || {
        alerts(&collector).iter().any(|alert| alert["destination"] == "thief.example")
    });
    traffic(&collector);
    let all = alerts(&collector);
    let about: Vec<&Value> =
        all.iter().filter(|alert| alert["alert"] == "unknown_destination").collect();
    let (pages, tickets): (Vec<&Value>, Vec<&Value>) =
        about.into_iter().partition(|alert| alert["severity"] == "page");
    assert!(pages.iter().all(|alert| alert["destination"] == "thief.example"), "{all:#?}");
    assert_eq!(pages.len(), 1, "{all:#?}");
    // That each of the visitors reports another host is one thing to look at.
    assert!(tickets.len() <= 1, "{all:#?}");
}

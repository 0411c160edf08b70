//! Reports that are to fill the disks: many different ones, each as long as it can be, and policies.

use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP, violation};
use crate::support::until;

const NOISE: &str = "cspwatch_reports_total{site=\"shop\",kind=\"csp\",outcome=\"limited\"}";

/// A report that is no evidence, and as long as one may be.
fn long(number: usize) -> String {
    let words = "over the hills and far away/".repeat(30).replace(' ', "-");
    violation(&format!("https://shop.example/p/{number}/{words}"), "inline", "style-src")
}

fn thief(name: &str) -> String {
    violation("https://shop.example/checkout", &format!("https://{name}.example/"), "form-action")
}

fn is_exported(collector: &Collector, name: &str) -> bool {
    let series = format!(
        "cspwatch_unknown_destination_reports_total{{site=\"shop\",page_group=\"payment\",\
         destination=\"{name}.example\",channel=\"send\",severity=\"page\",finding="
    );
    crate::support::http::request(collector.admin(), "GET", "/metrics", "")
        .is_ok_and(|page| page.body.contains(&series))
}

#[test]
fn a_network_that_has_written_its_bytes_hides_nothing_and_takes_nothing_from_others() {
    let clickhouse = ClickHouse::shared();
    let (mut collector, database) = Collector::start_storing(SHOP);
    collector.reconfigure(|config| {
        config.set("limits.bytes_per_day_per_network", "64KiB");
        config.behind_proxy();
    });
    for number in 0..200 {
        assert_eq!(collector.post_as("203.0.113.9", &long(number)).status, 204);
    }
    assert!(collector.metric(NOISE) > Some(100.0));
    assert_eq!(collector.post_as("203.0.113.77", &thief("thief")).status, 204);
    assert!(is_exported(&collector, "thief"));
    assert_eq!(collector.post_as("198.51.100.7", &long(1000)).status, 204);
    let count = |which: &str| {
        clickhouse.query(&format!("SELECT count() FROM {database}.reports WHERE {which}"))
    };
    until("the theft is stored", || count("destination = 'thief.example'") == "1");
    until("and what another network reports", || count("document_path LIKE '/p/1000/%'") == "1");
    let bytes: u64 = clickhouse
        .query(&format!("SELECT sum(length(document_path)) FROM {database}.reports"))
        .parse()
        .expect("a number");
    assert!(bytes < 64 * 1024, "{bytes}");
    // More bytes, from now on.
    let mut config = collector.config().clone();
    config.set("limits.bytes_per_day_per_network", "0");
    collector.reload(&config);
    until("the network may write again", || {
        assert_eq!(collector.post_as("203.0.113.9", &long(2000)).status, 204);
        count("document_path LIKE '/p/2000/%'") != "0"
    });
}

#[test]
fn a_theft_is_exported_while_the_journal_is_full() {
    let collector = Collector::build()
        .config(SHOP)
        .set("journal.max_bytes", "64KiB")
        .clickhouse("http://127.0.0.1:9", "nowhere")
        .start();
    for number in 0.. {
        if collector.post(&long(number)).status == 503 {
            break;
        }
    }
    assert_eq!(collector.post(&thief("first")).status, 204, "the reserve is for this");
    let refused = (0..100).find(|index| collector.post(&thief(&format!("t{index}"))).status == 503);
    let refused = format!("t{}", refused.expect("a reserve has an end"));
    assert!(is_exported(&collector, "first") && is_exported(&collector, &refused));
    assert_eq!(collector.metric("cspwatch_journal_room_bytes"), Some(0.0));
    until("it says so", || collector.readyz().body.contains("full"));
}

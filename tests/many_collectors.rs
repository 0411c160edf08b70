//! Several collectors and one ClickHouse: what one sees and what people decide, all know within seconds.

use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP, cspwatch, violation};
use crate::support::until;

/// Two of them, with one secret of the client hash, behind a proxy.
fn two() -> [Collector; 2] {
    let clickhouse = ClickHouse::shared();
    let database = format!("database = \"{}\"", clickhouse.fresh_database());
    [(), ()].map(|()| {
        let mut collector = Collector::start_with(&clickhouse.url(), &database, SHOP);
        collector.restart_behind_proxy("");
        collector
    })
}

fn connect(collector: &Collector, client: &str) {
    let body = violation("https://shop.example/checkout", "https://evil.example/", "connect-src");
    assert_eq!(collector.post_as(client, &body).status, 204);
}

fn series(name: &str, severity: &str) -> String {
    format!(
        "cspwatch_unknown_destination_{name}{{site=\"shop\",page_group=\"payment\",destination=\"evil.example\",\
         channel=\"send\",severity=\"{severity}\"}}"
    )
}

#[test]
fn two_witnesses_of_two_collectors_make_a_page_on_both() {
    let collectors = two();
    connect(&collectors[0], "203.0.113.7");
    assert_eq!(collectors[0].metric(&series("clients", "ticket")), Some(1.0));
    connect(&collectors[1], "198.51.100.7");
    for collector in &collectors {
        until("it knows of both", || collector.metric(&series("clients", "page")) == Some(2.0));
        // Every one counts its own, so that the sum over all is right.
        assert_eq!(collector.metric(&series("reports_total", "page")), Some(1.0));
    }
    let config = collectors[0].config_file();
    let (code, text) = cspwatch(&[
        "destinations",
        "approve",
        "evil.example",
        "--site",
        "shop",
        "--by",
        "ada",
        "--why",
        "a test",
        "--config",
        config.to_str().unwrap(),
    ]);
    assert_eq!(code, Some(0), "{text}");
    for collector in &collectors {
        until("it is forgotten", || collector.metric(&series("clients", "page")).is_none());
    }
}

#[test]
fn a_collector_that_lost_its_disk_learns_what_was_seen() {
    let [first, mut second] = two();
    connect(&first, "203.0.113.7");
    connect(&first, "198.51.100.7");
    first.settle();
    second.kill_hard();
    std::fs::remove_dir_all(second.journal()).unwrap();
    second.restart();
    until("it knows of both", || second.metric(&series("clients", "page")) == Some(2.0));
}

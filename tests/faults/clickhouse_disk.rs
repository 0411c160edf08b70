//! The disk of ClickHouse is nearly full.

use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP};
use crate::support::tmpfs::Tmpfs;
use crate::support::until;

#[test]
fn segments_wait_in_the_journal_while_clickhouse_has_no_room_to_merge() {
    let mut clickhouse = ClickHouse::start();
    clickhouse.kill_hard();
    let disk = Tmpfs::mount(&clickhouse.data(), "size=700m");
    clickhouse.restart();
    let collector = Collector::build().config(SHOP).clickhouse(&clickhouse.url(), "small").start();
    let report =
        || assert_eq!(collector.post_violation("https://evil.example/", "img-src").status, 204);
    report();
    collector.until_stored();
    disk.fill(300);
    until("it says so", || {
        report();
        collector.readyz().body.contains("ClickHouse's disk is full")
    });
    let free = collector.metric("cspwatch_clickhouse_disk_free_bytes").unwrap();
    assert!(free < 512.0 * 1024.0 * 1024.0, "{free}");
    let stored = || clickhouse.query("SELECT sum(count) FROM small.reports");
    let before = stored();
    report();
    until("a segment waits", || collector.metric("cspwatch_journal_segments") > Some(0.0));
    assert_eq!(stored(), before);
    disk.clear();
    collector.until_stored();
    assert_ne!(stored(), before);
}

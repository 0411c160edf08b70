//! `cspwatch forget` removes a tag or a client from the sightings, which remain.

use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP, violation};
use crate::support::{http, until};

struct Shop {
    collector: Collector,
    database: String,
}

impl Shop {
    /// Two sightings of each of two orders, from two addresses.
    fn open() -> Self {
        let clickhouse = ClickHouse::shared();
        let database = clickhouse.fresh_database();
        let builder = Collector::build().config(SHOP).clickhouse(&clickhouse.url(), &database);
        let collector = builder.behind_proxy().start();
        let body =
            violation("https://shop.example/checkout", "https://evil.example/c", "form-action");
        for (order, address) in [("order-1", "203.0.113.1"), ("order-2", "203.0.113.2")] {
            for _ in 0..2 {
                let target = format!("/report/shop?tag={order}");
                let headers = format!(
                    "Content-Type: application/csp-report\r\nX-Forwarded-For: {address}\r\n"
                );
                let to = collector.public();
                let answer = http::request_with(to, "POST", &target, &headers, &body).unwrap();
                assert_eq!(answer.status, 204);
            }
        }
        collector.settle();
        let shop = Self { collector, database };
        until("all are stored", || shop.select("count()") == "4");
        shop
    }

    fn select(&self, columns: &str) -> String {
        let query = format!("SELECT {columns} FROM {}.sightings FORMAT TSV", self.database);
        ClickHouse::shared().try_query(&query).unwrap_or_default()
    }

    fn forget(&self, arguments: &[&str]) -> (Option<i32>, String) {
        self.collector.command(&[&["forget"], arguments].concat())
    }
}

#[test]
fn a_tag_is_removed_and_its_sightings_remain() {
    let shop = Shop::open();
    let (code, text) = shop.forget(&["--tag", "order-1", "--site", "shop", "--dry-run"]);
    assert_eq!((code, &*text), (Some(0), "would be removed from 2 sightings\n"));
    assert_eq!(shop.select("countIf(tag = 'order-1')"), "2");
    let (code, text) = shop.forget(&["--tag", "order-1", "--site", "shop"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("removed from 2 sightings"), "{text}");
    assert_eq!(shop.select("count(), countIf(tag = ''), countIf(tag = 'order-2')"), "4\t2\t2");
    assert_eq!(shop.forget(&["--tag", "order-1"]), (Some(0), "no sighting names it\n".to_owned()));
}

#[test]
fn a_client_is_removed_by_address_or_hash() {
    let shop = Shop::open();
    let (code, text) = shop.forget(&["--client", "203.0.113.1"]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(shop.select("count(), countIf(client = 0), uniqExact(client)"), "4\t2\t2");
    let hash = shop.select("max(client)");
    let (code, text) = shop.forget(&["--client", &hash]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(shop.select("count(), countIf(client = 0)"), "4\t4");
}

#[test]
fn wrong_arguments_are_refused_with_the_reason() {
    let collector = Collector::build().config(SHOP).start();
    for (arguments, code, expected) in [
        (&[][..], 64, "--tag"),
        (&["--tag", "a b"], 64, "a tag is 1 to 128 of"),
        (&["--tag", "a", "--client", "1"], 64, "cannot be used with"),
        (&["--client", "ada"], 1, "is neither an IP address nor a number"),
        (&["--tag", "a", "--site", "shpo"], 64, "there are: shop"),
        (&["--tag", "a"], 1, "ClickHouse: "),
    ] {
        let (found, text) = collector.command(&[&["forget"], arguments].concat());
        assert_eq!(found, Some(code), "{text}");
        assert!(text.contains(expected), "{text}");
    }
}

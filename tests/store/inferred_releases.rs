//! Releases that nobody marked, against a real ClickHouse: which changes of scripts look like one.

use std::collections::BTreeMap;

use cspwatch::base::clock::{DAY, Timestamp};
use cspwatch::config::Config;
use cspwatch::store::inferred_releases::inferred_releases;
use cspwatch::store::schema::{Placement, migrate};

use crate::support::block_on;
use crate::support::clickhouse::ClickHouse;
use crate::support::collector::SHOP;

/// The day of the changes, at noon.
const NOON: Timestamp = Timestamp::from_seconds(1_800_014_400);

/// A site whose files `/js/1.js`, `/js/2.js` and so on have been there for days.
struct Site {
    clickhouse: &'static ClickHouse,
    database: String,
    /// How many hashes there were.
    hashes: u64,
}

impl Site {
    fn of_files(files: u64) -> Self {
        let (clickhouse, database) = (ClickHouse::shared(), ClickHouse::shared().fresh_database());
        block_on(migrate(&clickhouse.client(&database), &Placement::single(&database))).unwrap();
        let mut site = Self { clickhouse, database, hashes: 0 };
        for file in 1..=files {
            site.change(&format!("shop.example/js/{file}.js"), -3 * 24 * 60);
        }
        site
    }

    /// From this minute after noon on, a file has a hash that it never had.
    fn change(&mut self, address: &str, minute: i64) {
        self.change_on("payment", address, minute);
    }

    fn change_on(&mut self, page_group: &str, address: &str, minute: i64) {
        self.hashes += 1;
        self.see(page_group, address, minute, self.hashes);
    }

    fn see(&self, page_group: &str, address: &str, minute: i64, hash: u64) {
        let slash = address.find('/').unwrap();
        let (host, path) = address.split_at(slash);
        let domain = host.split('.').rev().take(2).collect::<Vec<_>>();
        let seen = NOON.millis() + minute * 60_000;
        self.clickhouse.query(&format!(
            "INSERT INTO {}.scripts SELECT 'shop', '{page_group}', '{host}', '{path}', 'sha256-{hash}', '{}.{}', \
             fromUnixTimestamp64Milli({seen}), fromUnixTimestamp64Milli({seen})",
            self.database, domain[1], domain[0]
        ));
    }

    fn mark(&self, minute: i64) {
        let at = NOON.millis() + minute * 60_000;
        self.clickhouse.query(&format!(
            "INSERT INTO {}.releases SELECT 'shop', 'v1', '', fromUnixTimestamp64Milli({at}), 'anna'",
            self.database
        ));
    }

    /// Minutes after noon at which a release seems to begin and to end, and how many scripts changed.
    fn releases(&self) -> Vec<(i64, i64, u64)> {
        let config = Config::from_text("test", SHOP, &BTreeMap::new()).unwrap();
        let client = self.clickhouse.client(&self.database);
        let site = ("shop", &config.sites[..]);
        let found = inferred_releases(&client, site, (NOON - DAY, NOON + DAY), 10);
        let minute = |at: Timestamp| (at.millis() - NOON.millis()) / 60_000;
        let found = block_on(found).unwrap().into_iter();
        found.map(|found| (minute(found.at), minute(found.until), found.changed)).collect()
    }
}

/// The files `numbers` change, a minute apart, from `minute` on.
fn deploy(site: &mut Site, numbers: std::ops::RangeInclusive<i64>, minute: i64) {
    for number in numbers.clone() {
        site.change(&format!("shop.example/js/{number}.js"), minute + number - numbers.start());
    }
}

#[test]
fn three_scripts_that_change_within_ten_minutes_are_a_release() {
    let mut site = Site::of_files(9);
    deploy(&mut site, 1..=2, 0);
    assert_eq!(site.releases(), [], "two of nine");
    deploy(&mut site, 3..=3, 30);
    assert_eq!(site.releases(), [], "the third is half an hour late");
    deploy(&mut site, 4..=6, 100);
    // The same change on other pages, later, is no other one.
    site.see("other", "shop.example/js/4.js", 115, site.hashes - 2);
    deploy(&mut site, 7..=9, 300);
    assert_eq!(site.releases(), [(300, 302, 3), (100, 102, 3)], "the latest first");
}

#[test]
fn a_small_site_releases_two_scripts() {
    let mut site = Site::of_files(4);
    deploy(&mut site, 1..=1, 0);
    assert_eq!(site.releases(), []);
    deploy(&mut site, 2..=2, 5);
    assert_eq!(site.releases(), [(0, 5, 2)]);
}

#[test]
fn a_marked_release_within_the_hour_takes_its_place() {
    for (marked, expected) in [(-61, 1), (-60, 0), (0, 0), (60, 0), (61, 1)] {
        let mut site = Site::of_files(5);
        deploy(&mut site, 1..=3, 0);
        site.mark(marked);
        assert_eq!(site.releases().len(), expected, "{marked} min");
    }
}

#[test]
fn only_files_of_the_site_that_were_there_before_count() {
    let mut site = Site::of_files(9);
    // New files, and an inventory that begins: each file in two versions at once.
    for name in ["a", "b", "c", "d"] {
        site.change(&format!("shop.example/new/{name}.js"), 0);
        site.change(&format!("shop.example/new/{name}.js"), 3);
    }
    // What others serve, and what only looks like the site.
    for name in ["x", "y", "z"] {
        for host in ["vendor.example", "shop.example.evil.example", "notshop.example"] {
            site.change(&format!("{host}/{name}.js"), -3_000);
            site.change(&format!("{host}/{name}.js"), 0);
        }
    }
    assert_eq!(site.releases(), []);
    // Hosts below are the site's.
    for name in ["x", "y", "z"] {
        site.change(&format!("static.shop.example/{name}.js"), -3_000);
        site.change(&format!("static.shop.example/{name}.js"), 0);
    }
    assert_eq!(site.releases(), [(0, 0, 3)]);
}

#[test]
fn a_file_is_known_again_by_another_name_of_its_build() {
    let mut site = Site::of_files(9);
    for name in ["app", "cart", "pay"] {
        site.change(&format!("shop.example/assets/{name}.3f9a1c2b.js"), -3_000);
        site.change(&format!("shop.example/assets/{name}.77e0d41a.js"), 0);
    }
    assert_eq!(site.releases(), [(0, 0, 3)]);
}

#[test]
fn scripts_that_are_made_for_each_visitor_are_no_release() {
    let mut site = Site::of_files(9);
    for minute in 0..20 {
        for number in 1..=3 {
            site.change(&format!("shop.example/js/{number}.js"), -400 + 20 * minute);
        }
    }
    let found = site.releases();
    assert_eq!(found.len(), 5, "no more than five a day: {found:?}");
    assert!(found.iter().all(|(began, ..)| *began <= -300), "{found:?}");
}

#[test]
fn what_goes_on_changing_is_one_release() {
    let mut site = Site::of_files(40);
    deploy(&mut site, 1..=30, 0);
    assert_eq!(site.releases(), [(0, 10, 11)]);
}

//! Real browsers on a skimmed checkout page: what they report of it, who is woken up, and that no card
//! number is kept.
//!
//! The browsers check certificates, ask for permission across origins and send in their own time. A
//! report that came by `report-to` shows that its preflight was answered well: without that, browsers
//! do not post to another origin.

use crate::support::browser::{Browser, Window};
use crate::support::card;
use crate::support::certificates::Authority;
use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP};
use crate::support::monitoring::Monitoring;
use crate::support::shop::{Channel, ENFORCED, REPORTED, Shop};
use crate::support::until;

/// A collector with a ClickHouse of its own, and a certificate that browsers trust.
struct Scene {
    authority: Authority,
    clickhouse: ClickHouse,
    collector: Collector,
    /// The endpoint in the shop's headers.
    endpoint: String,
}

impl Scene {
    fn new() -> Self {
        let authority = Authority::new();
        let clickhouse = ClickHouse::start();
        let leaf = authority.issue(&["reports.example"]);
        let collector = Collector::build()
            .config(SHOP)
            .clickhouse(&clickhouse.url(), "cspwatch")
            .tls(&leaf)
            .start();
        // The collector lives on a host of its own, as it should: another origin than the shop's.
        let endpoint =
            format!("https://reports.example:{}/report/shop?tag=order-1", collector.https().port());
        Self { authority, clickhouse, collector, endpoint }
    }

    /// Shows the checkout of a shop; returns when all reports of it have arrived.
    fn visit(&self, shop: &Shop, browser: Browser) -> Window {
        let mut window = browser.open(&shop.checkout(), &self.authority);
        let count = rows(browser, "").len();
        let series = r#"cspwatch_reports_total{site="shop",kind="csp",outcome="new"}"#;
        window.service.until("all is reported", || {
            self.collector.metric(series).is_some_and(|new| new >= count as f64)
        });
        window
    }

    /// Waits until the rows and sightings in ClickHouse are those that the page must cause.
    fn expect_rows(&self, browser: Browser, disposition: &str) {
        let expected = rows(browser, disposition);
        let sql = "SELECT DISTINCT directive, destination, blocked_path, pan_in_url, verdict, page_group, \
                   document_host, document_path, engine, disposition FROM cspwatch.reports ORDER BY ALL";
        let mut found = String::new();
        until("ClickHouse has all rows", || {
            found = self.clickhouse.try_query(sql).unwrap_or_default();
            found.lines().count() >= expected.len()
        });
        assert_eq!(found.lines().collect::<Vec<_>>(), expected);
        let sql = "SELECT DISTINCT site, page_group, document_path, tag FROM cspwatch.sightings";
        assert_eq!(self.clickhouse.query(sql), "shop\tpayment\t/checkout\torder-1");
    }

    /// Fails when the card number is anywhere.
    fn expect_no_card(&self) {
        card::assert_not_below(self.collector.place(), "shop.example");
        // The tables, and ClickHouse's log beside them. Compression may split any text of a row; the
        // definitions of the tables stay as they are.
        card::assert_not_below(self.clickhouse.data().parent().unwrap(), "blocked_path");
        card::assert_not_in_tables(&self.clickhouse, "/pixel.gif");
    }
}

/// The rows that the skimmed page causes, in order: what the skimmer did, then what is the same of all.
fn rows(browser: Browser, disposition: &str) -> Vec<String> {
    // Chromium puts the fields of a form into the URL that it reports, Firefox does not.
    let get_tells = browser == Browser::Chromium;
    [
        ("connect-src", "example.org", "/body", false),
        ("connect-src", "example.org", "/query", true),
        ("form-action", "example.net", "/get", get_tells),
        ("form-action", "example.net", "/pay", false),
        ("img-src", "example.com", "/i/{pan}/pixel", true),
        ("img-src", "example.com", "/pixel.gif", true),
    ]
    .map(|(directive, destination, path, pan)| {
        let engine = browser.engine();
        format!(
            "{directive}\t{destination}\t{path}\t{pan}\tunknown\tpayment\tshop.example\t/checkout\t\
             {engine}\t{disposition}"
        )
    })
    .to_vec()
}

/// The skimmer works, all of it is seen, and the journal and the tables are clean.
fn watch(browser: Browser, channel: fn(String) -> Channel) {
    let mut scene = Scene::new();
    let shop = Shop::open(&scene.authority, REPORTED, channel(scene.endpoint.clone()));
    // Without ClickHouse, what arrives stays in the journal, where it can be searched.
    scene.clickhouse.kill_hard();
    let _window = scene.visit(&shop, browser);
    card::assert_not_below(&scene.collector.journal(), "/pixel.gif");

    scene.clickhouse.restart();
    scene.expect_rows(browser, "report");
    scene.expect_no_card();
    // The card did leave, in forms that the searches above would have found.
    let stolen = |path: &str| {
        let stolen = shop.stolen();
        let mut to_path = stolen.iter().filter(|request| request.target.starts_with(path));
        to_path.any(|request| card::stands_in(&format!("{}\n{}", request.target, request.body)))
    };
    for path in ["/body", "/query?", "/get?", "/pay", "/i/", "/pixel.gif?"] {
        until(&format!("the skimmer has it by {path}"), || stolen(path));
    }
}

/// The skimmer gets nothing, and the on-call hears of the form.
fn block(browser: Browser, channel: fn(String) -> Channel) {
    let scene = Scene::new();
    let monitoring = Monitoring::of(&scene.collector);
    let shop = Shop::open(&scene.authority, ENFORCED, channel(scene.endpoint.clone()));
    let _window = scene.visit(&shop, browser);
    let alert = monitoring.wait_for(&[
        ("alertname", "CspwatchUnknownDestinationOnPaymentPage"),
        ("severity", "page"),
        ("site", "shop"),
        ("page_group", "payment"),
    ]);
    // What one shopper's browser reports is one finding: one page, and all that the skimmer tried is in it.
    let leader = alert["labels"]["destination"].as_str().unwrap().to_owned();
    for destination in ["example.net", "example.org", "example.com"] {
        let clients = format!(
            "cspwatch_unknown_destination_clients{{site=\"shop\",page_group=\"payment\",destination=\"{destination}\",\
             channel=\"send\",severity=\"page\",finding=\"{leader}\"}}"
        );
        until(&clients, || scene.collector.metric(&clients) == Some(1.0));
    }
    let alert = monitoring.wait_for(&[("alertname", "CspwatchCardDataInUrl"), ("site", "shop")]);
    assert!(!card::stands_in(&alert.to_string()), "{alert:#}");
    scene.expect_rows(browser, "enforce");
    scene.expect_no_card();
    assert!(shop.stolen().is_empty(), "{:#?}", shop.stolen());
}

#[test]
fn chromium_reports_by_report_uri() {
    watch(Browser::Chromium, Channel::ReportUri);
}

#[test]
fn chromium_reports_by_report_to() {
    watch(Browser::Chromium, Channel::ReportTo);
}

#[test]
fn firefox_reports_by_report_uri() {
    watch(Browser::Firefox, Channel::ReportUri);
}

#[test]
fn firefox_reports_by_report_to() {
    watch(Browser::Firefox, Channel::ReportTo);
}

#[test]
fn chromium_blocks_and_the_pager_rings() {
    block(Browser::Chromium, Channel::ReportTo);
}

#[test]
fn firefox_blocks_and_the_pager_rings() {
    block(Browser::Firefox, Channel::ReportUri);
}

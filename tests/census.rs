//! The census of the client script: how real browsers count a page view, and what the count is worth to detection.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Stdio};

use hyper::Response;
use serde_json::{Value, json};

use cspwatch::accept::client_script::SRI_JS;

use crate::support::browser::Browser;
use crate::support::certificates::Authority;
use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP, violation};
use crate::support::edge::Edge;
use crate::support::server::{Received, Server};
use crate::support::until;

/// What the script elements of the page say, each with the random number that the browser has then, and of how many page views
/// the report says that one is counted. The element's place is the shopper's number.
const SHARES: [(&str, f64, Option<u32>); 14] = [
    ("data-census=1", 0.99, Some(1)),
    ("", 0.0, None),
    ("data-census", 0.0, None),
    ("data-census=''", 0.0, None),
    ("data-census=0", 0.0, None),
    ("data-census=-1", 0.0, None),
    ("data-census=2", 0.0, None),
    ("data-census=1e999", 0.0, None),
    ("data-census=NaN", 0.0, None),
    ("data-census=some", 0.0, None),
    ("data-census=0.1", 0.11, None),
    ("data-census=0.1", 0.09, Some(10)),
    ("data-census=1e-9", 0.0, Some(100)),
    ("data-census=0.3", 0.0, Some(3)),
];

fn page(request: &Received, origin: &str) -> Response<String> {
    let response = Response::builder().header("content-type", "text/html");
    if !request.target.starts_with("/checkout") {
        return response.status(404).body(String::new()).unwrap();
    }
    let mut html = "<!doctype html><title>shop</title>".to_owned();
    for (shopper, (share, random, _)) in SHARES.iter().enumerate() {
        // The place where the script runs is the only one where the number matters.
        write!(
            html,
            "<script>Math.random = () => {random}</script>\
             <script src=\"{origin}/sri.js\" data-report=\"{origin}/report/shop?shopper={shopper}\" {share} \
             integrity=\"{}\" crossorigin></script>",
            SRI_JS.integrity
        )
        .unwrap();
    }
    response.body(html).unwrap()
}

fn counts_page_views(browser: Browser) {
    let authority = Authority::new();
    let (builder, database) = Collector::build().config(SHOP).behind_proxy().storing();
    let (clickhouse, collector) = (ClickHouse::shared(), builder.start());
    let edge = Edge::before(&collector, &authority);
    let origin = edge.origin();
    let tls = authority.issue(&["shop.example"]).acceptor();
    let shop = Server::start(Some(tls), move |request| page(request, &origin));
    let url = format!("https://shop.example:{}/checkout/4711?card=1#top", shop.address().port());
    let mut window = browser.open(&url, &authority);
    let reported = |shopper| edge.reported_by(u8::try_from(shopper).unwrap());
    window.service.until("the last element counts", || !reported(SHARES.len() - 1).is_empty());
    // Each element sends after the same time, so those before it have sent.
    window.service.until("all that count have arrived", || {
        SHARES
            .iter()
            .enumerate()
            .all(|(at, (.., one_of))| one_of.is_none() || !reported(at).is_empty())
    });
    for (shopper, (share, random, one_of)) in SHARES.into_iter().enumerate() {
        let bodies: Vec<Value> = reported(shopper)
            .iter()
            .map(|request| serde_json::from_str(&request.body).unwrap())
            .collect();
        let address = url.split('?').next().unwrap();
        let expected = one_of
            .map(|one_of| json!([{"type": "census", "url": address, "body": {"oneOf": one_of}}]));
        assert_eq!(bodies, Vec::from_iter(expected), "{share} {random}");
    }
    for request in reported(0) {
        assert_eq!((request.field("cookie"), request.method.as_str()), ("", "POST"));
    }
    let sql = format!(
        "SELECT detail, any(page_group), any(engine), any(document_host), max(document_path), any(verdict), sum(count) \
         FROM {database}.reports WHERE kind = 'census' GROUP BY detail ORDER BY detail"
    );
    let row = |detail| format!("{detail}\tpayment\t{}\tshop.example\t\tother\t1", browser.engine());
    let expected = ["1/1", "1/10", "1/100", "1/3"].map(row).join("\n");
    until("they are stored, without a path", || {
        clickhouse.try_query(&sql).as_ref() == Ok(&expected)
    });
    let sightings = clickhouse.query(&format!("SELECT count() FROM {database}.sightings"));
    assert_eq!(sightings, "0");
    let counted = r#"cspwatch_reports_total{site="shop",kind="census",outcome="new"}"#;
    assert!(collector.metric(counted) >= Some(1.0));
}

#[test]
fn chromium_counts_page_views() {
    counts_page_views(Browser::Chromium);
}

#[test]
fn firefox_counts_page_views() {
    counts_page_views(Browser::Firefox);
}

/// A trace, one request every ten seconds.
#[derive(Default)]
struct Trace(String, u32);

impl Trace {
    fn post(mut self, client: &str, body: &str) -> Self {
        let (minutes, seconds) = (self.1 / 6, 10 * (self.1 % 6));
        let at = format!("2026-11-01T{:02}:{:02}:{seconds:02}Z", 10 + minutes / 60, minutes % 60);
        let request = json!({"at": at, "client": client, "site": "", "headers": {}, "body": body});
        writeln!(self.0, "{request}").unwrap();
        self.1 += 1;
        self
    }

    /// So many networks, each with a page view.
    fn views(self, count: u8, page: &str, one_of: &str) -> Self {
        let body = census(page, one_of);
        (0..count).fold(self, |trace, network| trace.post(&format!("198.51.{network}.7"), &body))
    }

    /// A visitor whose browser contacts a destination from the payment page.
    fn contact(self, client: &str) -> Self {
        let page = "https://shop.example/checkout";
        self.post(client, &violation(page, "https://evil.example/", "connect-src"))
    }

    /// The severities of the alerts about it.
    fn severities(&self) -> Vec<String> {
        let place = tempfile::tempdir().unwrap();
        let (config, trace) = (place.path().join("shop.toml"), place.path().join("trace.ndjson"));
        fs::write(&config, SHOP).unwrap();
        fs::write(&trace, &self.0).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_cspwatch"));
        command.arg("backtest").arg("--config").args([&config, &trace]).stdin(Stdio::null());
        let output = command.output().unwrap();
        let lines = String::from_utf8(output.stdout).unwrap();
        let alerts = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let ours = alerts.filter(|alert| alert["destination"] == "evil.example");
        ours.map(|alert| alert["severity"].as_str().unwrap().to_owned()).collect()
    }
}

fn census(page: &str, one_of: &str) -> String {
    format!(
        r#"[{{"type":"census","url":"https://shop.example{page}","body":{{"oneOf":{one_of}}}}}]"#
    )
}

#[test]
fn what_two_of_many_visitors_report_is_no_alert_where_a_census_counts_them() {
    let between = |trace: fn(Trace) -> Trace| {
        trace(Trace::default().contact("203.0.113.7")).contact("192.0.2.7").severities()
    };
    assert_eq!(between(|trace| trace), ["page"], "two of two");
    let seen = between(|trace| trace.views(90, "/checkout", "1"));
    assert_eq!(seen, Vec::<String>::new(), "two of 90");
    let sampled = between(|trace| trace.views(60, "/checkout", "10"));
    assert_eq!(sampled, Vec::<String>::new(), "two of 300 or so");
    assert_eq!(between(|trace| trace.views(90, "/", "1")), ["page"], "others visit other pages");
    for nothing in ["0", "-3", "null", "\"\"", "\"some\"", "false", "[1]", "{}"] {
        let trace = Trace::default().contact("203.0.113.7").views(30, "/checkout", nothing);
        assert_eq!(trace.contact("192.0.2.7").severities(), ["page"], "{nothing}");
    }
}

#[test]
fn one_client_that_counts_itself_again_and_again_hides_no_theft() {
    let claim = census("/checkout", "100");
    let honest = Trace::default().views(40, "/checkout", "1");
    // Then nobody buys for some minutes.
    let theft = honest.views(20, "/", "1").contact("203.0.113.7");
    let flooded = (0..200).fold(theft, |trace, _| trace.post("192.0.2.99", &claim));
    assert_eq!(flooded.contact("192.0.2.7").severities(), ["page"]);
}

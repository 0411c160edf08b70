//! Inline scripts in the inventory: what the client script reports of them in real browsers, who approves them, and what a new
//! one on a payment page causes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cspwatch::accept::client_script::SRI_JS;
use hyper::Response;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::browser::Browser;
use crate::support::certificates::Authority;
use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP};
use crate::support::edge::Edge;
use crate::support::server::{Received, Server};
use crate::support::until;

const UNAPPROVED: &str = "cspwatch_script_unapproved_timestamp_seconds{site=\"shop\",page_group=\"payment\",\
                          script_host=\"inline\"}";
const REASONS: [&str; 6] = ["--owner", "payments", "--why", "the form", "--by", "ada"];

/// The script that adds another one, and removes itself.
const ADDING: &str = "let s=document.createElement('script');s.text='added=1';document.head.append(s);\
                      document.currentScript.remove()";

/// One that the parser gets in many pieces.
fn long() -> String {
    format!("long='{}'", "x".repeat(400_000))
}

/// The hashes of the inline scripts that the page runs, in order.
fn ran() -> Vec<String> {
    let texts = ["plain=1", "nonced=1", "module=1", "added=1", ADDING, &long()];
    let mut hashes = texts.map(hash).to_vec();
    hashes.sort();
    hashes
}

fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

/// A checkout whose scripts are inline, with data that is no script, and a handler, which no report is about. Once `is_skimmed`
/// it has one script more.
fn page(request: &Received, origin: &str, is_skimmed: &AtomicBool) -> Response<String> {
    let response = Response::builder().header("content-type", "text/html");
    let Some(shopper) = request.target.strip_prefix("/checkout/") else {
        return response.status(404).body(String::new()).unwrap();
    };
    let skimmer = if is_skimmed.load(Ordering::Relaxed) { "<script>skim=1</script>" } else { "" };
    let html = format!(
        "<!doctype html><title>shop</title>\
         <script src='{origin}/sri.js' data-report='{origin}/report/shop?shopper={shopper}' data-inline=1 \
         integrity='{}' crossorigin></script>\
         <script>plain=1</script><script nonce=abc>nonced=1</script><script type=module>module=1</script>\
         <script>{ADDING}</script><script>{}</script>\
         <script type='application/ld+json'>{{\"data\":1}}</script><script type=importmap>{{}}</script>\
         <script type=text/template>template=1</script><script nomodule>old=1</script><script></script>\
         <body onload='handler=1'>{skimmer}",
        SRI_JS.integrity,
        long()
    );
    response.body(html).unwrap()
}

fn run(collector: &Collector, arguments: &[&str]) -> String {
    let (code, text) = collector.command(&[&["scripts"], arguments].concat());
    assert_eq!(code, Some(0), "{text}");
    text
}

/// The inline scripts of the inventory: hash and the word about its approval.
fn inventory(collector: &Collector) -> Vec<(String, String)> {
    let text = run(collector, &["--site", "shop", "--json"]);
    let inventory: Value = serde_json::from_str(&text).unwrap();
    let scripts = inventory["scripts"].as_array().unwrap().iter();
    let inline = scripts.filter(|script| script["host"] == "" && script["path"] == "inline");
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    inline.map(|script| (word(&script["contents"][0]["hash"]), word(&script["approved"]))).collect()
}

/// A page is opened and its scripts are approved; then it has one more, which two shoppers' browsers report.
fn inline_scripts_are_listed_approved_and_missed(browser: Browser) {
    let authority = Authority::new();
    let (builder, _) = Collector::build().config(SHOP).behind_proxy().storing();
    let collector = builder.start();
    let edge = Edge::before(&collector, &authority);
    let origin = edge.origin();
    let is_skimmed = Arc::new(AtomicBool::new(false));
    let tls = authority.issue(&["shop.example"]).acceptor();
    let shop = Server::start(Some(tls), {
        let is_skimmed = Arc::clone(&is_skimmed);
        move |request| page(request, &origin, &is_skimmed)
    });
    let url =
        |shopper| format!("https://shop.example:{}/checkout/{shopper}", shop.address().port());
    until("the tables are there", || collector.readyz().status == 200);
    let first = browser.open(&url(1), &authority);
    until("its browser has reported", || !edge.reported_by(1).is_empty());
    drop(first);
    check_reports(&edge.reported_by(1), &url(1), &ran());
    collector.settle();
    until("all are in the inventory", || inventory(&collector).len() == ran().len());
    let with_word =
        |word: &str| -> Vec<_> { ran().into_iter().map(|hash| (hash, word.to_owned())).collect() };
    assert_eq!(inventory(&collector), with_word("no"));
    assert_eq!(collector.metric(UNAPPROVED), None, "nobody approves scripts here");

    let approve = ["approve", "inline", "--site", "shop", "--present", "--page-group", "payment"];
    run(&collector, &[&approve[..], &REASONS].concat());
    assert_eq!(inventory(&collector), with_word("approved"));
    let text = run(&collector, &["--site", "shop"]);
    assert!(text.contains(&format!("inline {}", hash("plain=1"))), "{text}");

    is_skimmed.store(true, Ordering::Relaxed);
    for shopper in [2, 3] {
        let window = browser.open(&url(shopper), &authority);
        until("its browser has reported", || !edge.reported_by(shopper).is_empty());
        drop(window);
    }
    until("the new script is missed", || collector.metric(UNAPPROVED).is_some());
    collector.settle();
    let skimmer = (hash("skim=1"), "no".to_owned());
    until("it is in the inventory", || inventory(&collector).contains(&skimmer));
    let unapproved = run(&collector, &["--site", "shop", "--unapproved"]);
    assert!(
        unapproved.contains(&skimmer.0) && !unapproved.contains(&hash("plain=1")),
        "{unapproved}"
    );
    // Its approval ends the alert.
    let approve = ["approve", "inline", "--site", "shop", "--hash", &skimmer.0];
    run(&collector, &[&approve[..], &REASONS].concat());
    until("it is missed no more", || collector.metric(UNAPPROVED).is_none());
}

/// What one view of the page posted: once, these hashes, and of the page no more than its address.
#[track_caller]
fn check_reports(requests: &[Received], url: &str, expected: &[String]) {
    let [request] = requests else { panic!("{} requests", requests.len()) };
    let reports: Value = serde_json::from_str(&request.body).unwrap();
    let mut found = Vec::new();
    for report in reports.as_array().unwrap() {
        let hash = report["body"]["hash"].as_str().unwrap().to_owned();
        let sample = if hash == self::hash("nonced=1") { "nonce" } else { "" };
        let whole =
            json!({"type": "inline-hash", "url": url, "body": {"hash": hash, "sample": sample}});
        assert_eq!(report, &whole);
        found.push(hash);
    }
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn inline_scripts_are_listed_approved_and_missed_by_chromium() {
    inline_scripts_are_listed_approved_and_missed(Browser::Chromium);
}

#[test]
fn inline_scripts_are_listed_approved_and_missed_by_firefox() {
    inline_scripts_are_listed_approved_and_missed(Browser::Firefox);
}

/// A report of an inline script on the checkout.
fn report(hash: &str) -> String {
    let page = "https://shop.example/checkout?card=1";
    json!([{"type": "inline-hash", "url": page, "body": {"hash": hash}}]).to_string()
}

#[test]
fn a_flood_of_inline_scripts_is_counted_and_not_listed() {
    let (collector, database) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    for number in 0..300 {
        assert_eq!(collector.post(&report(&hash(&number.to_string()))).status, 204);
    }
    // What is no hash is no script.
    for wrong in
        ["", "inline", "sha256-x", &format!("sha384-{}", "a".repeat(64)), "<b>4111111111111111</b>"]
    {
        assert_eq!(collector.post(&report(wrong)).status, 204);
    }
    collector.settle();
    let sql = format!(
        "SELECT uniqExactIf(detail, detail LIKE 'sha256-%'), uniqExactIf(detail, detail = 'unlisted'), sum(count), \
         groupUniqArray((verdict, page_group, document_path, blocked_scheme, directive)) \
         FROM {database}.reports WHERE kind = 'inline_hash'"
    );
    let expected = "100\t1\t305\t[('other','payment','','inline','script-src-elem')]";
    let mut found = String::new();
    until("all are stored", || {
        found = ClickHouse::shared().try_query(&sql).unwrap_or_default();
        found.split('\t').nth(2) == Some("305")
    });
    assert_eq!(found, expected);
    let listed = inventory(&collector);
    assert_eq!(listed.len(), 101, "a hundred, and a line for the rest");
    assert_eq!(listed.iter().filter(|(hash, _)| hash.is_empty()).count(), 1);
    let present = ["scripts", "approve", "inline", "--site", "shop", "--present"];
    let (code, text) = collector.command(&[&present[..], &REASONS].concat());
    assert!(code == Some(1) && text.contains("more inline scripts than are listed"), "{text}");
    let any = ["approve", "inline", "--site", "shop", "--any-content"];
    run(&collector, &[&any[..], &REASONS].concat());
    assert!(inventory(&collector).iter().all(|(_, approved)| approved == "approved"));
    let one =
        ["revoke", "inline", "--site", "shop", "--why", "no", "--by", "ada", "--hash", &hash("1")];
    let (code, text) = collector.command(&[&["scripts"], &one[..]].concat());
    assert!(code == Some(1) && text.contains("no approval of inline"), "{text}");
    let sightings =
        ClickHouse::shared().query(&format!("SELECT count() FROM {database}.sightings"));
    assert_eq!(sightings, "0");
    let last = "cspwatch_site_last_report_timestamp_seconds{site=\"shop\",page_group=\"payment\"}";
    assert_eq!(collector.metric(last), None, "they go on where somebody removes the policy");
}

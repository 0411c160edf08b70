//! The inventory of scripts: what browsers report of them, what people approve, and what becomes of it.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cspwatch::base::clock::{DAY, Timestamp};
use hyper::Response;
use serde_json::Value;

use crate::support::browser::Browser;
use crate::support::certificates::Authority;
use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP, script_hash, script_report};
use crate::support::monitoring::Monitoring;
use crate::support::server::Server;
use crate::support::until;

const UNAPPROVED: &str = "cspwatch_script_unapproved_timestamp_seconds{site=\"shop\",page_group=\"payment\",\
                          script_host=\"cdn.example\"}";
const OWNER: [&str; 4] = ["--owner", "payments", "--why", "the card form"];

/// What Chromium reports of a script on a page of the shop; its content is this letter again and again, or unreadable.
fn report_of(document: &str, script: &str, letter: &str) -> String {
    let hash = if letter.is_empty() { String::new() } else { script_hash(letter) };
    script_report(&format!("https://shop.example{document}"), script, &hash)
}

fn post_report(collector: &Collector, document: &str, script: &str, letter: &str) {
    assert_eq!(collector.post(&report_of(document, script, letter)).status, 204);
}

#[track_caller]
fn run(collector: &Collector, arguments: &[&str]) -> String {
    let (code, text) = collector.command(&[&["scripts"], arguments].concat());
    assert_eq!(code, Some(0), "{text}");
    text
}

fn inventory(collector: &Collector) -> Value {
    serde_json::from_str(&run(collector, &["--site", "shop", "--json"])).unwrap()
}

/// The word about the approval of a script, by its path.
fn approved(collector: &Collector, path: &str) -> String {
    let inventory = inventory(collector);
    let scripts = inventory["scripts"].as_array().unwrap();
    let script = scripts.iter().find(|script| script["path"] == path);
    script.map_or(String::new(), |script| script["approved"].as_str().unwrap().to_owned())
}

#[test]
fn a_script_is_listed_approved_and_missed_when_it_changes() {
    let (collector, database) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    let empty = run(&collector, &["--site", "shop"]);
    assert!(empty.starts_with("no browser reported a script of the site shop"), "{empty}");
    post_report(&collector, "/checkout", "https://cdn.example/pay.js", "a");
    post_report(&collector, "/checkout", "https://cdn.example/widget.js", "");
    post_report(&collector, "/blog", "https://cdn.example/pay.js", "a");
    assert_eq!(
        collector.post_violation("https://evil.example/x.js", "script-src-elem").status,
        204
    );
    collector.settle();
    until("all are stored", || inventory(&collector)["scripts"].as_array().unwrap().len() == 3);
    assert_eq!(approved(&collector, "/x.js"), "not seen running");
    assert_eq!(collector.metric(UNAPPROVED), None, "nobody approves scripts here");

    // By its present content; by its address, because browsers cannot read it.
    let pay = ["approve", "https://cdn[.]example/pay.js?v=2", "--site", "shop", "--by", "ada"];
    let text = run(&collector, &[&pay[..], &["--present"], &OWNER].concat());
    assert!(text.contains(&script_hash("a")), "{text}");
    assert_eq!(approved(&collector, "/pay.js"), "approved");
    let widget = ["approve", "https://cdn.example/widget.js", "--site", "shop", "--by", "ada"];
    let (code, text) =
        collector.command(&[&["scripts"], &widget[..], &["--present"], &OWNER].concat());
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("add crossorigin to its element"), "{text}");

    // By the URL that the build wrote, though a part of it is a hash.
    let bundle = "https://cdn.example/main.8f3b2c1d9e8f7a6b5c4d.js";
    post_report(&collector, "/checkout", bundle, "d");
    collector.settle();
    until("the bundle is stored", || {
        !approved(&collector, "/main.8f3b2c1d9e8f7a6b5c4d.js").is_empty()
    });
    let bundle = ["approve", bundle, "--site", "shop", "--by", "ada", "--present"];
    run(&collector, &[&bundle[..], &OWNER].concat());
    assert_eq!(approved(&collector, "/main.8f3b2c1d9e8f7a6b5c4d.js"), "approved");
    // By what is stored, where that is no URL.
    let masked = "https://cdn.example/main.4a1b1c1d1e1f1a1b1c1d1e1f1a1b1c1d.js";
    post_report(&collector, "/checkout", masked, "e");
    collector.settle();
    let stored = || {
        let scripts = inventory(&collector)["scripts"].as_array().unwrap().clone();
        let mut paths = scripts.iter().map(|script| script["path"].as_str().unwrap().to_owned());
        paths.find(|path| path.contains("{hash:"))
    };
    until("it is stored without its number", || stored().is_some());
    let url = format!("https://cdn.example{}", stored().unwrap());
    let masked = ["approve", &url, "--site", "shop", "--by", "ada", "--present"];
    run(&collector, &[&masked[..], &OWNER].concat());
    assert_eq!(approved(&collector, &stored().unwrap()), "approved");

    // What nobody approved is missed now, and no more once it is.
    let mut visits = 0;
    until("the widget is missed", || {
        visits += 1;
        // The same report twice would be a repeated delivery of one.
        let script = format!("https://cdn.example/widget.js?{visits}");
        post_report(&collector, "/checkout", &script, "");
        collector.metric(UNAPPROVED).is_some()
    });
    run(&collector, &[&widget[..], &["--any-content", "--page-group", "payment"], &OWNER].concat());
    until("it is no more", || collector.metric(UNAPPROVED).is_none());
    post_report(&collector, "/blog", "https://cdn.example/blog.js", "b");
    post_report(&collector, "/checkout", "https://cdn.example/pay.js", "c");
    assert!(collector.metric(UNAPPROVED).is_some(), "it holds something else");
    let monitoring = Monitoring::of(&collector);
    monitoring.wait_for(&[
        ("alertname", "CspwatchScriptUnapproved"),
        ("severity", "ticket"),
        ("page_group", "payment"),
        ("script_host", "cdn.example"),
    ]);
    let alerts = format!(
        "SELECT alert, destination, page_group, reasons[1] FROM {database}.alerts FINAL \
         WHERE alert = 'script_unapproved' ORDER BY told_at DESC LIMIT 1 FORMAT TSV"
    );
    let expected = format!(
        "script_unapproved\tcdn.example\tpayment\tcdn.example/pay.js ({}) runs there, and nobody approved it",
        script_hash("c")
    );
    until("the alert is kept", || ClickHouse::shared().query(&alerts) == expected);
    collector.settle();
    until("it is in the inventory", || approved(&collector, "/pay.js") == "partly");
    let unapproved = run(&collector, &["--site", "shop", "--unapproved"]);
    assert!(unapproved.contains("cdn[.]example/pay.js"), "{unapproved}");
    assert!(!unapproved.contains("widget.js"), "{unapproved}");
}

#[test]
fn a_reviewed_file_says_all_that_is_approved() {
    let (collector, _) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    post_report(&collector, "/checkout", "https://cdn.example/pay.js", "a");
    collector.settle();
    until("it is stored", || approved(&collector, "/pay.js") == "no");
    let draft = run(&collector, &["--site", "shop", "--toml"]);
    let file = collector.place().join("scripts.toml");
    let apply = |text: &str, more: &[&str]| {
        fs::write(&file, text).unwrap();
        let name = file.to_str().unwrap();
        collector.command(
            &[&["scripts", "apply", name, "--site", "shop", "--by", "mr 12"], more].concat(),
        )
    };
    let (code, text) = apply(&draft, &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("owner is needed"), "{text}");

    let agreed = draft.replace("owner = \"\"", "owner = \"payments\"");
    let agreed = agreed.replace("justification = \"\"", "justification = \"the card form\"");
    let line = format!("approve: cdn[.]example/pay.js ({}) on payment\n", script_hash("a"));
    assert_eq!(apply(&agreed, &["--dry-run"]), (Some(0), line.clone()));
    assert_eq!(approved(&collector, "/pay.js"), "no");
    assert_eq!(apply(&agreed, &[]), (Some(0), line.clone()));
    assert_eq!(approved(&collector, "/pay.js"), "approved");
    assert_eq!(apply(&agreed, &[]), (Some(0), "all is as the file says\n".to_owned()));
    let csv = run(&collector, &["--site", "shop", "--csv"]);
    let cells = format!("shop,payment,cdn.example,/pay.js,{},", script_hash("a"));
    assert!(csv.contains(&cells) && csv.contains(",mr 12,payments,the card form,0,0,0"), "{csv}");

    assert_eq!(apply("", &[]), (Some(0), line.replace("approve", "revoke")));
    assert_eq!(approved(&collector, "/pay.js"), "no");
    let history = inventory(&collector);
    let what: Vec<_> = history["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["what"].as_str().unwrap())
        .collect();
    assert_eq!(what, ["appeared", "approved", "revoked"]);
}

#[test]
fn wrong_questions_and_decisions_are_refused_with_the_reason() {
    let (collector, _) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    let approve = ["approve", "https://cdn.example/a.js", "--site", "shop", "--by", "ada"];
    for (arguments, code, expected) in [
        (&["--json"][..], 64, "--site"),
        (&["--site", "shpo"], 64, "no such site is configured; there are: shop"),
        (&["--site", "shop", "--page-group", "pay"], 64, "there are: payment, other"),
        (&["--site", "shop", "--from", "monday"], 64, "write a day as 2027-03-31"),
        (&["--site", "shop", "--csv", "--json"], 64, "cannot be used with"),
        (&[&approve[..], &OWNER].concat(), 64, "--hash"),
        (&[&approve[..], &OWNER, &["--hash", "md5-1"]].concat(), 64, "is no hash"),
        (&[&approve[..], &OWNER, &["--present"]].concat(), 1, "no browser reported"),
        (
            &["revoke", "https://cdn.example/a.js", "--site", "shop", "--by", "a", "--why", "b"],
            1,
            "no approval of cdn[.]example/a.js holds",
        ),
        (&["apply", "/none", "--site", "shop", "--by", "a"], 1, "/none cannot be read"),
    ] {
        let (found, text) = collector.command(&[&["scripts"], arguments].concat());
        assert_eq!(found, Some(code), "{text}");
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

/// A shop with three scripts: its own, one that browsers may read, and one that they may not. Once `is_changed`, the
/// second holds something else.
fn shop(authority: &Authority, endpoint: String, is_changed: Arc<AtomicBool>) -> Server {
    let acceptor = authority.issue(&["shop.example", "cdn.example"]).acceptor();
    Server::start(Some(acceptor), move |request| {
        let response = Response::builder();
        let script = |text: &str| {
            let response = Response::builder().header("content-type", "text/javascript");
            response.header("access-control-allow-origin", "*").body(text.to_owned())
        };
        match request.target.as_str() {
            "/checkout" => {
                let cdn = format!("cdn.example:{}", request.port);
                let policy = format!("script-src 'self' {cdn} 'report-sha256'; report-to csp");
                response
                    .header("content-type", "text/html")
                    .header("reporting-endpoints", format!("csp=\"{endpoint}\""))
                    .header("content-security-policy", policy)
                    .body(format!(
                        "<script src='/own.js'></script><script src='https://{cdn}/pay.js' crossorigin></script>\
                         <script src='https://{cdn}/opaque.js'></script>"
                    ))
            }
            "/pay.js" if is_changed.load(Ordering::Relaxed) => script("document.title = 'skimmed'"),
            "/own.js" | "/pay.js" | "/opaque.js" => script("document.title = 'shop'"),
            _ => response.status(404).body(String::new()),
        }
        .unwrap()
    })
}

/// Chromium loads a page twice; between, somebody changed its script.
#[test]
fn chromium_fills_the_inventory_and_a_changed_script_makes_an_alert() {
    let authority = Authority::new();
    let clickhouse = ClickHouse::start();
    let leaf = authority.issue(&["reports.example"]);
    let collector = Collector::build()
        .config(SHOP)
        .clickhouse(&clickhouse.url(), "cspwatch")
        .behind_proxy()
        .tls(&leaf)
        .start();
    let endpoint = format!("https://reports.example:{}/report/shop", collector.https().port());
    let is_changed = Arc::new(AtomicBool::new(false));
    let shop = shop(&authority, endpoint, Arc::clone(&is_changed));
    let page = format!("https://shop.example:{}/checkout", shop.address().port());

    until("the tables are there", || collector.readyz().status == 200);
    let first = Browser::Chromium.open(&page, &authority);
    let readable = |path: &str| {
        let inventory = inventory(&collector);
        let scripts = inventory["scripts"].as_array().unwrap().clone();
        scripts
            .iter()
            .find(|script| script["path"] == path)
            .map(|script| script["readable"].clone())
    };
    for (path, is_readable) in [("/own.js", true), ("/pay.js", true), ("/opaque.js", false)] {
        until("it is reported", || readable(path) == Some(Value::from(is_readable)));
    }
    drop(first);
    // Two networks must report a content; the browser is one of them.
    let report_again = |seen: &[String]| {
        let mut new = String::new();
        until("a browser reports the content", || {
            let scripts = inventory(&collector)["scripts"].as_array().unwrap().clone();
            let of_pay = scripts.iter().filter(|script| script["path"] == "/pay.js");
            // Before a browser reports the content, the script may be known by its address alone.
            let contents = of_pay.flat_map(|script| script["contents"].as_array().unwrap());
            let mut hashes = contents.map(|content| content["hash"].as_str().unwrap().to_owned());
            let found = hashes.find(|hash| !hash.is_empty() && !seen.contains(hash));
            found.inspect(|hash| new.clone_from(hash)).is_some()
        });
        let body =
            script_report("https://shop.example/checkout", "https://cdn.example/pay.js", &new);
        assert_eq!(collector.post_as("203.0.113.9", &body).status, 204);
        new
    };
    let before = report_again(&[]);

    is_changed.store(true, Ordering::Relaxed);
    let monitoring = Monitoring::of(&collector);
    let _second = Browser::Chromium.open(&page, &authority);
    report_again(&[before]);
    monitoring.wait_for(&[("alertname", "CspwatchScriptChanged"), ("script_host", "cdn.example")]);
    until("the change is stored", || {
        let changes = inventory(&collector)["changes"].as_array().unwrap().clone();
        changes.iter().any(|change| change["what"] == "changed" && change["path"] == "/pay.js")
    });

    // An assessor sees both.
    let today = &Timestamp::now().to_string()[..10];
    let yesterday = &(Timestamp::now() - DAY).to_string()[..10];
    until("the pack has it", || {
        let arguments =
            ["evidence", "--site", "shop", "--from", yesterday, "--to", today, "--json"];
        let (_, text) = collector.command(&arguments);
        let pack: Value = serde_json::from_str(&text).unwrap();
        let has = |list: &str, name: &str, value: &str| {
            pack[list].as_array().unwrap().iter().any(|entry| entry[name] == value)
        };
        has("script_changes", "what", "changed") && has("alerts", "alert", "script_changed")
    });
}

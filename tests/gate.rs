//! `cspwatch release` and `cspwatch gate`: what a release broke.

use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP, violation};
use crate::support::console::Console;
use crate::support::{tools, until};

const CHECKOUT: &str = "https://shop.example/checkout";

/// A shop that has reported for a day, and a collector.
fn shop() -> (Collector, String) {
    let clickhouse = ClickHouse::shared();
    let database = clickhouse.fresh_database();
    let builder = Collector::build().config(SHOP).clickhouse(&clickhouse.url(), &database);
    let collector = builder.set("journal.seal_every", "200ms").behind_proxy().start();
    visits(&collector, 1..=6, "https://old.example/x");
    until("its tables are there", || {
        clickhouse.try_query(&count(&database)).is_ok_and(|found| found == "6")
    });
    // A day of the same, every minute, up to a few minutes ago.
    clickhouse.query(&format!(
        "INSERT INTO {database}.reports SELECT * REPLACE (received_at - INTERVAL (3 + ago) MINUTE AS received_at) \
         FROM {database}.reports ARRAY JOIN range(1440) AS ago SETTINGS insert_deduplicate = 0"
    ));
    (collector, database)
}

fn count(database: &str) -> String {
    format!("SELECT sum(clients) FROM {database}.reports")
}

/// One report from each of some visitors.
fn visits(collector: &Collector, visitors: std::ops::RangeInclusive<u8>, blocked: &str) {
    for visitor in visitors {
        let body = violation(CHECKOUT, blocked, "connect-src");
        assert_eq!(collector.post_as(&format!("203.0.{visitor}.7"), &body).status, 204);
    }
}

/// Compares once all is stored.
fn gate(collector: &Collector, arguments: &[&str]) -> (Option<i32>, String) {
    collector.settle();
    collector.command(&[&["gate", "shop"], arguments].concat())
}

#[test]
fn a_pipeline_hears_what_its_release_broke_and_nothing_of_what_was_there_before() {
    let (collector, database) = shop();
    let release = "SELECT formatDateTime(now('UTC') - 50, '%Y-%m-%dT%H:%i:%SZ')";
    let release = ClickHouse::shared().query(release);
    let (code, text) = collector.command(&["release", "shop", "1.42", "--at", &release]);
    assert_eq!((code, text), (Some(0), format!("shop: 1.42 was released at {release}\n")));

    // What was there before goes on.
    visits(&collector, 1..=4, "https://old.example/x");
    let (code, text) = gate(&collector, &["--for", "1m"]);
    assert!(code == Some(0) && text.contains("nothing is new\n"), "{text}");
    assert!(text.contains("nothing is new so far; "), "it waits until the minute is over: {text}");

    visits(&collector, 10..=14, "https://new.example/api");
    let stored =
        format!("SELECT count() FROM {database}.sightings WHERE destination = 'new.example'");
    until("they are stored", || ClickHouse::shared().query(&stored) == "5");
    // One visitor, many times: no release breaks a page for one.
    for _ in 0..20 {
        visits(&collector, 20..=20, "https://adware.example/");
    }
    // It ends at once, although most of an hour is to come.
    let (code, text) = gate(&collector, &["--release", "1.42", "--for", "1h"]);
    assert_eq!(code, Some(1), "{text}");
    for part in [
        "shop: 1.42, ",
        "payment  connect-src  new[.]example\n  5 visitors, 0.0 expected",
        "page /checkout",
        "nobody expects new[.]example",
        "cspwatch: 1 violation is new",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("old[.]example") && !text.contains("adware"), "{text}");

    let (code, text) = gate(&collector, &["--since", &release, "--json"]);
    assert_eq!(code, Some(1), "{text}");
    let answer: Value =
        serde_json::from_str(text.lines().find(|line| line.starts_with('{')).unwrap()).unwrap();
    let new = &answer["new"][0];
    assert_eq!(
        (new["blocked"].as_str(), new["visitors"].as_u64()),
        (Some("new.example"), Some(5)),
        "{answer}"
    );
    assert_eq!(answer["since"], release.as_str());

    // A census of one in ten.
    ClickHouse::shared().query(&format!(
        "INSERT INTO {database}.reports (received_at, site, kind, count, detail) VALUES \
         (now64(3) - 86400, 'shop', 'census', 500, '10'), (now64(3) - 1, 'shop', 'census', 5, '10')"
    ));
    let (code, text) = gate(&collector, &[]);
    assert!(code == Some(1) && text.contains(", 50 page views\n"), "{text}");
    assert!(text.contains("5 visitors (4.3 to 21.4 % of page views), "), "{text}");

    let console = Console::of(&collector);
    let page = console.get(&console.log_in("ada"), "/releases/shop").body;
    assert!(page.contains("New since 1.42") && page.contains("new[.]example"), "{page}");
    assert!(!page.contains("old[.]example"), "{page}");
}

/// The pipeline of the docs, with deployments that only say so.
fn pipeline_of_the_docs(collector: &Collector) -> Child {
    let page = include_str!("../docs/commands/gate.md");
    let example = page.split_once("## In a pipeline\n\n```sh\n").unwrap().1;
    let example = example.split_once("```").unwrap().0;
    let stubs = r#"
        cspwatch() { "$CSPWATCH" "$@" --config "$CONFIG"; }
        deploy-the-shop() { echo "deployed $1"; }
        roll-back-the-shop() { echo "rolled back"; }
    "#;
    let mut bash = tools::command(&["bash"]);
    bash.args(["-c", &format!("{stubs}\n{example}")]);
    bash.env("CSPWATCH", env!("CARGO_BIN_EXE_cspwatch"));
    bash.env("CONFIG", collector.config_file()).env("CI_JOB_URL", "https://ci.example/7");
    bash.stdout(Stdio::piped()).spawn().unwrap()
}

#[test]
fn the_pipeline_of_the_docs_rolls_back_what_a_release_broke() {
    let (collector, database) = shop();
    let pipeline = pipeline_of_the_docs(&collector);
    let marked =
        format!("SELECT count() FROM {database}.releases WHERE `by` = 'https://ci.example/7'");
    until("the release is marked", || ClickHouse::shared().query(&marked) == "1");
    visits(&collector, 10..=14, "https://new.example/api");
    let output = pipeline.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.starts_with("deployed 1.42\n") && text.ends_with("rolled back\n"), "{text}");
    assert!(text.contains("nobody expects new[.]example"), "{text}");
}

#[test]
fn a_release_that_nobody_marked_is_a_mistake_of_the_pipeline() {
    let (collector, _) = shop();
    let (code, text) = gate(&collector, &[]);
    assert!(code == Some(64) && text.contains("no release of shop is marked"), "{text}");
    let (code, text) = gate(&collector, &["--release", "9"]);
    assert!(code == Some(64) && text.contains("no such release of shop is marked"), "{text}");
    for (arguments, wrong) in [
        (&["gate", "shap"][..], "no such site is configured"),
        (&["gate", "shop", "--for", "5s"], "is less than 1m"),
        (&["gate", "shop", "--since", "2999-01-01"], "the release is in the future"),
        (&["release", "shop", "1", "--at", "2999-01-01"], "the release is in the future"),
        (&["release", "shap", "1"], "no such site is configured"),
    ] {
        let (code, text) = collector.command(arguments);
        assert!(code == Some(64) && text.contains(wrong), "{arguments:?}: {text}");
    }
}

/// Three of the shop's scripts have been there for days, and changed this many seconds ago.
fn deploy(database: &str, seconds: u64) {
    ClickHouse::shared().query(&format!(
        "INSERT INTO {database}.scripts SELECT 'shop', 'payment', 'shop.example', concat('/js/', toString(number % 3), '.js'), \
         concat('sha256-', toString(number)), 'shop.example', \
         (if(number < 3, now64(3) - 3 * 86400, now64(3) - {seconds}) AS seen), seen FROM numbers(6)"
    ));
}

#[test]
fn scripts_that_changed_together_are_a_release_that_nobody_marked() {
    let (collector, database) = shop();
    deploy(&database, 80);
    visits(&collector, 1..=1, "https://evil.example/x");
    let words = "3 scripts of shop[.]example changed together";

    let (code, text) = gate(&collector, &[]);
    assert!(code == Some(64) && text.contains("no release of shop is marked"), "{text}");
    assert!(text.contains(words) && text.contains("give --since inferred"), "{text}");
    let (code, text) = gate(&collector, &["--since", "inferred", "--for", "1m", "--allow-silence"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains(&format!("shop: no marked release ({words}), ")), "{text}");
    let (_, text) =
        gate(&collector, &["--since", "inferred", "--for", "1m", "--allow-silence", "--json"]);
    let answer: Value =
        serde_json::from_str(text.lines().find(|line| line.starts_with('{')).unwrap()).unwrap();
    assert_eq!((&answer["release"], &answer["inferred"]["changed"]), (&"".into(), &3.into()));
    assert_eq!(answer["inferred"]["domain"], "shop.example");
    assert_eq!(answer["inferred"]["scripts"][0], "shop.example/js/0.js");

    let changes = || {
        let (_, text) = collector.command(&["incident", "evil.example", "--json"]);
        let answer: Value = serde_json::from_str(&text).unwrap();
        let changes = answer["changes"].as_array().unwrap().iter();
        changes.map(|change| change["what"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(changes().contains(&"inferred_release".to_owned()), "{:?}", changes());

    let console = Console::of(&collector);
    let (ada, token) = (console.log_in("ada"), console.token("reader", "viewer"));
    let page = console.get(&ada, "/releases/shop").body;
    assert!(page.contains("Inferred, not marked") && page.contains(words), "{page}");
    assert!(page.contains("None is marked."), "{page}");
    let listed = console.api("GET /api/v1/releases/shop", &token, "").json();
    assert_eq!(listed["inferred"][0]["changed"], 3, "{listed}");
    assert_eq!(listed["releases"], serde_json::json!([]));

    // Somebody marks it after all.
    assert_eq!(collector.command(&["release", "shop", "1.42"]).0, Some(0));
    let (code, text) = gate(&collector, &["--since", "inferred"]);
    assert!(code == Some(64) && text.contains("no release of shop can be inferred"), "{text}");
    assert!(!changes().contains(&"inferred_release".to_owned()), "{:?}", changes());
    assert!(!console.get(&ada, "/releases/shop").body.contains("Inferred, not marked"));
}

#[test]
fn where_nothing_was_reported_nothing_can_be_compared() {
    let (collector, database) = shop();
    // A minute between the day of history and the visits of now.
    let silent = format!(
        "SELECT formatDateTime(max(received_at) - 120, '%Y-%m-%dT%H:%i:%SZ') FROM {database}.reports"
    );
    let since = ClickHouse::shared().query(&silent);
    let (code, text) = gate(&collector, &["--since", &since, "--for", "1m"]);
    assert_eq!(code, Some(1), "{text}");
    let words = format!("no page of shop has reported anything since {since}: cannot compare");
    assert!(text.contains("nothing was reported\n") && text.contains(&words), "{text}");
    let (code, text) =
        gate(&collector, &["--since", &since, "--for", "1m", "--allow-silence", "--json"]);
    assert!(code == Some(0) && text.contains("\"has_reports\":false"), "{text}");
}

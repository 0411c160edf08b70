//! What people decide about destinations, and what threat lists say: from the command or the file to the verdicts, the
//! series and the alerts.

use std::fs;

use serde_json::Value;

use crate::support::builder::path_text;
use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP, cspwatch, violation};
use crate::support::monitoring::Monitoring;
use crate::support::{http, until, until_or};

const SERIES: &str = "cspwatch_unknown_destination_reports_total{site=\"shop\",page_group=\"payment\",\
                      destination=\"evil.example\",channel=\"send\",severity=\"page\",finding=\"evil.example\"}";

fn report(collector: &Collector) {
    assert_eq!(collector.post_violation("https://x.evil.example/c", "form-action").status, 204);
}

/// Runs `cspwatch destinations …` with this collector's configuration.
fn destinations(collector: &Collector, arguments: &[&str]) -> (Option<i32>, String) {
    collector.command(&[&["destinations"], arguments].concat())
}

#[track_caller]
fn decide(collector: &Collector, what: &str, more: &[&str]) {
    let arguments = [what, "x.evil[.]example", "--site", "shop", "--by", "ada", "--why", "a test"];
    let (code, text) = destinations(collector, &[&arguments, more].concat());
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("x.evil.example belongs to evil.example"), "{text}");
}

fn verdicts(collector: &Collector, verdict: &str) -> f64 {
    let series = format!("cspwatch_verdicts_total{{site=\"shop\",verdict=\"{verdict}\"}}");
    collector.metric(&series).unwrap_or(0.0)
}

/// Posts until a report gets this verdict.
#[track_caller]
fn until_judged(collector: &Collector, verdict: &str) {
    let before = verdicts(collector, verdict);
    until("a report gets the verdict", || {
        report(collector);
        verdicts(collector, verdict) > before
    });
}

/// How many alerts about the destination the collector has raised.
fn raised(collector: &Collector) -> usize {
    let alerts = http::request(collector.admin(), "GET", "/alerts", "").unwrap().body;
    alerts.lines().filter(|line| line.contains("evil.example")).count()
}

#[test]
fn an_approved_destination_is_known_within_seconds_and_its_alert_resolves() {
    let (mut collector, _) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    report(&collector);
    let monitoring = Monitoring::of(&collector);
    let page = [("severity", "page"), ("destination", "evil.example")];
    monitoring.wait_for(&page);
    decide(&collector, "approve", &[]);
    until("the alert is gone", || {
        monitoring.present().iter().all(|alert| alert["labels"]["destination"] != "evil.example")
    });
    until("its series is gone", || collector.metric(SERIES).is_none());
    until_judged(&collector, "known");
    // The decision is in force without ClickHouse, too: the next process reads it from the file beside the journal.
    collector.reconfigure(|config| config.set("clickhouse.url", "http://127.0.0.1:1/"));
    let before = verdicts(&collector, "known");
    report(&collector);
    assert_eq!(verdicts(&collector, "known"), before + 1.0);
}

#[test]
fn an_ignored_destination_is_noise_and_a_forgotten_one_starts_from_scratch() {
    let (collector, _) = Collector::start_storing(SHOP);
    report(&collector);
    until("it is stored", || collector.readyz().status == 200);
    collector.settle();
    decide(&collector, "ignore", &["--until", "2999-12-31"]);
    until_judged(&collector, "noise");
    until("its series is gone", || collector.metric(SERIES).is_none());
    let listed = || {
        let (code, list) = destinations(&collector, &["list", "--json"]);
        assert_eq!(code, Some(0), "{list}");
        serde_json::from_str::<Value>(list.lines().next().unwrap()).unwrap()
    };
    until("the decision ends the alert", || listed()["severity"] == Value::Null);
    let listed = listed();
    assert_eq!(listed["destination"], "evil.example", "{listed:#}");
    assert_eq!(listed["engines"], serde_json::json!(["other"]), "{listed:#}");
    assert_eq!(listed["decision"]["decision"], "ignore", "{listed:#}");
    assert_eq!(listed["decision"]["by"], "ada", "{listed:#}");
    assert_eq!(listed["decision"]["until"], "3000-01-01T00:00:00Z", "{listed:#}");
    let (_, table) = destinations(&collector, &["list", "--site", "shop"]);
    assert!(table.contains("evil[.]example") && table.contains("ignore by ada"), "{table}");

    // Reports between the decision and the moment at which the detector learnt of it may have raised one more.
    let before = raised(&collector);
    decide(&collector, "forget", &[]);
    until("it is raised again", || {
        report(&collector);
        raised(&collector) > before
    });
    let list = || destinations(&collector, &["list", "--site", "shop"]).1;
    until_or(
        || format!("the list says that it is back: {}", list()),
        || list().contains("  page  ") && list().contains("forget by ada, reported again since "),
    );
}

/// Posts a report of a page of no page group about this directive, until it gets this verdict.
#[track_caller]
fn until_judged_elsewhere(collector: &Collector, directive: &str, verdict: &str) {
    let elsewhere = violation("https://shop.example/", "https://x.evil.example/c", directive);
    let before = verdicts(collector, verdict);
    until("a report of another page gets the verdict", || {
        assert_eq!(collector.post(&elsewhere).status, 204);
        verdicts(collector, verdict) > before
    });
}

/// Whether the collector exports reports of the destination on a page group, as alerts do.
fn is_exported(collector: &Collector, page_group: &str) -> bool {
    let page = http::request(collector.admin(), "GET", "/metrics", "").unwrap().body;
    let series = format!(
        "cspwatch_unknown_destination_reports_total{{site=\"shop\",page_group=\"{page_group}\",destination=\"evil.example\""
    );
    page.lines().any(|line| line.starts_with(&series))
}

const FORMS_ELSEWHERE: [&str; 4] = ["--directive", "form-action", "--page-group", "other"];

#[test]
fn a_limited_approval_ends_what_it_covers_and_a_theft_outside_of_it_alerts() {
    let (mut collector, database) = Collector::start_storing(SHOP);
    let (builder, _) = Collector::build().config(SHOP).storing();
    let mut other = builder.set("clickhouse.database", &*database).start();
    until("the tables are there", || {
        collector.readyz().status == 200 && other.readyz().status == 200
    });
    until_judged_elsewhere(&collector, "form-action", "unknown");
    report(&collector);
    until("both page groups are exported", || {
        is_exported(&collector, "other") && is_exported(&collector, "payment")
    });
    decide(&collector, "approve", &FORMS_ELSEWHERE);
    until("what it covers has ended", || !is_exported(&collector, "other"));
    assert!(collector.metric(SERIES).is_some(), "and nothing else has");
    until_judged_elsewhere(&collector, "form-action", "known");
    until_judged(&collector, "unknown");
    // The other collector learns it, as decisions are learnt.
    until_judged_elsewhere(&other, "form-action", "known");
    until_judged(&other, "unknown");
    assert!(other.metric(SERIES).is_some());
    let list = || destinations(&collector, &["list", "--site", "shop"]).1;
    until_or(
        || format!("the list says what is open: {}", list()),
        || {
            let list = list();
            let of =
                |group: &str| list.lines().find(|line| line.contains(group)).map(str::to_owned);
            let (covered, open) = (of("shop  other "), of("shop  payment "));
            let words = "approve for form-action on other by ada";
            covered.is_some_and(|line| line.contains(words) && !line.contains("  ticket  "))
                && open.is_some_and(|line| line.contains(words) && line.contains("  page  "))
        },
    );
    until_judged_elsewhere(&collector, "connect-src", "unknown");
    // A restart without ClickHouse keeps it, and what it does not cover.
    other.reconfigure(|config| config.set("clickhouse.url", "http://127.0.0.1:1/"));
    until_judged_elsewhere(&other, "form-action", "known");
    until_judged(&other, "unknown");
    collector.restart();
    decide(&collector, "forget", &[]);
    until_judged_elsewhere(&collector, "form-action", "unknown");
}

#[test]
fn limited_approvals_add_up_until_a_decision_for_everywhere_replaces_them() {
    let (collector, database) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    decide(&collector, "approve", &["--directive", "img-src", "--page-group", "other"]);
    decide(&collector, "approve", &["--directive", "form-action"]);
    until_judged(&collector, "known");
    until_judged_elsewhere(&collector, "img-src", "known");
    decide(&collector, "undo", &[]);
    until_judged(&collector, "unknown");
    until_judged_elsewhere(&collector, "img-src", "known");
    decide(&collector, "forget", &[]);
    until_judged_elsewhere(&collector, "img-src", "unknown");
    decide(&collector, "undo", &[]);
    until_judged_elsewhere(&collector, "img-src", "known");
    // A row of an earlier version, which has no extent, is about everywhere.
    ClickHouse::shared().query(&format!(
        "INSERT INTO {database}.decisions (decided_at, site, destination, decision, by, why) VALUES \
         (now64(3) + 1, 'shop', 'evil.example', 'approve', 'ada', 'of old')"
    ));
    until_judged(&collector, "known");
    // What an earlier version reads of a limited one is a code that it does not know.
    let codes = format!(
        "SELECT groupUniqArray(toInt8(decision)) FROM {database}.decisions WHERE directive = 'img-src'"
    );
    assert_eq!(ClickHouse::shared().query(&codes), "[5]");
}

#[test]
fn an_expired_decision_is_not_in_force() {
    let (collector, database) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    ClickHouse::shared().query(&format!(
        "INSERT INTO {database}.decisions (decided_at, site, destination, decision, by, why, until) VALUES \
         (now64(3) - 60, 'shop', 'evil.example', 'approve', 'ada', 'for a minute', now64(3) + 3)"
    ));
    until_judged(&collector, "known");
    until_judged(&collector, "unknown");
}

#[test]
fn what_was_forgotten_and_came_back_is_forgotten_again() {
    let (collector, _) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    for _ in 0..3 {
        report(&collector);
        until("it is exported", || collector.metric(SERIES).is_some());
        decide(&collector, "forget", &[]);
        until("its series is gone", || collector.metric(SERIES).is_none());
    }
}

/// One of two people who decide has a clock that is months ahead.
#[test]
fn the_later_decision_holds_whatever_the_clock_of_the_earlier_one_said() {
    let (collector, database) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    decide(&collector, "approve", &[]);
    let ahead = format!(
        "INSERT INTO {database}.decisions SELECT decided_at + INTERVAL 300 DAY, * EXCEPT (decided_at) FROM {database}.decisions"
    );
    ClickHouse::shared().query(&ahead);
    until_judged(&collector, "known");
    decide(&collector, "forget", &[]);
    until_judged(&collector, "unknown");
}

#[test]
fn wrong_decisions_are_refused_with_the_reason() {
    let collector = Collector::build().config(SHOP).start();
    let by = ["--by", "ada", "--why", "a test"];
    for (arguments, code, expected) in [
        (
            ["approve", "evil.example", "--site", "shpo"],
            64,
            "no such site is configured; there are: shop",
        ),
        (["approve", "co.uk", "--site", "shop"], 64, "co.uk is a public suffix"),
        (["ignore", "not a host", "--site", "shop"], 64, "not a host is not a domain"),
        (["forget", "evil.example", "--site", "shop"], 1, "ClickHouse: "),
    ] {
        let (found, text) = destinations(&collector, &[&arguments[..], &by].concat());
        assert_eq!(found, Some(code), "{text}");
        assert!(text.contains(expected), "{text}");
    }
    for (more, expected) in [
        (["--directive", "image-src"], "\"image-src\" is no directive"),
        (["--page-group", "checkout"], "there are: payment, other"),
    ] {
        let arguments = [&["approve", "evil.example", "--site", "shop"][..], &by, &more].concat();
        let (found, text) = destinations(&collector, &arguments);
        assert!(found == Some(64) && text.contains(expected), "{text}");
    }
    for more in [
        &["--by", "ada"][..],
        &["--by", " ", "--why", "x"],
        &["--by", "a", "--why", "b", "--until", "x"],
    ] {
        let arguments = [&["approve", "evil.example", "--site", "shop"], more].concat();
        let (found, text) = destinations(&collector, &arguments);
        assert_eq!(found, Some(64), "{text}");
    }
}

#[test]
fn a_threat_list_makes_one_report_a_page_also_of_the_past() {
    let (mut collector, _) = Collector::start_storing(SHOP);
    let list = collector.place().join("skimmers.txt");
    fs::write(&list, "# nothing yet\n").unwrap();
    collector.reconfigure(|config| config.set("detection.threat_lists", vec![path_text(&list)]));
    let connect = |destination: &str| {
        let blocked = format!("https://{destination}/");
        collector.post(&violation("https://shop.example/checkout", &blocked, "connect-src")).status
    };
    assert_eq!(connect("evil.example"), 204);
    let page = |destination: &str| {
        let series = format!(
            "cspwatch_unknown_destination_reports_total{{site=\"shop\",page_group=\"payment\",\
             destination=\"{destination}\",channel=\"send\",severity=\"page\",finding=\"evil.example\"}}"
        );
        collector.metric(&series)
    };
    assert_eq!(page("evil.example"), None, "one client's word");
    fs::write(&list, "hxxps://evil[.]example/gate\nthief.example\n").unwrap();
    until("the past is judged by the new list", || page("evil.example") == Some(1.0));
    assert_eq!(connect("x.thief.example"), 204);
    // The same visitor reports it, so that it is of the same finding.
    assert_eq!(page("thief.example"), Some(1.0));
    let reason = "cspwatch_unknown_destination_reason{site=\"shop\",page_group=\"payment\",\
                  destination=\"thief.example\",reason=\"it stands on a threat list\"}";
    assert_eq!(collector.metric(reason), Some(1.0));
}

#[test]
fn what_only_clickhouse_remembers_is_compared_with_a_new_threat_list() {
    let (mut collector, database) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    ClickHouse::shared().query(&format!(
        "INSERT INTO {database}.sightings (batch_id, received_at, seen_at, site, page_group, destination, channel, \
         verdict, client) VALUES ('b', now64(3) - 2592000, now64(3) - 2592000, 'shop', 'payment', 'old.example', \
         'send', 'unknown', 7)"
    ));
    let list = collector.place().join("skimmers.txt");
    fs::write(&list, "old.example\n").unwrap();
    collector.reconfigure(|config| config.set("detection.threat_lists", vec![path_text(&list)]));
    let monitoring = Monitoring::of(&collector);
    let alert = monitoring.wait_for(&[
        ("alertname", "CspwatchThreatInHistory"),
        ("severity", "page"),
        ("site", "shop"),
        ("page_group", "payment"),
        ("destination", "old.example"),
    ]);
    assert_eq!(alert["receiver"], Value::from("on-call"), "{alert:#}");
}

#[test]
fn a_threat_list_that_is_missing_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("c.toml");
    fs::write(&config, "[detection]\nthreat_lists = [\"/nowhere/list\"]\n").unwrap();
    let (code, text) = cspwatch(&["check-config", "--config", config.to_str().unwrap()]);
    assert_eq!(code, Some(64), "{text}");
    assert!(text.contains("/nowhere/list cannot be read"), "{text}");
}

#[test]
fn a_decision_about_what_no_report_names_says_so() {
    let (collector, _) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    let note = "no report of shop names exmaple.com so far";
    let why = ["--site", "shop", "--by", "ada", "--why", "a test"];
    let (code, text) = destinations(&collector, &[&["forget", "exmaple.com"], &why[..]].concat());
    assert!(code == Some(0) && text.contains(note), "{text}");
    assert_eq!(collector.post_violation("https://exmaple.com/c", "form-action").status, 204);
    collector.settle();
    until("the report is stored", || {
        let (code, text) =
            destinations(&collector, &[&["forget", "exmaple.com"], &why[..]].concat());
        code == Some(0) && !text.contains(note)
    });
    let approve =
        ["scripts", "approve", "https://cdn.example/p.js", "--any-content", "--owner", "o"];
    let (code, text) = collector.command(&[&approve[..], &why].concat());
    assert!(code == Some(0) && text.contains("no browser reported cdn[.]example/p.js"), "{text}");
}

/// Google's advertising and everybody's scripts are hosts of one domain.
#[test]
fn an_approval_of_a_domain_covers_those_hosts_of_strangers_that_were_reported() {
    let (collector, _) = Collector::start_storing(SHOP);
    let post = |url: &str| assert_eq!(collector.post_violation(url, "connect-src").status, 204);
    let (pixel, reported) = ("https://ad.google.com/ccm/collect", "https://sites.google.com/x");
    let stranger = "https://script.google.com/macros/s/x/exec";
    post(pixel);
    post(reported);
    until("it is stored", || collector.readyz().status == 200);
    collector.settle();
    let approve = |host: &str| {
        let by = ["--site", "shop", "--by", "ada", "--why", "a test"];
        let (code, text) = destinations(&collector, &[&["approve", host], &by[..]].concat());
        assert_eq!(code, Some(0), "{text}");
        text
    };
    let text = approve("google.com");
    assert!(text.contains("sites.google.com is covered, too"), "{text}");
    assert!(text.contains("such as docs.google.com, are not covered"), "{text}");
    let becomes = |url: &str, verdict: &str| {
        let before = verdicts(&collector, verdict);
        until("a report gets the verdict", || {
            post(url);
            verdicts(&collector, verdict) > before
        });
    };
    becomes(pixel, "known");
    becomes(reported, "known");
    let (unknown, known) = (verdicts(&collector, "unknown"), verdicts(&collector, "known"));
    post(stranger);
    assert_eq!(verdicts(&collector, "unknown"), unknown + 1.0);
    assert_eq!(verdicts(&collector, "known"), known);
    let text = approve("script.google.com");
    assert!(text.contains("about script.google.com alone"), "{text}");
    becomes(stranger, "known");
}

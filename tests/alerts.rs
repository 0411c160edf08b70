//! From one report to the pager: a real collector, a real Prometheus with the shipped rules, a real
//! Alertmanager with the shipped routes.

use serde_json::Value;

use crate::support::collector::{Collector, SHOP, violation};
use crate::support::monitoring::Monitoring;
use crate::support::{http, until};

/// Alerts need no ClickHouse: nobody listens at the address of this collector's ClickHouse.
fn start() -> (Collector, Monitoring) {
    let collector = Collector::build().config(SHOP).start();
    let monitoring = Monitoring::of(&collector);
    (collector, monitoring)
}

/// The alerts that the collector raised.
fn alerts(collector: &Collector) -> Vec<Value> {
    let page = http::request(collector.admin(), "GET", "/alerts", "").unwrap().body;
    page.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'a>(alert: &'a Value, path: &str) -> &'a str {
    alert.pointer(path).and_then(Value::as_str).unwrap_or_else(|| panic!("{path} of {alert:#}"))
}

#[test]
fn one_report_of_a_form_pages() {
    let (collector, monitoring) = start();
    let evil = "https://pay.evil-form.example.net/pay?order=7";
    assert_eq!(collector.post_violation(evil, "form-action").status, 204);
    let alert = monitoring.wait_for(&[
        ("alertname", "CspwatchUnknownDestinationOnPaymentPage"),
        ("severity", "page"),
        ("site", "shop"),
        ("page_group", "payment"),
        ("destination", "example.net"),
    ]);
    assert_eq!(text(&alert, "/receiver"), "on-call");
    // Defanged, so that no mail or chat program makes a link of it.
    assert!(text(&alert, "/annotations/summary").contains("example[.]net"), "{alert:#}");
    let description = text(&alert, "/annotations/description");
    for sentence in ["Distinct visitors: at least 1.", "Channel: send."] {
        assert!(description.contains(sentence), "{alert:#}");
    }
    let runbook = text(&alert, "/annotations/runbook_url");
    assert_eq!(runbook, "deploy/runbook.md#cspwatchunknowndestinationonpaymentpage");
    // One report causes one page.
    let names = monitoring.firing();
    assert!(names.iter().all(|other| other["labels"] == alert["labels"]), "{names:#?}");
}

#[test]
fn two_networks_that_connect_elsewhere_from_a_page_without_cards_are_a_ticket() {
    let collector = Collector::build().config(SHOP).behind_proxy().start();
    let monitoring = Monitoring::of(&collector);
    let evil = "https://evil-fetch.example.org/body";
    let report = violation("https://shop.example/login", evil, "connect-src");
    assert_eq!(collector.post_as("203.0.113.7", &report).status, 204);
    assert_eq!(alerts(&collector), Vec::<Value>::new(), "one visitor's device can do that");
    assert_eq!(collector.post_as("198.51.100.7", &report).status, 204);
    let alert = monitoring.wait_for(&[
        ("alertname", "CspwatchUnknownDestination"),
        ("severity", "ticket"),
        ("site", "shop"),
        ("page_group", "other"),
        ("destination", "example.org"),
    ]);
    assert_eq!(text(&alert, "/receiver"), "tickets");
    assert!(text(&alert, "/annotations/summary").contains("example[.]org"), "{alert:#}");
    let firing = monitoring.firing();
    assert!(firing.iter().all(|alert| alert["labels"]["severity"] == "ticket"), "{firing:#?}");
    // The evidence adds up to the score.
    let raised = &alerts(&collector)[0];
    let parts = raised["evidence"].as_array().unwrap().iter();
    let sum: f64 = parts.map(|part| part["weight"].as_f64().unwrap()).sum();
    let score = raised["score"].as_f64().unwrap();
    assert!(score >= 3.5 && (sum - score).abs() < 0.05, "{raised:#}");
}

#[test]
fn a_skimmer_that_names_other_hosts_too_is_one_page_that_lists_them() {
    let collector = Collector::build().config(SHOP).behind_proxy().start();
    let monitoring = Monitoring::of(&collector);
    let hosts = ["decoy-a.example", "decoy-b.example", "thief.example"];
    for client in ["203.0.113.7", "198.51.100.7"] {
        for host in hosts {
            let blocked = format!("https://{host}/");
            let report = violation("https://shop.example/checkout", &blocked, "connect-src");
            assert_eq!(collector.post_as(client, &report).status, 204);
        }
    }
    let page = [("severity", "page"), ("site", "shop"), ("page_group", "payment")];
    let alert = monitoring.wait_for(&page);
    let leader = text(&alert, "/labels/destination");
    let others = hosts.iter().filter(|host| **host != leader).map(|host| host.replace('.', "[.]"));
    let others: Vec<String> = others.collect();
    let listed = format!("The same finding has 2 more: {}, {}.", others[0], others[1]);
    assert!(text(&alert, "/annotations/description").contains(&listed), "{alert:#}");
    for host in hosts {
        let clients = format!(
            "cspwatch_unknown_destination_clients{{site=\"shop\",page_group=\"payment\",destination=\"{host}\",\
             channel=\"send\",severity=\"page\",finding=\"{leader}\"}}"
        );
        assert_eq!(collector.metric(&clients), Some(2.0), "{host}");
    }
    assert_eq!(alerts(&collector).len(), 1);
    let firing = monitoring.firing();
    assert!(firing.iter().all(|other| other["labels"] == alert["labels"]), "{firing:#?}");
}

#[test]
fn a_card_number_in_a_url_pages() {
    let (collector, monitoring) = start();
    let evil = "https://evil-fetch.example.org/query?n=4111111111111111";
    assert_eq!(collector.post_violation(evil, "connect-src").status, 204);
    let alert = monitoring.wait_for(&[
        ("alertname", "CspwatchCardDataInUrl"),
        ("severity", "page"),
        ("site", "shop"),
        ("page_group", "payment"),
    ]);
    assert_eq!(text(&alert, "/receiver"), "on-call");
    // It is also reason enough to page about the destination.
    monitoring.wait_for(&[
        ("alertname", "CspwatchUnknownDestinationOnPaymentPage"),
        ("destination", "example.org"),
    ]);
    let alerts = format!("{:?}", monitoring.firing());
    assert!(!alerts.contains("4111111111111111"), "{alerts}");
}

#[test]
fn a_collector_that_is_gone_pages() {
    let (mut collector, monitoring) = start();
    assert_eq!(monitoring.firing(), Vec::<Value>::new());
    collector.kill_hard();
    let down = [("alertname", "CspwatchCollectorDown"), ("severity", "page")];
    let alert = monitoring.wait_for(&down);
    assert_eq!(text(&alert, "/receiver"), "on-call");
    assert_eq!(text(&alert, "/annotations/summary"), "No cspwatch collector answers Prometheus");
}

#[test]
fn a_host_that_a_shell_would_run_alarms_under_a_plain_name() {
    let collector = Collector::build().config(SHOP).start();
    for host in ["$({curl,evil.test})", "`id`.test", "x;reboot.test"] {
        let answer = collector.post_violation(&format!("https://{host}/"), "form-action");
        assert_eq!(answer.status, 204, "{host}");
    }
    let page = http::request(collector.admin(), "GET", "/metrics", "").unwrap().body;
    let seen = |line: &&str| line.starts_with("cspwatch_unknown_destination_last_seen");
    let series: Vec<&str> = page.lines().filter(seen).collect();
    let is_plain = |line: &&str| line.contains("destination=\"invalid-host\"");
    assert!(series.len() == 1 && series.iter().all(is_plain), "{series:#?}");
}

#[test]
fn metrics_are_open_metrics_for_those_who_ask() {
    let collector = Collector::build().config(SHOP).start();
    let accept = "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n";
    let page = http::request_with(collector.admin(), "GET", "/metrics", accept, "").unwrap().body;
    assert!(page.ends_with("# EOF\n"), "{page}");
    let text = http::request(collector.admin(), "GET", "/metrics", "").unwrap().body;
    assert!(!text.contains("# EOF"), "{text}");
    assert!(text.contains("cspwatch_build_info{version="), "{text}");
}

#[test]
fn a_collector_that_refuses_reports_pages() {
    let collector = Collector::build().config(SHOP).set("journal.max_bytes", "1B").start();
    let monitoring = Monitoring::of(&collector);
    until("the journal is full", || {
        collector.post_violation("https://evil.example/", "img-src").status == 503
    });
    let alert = monitoring.wait_for(&[("alertname", "CspwatchRefusing"), ("severity", "page")]);
    assert_eq!(text(&alert, "/receiver"), "on-call");
    assert_eq!(collector.metric("cspwatch_journal_room_bytes"), Some(0.0));
}

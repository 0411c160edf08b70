//! Alerts about what is not as it was - scripts, policies, silence - and about floods, refused rows and a backlog:
//! from the report to the on-call, through a real collector, Prometheus and Alertmanager.

use serde_json::Value;

use crate::support::clickhouse::ClickHouse;
use crate::support::clock::Clock;
use crate::support::collector::{Collector, SHOP, script_hash, script_report, violation};
use crate::support::monitoring::Monitoring;
use crate::support::{http, until};

const PAYMENT: [(&str, &str); 2] = [("site", "shop"), ("page_group", "payment")];

/// A collector behind a proxy, whose ClickHouse never answers.
fn start() -> Collector {
    Collector::build().config(SHOP).behind_proxy().start()
}

/// Waits for a ticket of this name with these labels.
#[track_caller]
fn assert_ticket(collector: &Collector, name: &str, labels: &[(&str, &str)]) {
    let monitoring = Monitoring::of(collector);
    let all = [&[("alertname", name), ("severity", "ticket")], labels].concat();
    let alert = monitoring.wait_for(&all);
    assert_eq!(alert["receiver"], Value::from("tickets"), "{alert:#}");
}

#[track_caller]
fn post(collector: &Collector, client: &str, body: &str) {
    assert_eq!(collector.post_as(client, body).status, 204, "{body}");
}

/// Chromium's report of the hash of a script on the payment page. The hash is this letter again and again.
fn hash(letter: &str) -> String {
    script_report(
        "https://shop.example/checkout",
        "https://cdn.example/pay.js",
        &script_hash(letter),
    )
}

#[test]
fn a_script_whose_content_changed_makes_a_ticket() {
    let collector = start();
    for (letter, network) in [("a", 1), ("a", 2), ("b", 3), ("b", 4)] {
        post(&collector, &format!("203.0.{network}.1"), &hash(letter));
    }
    let host = ("script_host", "cdn.example");
    assert_ticket(&collector, "CspwatchScriptChanged", &[PAYMENT[0], PAYMENT[1], host]);
}

#[test]
fn what_was_learnt_survives_a_restart() {
    let (builder, _) = Collector::build().config(SHOP).behind_proxy().storing();
    let mut collector = builder.start();
    for (letter, network) in [("a", 1), ("a", 2), ("b", 1)] {
        post(&collector, &format!("203.0.{network}.1"), &hash(letter));
    }
    assert_eq!(collector.post_violation("https://evil.example/", "form-action").status, 204);
    // The journal has nothing left from which the detector could learn it again.
    collector.until_stored();
    collector.settle();
    assert!(collector.terminate().success());
    collector.restart();
    let reports = "cspwatch_unknown_destination_reports_total{site=\"shop\",page_group=\"payment\",\
                   destination=\"evil.example\",channel=\"send\",severity=\"page\",finding=\"evil.example\"}";
    assert_eq!(collector.metric(reports), Some(1.0));
    post(&collector, "203.0.2.1", &hash("b"));
    let changed = "cspwatch_script_changed_timestamp_seconds{site=\"shop\",page_group=\"payment\",\
                   script_host=\"cdn.example\"}";
    assert!(collector.metric(changed).is_some());
}

#[test]
fn a_failed_integrity_check_makes_a_ticket() {
    let collector = start();
    let report = r#"[{"type":"integrity-violation","age":0,"url":"https://shop.example/checkout","body":{"documentURL":"https://shop.example/checkout","blockedURL":"https://cdn.example/pay.js","destination":"script","reportOnly":true}}]"#;
    post(&collector, "203.0.113.1", report);
    assert_ticket(&collector, "CspwatchIntegrityFailure", &PAYMENT);
}

#[test]
fn a_changed_policy_makes_a_ticket() {
    let mut collector = start();
    let clock = Clock::new(collector.place());
    clock.set("-25h");
    collector.restart_with_clock(&clock);
    let before = violation("https://shop.example/checkout", "inline", "script-src-elem");
    let after = before.replace("default-src 'self'", "default-src 'self' https://thief.example");
    post(&collector, "203.0.113.1", &before);
    clock.set("+0d");
    post(&collector, "203.0.113.1", &after);
    post(&collector, "198.51.100.1", &after);
    assert_ticket(&collector, "CspwatchPolicyChanged", &PAYMENT);
    let page = http::request(collector.admin(), "GET", "/alerts", "").unwrap();
    let mut alerts = page.body.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let raised = alerts.find(|alert| alert["alert"] == "policy_changed").unwrap();
    let change = "default-src has https://thief.example now: weakens the policy";
    assert_eq!(raised["reasons"][1], change, "{raised:#}");
}

#[test]
fn a_way_for_reports_that_is_gone_makes_a_ticket() {
    let mut collector = start();
    let clock = Clock::new(collector.place());
    clock.set("-25h");
    collector.restart_with_clock(&clock);
    let after = violation("https://shop.example/checkout", "inline", "script-src-elem");
    let before = after.replace("; report-uri", "; report-to csp; report-uri");
    post(&collector, "203.0.113.1", &before);
    clock.set("+0d");
    post(&collector, "203.0.113.1", &after);
    post(&collector, "198.51.100.1", &after);
    let changed = "cspwatch_policy_changed_timestamp_seconds{site=\"shop\",page_group=\"payment\",\
                   effect=\"weakens\"}";
    assert!(collector.metric(changed).is_some());
}

#[test]
fn a_page_group_that_falls_silent_is_noticed() {
    let mut collector = start();
    let clock = Clock::new(collector.place());
    let inline = violation("https://shop.example/checkout", "inline", "script-src-elem");
    // Six days with a customer every hour, then half a day with none.
    clock.set("-156h");
    collector.restart_with_clock(&clock);
    for hour in (12..=156).rev() {
        clock.set(&format!("-{hour}h"));
        post(&collector, "203.0.113.1", &inline);
    }
    clock.set("+0d");
    let monitoring = Monitoring::of(&collector);
    let is_silent = |alert: &Value| {
        let labels = &alert["labels"];
        labels["alertname"] == "CspwatchSiteSilent" && labels["page_group"] == "payment"
    };
    until("Prometheus waits whether it lasts", || {
        let present = monitoring.present();
        present.iter().any(|alert| is_silent(alert) && alert["state"] == "pending")
    });
}

#[test]
fn invented_destinations_make_one_ticket_and_hold_nothing_back() {
    let collector = start();
    let report = |destination: &str, directive| {
        violation("https://shop.example/checkout", &format!("https://{destination}/"), directive)
    };
    for index in 0..30 {
        post(&collector, "203.0.113.1", &report(&format!("forged{index}.example"), "img-src"));
    }
    post(&collector, "198.51.100.1", &report("thief.example", "form-action"));
    let monitoring = Monitoring::of(&collector);
    monitoring.wait_for(&[("alertname", "CspwatchReportFlood"), ("site", "shop")]);
    monitoring.wait_for(&[("severity", "page"), ("destination", "thief.example")]);
}

#[test]
fn code_that_all_visitors_report_raises_a_ticket_and_that_of_one_does_not() {
    let collector = start();
    let inline = violation("https://shop.example/checkout", "inline", "script-src-elem");
    post(&collector, "203.0.113.1", &inline);
    let seen = |collector: &Collector| {
        let page = http::request(collector.admin(), "GET", "/metrics", "").unwrap().body;
        page.lines()
            .any(|line| line.starts_with("cspwatch_inline_script_last_seen_timestamp_seconds{"))
    };
    assert!(!seen(&collector), "one visitor's extension can do that");
    for network in 1..9 {
        post(&collector, &format!("198.51.{network}.1"), &inline);
    }
    assert!(seen(&collector));
    let monitoring = Monitoring::of(&collector);
    monitoring.wait_for(&[("alertname", "CspwatchInlineScript"), PAYMENT[0], PAYMENT[1]]);
}

#[test]
fn reports_that_wait_for_clickhouse_make_a_ticket() {
    let mut collector = start();
    let clock = Clock::new(collector.place());
    clock.set("-10m");
    collector.restart_with_clock(&clock);
    post(&collector, "203.0.113.1", &hash("a"));
    assert_ticket(&collector, "CspwatchJournalBacklog", &[]);
}

#[test]
fn rows_that_clickhouse_refuses_make_a_ticket() {
    let clickhouse = ClickHouse::shared();
    let (collector, database) = Collector::start_storing(SHOP);
    until("it is ready", || collector.readyz().status == 200);
    clickhouse.query(&format!("ALTER TABLE {database}.reports ADD CONSTRAINT c CHECK count = 0"));
    assert_eq!(collector.post_violation("https://evil.example/", "img-src").status, 204);
    assert_ticket(&collector, "CspwatchSinkQuarantine", &[]);
}

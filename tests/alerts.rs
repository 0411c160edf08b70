//! From one report to the pager: a real collector, a real Prometheus with the shipped rules, a real
//! Alertmanager with the shipped routes.

use serde_json::Value;

use crate::support::clickhouse::free_address;
use crate::support::collector::{Collector, SHOP};
use crate::support::monitoring::Monitoring;

/// Alerts need no ClickHouse: nobody listens at the address of this collector's ClickHouse.
fn start() -> (Collector, Monitoring) {
    let collector = Collector::start(&format!("http://{}", free_address()), SHOP);
    let monitoring = Monitoring::of(&collector);
    (collector, monitoring)
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
    for sentence in ["Reports so far: 1.", "Distinct clients: at least 1.", "Channel: send."] {
        assert!(description.contains(sentence), "{alert:#}");
    }
    let runbook = text(&alert, "/annotations/runbook_url");
    assert_eq!(runbook, "deploy/runbook.md#cspwatchunknowndestinationonpaymentpage");
    // One report causes one page.
    let names = monitoring.firing();
    assert!(names.iter().all(|other| other["labels"] == alert["labels"]), "{names:#?}");
}

#[test]
fn one_client_that_connects_elsewhere_is_a_ticket() {
    let (collector, monitoring) = start();
    let evil = "https://evil-fetch.example.org/body";
    assert_eq!(collector.post_violation(evil, "connect-src").status, 204);
    let alert = monitoring.wait_for(&[
        ("alertname", "CspwatchUnknownDestination"),
        ("severity", "ticket"),
        ("site", "shop"),
        ("page_group", "payment"),
        ("destination", "example.org"),
    ]);
    assert_eq!(text(&alert, "/receiver"), "tickets");
    assert!(text(&alert, "/annotations/summary").contains("example[.]org"), "{alert:#}");
    let alerts = monitoring.firing();
    assert!(alerts.iter().all(|alert| alert["labels"]["severity"] == "ticket"), "{alerts:#?}");
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
    assert_eq!(text(&alert, "/labels/instance"), collector.admin().to_string());
}

//! What a known destination, or what the policy allows, explains, and what it does not.

use super::places::{detector, hash_of, pages};
use super::*;
use crate::base::domain::registrable;

const MINUTE: i64 = 60_000;

const SHOP: &str = r#"
    [[site]]
    name = "shop"
    hosts = ["shop.example", "*.acme.example"]
    known = [
        "cdn.vendor.example", "cdn2.numbered.example", "o447951.ingest.sentry.io", "shop.zendesk.com", "www.google.com",
        "acme-eu.desk.example", "a900417.accounts.example", "shop.shop-cdn.example",
    ]
      [[site.page_group]]
      name = "payment"
      paths = ["/checkout*"]
      payment = true
"#;

/// The highest severity after three of three buyers reported a host.
fn after_three(reason: &str, host: &str, by_own_script: bool) -> Option<Severity> {
    let mut detector = detector(SHOP);
    let report = Row {
        reason,
        blocked_host: host,
        own_source: by_own_script,
        line: u32::from(by_own_script),
        ..row(registrable(host))
    };
    let mut alerts = Vec::new();
    for network in 1..=3 {
        let at = i64::from(network) * 10 * MINUTE;
        observe(&mut detector, &hash_of(row("")), client(network, 1), at);
        alerts.extend(observe(&mut detector, &report, client(network, 1), at));
    }
    alerts.iter().map(|alert| alert.severity).max()
}

#[test]
fn where_anybody_can_have_an_account_an_explanation_is_no_veto() {
    for (reason, host) in [
        ("allowed-for:img-src", "storage.googleapis.com"),
        ("allowed-for:frame-src", "docs.google.com"),
        ("allowed-for:img-src", "o666.ingest.sentry.io"),
        ("allowed-for:img-src", "thief.s3.amazonaws.com"),
        ("sibling-of-known", "o666.ingest.sentry.io"),
        ("sibling-of-known", "thief.zendesk.com"),
        ("sibling-of-known", "script.google.com"),
        // What is known there is named after the site, or by the number of an account.
        ("sibling-of-known", "thief.desk.example"),
        ("sibling-of-known", "a12.accounts.example"),
    ] {
        assert_eq!(after_three(reason, host, true), Some(Severity::Page), "{reason} {host}");
        assert_eq!(after_three(reason, host, false), Some(Severity::Ticket), "{reason} {host}");
    }
}

#[test]
fn another_host_of_a_vendor_is_a_ticket_at_most() {
    for (reason, host) in [
        ("sibling-of-known", "api.vendor.example"),
        ("sibling-of-known", "cdn3.numbered.example"),
        ("sibling-of-known", "img.shop-cdn.example"),
        ("allowed-for:img-src", "metrics.adpartner.example"),
    ] {
        assert_eq!(after_three(reason, host, true), Some(Severity::Ticket), "{reason} {host}");
    }
}

#[test]
fn one_visitor_shows_nothing() {
    let mut detector = detector(SHOP);
    let report = Row {
        reason: "allowed-for:img-src",
        blocked_host: "storage.googleapis.com",
        own_source: true,
        line: 3,
        ..row("storage.googleapis.com")
    };
    for time in 1..9 {
        let alerts = observe(&mut detector, &report, client(1, 1), time * 90 * MINUTE);
        assert_eq!(pages(&alerts), []);
    }
}

//! What people decide: from the form or the API to the collectors, two at once, and what is written down.

use serde_json::json;

use super::{scene, steal};
use crate::support::console::{Console, Page, Visitor};
use crate::support::until;

const OWN: &str = "/destinations/shop/evil.example";
const SERIES: &str = "cspwatch_unknown_destination_reports_total{site=\"shop\",page_group=\"payment\",\
                      destination=\"evil.example\",channel=\"send\",severity=\"page\",finding=\"evil.example\"}";

fn decide(console: &Console, visitor: &Visitor, decision: &str, seen: &str) -> Page {
    let form_token = console.form_token(visitor);
    let fields = [
        ("form_token", &*form_token),
        ("decision", decision),
        ("why", "because of a test"),
        ("until", "2099-12-31"),
        ("seen", seen),
    ];
    console.submit(visitor, &format!("{OWN}/decisions"), &fields)
}

#[test]
fn an_approval_resolves_and_a_theft_takes_it_back() {
    let (collector, console) = scene();
    steal(&collector, &console);
    assert!(collector.metric(SERIES).is_some());
    let rosa = console.log_in("rosa");
    let page = console.get(&rosa, OWN);
    assert!(page.body.contains("open, urgent") && page.body.contains("not blocked"), "{page:?}");
    assert!(console.get(&rosa, "/").body.contains("1 urgent finding needs a person"));

    let page = decide(&console, &rosa, "approve", &page.field("seen"));
    assert_eq!(
        page.header("location"),
        Some("/destinations/shop/evil.example#decisions"),
        "{page:?}"
    );
    until("collectors follow", || collector.metric(SERIES).is_none());
    let page = console.get(&rosa, OWN);
    assert!(page.body.contains("<strong>rosa</strong> approved it"), "{page:?}");
    assert!(console.get(&rosa, "/").body.contains("Nothing needs a person"));

    let page = decide(&console, &rosa, "theft", &page.field("seen"));
    assert_eq!(page.header("location"), Some("/destinations/shop/evil.example#exposure"));
    assert!(console.get(&rosa, "/").body.contains("1 urgent finding needs a person"));
    until("a new report alerts again", || {
        collector.post_violation("https://x.evil.example/c", "form-action");
        collector.metric(SERIES).is_some()
    });
    let (_, text) = collector.command(&["incident", "evil.example"]);
    assert!(text.contains("theft") && text.contains("rosa"), "{text}");
}

#[test]
fn of_two_who_decide_at_once_the_second_sees_what_the_first_decided() {
    let (collector, console) = scene();
    steal(&collector, &console);
    let (rosa, ada) = (console.log_in("rosa"), console.log_in("ada"));
    let seen = console.get(&rosa, OWN).field("seen");
    assert_eq!(seen, "0");
    assert_eq!(decide(&console, &rosa, "theft", &seen).status, 303);
    let late = decide(&console, &ada, "approve", &seen);
    assert_eq!(late.status, 409, "{late:?}");
    assert!(
        late.body.contains("rosa called it a theft")
            && late.body.contains("Nothing of yours was stored")
    );
    // By the API likewise, where the sender says what it knows.
    let token = console.token("soar", "responder");
    let body = |seen: serde_json::Value| json!({ "site": "shop", "destination": "evil[.]example", "decision": "approve", "why": "known", "seen": seen });
    let late = console.api("POST /api/v1/decisions", &token, &body(json!(null)).to_string());
    assert_eq!(
        (late.status, late.json()["newest"]["by"].as_str().map(str::to_owned)),
        (409, Some("rosa".to_owned()))
    );
    let newest = late.json()["newest"]["at"].clone();
    let made = console.api("POST /api/v1/decisions", &token, &body(newest).to_string());
    assert_eq!(
        (made.status, made.json()["by"].as_str().map(str::to_owned)),
        (201, Some("soar".to_owned()))
    );
    // Many at once: each sees the one before, or is refused.
    let console = &console;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let at = made.json()["at"].clone();
        let sends = (0..8).map(|_| {
            let (at, token) = (at.clone(), token.clone());
            scope.spawn(move || {
                console.api("POST /api/v1/decisions", &token, &body(at).to_string()).status
            })
        });
        let sends: Vec<_> = sends.collect();
        sends.into_iter().map(|send| send.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 7, "{statuses:?}");
}

#[test]
fn what_cannot_be_decided_is_refused_with_the_reason() {
    let (_collector, console) = scene();
    let token = console.token("soar", "responder");
    let post = |body: serde_json::Value| {
        let page = console.api("POST /api/v1/decisions", &token, &body.to_string());
        (page.status, page.json()["detail"].as_str().unwrap_or_default().to_owned())
    };
    let with = |field: &str, value: serde_json::Value| {
        let mut body = json!({ "site": "shop", "destination": "evil.example", "decision": "ignore", "why": "x" });
        body[field] = value;
        body
    };
    for (body, status, words) in [
        (with("site", json!("shopp")), 404, "no such site"),
        (with("destination", json!("co.uk")), 422, "public suffix"),
        (with("destination", json!("two words")), 422, "not a domain"),
        (with("decision", json!("maybe")), 422, "approve, ignore, forget or theft"),
        (with("why", json!(" ")), 422, "must not be empty"),
        (with("why", json!("x".repeat(2_000))), 422, "too long"),
        (with("until", json!("2020-01-01T00:00:00Z")), 422, "in the past"),
        (with("until", json!("tomorrow")), 422, "RFC 3339"),
        (with("by", json!("somebody else")), 422, "unknown field"),
        (json!([]), 422, "the body"),
    ] {
        let (found, detail) = post(body.clone());
        assert_eq!(found, status, "{body}: {detail}");
        assert!(detail.contains(words), "{body}: {detail}");
    }
    assert_eq!(post(with("why", json!("x"))).0, 201);
}

#[test]
fn scripts_are_approved_and_releases_marked() {
    let (collector, console) = scene();
    let told = crate::support::collector::script_told(
        "https://shop.example/checkout",
        "https://cdn.example/pay.js",
        &crate::support::collector::script_hash("A"),
    );
    assert_eq!(collector.post(&told).status, 204);
    let ada = console.log_in("ada");
    console.until_shows(&ada, "/scripts/shop", "1 of 1 scripts are not approved");
    let page = console.get(&ada, "/scripts/shop");
    let chosen = page.field("script");
    let form_token = console.form_token(&ada);
    let fields = [
        ("form_token", &*form_token),
        ("script", &*chosen),
        ("owner", "payments"),
        ("justification", "the card form"),
    ];
    let page = console.submit(&ada, "/scripts/shop/approvals", &fields);
    assert_eq!(page.status, 303, "{page:?}");
    console.until_shows(&ada, "/scripts/shop", "Every known script is approved");
    let (_, text) = collector.command(&["scripts", "--site", "shop"]);
    assert!(text.contains("approved by ada") && text.contains("payments"), "{text}");

    let token = console.token("pipeline", "responder");
    let body = json!({ "site": "shop", "version": "v1.2", "environment": "live" }).to_string();
    assert_eq!(console.api("POST /api/v1/releases", &token, &body).status, 201);
    let releases = console.api("GET /api/v1/releases/shop", &token, "").json();
    assert_eq!(releases["releases"][0]["version"], "v1.2");
    assert_eq!(releases["releases"][0]["by"], "pipeline");
    assert!(console.get(&ada, "/releases/shop").body.contains("v1.2"));
    let body = json!({ "site": "shop", "version": "v2", "at": "2099-01-01T00:00:00Z" }).to_string();
    assert_eq!(console.api("POST /api/v1/releases", &token, &body).status, 422);
}

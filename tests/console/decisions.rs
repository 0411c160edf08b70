//! What people decide: from the form or the API to the collectors, two at once, and what is written down.

use serde_json::json;

use super::{scene, steal};
use crate::support::console::{Console, Page, Visitor};
use crate::support::until;

const OWN: &str = "/destinations/shop/evil.example";
const SERIES: &str = "cspwatch_unknown_destination_reports_total{site=\"shop\",page_group=\"payment\",\
                      destination=\"evil.example\",channel=\"send\",severity=\"page\",finding=\"evil.example\"}";

pub(super) fn decide(console: &Console, visitor: &Visitor, decision: &str, seen: &str) -> Page {
    decide_within(console, visitor, (decision, "", ""), seen)
}

fn decide_within(
    console: &Console,
    visitor: &Visitor,
    (decision, directive, page_group): (&str, &str, &str),
    seen: &str,
) -> Page {
    let form_token = console.form_token(visitor);
    let fields = [
        ("directive", directive),
        ("page_group", page_group),
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
    assert_eq!(page.header("location"), Some(OWN), "{page:?}");
    let page = console.get(&rosa, OWN);
    assert!(page.body.contains("The pager says so after about a minute"), "{page:?}");
    until("collectors follow", || collector.metric(SERIES).is_none());
    assert!(page.body.contains("<strong>rosa</strong> approved it"), "{page:?}");
    assert!(console.get(&rosa, "/").body.contains("Nothing needs a person"));

    let page = decide(&console, &rosa, "theft", &page.field("seen"));
    assert_eq!(page.header("location"), Some(OWN));
    let now = console.get(&rosa, "/").body;
    assert!(now.contains("1 theft is being handled"), "{now}");
    assert!(now.contains("Being handled by <strong>rosa</strong>"), "{now}");
    until("a new report alerts again", || {
        collector.post_violation("https://x.evil.example/c", "form-action");
        collector.metric(SERIES).is_some()
    });
    let (_, text) = collector.command(&["incident", "evil.example"]);
    assert!(text.contains("theft") && text.contains("rosa"), "{text}");
}

#[test]
fn an_approval_of_a_part_settles_that_part() {
    let (collector, console) = scene();
    steal(&collector, &console);
    let rosa = console.log_in("rosa");
    let page = console.get(&rosa, OWN);
    for choice in [
        "<option value=\"form-action\" selected>form-action (forms sent), as reported</option>",
        "<option value=\"img-src\">img-src (images)</option>",
        "<option value=\"payment\" selected>payment</option>",
        "<option value=\"other\">other</option>",
    ] {
        assert!(page.body.contains(choice), "{choice}\n{page:?}");
    }
    let images = ("approve", "img-src", "other");
    assert_eq!(decide_within(&console, &rosa, images, &page.field("seen")).status, 303);
    let page = console.get(&rosa, OWN);
    assert!(page.body.contains("approved it for img-src on other"), "{page:?}");
    assert!(page.body.contains("open, urgent"), "{page:?}");
    let now = console.get(&rosa, "/").body;
    assert!(now.contains("1 urgent finding needs a person"), "{now}");
    assert!(now.contains("approved it for img-src on other"), "{now}");
    assert!(collector.metric(SERIES).is_some());

    let token = console.token("soar", "responder");
    let body = json!({ "site": "shop", "destination": "evil.example", "decision": "approve", "why": "x", "directive": "form-action", "page_group": "payment" });
    let made = console.api("POST /api/v1/decisions", &token, &body.to_string());
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.json()["directive"], "form-action");
    assert_eq!(made.json()["page_group"], "payment");
    until("what it covers ends", || collector.metric(SERIES).is_none());
    let page = console.get(&rosa, OWN);
    assert!(page.body.contains("approved for form-action on payment</span>"), "{page:?}");
    assert!(console.get(&rosa, "/").body.contains("Nothing needs a person"));
    let report = console.get(&rosa, &format!("{OWN}/report")).body;
    assert!(report.contains("approve for form-action on payment"), "{report}");

    assert_eq!(decide(&console, &rosa, "undo", &page.field("seen")).status, 303);
    let now = console.get(&rosa, "/").body;
    assert!(now.contains("1 urgent finding needs a person"), "{now}");
}

#[test]
fn a_theft_alerts_until_it_is_over_and_to_undo_that_ends_no_alert() {
    let (collector, console) = scene();
    steal(&collector, &console);
    let rosa = console.log_in("rosa");
    let chips = |words: &str| {
        let page = console.get(&rosa, OWN);
        assert!(page.body.contains(words), "{words}\n{page:?}");
        page.field("seen")
    };
    let heading = |words: &str| {
        let now = console.get(&rosa, "/").body;
        assert!(now.contains(words), "{words}\n{now}");
    };
    let made = |decision: &str, seen: &str| {
        let page = decide(&console, &rosa, decision, seen);
        assert_eq!(page.status, 303, "{decision}: {page:?}");
    };
    // Each page says the same as the other.
    made("theft", "0");
    let seen = chips("Being handled by rosa");
    assert!(collector.metric(SERIES).is_some(), "it goes on");
    made("undo", &seen);
    heading("1 urgent finding needs a person");
    let seen = chips("rosa</strong> undid the decision");
    chips("open, urgent");
    // Nothing is in force, so nothing is left to undo.
    let page = decide(&console, &rosa, "undo", &seen);
    assert_eq!(page.status, 422, "{page:?}");
    assert!(page.body.contains("nothing to undo") && page.body.contains("because of a test"));
    collector.settle();
    assert!(collector.metric(SERIES).is_some(), "and it has alerted all the time");

    made("forget", &seen);
    heading("Nothing needs a person");
    let seen = chips("said that it is over");
    chips("<span class=\"chip good\">over</span>");
    until("the alert ends", || collector.metric(SERIES).is_none());
    made("undo", &seen);
    heading("1 urgent finding needs a person");
    let seen = chips("open, urgent");

    // What was in force before is in force again.
    made("approve", &seen);
    let seen = chips("<span class=\"chip good\">approved</span>");
    made("theft", &seen);
    let seen = chips("Being handled by rosa");
    made("undo", &seen);
    chips("<span class=\"chip good\">approved</span>");
    let (code, text) = collector.command(&[
        "destinations",
        "undo",
        "evil.example",
        "--site",
        "shop",
        "--by",
        "ada",
        "--why",
        "not ours",
    ]);
    assert_eq!(code, Some(0), "{text}");
    chips("Being handled by ada");
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
    for kept in [
        "Somebody has decided meanwhile",
        "because of a test",
        "href=\"/destinations/shop/evil.example\"",
        "href=\"/reports\"",
    ] {
        assert!(late.body.contains(kept), "{kept}\n{late:?}");
    }
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
        (with("decision", json!("maybe")), 422, "approve, ignore, theft, forget"),
        (with("why", json!(" ")), 422, "must not be empty"),
        (with("why", json!("x".repeat(2_000))), 422, "too long"),
        (with("until", json!("2020-01-01T00:00:00Z")), 422, "in the past"),
        (with("until", json!("tomorrow")), 422, "RFC 3339"),
        (with("by", json!("somebody else")), 422, "unknown field"),
        (with("directive", json!("img-src")), 422, "only an approval"),
        (with("directive", json!("image-src")), 422, "no directive"),
        (with("page_group", json!("checkout")), 422, "there are: payment, other"),
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
    let report = crate::support::collector::script_report(
        "https://shop.example/checkout",
        "https://cdn.example/pay.js",
        &crate::support::collector::script_hash("A"),
    );
    let ada = console.log_in("ada");
    let empty = console.get(&ada, "/scripts/shop").body;
    assert!(empty.contains("No script is known yet"), "{empty}");
    assert_eq!(collector.post(&report).status, 204);
    console.until_shows(
        &ada,
        "/scripts/shop",
        "1 content of 1 script is not approved; 1 script is known",
    );
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
    assert_eq!(page.header("location"), Some("/scripts/shop?approved=1"), "{page:?}");
    assert!(console.get(&ada, "/scripts/shop?approved=1").body.contains("1 approved."));
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

#[test]
fn the_members_of_a_finding_are_named_on_its_card_and_name_its_alert() {
    let (collector, console, database) = super::stored_scene();
    steal(&collector, &console);
    assert_eq!(collector.post_violation("https://two.example/c", "form-action").status, 204);
    // As a collector stores it when a second destination joins.
    crate::support::clickhouse::ClickHouse::shared().query(&format!(
        "INSERT INTO {database}.alerts (told_at, collector, site, page_group, alert, destination, severity, reports, clients, pages, reasons, score, destinations) \
         VALUES (now64(3), 'c1', 'shop', 'payment', 'unknown_destination', 'evil.example', 'page', 4, 1, ['/checkout'], ['a form posts there'], 9, ['evil.example', 'two.example'])"
    ));
    let rosa = console.log_in("rosa");
    console.until_shows(&rosa, "/", "and 1 more destination that the same visitors reported");
    let card = console.get(&rosa, "/").body;
    assert!(card.contains("href=\"/destinations/shop/two.example\">two[.]example"), "{card}");
    let member = "/destinations/shop/two.example";
    console.until_shows(&rosa, member, "open, urgent: part of the alert about evil[.]example");
}

#[test]
fn an_order_is_found_by_its_tag_and_named_at_the_top() {
    let (collector, console) = scene();
    let violation = crate::support::collector::violation(
        "https://shop.example/checkout",
        "https://x.evil.example/c",
        "form-action",
    );
    let way = "/report/shop?tag=order-4711";
    let posted = crate::support::http::request(collector.public(), "POST", way, &violation);
    assert_eq!(posted.unwrap().status, 204);
    let rosa = console.log_in("rosa");
    console.until_shows(&rosa, "/reports?text=4711", "form-action: x[.]evil[.]example");
    let page = console.get(&rosa, OWN).body;
    assert!(page.contains("<a href=\"#tags\">1</a>: order-4711"), "{page}");
    assert!(page.contains("Tags of orders and sessions: 1"), "{page}");
    let nothing = console.get(&rosa, "/reports?text=4712").body;
    assert!(nothing.contains("Nothing in the last 24 hours is like that"), "{nothing}");
    assert!(nothing.contains("/reports?text=4712&amp;range=90d"), "{nothing}");
}

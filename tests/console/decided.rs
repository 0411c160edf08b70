//! The list of all decisions: what it says, its filters, its files, and the ways to it.

use serde_json::{Value, json};

use super::decisions::decide;
use super::shown::says;
use super::{scene, steal};
use crate::support::console::{Console, Visitor};

const EVIL: &str = "/destinations/shop/evil.example";

/// Decisions of two people about a destination and a script, one of them undone.
fn decided() -> (crate::support::collector::Collector, Console, Visitor) {
    let (collector, console) = scene();
    steal(&collector, &console);
    let rosa = console.log_in("rosa");
    for decision in ["approve", "undo", "theft"] {
        let seen = console.get(&rosa, EVIL).field("seen");
        assert_eq!(decide(&console, &rosa, decision, &seen).status, 303);
    }
    let body = json!({ "approvals": [{
        "url": "https://cdn.example/w.js", "page_group": "payment", "hash": "", "any_content": true,
        "owner": "web team", "justification": "the form needs it",
    }] });
    let token = console.token("pipeline", "admin");
    let made = console.api("POST /api/v1/scripts/shop/approvals", &token, &body.to_string());
    assert_eq!(made.status, 201, "{made:?}");
    (collector, console, rosa)
}

fn listed(console: &Console, token: &str, query: &str) -> Vec<Value> {
    let found = console.api(&format!("GET /api/v1/decisions{query}"), token, "").json();
    found["decisions"].as_array().unwrap_or_else(|| panic!("{found:#}")).clone()
}

#[test]
fn the_list_says_who_decided_what_when_why_and_what_became_of_it() {
    let (_collector, console, rosa) = decided();
    let page = "/decisions";
    says(
        &console,
        &rosa,
        page,
        &[
            "Decisions 1 to 4 of 4, the newest first.",
            "pipeline approved it, whatever it holds on payment cdn[.]example/w.js on shop the form needs it Owner: web team in force",
            "rosa called it a theft evil[.]example on shop because of a test in force",
            "rosa undid the decision evil[.]example on shop undid &quot;approve&quot; of rosa: because of a test",
            "rosa approved it evil[.]example on shop because of a test undone by rosa, 20",
        ],
    );
    let body = console.get(&rosa, page).body;
    assert!(body.contains("UTC</time> (just now)</span></td>"), "{body}");

    let all = listed(&console, &console.token("reader", "viewer"), "");
    let of = |key: &str| all.iter().map(|decision| decision[key].clone()).collect::<Vec<_>>();
    assert_eq!(of("about"), ["script", "destination", "destination", "destination"]);
    assert_eq!(of("decision"), ["approve", "theft", "approve", "approve"]);
    assert_eq!(of("is_undo"), [false, false, true, false]);
    assert_eq!(of("in_force"), [true, true, false, false]);
    assert_eq!(of("undone_by"), [Value::Null, Value::Null, Value::Null, "rosa".into()]);
    assert_eq!(all[0]["script"]["owner"], "web team");

    let files = "/decisions/files/decisions";
    let kept = console.get(&rosa, &format!("{files}.json")).json();
    assert_eq!(kept["decisions"].as_array(), Some(&all));
    let csv = console.get(&rosa, &format!("{files}.csv?state=undone")).body;
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines.len(), 2, "{csv}");
    assert!(lines[0].starts_with("at,about,site,destination,script_host,"), "{csv}");
    assert!(
        lines[1].contains(",destination,shop,evil.example,,,,approve,no,,,rosa,because of a test,"),
        "{csv}"
    );
    assert!(lines[1].contains(",undone,20") && lines[1].ends_with("Z,rosa"), "{csv}");
    assert_eq!(console.get(&rosa, "/decisions/files/other.csv").status, 404);
}

#[test]
fn every_filter_of_the_list_is_a_link_and_bounds_it() {
    let (_collector, console, rosa) = decided();
    let token = console.token("reader", "viewer");
    for (query, count) in [
        ("?state=in_force", 2),
        ("?state=undone", 1),
        ("?by=rosa", 3),
        ("?by=rosa&decision=approve", 1),
        ("?decision=undo", 1),
        ("?about=script", 1),
        ("?site=shop&about=destination", 3),
        ("?site=elsewhere", 0),
        ("?decision=nothing", 0),
        ("?limit=1&cursor=1", 1),
    ] {
        assert_eq!(listed(&console, &token, query).len(), count, "{query}");
        let page = console.get(&rosa, &format!("/decisions{query}"));
        assert_eq!(page.status, 200, "{page:?}");
    }
    let page = console.get(&rosa, "/decisions?site=shop").body;
    for link in [
        "href=\"/decisions?site=shop&amp;by=rosa\"",
        "href=\"/decisions?site=shop&amp;decision=undo\"",
        "href=\"/decisions/files/decisions.csv?site=shop\"",
        "href=\"/destinations/shop/evil.example\"",
        "href=\"/scripts/shop\"",
    ] {
        assert!(page.contains(link), "{link}\n{page}");
    }
    says(&console, &rosa, "/decisions?by=nobody", &["No decision is like that."]);
    assert_eq!(console.get(&rosa, "/decisions?after=x").status, 422);
    // From wherever people look.
    for (path, link) in [
        ("/", "href=\"/decisions\">All decisions</a>"),
        ("/sites/shop", "href=\"/decisions?site=shop\">Decisions</a>"),
        ("/evidence/shop", "href=\"/decisions?site=shop\">Decisions</a>"),
        (EVIL, "href=\"/decisions?site=shop\">All decisions on shop</a>"),
        ("/system", "href=\"/decisions\">Decisions</a>"),
    ] {
        let page = console.get(&rosa, path).body;
        assert!(page.contains(link), "{path}\n{page}");
    }
}

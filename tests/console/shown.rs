//! What the pages say about what was decided, reported and run.

use serde_json::json;

use super::decisions::decide;
use super::{scene, steal, stored_scene};
use crate::support::collector::{script_hash, script_report, violation};
use crate::support::console::{Console, Visitor};
use crate::support::http;
use cspwatch::base::clock::Timestamp;
use cspwatch::base::display::day;

const EVIL: &str = "/destinations/shop/evil.example";

/// A page's text, without its elements.
fn words(console: &Console, visitor: &Visitor, path: &str) -> String {
    let body = console.get(visitor, path).body;
    let texts = body.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    texts.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
pub(super) fn says(console: &Console, visitor: &Visitor, path: &str, expected: &[&str]) {
    let text = words(console, visitor, path);
    for expected in expected {
        assert!(text.contains(expected), "{path}: {expected}\n{text}");
    }
}

#[test]
fn what_was_undone_is_marked_and_what_undid_it_is_no_approval() {
    let (collector, console) = scene();
    steal(&collector, &console);
    let rosa = console.log_in("rosa");
    for decision in ["approve", "undo"] {
        let seen = console.get(&rosa, EVIL).field("seen");
        assert_eq!(decide(&console, &rosa, decision, &seen).status, 303);
    }
    let undid = "undo rosa undid \"approve\" of rosa: because of a test";
    let undid = undid.replace('"', "&quot;");
    let today = day(Timestamp::now().day());
    let pack = format!("/evidence/shop/pack?from={today}&to={today}");
    says(&console, &rosa, &pack, &[&undid.replace("undo", "undo evil[.]example"), "undone 20"]);
    says(&console, &rosa, EVIL, &[&undid, "approve rosa because of a test undone 20"]);
    says(
        &console,
        &rosa,
        "/",
        &["rosa undid the decision", "because of a test undone by rosa just now"],
    );
    let token = console.token("reader", "viewer");
    let found = console.api("GET /api/v1/destinations/shop/evil.example", &token, "").json();
    assert_eq!(found["decisions"][0]["decision"], "approve", "its names stay: {found:#}");
    let marks =
        |place: usize| ["is_undo", "undone_by"].map(|key| found["decisions"][place][key].clone());
    assert_eq!(json!(marks(0)), json!([true, null]), "{found:#}");
    assert_eq!(json!(marks(1)), json!([false, "rosa"]), "{found:#}");
    assert!(found["decisions"][1]["undone_at"].is_string(), "{found:#}");
    let pack = console.get(&rosa, &format!("{pack}&form=json")).json();
    assert_eq!(pack["decisions"][0]["is_undo"], false);
    assert!(pack["decisions"][0]["undone_at"].is_string(), "{pack:#}");
    assert_eq!(pack["decisions"][0]["undone_by"], "rosa");
    assert_eq!(pack["decisions"][1]["is_undo"], true);
}

#[test]
fn without_an_alert_no_page_says_that_one_resolves() {
    let (_collector, console) = scene();
    let rosa = console.log_in("rosa");
    let quiet = "/destinations/shop/quiet.example";
    let says_none = |is_decided: bool| {
        let text = words(&console, &rosa, quiet);
        assert!(text.contains("No alert is about it."), "{is_decided}: {text}");
        assert!(!text.contains("The alert resolves"), "{is_decided}: {text}");
    };
    says_none(false);
    let form_token = console.form_token(&rosa);
    let fields =
        [("form_token", &*form_token), ("decision", "ignore"), ("why", "x"), ("seen", "0")];
    assert_eq!(console.submit(&rosa, &format!("{quiet}/decisions"), &fields).status, 303);
    says_none(true);
}

#[test]
fn a_violation_says_what_the_browser_did_and_nothing_that_it_did_not_say() {
    let (collector, console) = scene();
    collector.post_violation("https://widget.example/w.js", "script-src-elem");
    let vera = console.log_in("vera");
    console.until_shows(&vera, "/reports", "widget[.]example");
    let list = console.get(&vera, "/reports").body;
    let address = list.split("href=\"").find(|link| link.starts_with("/reports/shop/")).unwrap();
    let page = words(&console, &vera, address.split('"').next().unwrap());
    assert!(page.contains("Address widget[.]example/w.js"), "{page}");
    assert!(page.contains("Disposition only reported, not blocked"), "{page}");
    for wrong in ["Blocked ", "line 0", " other 0 "] {
        assert!(!page.contains(wrong), "{wrong}: {page}");
    }
}

#[test]
fn orders_and_reports_without_one_add_up() {
    let (collector, console) = scene();
    let report =
        violation("https://shop.example/checkout", "https://evil.example/c", "form-action");
    for way in ["/report/shop?tag=order-1", "/report/shop?tag=order-2", "/report/shop"] {
        assert_eq!(http::request(collector.public(), "POST", way, &report).unwrap().status, 204);
    }
    let vera = console.log_in("vera");
    let all = ": order-1, order-2; 1 report without a tag";
    console.until_shows(&vera, EVIL, all);
    says(&console, &vera, &format!("{EVIL}/report"), &["(1 report carried no tag)"]);
}

#[test]
fn reports_without_a_tag_are_counted_however_many_tags_there_are() {
    let (collector, console) = scene();
    let report =
        violation("https://shop.example/checkout", "https://evil.example/c", "form-action");
    let tagged = (0..52).map(|order| format!("/report/shop?tag=order-{order}"));
    for way in tagged.chain(["/report/shop".to_owned()]) {
        assert_eq!(http::request(collector.public(), "POST", &way, &report).unwrap().status, 204);
    }
    let vera = console.log_in("vera");
    console.until_shows(&vera, EVIL, "<a href=\"#tags\">52</a>; 1 report without a tag");
    says(
        &console,
        &vera,
        EVIL,
        &["Tags of orders and sessions: 52", "The first 50; the CSV file has all."],
    );
    says(
        &console,
        &vera,
        &format!("{EVIL}/report"),
        &["52 tags name the orders or sessions (1 report carried no tag)"],
    );
}

#[test]
fn the_exposure_report_leads_on_in_the_console_and_names_no_command() {
    let (collector, console) = scene();
    steal(&collector, &console);
    let vera = console.log_in("vera");
    let page = console.get(&vera, &format!("{EVIL}/report")).body;
    let own = console.url();
    for path in [EVIL, &format!("{EVIL}/tags.csv"), "/policy/shop", "/evidence/shop?from=20"] {
        assert!(page.contains(&format!("href=\"{own}{path}")), "{path}\n{page}");
    }
    assert!(page.contains("data may leave for an unknown destination"), "{page}");
    let steps = page.split("What to do next").nth(1).unwrap().split("<h2>").next().unwrap();
    assert!(!steps.contains("cspwatch"), "{steps}");
    let (code, text) = console.run(&["incident", "evil.example", "--html"]);
    assert!(text.contains("cspwatch destinations forget evil[.]example"), "{code:?} {text}");
}

#[test]
fn words_of_reports_are_explained() {
    let (collector, console) = scene();
    steal(&collector, &console);
    let vera = console.log_in("vera");
    console.until_shows(&vera, "/reports", "<a href=\"/words#reason-unlisted\">unlisted");
    let list = console.get(&vera, "/reports").body;
    let address = list.split("href=\"").find(|link| link.starts_with("/reports/shop/")).unwrap();
    let address = address.split('"').next().unwrap();
    says(
        &console,
        &vera,
        address,
        &[
            "Kind csp: a violation of the Content Security Policy",
            "Verdict unknown: neither: alerts are about these",
            "Reason unlisted",
        ],
    );
    let words = console.get(&vera, "/words").body;
    assert!(words.contains("<dt id=\"reason-unlisted\">unlisted</dt>"), "{words}");
    says(&console, &vera, "/scripts/shop", &["What the words mean"]);
}

#[test]
fn as_many_contents_are_to_review_as_rows_are_shown_and_one_names_the_alert_beside_it() {
    let (collector, console, _) = stored_scene();
    steal(&collector, &console);
    let checkout = "https://shop.example/checkout";
    for (script, letter) in [("a.js", "A"), ("a.js", "B"), ("b.js", "C")] {
        let told =
            script_report(checkout, &format!("https://cdn.example/{script}"), &script_hash(letter));
        assert_eq!(collector.post(&told).status, 204);
    }
    let ada = console.log_in("ada");
    let heading = "3 contents of 2 scripts are not approved; 2 scripts are known";
    console.until_shows(&ada, "/scripts/shop", heading);
    let page = console.get(&ada, "/scripts/shop").body;
    assert_eq!(page.matches("type=\"checkbox\"").count(), 3, "{page}");
    says(&console, &ada, "/scripts/shop", &["new when the open alert about evil[.]example began"]);
}

//! How people get from page to page: links that lead on, forms that keep what was typed, and who is logged in.

use super::decisions::decide;
use super::{scene, steal};
use crate::support::collector::violation;
use crate::support::console::Visitor;
use cspwatch::base::clock::Timestamp;
use cspwatch::base::display::day;

const EVIL: &str = "/destinations/shop/evil.example";

#[test]
fn it_is_over_is_no_first_choice_and_a_theft_leads_on() {
    let (collector, console) = scene();
    steal(&collector, &console);
    let rosa = console.log_in("rosa");
    let page = console.get(&rosa, EVIL);
    let over = "<summary>It is over: ends the alert</summary>";
    assert!(page.body.contains(over) && page.body.contains("action forget aside"), "{page:?}");
    assert!(page.body.contains("<button type=\"submit\">End the alert</button>"), "{page:?}");
    assert_eq!(decide(&console, &rosa, "theft", &page.field("seen")).status, 303);
    let page = console.get(&rosa, EVIL).body;
    let today = day(Timestamp::now().day());
    for expected in [
        "<a href=\"/policy/shop\">enforce a policy</a>",
        "<a href=\"#forget\">It is over</a>",
        "<details id=\"forget\"",
        "<button type=\"submit\" class=\"main\">End the alert</button>",
        &format!("href=\"/evidence/shop?from={today}&amp;to={today}\">evidence pack</a>"),
    ] {
        assert!(page.contains(expected), "{expected}\n{page}");
    }
}

#[test]
fn an_approval_is_as_narrow_as_what_was_reported_unless_that_is_several_things() {
    let (collector, console) = scene();
    steal(&collector, &console);
    let rosa = console.log_in("rosa");
    let said = "Reported until now: form-action (forms sent), on payment.";
    assert!(console.get(&rosa, EVIL).body.contains(said));
    let other = violation("https://shop.example/", "https://evil.example/i", "img-src");
    assert_eq!(collector.post(&other).status, 204);
    let both = "Reported until now: form-action (forms sent), img-src (images), on other, payment.";
    console.until_shows(&rosa, EVIL, both);
    let page = console.get(&rosa, EVIL).body;
    let form = page.split("id=\"directive\"").nth(1).unwrap().split("</form>").next().unwrap();
    assert!(!form.contains(" selected"), "{form}");
}

#[test]
fn reports_lead_to_their_destination_and_say_how_many_there_are() {
    let (collector, console) = scene();
    steal(&collector, &console);
    let pan = violation(
        "https://shop.example/checkout",
        "https://evil.example/4111111111111111",
        "img-src",
    );
    assert_eq!(collector.post(&pan).status, 204);
    let vera = console.log_in("vera");
    console.until_shows(
        &vera,
        "/reports",
        "Violations 1 to 2 of 2, those with most reports first.",
    );
    let page = console.get(&vera, "/reports").body;
    assert!(
        page.contains("<a href=\"/destinations/shop/evil.example\">evil[.]example</a>"),
        "{page}"
    );
    let csv = console.get(&vera, "/reports/files/reports.csv").body;
    assert!(csv.contains(",last_seen,reports,card_number\r\n"), "{csv}");
    assert!(csv.contains(",1,yes\r\n") && csv.contains(",3,no\r\n"), "{csv}");
    let site = console.get(&vera, "/sites/shop").body;
    let unknown = "/reports?site=shop&amp;verdict=unknown&amp;range=30d";
    assert!(site.contains(&format!("<a href=\"{unknown}\">Unknown destinations</a>")), "{site}");
    console.until_shows(&vera, &unknown.replace("&amp;", "&"), "evil[.]example");
}

#[test]
fn a_form_keeps_what_was_typed_and_says_what_is_wrong_with_it() {
    let (_collector, console) = scene();
    let vera = console.log_in("vera");
    let page = console.get(&vera, "/evidence/shop").body;
    let today = day(Timestamp::now().day());
    assert!(page.contains("<a href=\"/evidence/shop?from="), "a preset fills the form in: {page}");
    let page = console.get(&vera, "/evidence/shop?from=2026-02-03&to=2026-02-04").body;
    assert!(
        page.contains("value=\"2026-02-03\"") && page.contains("value=\"2026-02-04\""),
        "{page}"
    );
    for (query, wrong) in [
        ("from=2026-02-05&to=2026-02-04", "The last day is before the first."),
        ("from=2020-02-05&to=2026-02-04", "A pack is about 800 days at the most."),
        ("from=2026-02-05&to=tomorrow", "The last day must be a day, as 2027-03-31."),
        ("from=2026-02-05&to=2026-02-05&form=zip&previous=abc", "64 hexadecimal digits"),
    ] {
        let page = console.get(&vera, &format!("/evidence/shop/pack?page_group=payment&{query}"));
        assert_eq!(page.status, 422, "{page:?}");
        assert!(page.body.contains(wrong), "{wrong}: {page:?}");
        let typed = query.split('&').next().unwrap().split_once('=').unwrap().1;
        assert!(page.body.contains(&format!("value=\"{typed}\"")), "{page:?}");
        assert!(page.body.contains("<option value=\"payment\" selected>"), "{page:?}");
    }
    let page = console.get(&vera, "/policy/shop?collector=http%3A%2F%2Fcsp.example");
    assert_eq!(page.status, 422, "{page:?}");
    assert!(page.body.contains("value=\"http://csp.example\""), "{page:?}");
    let page = console.get(&vera, "/policy/shop?collector=csp.example").body;
    assert!(page.contains("report-uri https://csp.example/report/shop"), "{page}");
    assert!(!page.contains(&format!("{today}T")) || page.contains("datetime="), "{page}");
}

#[test]
fn pages_say_where_one_is_and_who_is_logged_in() {
    let (_collector, console) = scene();
    let vera = console.log_in("vera");
    for part in ["policy", "scripts", "releases", "evidence"] {
        let page = console.get(&vera, &format!("/{part}/shop")).body;
        let current = format!("href=\"/{part}/shop\" aria-current=\"page\"");
        assert!(page.contains(&current), "{part}: {page}");
    }
    let missing = console.get(&vera, "/nothing").body;
    assert!(missing.contains("Log out") && missing.contains(">vera"), "{missing}");
    let nobody = console.get(&Visitor::default(), "/nothing").body;
    assert!(!nobody.contains("Log out"), "{nobody}");
    let login = console.get(&Visitor::default(), "/login").body;
    assert!(login.contains("cspwatch console user add"), "{login}");
}

//! `cspwatch incident`, about a fake form that is on a payment page on five days of a fortnight. Everything is real: the
//! collector's clock is set, the browser's reports come over HTTP, and ClickHouse answers.

use std::fs;

use cspwatch::base::clock::{DAY, HOUR, Timestamp, days};
use serde_json::{Value, json};

use crate::support::browser::rendered;
use crate::support::clock::Clock;
use crate::support::collector::{Collector, SHOP, script_hash, script_report, violation};
use crate::support::http;

const PAGE: &str = "https://shop.example/checkout/pay";

/// Midnight a fortnight ago.
fn began() -> Timestamp {
    Timestamp::now().floor(DAY) - days(14)
}

/// A collector, and the clock that it sees.
struct Shop {
    collector: Collector,
    clock: Clock,
    began: Timestamp,
}

impl Shop {
    fn open() -> Self {
        let (mut collector, _) = Collector::start_storing(SHOP);
        let (clock, began) = (Clock::new(collector.place()), began());
        set(&clock, began);
        collector.restart_with_clock(&clock);
        Self { collector, clock, began }
    }

    /// A report at ten past an hour of a day; waits until ClickHouse has it.
    fn report(&self, day: i64, hour: i64, blocked: &str, directive: &str, query: &str) {
        self.send(day, hour, &violation(PAGE, blocked, directive), query);
    }

    /// Sends any body at ten past an hour of a day; waits until ClickHouse has it.
    fn send(&self, day: i64, hour: i64, body: &str, query: &str) {
        self.post(day, hour, body, query);
        self.collector.settle();
    }

    fn post(&self, day: i64, hour: i64, body: &str, query: &str) {
        set(&self.clock, self.hour(day, hour) + HOUR / 6);
        let target = format!("/report/shop{query}");
        let headers = "Content-Type: application/csp-report\r\n";
        let answer =
            http::request_with(self.collector.public(), "POST", &target, headers, body).unwrap();
        assert_eq!(answer.status, 204, "{}", answer.body);
    }

    /// The form posts to the attacker.
    fn fake_form(&self, day: i64, hour: i64, order: &str) {
        self.report(day, hour, "https://evil.example/pay", "form-action", &format!("?tag={order}"));
    }

    fn incident(&self, arguments: &[&str]) -> (Option<i32>, String) {
        self.collector.command(&[&["incident"], arguments].concat())
    }

    /// The page of `--html`.
    fn page(&self, destination: &str) -> String {
        let (code, page) = self.incident(&[destination, "--html"]);
        assert_eq!(code, Some(0), "{page}");
        page
    }

    fn time(&self, day: i64, hour: i64) -> String {
        self.hour(day, hour).to_string()
    }

    /// When this hour of a day begins.
    fn hour(&self, day: i64, hour: i64) -> Timestamp {
        Timestamp::from_hour(self.began.hour() + 24 * day + hour)
    }
}

fn set(clock: &Clock, at: Timestamp) {
    clock.set(&format!("-{}s", Timestamp::now().since(at).as_secs()));
}

#[test]
fn the_five_days_of_the_fake_form_and_its_orders_are_listed() {
    let shop = Shop::open();
    shop.report(0, 9, "https://js.stripe.com/v3/", "script-src-elem", "");
    let (_, error) = shop.incident(&["evil.example"]);
    assert!(error.contains("searched: all such reports"), "{error}");

    for (day, order) in [(0, "order-1"), (1, "order-2"), (2, "order-3"), (6, "order-4")] {
        shop.fake_form(day, 10, order);
    }
    // On the last day it pauses. In its pause one customer shops, and then nobody for two hours.
    shop.fake_form(7, 10, "order-5");
    shop.report(7, 11, "https://js.stripe.com/v3/", "script-src-elem", "");
    shop.fake_form(7, 14, "order-6");

    let (code, answer) = shop.incident(&["evil[.]example", "--json"]);
    assert_eq!(code, Some(0), "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let days = [0, 1, 2, 6, 7].map(|day| shop.time(day, 0)[..10].to_owned());
    assert_eq!(answer["active_days"], json!(days));
    assert_eq!((&answer["destination"], &answer["site"]), (&json!("evil.example"), &json!("shop")));
    assert_eq!((&answer["reports"], &answer["clients"]), (&json!(6), &json!(1)));
    let begins = |path: &str, hour: String| {
        let found = answer.pointer(path).and_then(Value::as_str).unwrap();
        assert_eq!(found[..13], hour[..13], "{path}");
    };
    begins("/first_seen", shop.time(0, 10));
    begins("/last_seen", shop.time(7, 14));
    assert_eq!(answer["active_periods"].as_array().unwrap().len(), 6);
    begins("/active_periods/4/to", shop.time(7, 10));
    begins("/active_periods/5/from", shop.time(7, 14));
    let alerts = answer["alerts"].as_array().unwrap();
    let oldest = alerts.last().unwrap_or_else(|| panic!("{answer:#}"));
    assert_eq!((&oldest["severity"], &oldest["page_group"]), (&json!("page"), &json!("payment")));
    // The strongest reason comes first.
    assert!(oldest["why"].as_str().unwrap().starts_with("a form posts there; "), "{oldest:#}");
    let pages = answer["pages"].as_array().unwrap();
    assert_eq!(pages.len(), 1);
    assert_eq!((&pages[0]["path"], &pages[0]["reports"]), (&json!("/checkout/pay"), &json!(6)));
    assert_eq!(answer["channels"], json!({"send": 6}));
    assert_eq!(answer["dispositions"], json!({"report": 6}));
    let tags = answer["tags"].as_array().unwrap();
    let tags: Vec<_> =
        tags.iter().map(|tag| (tag["tag"].as_str().unwrap(), &tag["signed"])).collect();
    let orders = ["order-1", "order-2", "order-3", "order-4", "order-5", "order-6"];
    assert_eq!(tags, orders.map(|order| (order, &json!(false))));
    let coverage = &answer["coverage"]["page_groups"][0];
    assert_eq!(
        (&coverage["page_group"], &coverage["hours"]),
        (&json!("payment"), &json!(7 * 24 + 5))
    );
    let silent = json!({"from": shop.time(7, 12), "to": shop.time(7, 14)});
    assert_eq!(coverage["silent"].as_array().unwrap().last(), Some(&silent));

    let (code, list) = shop.incident(&["evil.example", "--csv"]);
    assert_eq!(code, Some(0), "{list}");
    let lines: Vec<&str> = list.split_terminator("\r\n").collect();
    assert_eq!(lines[0], "tag,signed,first_seen,last_seen,reports,pages");
    let listed = |line: &&str| line.split(',').next().unwrap().to_owned();
    assert_eq!(lines[1..].iter().map(listed).collect::<Vec<_>>(), orders);
    assert!(
        lines[1..].iter().all(|line| line.contains(",no,") && line.ends_with(",1,1")),
        "{list}"
    );

    let page = shop.page("evil.example");
    for day in &days {
        assert!(page.contains(day), "{day}");
    }
    for period in answer["active_periods"].as_array().unwrap() {
        let second = |end: &str| period[end].as_str().unwrap()[..19].replace('T', " ");
        assert!(page.contains(&second("from")) && page.contains(&second("to")), "{period}");
    }
    for order in orders {
        assert!(page.contains(&format!("<td data-name=\"Tag\">{order}</td>")), "{order}");
    }
    let uncovered = [shop.time(7, 12), shop.time(7, 14)]
        .map(|time| time.trim_end_matches('Z').replace('T', " "));
    assert!(
        page.contains(&format!("no report of any kind: {} to {} UTC", uncovered[0], uncovered[1]))
    );
    assert!(page.contains("What this cannot show") && !page.contains("evil.example"));

    let (_, words) = shop.incident(&["evil.example", "--site", "shop", "--gap", "6h"]);
    for expected in
        ["evil[.]example", "5: ", "order-6", "When it was active", "reported nothing at all"]
    {
        assert!(words.contains(expected), "{expected}: {words}");
    }
    assert!(!words.contains("evil.example"), "{words}");
}

/// A violation that a script caused, on a page with this policy.
fn called(by: &str, blocked: &str, directive: &str, policy: &str) -> String {
    let mut body: Value = serde_json::from_str(&violation(PAGE, blocked, directive)).unwrap();
    body["csp-report"]["source-file"] = by.into();
    body["csp-report"]["original-policy"] = policy.into();
    body.to_string()
}

/// The hash of the site's own script, as Chromium reports it where a policy has `report-sha256`.
fn hash(letter: &str) -> String {
    script_report(PAGE, "https://shop.example/js/a.js", &script_hash(letter))
}

#[test]
fn related_destinations_and_other_changes_are_listed() {
    const STRICT: &str = "default-src 'self'; report-uri /report";
    const LOOSE: &str = "default-src 'self'; img-src *; report-uri /report";
    const LOADER: &str = "https://cdn.example/tag.js";
    let shop = Shop::open();
    let send = |day, hour, body: &str| shop.send(day, hour, body, "");
    // An extension's junk has been there before.
    for hour in 0..24 {
        shop.post(1, hour, &violation(PAGE, "https://junk.example/j.gif", "img-src"), "");
    }
    send(2, 8, &hash("A"));
    send(2, 9, &called("", "https://junk.example/j.gif", "img-src", STRICT));
    // Then the script and the policy change; the script loads another one, which sends data.
    send(2, 10, &hash("B"));
    for hour in [11, 13] {
        send(2, hour, &called(LOADER, "https://loader.example/l.js", "script-src-elem", LOOSE));
        send(2, hour, &called(LOADER, "https://evil.example/pay", "connect-src", LOOSE));
    }
    shop.report(2, 14, "https://junk.example/j.gif", "img-src", "");
    shop.collector.decide("ignore", "evil.example", "anna", "a test");

    let (code, answer) = shop.incident(&["evil.example", "--json"]);
    assert_eq!(code, Some(0), "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let why = |destination: &str| {
        let related = answer["related"].as_array().unwrap();
        let found = related.iter().find(|related| related["destination"] == destination);
        found.unwrap_or_else(|| panic!("{answer}"))
    };
    let loader = why("loader.example");
    assert_eq!(
        loader["why"],
        json!(["same script", "same periods", "same pages", "same beginning"])
    );
    assert_eq!(
        loader["scripts"],
        json!([{"source_host": "cdn.example", "source_path": "/tag.js"}])
    );
    assert_eq!(loader["hours"], json!({"shared": 2, "of": 2, "others": 0}));
    assert_eq!((&loader["reports"], &loader["page_groups"]), (&json!(2), &json!(["payment"])));
    assert_eq!(why("junk.example")["why"], json!(["same pages"]), "{answer}");

    let changes: Vec<_> = answer["changes"].as_array().unwrap().iter().collect();
    let change = |what: &str, text: &str| {
        let is_it = |change: &&&Value| {
            change["what"] == what && change["text"].as_str().unwrap().contains(text)
        };
        *changes.iter().find(is_it).unwrap_or_else(|| panic!("{what} {text}: {answer}"))
    };
    let script = change("script", "shop.example/js/a.js has another hash now: sha256-BBBB");
    assert_eq!(script["at"].as_str().unwrap()[..13], shop.time(2, 10)[..13]);
    let policy = change("policy", "img-src is new");
    assert_eq!((&policy["effect"], &policy["page_group"]), (&json!("weakens"), &json!("payment")));
    assert_eq!(policy["at"].as_str().unwrap()[..13], shop.time(2, 11)[..13]);
    let silence = change("silence", "for 1 h");
    assert_eq!(
        (&silence["at"], &silence["until"]),
        (&json!(shop.time(2, 12)), &json!(shop.time(2, 13)))
    );
    let times: Vec<&str> = changes.iter().map(|change| change["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    // Decided today, more than a week after the last report: a decision, but not a change of that time.
    assert_eq!(answer["decisions"].as_array().unwrap().len(), 1);
    assert!(changes.iter().all(|change| change["what"] != "decision"), "{answer}");

    let (_, words) = shop.incident(&["evil.example"]);
    for expected in
        ["loader[.]example", "same script, same periods", "2 of 2 hours", "What else changed"]
    {
        assert!(words.contains(expected), "{expected}: {words}");
    }
    let page = shop.page("evil.example");
    for expected in
        ["loader[.]example", "shop[.]example/js/a[.]js has another hash now", "weakens the policy"]
    {
        assert!(page.contains(expected), "{expected}: {page}");
    }
}

/// The page is made of texts that anybody can post. Chromium shows it, runs nothing, and refuses nothing in it.
#[test]
fn a_browser_that_shows_the_page_runs_nothing_of_it() {
    const SCRIPT: &str = "<script>document.title='run'</script>";
    const IMAGE: &str = "\"><img src=x onerror=\"document.title='run'\">\u{202e}";
    let (collector, _) = Collector::start_storing(SHOP);
    let mut body: Value = serde_json::from_str(&violation(
        PAGE,
        &format!("https://evil.example/{SCRIPT}"),
        "img-src",
    ))
    .unwrap();
    body["csp-report"]["document-uri"] = format!("{PAGE}/{IMAGE}{SCRIPT}").into();
    body["csp-report"]["source-file"] = format!("https://cdn.example/{IMAGE}{SCRIPT}").into();
    body["csp-report"]["script-sample"] = format!("{IMAGE}{SCRIPT}").into();
    assert_eq!(collector.post(&body.to_string()).status, 204);
    collector.settle();
    collector.decide("forget", "evil.example", SCRIPT, IMAGE);

    let (_, page) = collector.command(&["incident", "evil.example", "--html"]);
    assert!(
        page.contains("&lt;script&gt;") && page.contains("onerror"),
        "the texts are on the page: {page}"
    );
    assert!(
        !page.contains("<script") && !page.contains("<img") && !page.contains('\u{202e}'),
        "{page}"
    );
    let file = collector.place().join("incident.html");
    fs::write(&file, &page).unwrap();
    let (shown, log) = rendered(&file);
    assert!(shown.contains("<title>Incident evil[.]example</title>"), "{shown}");
    assert!(!shown.contains("<script") && !shown.contains("<img"), "{shown}");
    assert!(!log.contains("CONSOLE"), "{log}");

    // What the console shows otherwise: the policy allows this style and no other.
    fs::write(&file, page.replace("<style>", "<style> ")).unwrap();
    let (_, log) = rendered(&file);
    assert!(log.contains("CONSOLE") && log.contains("Content Security Policy"), "{log}");
}

#[test]
fn wrong_arguments_are_explained() {
    let (collector, _) = Collector::start_storing(SHOP);
    assert_eq!(collector.post_violation("https://other.example/", "img-src").status, 204);
    collector.settle();
    for (arguments, code, expected) in [
        (&["co.uk"][..], 1, "co.uk"),
        (&["evil.example", "--site", "shopp"], 64, "no such site is configured; there are: shop"),
        (&["evil.example", "--site", "shop"], 1, "of the site shop names evil.example"),
        (&["evil.example", "--gap", "5s"], 64, "less than 1m"),
        (&["evil.example", "--gap", "5"], 64, "write for example \"1m\""),
        (&["evil.example", "--gap", "often"], 64, "often"),
        (&["not a host"], 1, "not a host"),
        (&["evil.example", "--csv", "--html"], 64, "cannot be used with"),
        (&["evil.example", "--json", "--csv"], 64, "cannot be used with"),
    ] {
        let (found, text) = collector.command(&[&["incident"], arguments].concat());
        assert_eq!(found, Some(code), "{text}");
        assert!(text.contains(expected), "{text}");
    }
}

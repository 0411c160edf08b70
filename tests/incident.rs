//! `cspwatch incident`, on a fake form that is in a payment page on five days of a fortnight, through the real chain: the
//! collector's clock is set, the browser's reports come over HTTP, and ClickHouse answers.

use cspwatch::clock::Timestamp;
use serde_json::{Value, json};

use crate::support::clock::Clock;
use crate::support::collector::{Collector, SHOP, violation};
use crate::support::http;

/// In milliseconds.
const DAY: i64 = 24 * HOUR;
const HOUR: i64 = 3_600_000;
const PAGE: &str = "https://shop.example/checkout/pay";

/// Midnight a fortnight ago.
fn began() -> i64 {
    let now = Timestamp::now().0;
    now - now % DAY - 14 * DAY
}

/// A collector, and the clock that it sees.
struct Shop {
    collector: Collector,
    clock: Clock,
    began: i64,
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
        set(&self.clock, self.began + day * DAY + hour * HOUR + HOUR / 6);
        let body = violation(PAGE, blocked, directive);
        let target = format!("/report/shop{query}");
        let headers = "Content-Type: application/csp-report\r\n";
        let answer =
            http::request_with(self.collector.public(), "POST", &target, headers, &body).unwrap();
        assert_eq!(answer.status, 204, "{}", answer.body);
        self.collector.settle();
    }

    /// The form posts to the attacker.
    fn fake_form(&self, day: i64, hour: i64, order: &str) {
        self.report(day, hour, "https://evil.example/pay", "form-action", &format!("?tag={order}"));
    }

    fn incident(&self, arguments: &[&str]) -> (Option<i32>, String) {
        self.collector.command(&[&["incident"], arguments].concat())
    }

    fn time(&self, day: i64, hour: i64) -> String {
        Timestamp(self.began + day * DAY + hour * HOUR).to_string()
    }
}

fn set(clock: &Clock, at: i64) {
    clock.set(&format!("-{}s", (Timestamp::now().0 - at) / 1000));
}

#[test]
fn the_five_days_of_the_fake_form_are_named_and_so_is_whom_it_touched() {
    let shop = Shop::open();
    shop.report(0, 9, "https://js.stripe.com/v3/", "script-src-elem", "");
    let (_, nothing) = shop.incident(&["evil.example"]);
    assert!(nothing.contains("searched: all that the database"), "{nothing}");

    for (day, order) in [(0, "order-1"), (1, "order-2"), (2, "order-3"), (6, "order-4")] {
        shop.fake_form(day, 10, order);
    }
    // On the last day it pauses; in its pause somebody shops, and for two hours nobody does.
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

    let (_, words) = shop.incident(&["evil.example", "--site", "shop", "--gap", "6h"]);
    for said in
        ["evil[.]example", "5: ", "order-6", "When it was active", "reported nothing at all"]
    {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(!words.contains("evil.example"), "{words}");
}

#[test]
fn what_cannot_be_asked_is_told() {
    let (collector, _) = Collector::start_storing(SHOP);
    assert_eq!(collector.post_violation("https://other.example/", "img-src").status, 204);
    collector.settle();
    for (arguments, code, said) in [
        (&["co.uk"][..], 1, "co.uk"),
        (&["evil.example", "--site", "shopp"], 1, "no such site is configured; there are: shop"),
        (&["evil.example", "--site", "shop"], 1, "of the site shop names evil.example"),
        (&["evil.example", "--gap", "5s"], 64, "less than a minute"),
        (&["evil.example", "--gap", "often"], 64, "often"),
    ] {
        let (found, text) = collector.command(&[&["incident"], arguments].concat());
        assert_eq!(found, Some(code), "{text}");
        assert!(text.contains(said), "{text}");
    }
}

//! `cspwatch policy` through the real chain: a month of what browsers report of an enforced policy and of a stricter one
//! on trial, a decision by the command, and then the policy that a person would write by hand.

use std::fs;

use cspwatch::base::clock::{Timestamp, days};
use serde_json::{Value, json};

use crate::support::clock::Clock;
use crate::support::collector::{Collector, SHOP};
use crate::support::http;

const ENFORCED: &str =
    "default-src 'self'; script-src 'self' https:; img-src * data:; connect-src 'self'";
const TRIED: &str = "default-src 'self'; script-src 'self'; img-src * data:; connect-src 'self'; form-action 'self'; \
                     base-uri 'none'; frame-ancestors 'self'";

struct Shop {
    collector: Collector,
    clock: Clock,
}

impl Shop {
    fn open() -> Self {
        let (mut collector, _) = Collector::start_storing(SHOP);
        let clock = Clock::new(collector.place());
        collector.restart_with_clock(&clock);
        Self { collector, clock }
    }

    /// Reports as browsers send them, so many days ago; returns when ClickHouse has them.
    fn post(&self, days_ago: u32, body: &str) {
        self.clock.set(&format!("-{}s", days(days_ago).as_secs()));
        let headers = "Content-Type: application/reports+json\r\n";
        let to = self.collector.public();
        let answer = http::request_with(to, "POST", "/report/shop", headers, body).unwrap();
        assert_eq!(answer.status, 204, "{}", answer.body);
        self.collector.settle();
    }

    /// Of a day: both policies are violated.
    fn day(&self, days_ago: u32) {
        let body = json!([
            violation(ENFORCED, "enforce", "connect-src", "https://api.shop.example/cart"),
            violation(TRIED, "report", "connect-src", "https://api.shop.example/cart"),
            violation(TRIED, "report", "script-src-elem", "https://js.stripe.com/v3/"),
            violation(TRIED, "report", "script-src-elem", "https://cdn.pay.example/pay.js"),
            violation(TRIED, "report", "form-action", "https://www.pay.example/3ds"),
            violation(TRIED, "report", "script-src-elem", "https://evil.example/skim.js"),
            {"type": "integrity-violation", "age": 0, "url": "https://shop.example/checkout", "body":
                {"documentURL": "https://shop.example/checkout", "blockedURL": "https://cdn.example/a.js",
                 "destination": "script", "reportOnly": true}},
        ]);
        self.post(days_ago, &body.to_string());
    }

    fn approve(&self, destination: &str) {
        self.collector.decide("approve", destination, "ada", "our PSP");
    }

    fn policy(&self, arguments: &[&str]) -> (Option<i32>, String) {
        self.collector.command(&[&["policy", "shop"], arguments].concat())
    }

    /// Of the payment pages.
    fn json(&self, arguments: &[&str]) -> Value {
        let (code, answer) =
            self.policy(&[&["--json", "--page-group", "payment"], arguments].concat());
        assert_eq!(code, Some(0), "{answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        answer["page_groups"][0].clone()
    }
}

fn violation(policy: &str, disposition: &str, directive: &str, blocked: &str) -> Value {
    json!({"type": "csp-violation", "age": 0, "url": "https://shop.example/checkout", "body": {
        "documentURL": "https://shop.example/checkout", "blockedURL": blocked, "effectiveDirective": directive,
        "originalPolicy": format!("{policy}; report-to cspwatch"), "disposition": disposition, "statusCode": 200,
        "referrer": "", "sample": "",
    }})
}

fn headers(advice: &Value) -> Vec<String> {
    let headers = advice["headers"].as_array().unwrap().iter();
    headers.map(|it| format!("{}: {}", it["name"], it["value"]).replace('"', "")).collect()
}

#[test]
fn the_policy_is_what_one_would_write_by_hand() {
    let shop = Shop::open();
    for days in [29, 15, 1] {
        shop.day(days);
    }
    shop.post(
        1,
        &json!([violation(ENFORCED, "enforce", "connect-src", "https://evil.example/c")])
            .to_string(),
    );
    shop.approve("pay.example");

    let advice = shop.json(&["--endpoint", "https://csp.example/"]);
    let policy = "default-src 'self'; \
                  script-src 'self' https://*.stripe.com https://cdn.pay.example 'report-sample' 'report-sha256'; \
                  img-src * data:; connect-src 'self' https://api.shop.example; \
                  form-action 'self' https://www.pay.example; base-uri 'none'; frame-ancestors 'self'";
    let trial = policy.replace("img-src *", "img-src 'self'");
    assert_eq!(
        headers(&advice),
        [
            format!(
                "Content-Security-Policy: {policy}; report-uri https://csp.example/report/shop"
            ),
            format!("Content-Security-Policy-Report-Only: {trial}; report-to cspwatch"),
            "Reporting-Endpoints: cspwatch=\\https://csp.example/report/shop\\".to_owned(),
            "Integrity-Policy-Report-Only: blocked-destinations=(script), endpoints=(cspwatch)"
                .to_owned(),
        ]
    );
    assert_eq!(advice["present"]["disposition"], "enforce");
    assert_eq!(advice["integrity"], json!({"state": "lacking", "reports": 3}));
    let broad = json!([{"directive": "img-src", "source": "*", "is_tried": false, "uses": null}]);
    assert_eq!(advice["broad"], broad);

    let sources = advice["sources"].as_array().unwrap();
    let source = |text: &str| sources.iter().find(|it| it["source"] == text).unwrap();
    let approved = source("https://cdn.pay.example");
    assert_eq!((&approved["reports"], &approved["because"]), (&json!(3), &json!("reported")));
    assert_eq!(approved["vouched"]["decision"]["by"], "ada");
    let days = |text: &Value| Timestamp::parse(text.as_str().unwrap()).unwrap().day();
    assert_eq!(days(&approved["last_seen"]) - days(&approved["first_seen"]), 28);
    let known = json!({"verdict": "known", "key": "site.known", "pattern": "*.stripe.com"});
    assert_eq!(source("https://*.stripe.com")["vouched"], known);

    let history = advice["history"].as_array().unwrap();
    let blocked: Vec<_> = history.iter().filter(|it| it["fate"] == "blocked").collect();
    let told: Vec<_> =
        blocked.iter().map(|it| (&it["host"], &it["path"], &it["reports"])).collect();
    let (evil, script) = (json!("evil.example"), json!("/skim.js"));
    assert_eq!(told, [(&evil, &script, &json!(3)), (&evil, &json!("/c"), &json!(1))]);
    let passing: u64 = history
        .iter()
        .filter(|it| it["fate"] == "passes")
        .map(|it| it["reports"].as_u64().unwrap())
        .sum();
    assert_eq!(passing, 15, "{history:#?}");
    let differences = advice["differences"].as_array().unwrap().iter();
    let differences: Vec<_> = differences.map(|it| it["change"].as_str().unwrap()).collect();
    for said in [
        "script-src has https: no more: tightens the policy",
        "script-src has https://cdn.pay.example now: weakens the policy",
        "form-action is new, with 'self' https://www.pay.example: tightens the policy",
    ] {
        assert!(differences.contains(&said), "{differences:#?}");
    }
}

#[test]
fn people_read_headers_first_and_then_the_reasons() {
    let shop = Shop::open();
    for days in [29, 1] {
        shop.day(days);
    }
    let (code, text) = shop.policy(&[]);
    assert_eq!(code, Some(0), "{text}");
    for said in [
        "== Page group payment",
        "\nContent-Security-Policy: default-src 'self'; ",
        "report-uri https://{COLLECTOR}/report/shop\n",
        "For https://{COLLECTOR} put in the collector's origin",
        "img-src *: no policy that forbids it was in force over the range",
        "own: site.hosts has \"*.shop.example\"",
        "evil[.]example",
        "What the present policy let pass was never reported",
        "cspwatch destinations approve DESTINATION --site shop",
        "== Page group other\n\nNothing was reported of these pages",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    assert!(!text.contains("evil.example"), "{text}");
}

#[test]
fn a_policy_that_is_given_counts_as_the_present_one() {
    let shop = Shop::open();
    shop.day(1);
    let file = shop.collector.place().join("policy.txt");
    let given = "Content-Security-Policy: default-src 'none'; script-src 'nonce-abc'; img-src https://old.example; form-action 'none'\n";
    fs::write(&file, given).unwrap();
    let advice = shop.json(&["--current", file.to_str().unwrap()]);
    let policy = "default-src 'none'; \
                  script-src 'nonce-{RANDOM}' https://*.stripe.com 'report-sample' 'report-sha256'; \
                  img-src https://old.example; connect-src https://api.shop.example; form-action 'none'";
    assert_eq!(advice["policy"], policy);
    assert_eq!(advice["present"]["is_given"], true);
    let trial = format!("{policy}; base-uri 'none'; frame-ancestors 'self'");
    assert_eq!(advice["trial"], trial);
    let (_, text) = shop.policy(&["--current", file.to_str().unwrap()]);
    for said in [
        "Hosts that stand there only because the present policy has them: 1;",
        "the present policy has it; nobody vouches for it",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }

    for (text, said) in [
        ("default-src 'none', img-src *", "a comma begins another policy"),
        ("", "holds no directive"),
        ("img-src b\u{fc}cher.example", "is not all printable ASCII"),
    ] {
        fs::write(&file, text).unwrap();
        let (code, text) = shop.policy(&["--current", file.to_str().unwrap()]);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains(said), "{text}");
    }
}

#[test]
fn what_cannot_be_suggested_is_told_with_what_was_searched() {
    let (collector, database) = Collector::start_storing(SHOP);
    assert_eq!(collector.post_violation("https://cdn.example/", "img-src").status, 204);
    collector.settle();
    let searched = format!("searched: the database {database}");
    for (arguments, code, said) in [
        (&["shopp"][..], 1, "SITE shopp: no such site is configured; there are: shop"),
        (
            &["shop", "--page-group", "pay"],
            1,
            "shop has no such page group; there are: payment, other",
        ),
        (&["shop", "--page-group", "other"], 1, &searched),
        (
            &["shop", "--from", "2020-01-01", "--to", "2020-01-31"],
            1,
            "from 2020-01-01T00:00:00Z to 2020-02-01",
        ),
        (
            &["shop", "--from", "2027-03-31", "--to", "2027-03-01"],
            64,
            "--from: begins when the range is over",
        ),
        (&["shop", "--endpoint", "http://csp.example"], 64, "browsers report to https only"),
        (&["shop", "--endpoint", "https://csp.example/report/shop"], 64, "an origin has no path"),
        (&["shop", "--current", "/nowhere"], 1, "/nowhere cannot be read"),
        (&[], 64, "SITE"),
    ] {
        let (found, text) = collector.command(&[&["policy"], arguments].concat());
        assert_eq!(found, Some(code), "{text}");
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[test]
fn a_site_whose_endpoint_has_a_key_is_told_of_signatures() {
    let (mut collector, _) = Collector::start_storing(SHOP);
    let key = collector.place().join("endpoint.key");
    fs::write(&key, "correct-horse-battery").unwrap();
    collector
        .restart_with("name = \"shop\"", &format!("name = \"shop\"\nendpoint_key_file = {key:?}"));
    assert_eq!(collector.post_violation("https://cdn.example/", "img-src").status, 204);
    collector.settle();
    let (code, text) = collector.command(&["policy", "shop"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("cspwatch sign --site shop"), "{text}");
}

#[test]
fn a_site_that_nobody_configured_has_a_policy_too() {
    let (collector, _) = Collector::start_storing("");
    for blocked in ["https://static.shop.example/a.png", "https://cdn.example/b.png"] {
        assert_eq!(collector.post_violation(blocked, "img-src").status, 204);
    }
    collector.settle();
    let (code, answer) = collector.command(&["policy", "www.shop.example", "--json"]);
    assert_eq!(code, Some(0), "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["site"], "shop.example");
    let advice = &answer["page_groups"][0];
    let policy = advice["policy"].as_str().unwrap();
    assert!(policy.contains("img-src 'self' https://static.shop.example"), "{policy}");
    assert!(!policy.contains("cdn.example"), "{policy}");
    let headers = headers(advice);
    assert!(headers[0].starts_with("Content-Security-Policy-Report-Only: "), "{headers:?}");
    assert!(headers[0].ends_with("; report-uri https://{COLLECTOR}/report"), "{headers:?}");
}

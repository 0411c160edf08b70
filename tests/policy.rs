//! `cspwatch policy` with a real collector and ClickHouse: browsers report for a month about an enforced policy and a
//! stricter one that is tried, a person approves a destination, and the command suggests what a person would write by hand.

use std::fs;

use cspwatch::base::clock::{Timestamp, days};
use serde_json::{Value, json};

use crate::support::builder::path_text;
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

    /// Posts reports as browsers send them, so many days ago. Returns when ClickHouse has them.
    fn post(&self, days_ago: u32, body: &str) {
        self.clock.set(&format!("-{}s", days(days_ago).as_secs()));
        let headers = "Content-Type: application/reports+json\r\n";
        let to = self.collector.public();
        let answer = http::request_with(to, "POST", "/report/shop", headers, body).unwrap();
        assert_eq!(answer.status, 204, "{}", answer.body);
        self.collector.settle();
    }

    /// Posts the reports of a day on which both policies are violated.
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

    /// The JSON about the payment pages.
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
    headers
        .map(|header| format!("{}: {}", header["name"], header["value"]).replace('"', ""))
        .collect()
}

#[test]
fn the_policy_is_what_a_person_would_write_by_hand() {
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
            "Connection-Allowlist-Report-Only: (response-origin \\https://*.shop.example\\ \\https://shop.example\\ \
             \\https://*.stripe.com\\ \\https://cdn.example\\ \\https://cdn.pay.example\\ \\https://www.pay.example\\)\
             ;report-to=cspwatch;redirects=block;webrtc=block"
                .to_owned(),
        ]
    );
    assert_eq!(advice["present"]["disposition"], "enforce");
    assert_eq!(advice["integrity"], json!({"state": "lacking", "reports": 3}));
    let broad = json!([{"directive": "img-src", "source": "*", "is_tried": false, "uses": null}]);
    assert_eq!(advice["broad"], broad);

    let sources = advice["sources"].as_array().unwrap();
    let source = |text: &str| sources.iter().find(|entry| entry["source"] == text).unwrap();
    let approved = source("https://cdn.pay.example");
    assert_eq!((&approved["reports"], &approved["because"]), (&json!(3), &json!("reported")));
    assert_eq!(approved["vouched"]["decision"]["by"], "ada");
    let days = |text: &Value| Timestamp::parse(text.as_str().unwrap()).unwrap().day();
    assert_eq!(days(&approved["last_seen"]) - days(&approved["first_seen"]), 28);
    let known = json!({"verdict": "known", "key": "site.known", "pattern": "*.stripe.com"});
    assert_eq!(source("https://*.stripe.com")["vouched"], known);

    let history = advice["history"].as_array().unwrap();
    let blocked: Vec<_> = history.iter().filter(|entry| entry["fate"] == "blocked").collect();
    let blocked: Vec<_> =
        blocked.iter().map(|entry| (&entry["host"], &entry["path"], &entry["reports"])).collect();
    let (evil, script) = (json!("evil.example"), json!("/skim.js"));
    assert_eq!(blocked, [(&evil, &script, &json!(3)), (&evil, &json!("/c"), &json!(1))]);
    let passing: u64 = history
        .iter()
        .filter(|entry| entry["fate"] == "passes")
        .map(|entry| entry["reports"].as_u64().unwrap())
        .sum();
    assert_eq!(passing, 15, "{history:#?}");
    let differences = advice["differences"].as_array().unwrap().iter();
    let differences: Vec<_> = differences.map(|entry| entry["change"].as_str().unwrap()).collect();
    for expected in [
        "script-src has https: no more: tightens the policy",
        "script-src has https://cdn.pay.example now: weakens the policy",
        "form-action is new, with 'self' https://www.pay.example: tightens the policy",
    ] {
        assert!(differences.contains(&expected), "{differences:#?}");
    }
}

#[test]
fn an_approved_inline_script_is_allowed_by_its_hash() {
    let shop = Shop::open();
    let hashes = ["a", "b"].map(|letter| format!("sha256-{}=", letter.repeat(43)));
    for days in [29, 15, 1] {
        let inline = hashes.iter().map(|hash| {
            json!({"type": "inline-hash", "url": "https://shop.example/checkout", "body": {"hash": hash}})
        });
        shop.post(days, &Value::from_iter(inline).to_string());
        shop.day(days);
    }
    let about = ["approve", "inline", "--site", "shop", "--hash", &hashes[0]];
    let reasons = ["--why", "the cart", "--by", "ada", "--owner", "web"];
    let (code, text) = shop.collector.command(&[&["scripts"], &about[..], &reasons].concat());
    assert_eq!(code, Some(0), "{text}");

    let advice = shop.json(&[]);
    let texts = ["policy", "trial"].map(|policy| advice[policy].as_str().unwrap());
    assert!(texts.iter().all(|text| text.contains(&format!("'{}'", hashes[0]))), "{texts:?}");
    assert!(texts.iter().all(|text| !text.contains(&hashes[1])), "{texts:?}");
    let inline = &advice["inline_scripts"];
    let row = |hash: &str| {
        let rows = inline["scripts"].as_array().unwrap();
        rows.iter().find(|row| row["hash"] == hash).unwrap()
    };
    assert_eq!(row(&hashes[0])["approval"]["by"], "ada");
    assert_eq!(
        (&row(&hashes[0])["policy"], &row(&hashes[1])["policy"]),
        (&json!("hash"), &json!("nothing"))
    );
    assert_eq!((&inline["gone"], &inline["wants_nonce"]), (&json!(0), &json!(false)));

    let (_, text) = shop.policy(&[]);
    for words in [
        "Inline scripts, and what in each policy allows them",
        "approved by ada",
        "Not approved: 1.",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn the_text_has_headers_first_and_then_the_reasons() {
    let shop = Shop::open();
    for days in [29, 1] {
        shop.day(days);
    }
    let (code, text) = shop.policy(&[]);
    assert_eq!(code, Some(0), "{text}");
    for expected in [
        "== Page group payment",
        "\nContent-Security-Policy: default-src 'self'; ",
        "report-uri https://{COLLECTOR}/report/shop\n",
        "Replace https://{COLLECTOR} by the collector's origin",
        "img-src *: no policy that forbids it was in force over the range",
        "own: site.hosts has \"*.shop.example\"",
        "evil[.]example",
        "Browsers never reported what the current policy allows",
        "cspwatch destinations approve DESTINATION --site shop",
        "== Page group other\n\nNothing was reported about these pages",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    assert!(!text.contains("evil.example"), "{text}");
}

/// A report as Chromium sends it about a navigation.
fn navigation(connection: &str) -> Value {
    json!({"type": "connection-allowlist", "age": 0, "url": "https://shop.example/checkout", "body":
        {"connection": connection, "disposition": "report"}})
}

#[test]
fn links_are_listed_apart_and_an_approved_one_is_in_the_list() {
    let shop = Shop::open();
    for days in [29, 1] {
        let body = json!([
            navigation("https://www.bank.example/3ds?id=1"),
            navigation("https://evil.example/?card=1"),
            navigation("https://shop.example/login"),
            navigation(""),
        ]);
        shop.post(days, &body.to_string());
    }
    let links = |advice: &Value| {
        let links = advice["connection_allowlist"]["links"].as_array().unwrap();
        let link = |link: &Value| {
            json!([link["host"], link["is_listed"], link["said"]["verdict"], link["reports"]])
        };
        links.iter().map(link).collect::<Vec<_>>()
    };
    let bank = |listed: bool, verdict| json!(["www.bank.example", listed, verdict, 2]);
    let evil = json!(["evil.example", false, "unknown", 2]);
    let advice = shop.json(&[]);
    assert_eq!(links(&advice), [evil.clone(), bank(false, "unknown")]);
    let left_out = advice["left_out"].as_array().unwrap().iter();
    let left_out: Vec<_> = left_out.map(|entry| (&entry["directive"], &entry["what"])).collect();
    let directive = json!("connection-allowlist");
    for destination in ["bank.example", "evil.example"] {
        assert!(left_out.contains(&(&directive, &json!(destination))), "{left_out:?}");
    }
    shop.approve("bank.example");
    let advice = shop.json(&[]);
    assert_eq!(links(&advice), [evil, bank(true, "approved")]);
    let header = headers(&advice).pop().unwrap();
    assert!(header.contains("https://www.bank.example") && !header.contains("evil"), "{header}");
    let obstacles = advice["connection_allowlist"]["obstacles"].as_array().unwrap().iter();
    let obstacles: Vec<_> =
        obstacles.map(|entry| json!([entry["obstacle"], entry["reports"]])).collect();
    let expected = [
        json!(["policy_untried", null]),
        json!(["links_left_out", 2]),
        json!(["redirects", 2]),
        json!(["app_links", 2]),
    ];
    assert_eq!(obstacles, expected);
    let (_, text) = shop.policy(&["--page-group", "payment"]);
    for expected in [
        "Where the pages lead, by reports of Connection-Allowlist\n",
        "evil[.]example",
        "add \"connection-allowlist HOST\" to known",
        "Firefox and Safari ignore the header.",
        "Do not enforce it yet:",
        "2 reports name URLs of your own: these redirect",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

#[test]
fn a_supplied_policy_counts_as_the_current_one() {
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
    for expected in [
        "Hosts that are listed only because the current policy has them: 1;",
        "the current policy has it; neither configured nor approved",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }

    for (text, expected) in [
        ("default-src 'none', img-src *", "a comma begins another policy"),
        ("", "contains no directive"),
        ("img-src b\u{fc}cher.example", "is not all printable ASCII"),
    ] {
        fs::write(&file, text).unwrap();
        let (code, text) = shop.policy(&["--current", file.to_str().unwrap()]);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn without_reports_the_error_says_what_was_searched() {
    let (collector, database) = Collector::start_storing(SHOP);
    assert_eq!(collector.post_violation("https://cdn.example/", "img-src").status, 204);
    collector.settle();
    let searched = format!("searched: the database {database}");
    for (arguments, code, expected) in [
        (&["shopp"][..], 64, "SITE shopp: no such site is configured; there are: shop"),
        (
            &["shop", "--page-group", "pay"],
            64,
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
            "--from: is after the end of the range",
        ),
        (&["shop", "--endpoint", "http://csp.example"], 64, "browsers report to https only"),
        (&["shop", "--endpoint", "https://csp.example/report/shop"], 64, "an origin has no path"),
        (&["shop", "--current", "/nowhere"], 1, "/nowhere cannot be read"),
        (&[], 64, "SITE"),
    ] {
        let (found, text) = collector.command(&[&["policy"], arguments].concat());
        assert_eq!(found, Some(code), "{text}");
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

#[test]
fn for_a_site_with_an_endpoint_key_the_text_explains_signatures() {
    let (mut collector, _) = Collector::start_storing(SHOP);
    let key = collector.place().join("endpoint.key");
    fs::write(&key, "correct-horse-battery").unwrap();
    collector.reconfigure(|config| config.set("site.0.endpoint_key_file", path_text(&key)));
    assert_eq!(collector.post_violation("https://cdn.example/", "img-src").status, 204);
    collector.settle();
    let (code, text) = collector.command(&["policy", "shop"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("cspwatch sign --site shop"), "{text}");
}

#[test]
fn a_site_that_is_not_configured_gets_a_policy_too() {
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

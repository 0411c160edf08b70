//! No card number reaches the journal: whatever field it is in, however it is written, and also where it is spread over
//! several. What is kept is decoded by `decoder`, which knows nothing of the collector's own.

#[path = "card_numbers/decoder.rs"]
mod decoder;
#[path = "card_numbers/spellings.rs"]
mod spellings;

use cspwatch::base::client_id::ClientId;
use cspwatch::base::clock::Timestamp;
use cspwatch::config::Config;
use cspwatch::pipeline::judge::{Endpoint, Headers};
use cspwatch::pipeline::normalise::redact;
use cspwatch::pipeline::{self, Request, Rules};
use proptest::prelude::*;
use serde_json::{Value, json};

use decoder::gives_back;
use spellings::{Spelling, spelling};

/// A number with an issuer's prefix and length, and the right check digit.
fn card() -> impl Strategy<Value = String> {
    let issuers = vec![
        ("4", 16),
        ("4", 13),
        ("4", 19),
        ("51", 16),
        ("55", 16),
        ("2221", 16),
        ("34", 15),
        ("37", 15),
        ("36", 14),
        ("3528", 16),
        ("6011", 16),
        ("62", 16),
        ("62", 19),
        ("65", 16),
    ];
    (prop::sample::select(issuers), "[0-9]{19}").prop_map(|((prefix, length), random)| {
        let mut number = prefix.to_owned() + &random;
        number.truncate(length - 1);
        let sum: u32 = number
            .bytes()
            .rev()
            .enumerate()
            .map(|(index, byte)| {
                let digit = u32::from(byte - b'0');
                match (index % 2 == 0, digit) {
                    (true, 5..) => 2 * digit - 9,
                    (true, _) => 2 * digit,
                    (false, _) => digit,
                }
            })
            .sum();
        format!("{number}{}", (10 - sum % 10) % 10)
    })
}

/// Bodies with a text in each place that a report has for one. `pieces`: the text, cut for places that take several.
fn bodies(spelling: &Spelling) -> Vec<Value> {
    let text = spelling.pieces.concat();
    let path = spelling.pieces.join("/");
    let label: String = text.chars().filter(|c| !" ,:|=;*/+%&#\\".contains(*c)).collect();
    let labels = spelling.pieces.join(".").replace([' ', '/', ':', '?', '#', '%'], "-");
    let parameters: Vec<String> =
        spelling.pieces.iter().enumerate().map(|(n, piece)| format!("p{n}x={piece}")).collect();
    let urls = [
        format!("https://evil.example/{text}/x"),
        format!("https://evil.example/a/{path}"),
        format!("https://evil.example/main.{text}.js"),
        format!("https://evil.example/{}.js", spelling.pieces.join(".")),
        format!("https://evil.example/main.{}.js", in_hex(&text)),
        format!("https://evil.example/c?d={text}&e=f"),
        format!("https://evil.example/c?{}", parameters.join("&")),
        format!("https://evil.example/#{text}"),
        format!("https://{label}@evil.example/"),
        format!("https://{label}.evil.example/"),
        format!("https://{labels}.evil.example/"),
        format!("https://a b/{text}"),
        format!("wss://evil.example:8443/a/{text}"),
        format!("data:text/plain,{text}"),
        text.clone(),
    ];
    let csp = |field: &str, value: &str| {
        let mut report = json!({
            "document-uri": "https://www.shop.example/", "blocked-uri": "https://e.example/",
            "effective-directive": "img-src",
        });
        report[field] = value.into();
        json!({ "csp-report": report })
    };
    let mut all: Vec<Value> = ["document-uri", "blocked-uri", "source-file", "referrer"]
        .iter()
        .flat_map(|field| urls.iter().map(|url| csp(field, url)))
        .collect();
    let texts = [
        "effective-directive",
        "violated-directive",
        "script-sample",
        "disposition",
        "status-code",
        "line-number",
        "column-number",
    ];
    all.extend(texts.iter().map(|field| csp(field, &text)));
    for policy in [
        format!("img-src https://cdn.example/{text}"),
        format!("script-src 'nonce-{text}' https://{labels}.cdn.example"),
        format!("{text} 'self'"),
        format!("img-src 'self'; report-uri /{text}; report-to {text}"),
    ] {
        all.push(csp("original-policy", &policy));
    }
    all.extend(of_every_kind(&text));
    all.push(spread(&spelling.quarters));
    let names = spelling.quarters.each_ref().map(|quarter| format!("{}.js", in_hex(quarter)));
    all.push(spread(&names));
    all
}

/// A text whose digits look like those of a hash.
fn in_hex(text: &str) -> String {
    let letter = |index: usize| char::from(b"abcdef"[index % 6]);
    text.chars().enumerate().flat_map(|(index, c)| [c, letter(index)]).collect()
}

fn of_every_kind(text: &str) -> impl Iterator<Item = Value> + use<> {
    const KINDS: [&str; 13] = [
        "csp-violation",
        "csp-hash",
        "integrity-violation",
        "sri-failure",
        "network-error",
        "coep",
        "coop",
        "crash",
        "permissions-policy-violation",
        "document-policy-violation",
        "deprecation",
        "intervention",
        "connection-allowlist",
    ];
    let text = text.to_owned();
    let url = format!("https://evil.example/{text}");
    let kinds = KINDS.iter().map(|kind| (*kind).to_owned()).chain([text.clone()]);
    kinds.map(move |kind| {
        json!([{"type": kind, "url": url, "user_agent": text, "body": {
            "documentURL": url, "subresourceURL": url, "blockedURL": url, "connection": url,
            "nextResponseURL": url, "hash": format!("sha256-{text}"), "actual": text,
            "destination": text, "message": text, "id": text, "policyId": text, "reason": text,
            "type": text, "sample": text, "sourceFile": url,
        }}])
    })
}

/// A report that has a quarter in each of four fields.
fn spread(quarters: &[String; 4]) -> Value {
    let [first, second, third, fourth] = quarters;
    json!({"csp-report": {
        "document-uri": format!("https://www.shop.example/{first}"),
        "blocked-uri": format!("https://evil.example/{second}"),
        "source-file": format!("https://evil.example/{third}"),
        "effective-directive": "script-src-elem",
        "script-sample": fourth,
    }})
}

fn rules() -> Rules {
    let config = "[privacy]\nkeep_query = true\n[limits]\nper_client = \"0\"";
    let config = Config::from_text("test", config, &Default::default()).unwrap();
    Rules::new(&config, Default::default())
}

/// All texts that the journal is given of a body, report by report.
fn journaled(body: &str, tag: &str, rules: &Rules) -> Vec<Vec<String>> {
    let request = Request {
        received: Timestamp::from_seconds(1_800_000_000),
        client: ClientId(1),
        endpoint: Endpoint::Any,
        tag,
        is_tag_signed: false,
        verified: false,
        headers: Headers { user_agent: tag, ..Headers::default() },
        body: body.as_bytes(),
    };
    let batch = pipeline::take(&request, rules).batch;
    let texts = batch.entries.iter().map(|entry| {
        let row = entry.row.row();
        let policy = entry.known_policy().map_or(String::new(), |policy| policy.text().to_owned());
        let number = |number: u32| if number == 0 { String::new() } else { number.to_string() };
        let numbers = [number(row.line), number(row.column), number(row.status_code.into())];
        let texts = [
            row.document_host,
            row.document_path,
            row.blocked_scheme,
            row.blocked_host,
            row.blocked_path,
            row.source_scheme,
            row.source_host,
            row.source_path,
            row.sample,
            row.directive,
            row.type_name,
            row.detail,
            row.site,
            row.page_group,
            row.reason,
            row.destination,
            &batch.tag,
            &policy,
        ];
        texts.map(str::to_owned).into_iter().chain(numbers).collect()
    });
    texts.collect()
}

/// Each case tries one of so many bodies, because there are hundreds of cases.
const STEP: usize = 15;

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn no_card_number_reaches_the_journal((card, spelling) in card().prop_flat_map(|card| {
        let spelling = spelling(card.clone());
        (Just(card), spelling)
    }), first in 0..STEP) {
        let rules = rules();
        for body in bodies(&spelling).iter().skip(first).step_by(STEP) {
            for texts in journaled(&body.to_string(), "", &rules) {
                prop_assert!(!gives_back(&texts, &card), "{card} {body}\n{texts:?}");
            }
        }
    }

    #[test]
    fn no_tag_is_a_card_number((card, spelling) in card().prop_flat_map(|card| {
        let spelling = spelling(card.clone());
        (Just(card), spelling)
    })) {
        let tag: String = spelling.pieces.concat();
        let is_tag = |c: char| c.is_ascii_alphanumeric() || "._~-".contains(c);
        prop_assume!(tag.chars().all(is_tag) && tag.len() <= 128);
        let body = r#"{"csp-report":{"document-uri":"https://a/","blocked-uri":"inline"}}"#;
        for texts in journaled(body, &tag, &rules()) {
            prop_assert!(!gives_back(&texts, &card), "{tag}");
        }
    }

    #[test]
    fn the_alarm_sees_every_spelling((_, spelling) in card().prop_flat_map(|card| {
        let spelling = spelling(card.clone());
        (Just(card), spelling)
    })) {
        let url = format!("https://evil.example/c?d={}", spelling.pieces.concat());
        prop_assert!(redact::holds_card(&url), "{url}");
    }

    #[test]
    fn the_decoder_reads_every_spelling((card, spelling) in card().prop_flat_map(|card| {
        let spelling = spelling(card.clone());
        (Just(card), spelling)
    })) {
        prop_assert!(gives_back(&[spelling.pieces.concat()], &card), "{card} {spelling:?}");
        prop_assert!(gives_back(&spelling.pieces, &card), "{card} {spelling:?}");
        prop_assert!(gives_back(&spelling.quarters, &card), "{card} {spelling:?}");
    }
}

#[test]
fn the_test_sees_what_is_kept() {
    let body = r#"{"csp-report":{"document-uri":"https://a/","blocked-uri":"https://b.example/harmless"}}"#;
    let kept = journaled(body, "order-7", &rules()).concat().join(" ");
    assert!(kept.contains("harmless") && kept.contains("order-7"), "{kept}");
}

//! No card number reaches the journal: whatever field it stands in, and however it is encoded.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use cspwatch::base::client_id::ClientId;
use cspwatch::base::clock::Timestamp;
use cspwatch::config::Config;
use cspwatch::pipeline::judge::{Endpoint, Headers};
use cspwatch::pipeline::{self, Request, Rules};
use proptest::prelude::*;

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

/// A card number as skimmers write it.
#[derive(Clone, Debug)]
struct Encoded {
    text: String,
    /// Whether it survives the lower case of host names.
    is_caseless: bool,
    /// Whether other characters of its alphabet stand right beside it.
    is_glued: bool,
}

fn encoded() -> impl Strategy<Value = Encoded> {
    let grouped = |card: &str, separator: &str| {
        let groups: Vec<&str> =
            (0..card.len()).step_by(4).map(|at| &card[at..card.len().min(at + 4)]).collect();
        groups.join(separator)
    };
    let caseless = |text: String| Encoded { text, is_caseless: true, is_glued: false };
    let cased = |text: String| Encoded { text, is_caseless: false, is_glued: false };
    (card(), 0..11_u8).prop_map(move |(card, encoding)| match encoding {
        0 => caseless(card),
        1 => cased(grouped(&card, " ")),
        2 => caseless(grouped(&card, "-")),
        3 => caseless(grouped(&card, ".")),
        4 => cased(grouped(&card, "%20")),
        5 => cased(card.bytes().map(|byte| format!("%{byte:02X}")).collect()),
        6 => cased(STANDARD.encode(&card)),
        7 => cased(STANDARD_NO_PAD.encode(format!(r#"{{"n":"{card}","cvv":"123"}}"#))),
        8 => cased(URL_SAFE_NO_PAD.encode(format!("number={}", grouped(&card, " ")))),
        9 => caseless(card.bytes().map(|byte| format!("{byte:02x}")).collect()),
        _ => {
            let text = format!("x{}y", STANDARD_NO_PAD.encode(&card));
            Encoded { text, is_caseless: false, is_glued: true }
        }
    })
}

/// Bodies with a text in each place that a report has for one.
fn bodies(text: &str, is_caseless: bool) -> Vec<String> {
    let escaped = text.replace('"', "");
    let mut urls = vec![
        format!("https://evil.example/{escaped}/x"),
        format!("https://evil.example/c?d={escaped}&e=f"),
        format!("https://evil.example/#{escaped}"),
        format!("https://{escaped}@evil.example/"),
        format!("https://a b/{escaped}"),
        format!("wss://evil.example:8443/a/{escaped}"),
        format!("data:text/plain,{escaped}"),
    ];
    if is_caseless {
        urls.push(format!("https://{escaped}.evil.example/"));
    }
    let url_fields = ["document-uri", "blocked-uri", "source-file", "referrer"];
    let mut bodies: Vec<String> = url_fields
        .iter()
        .flat_map(|field| urls.iter().map(move |url| format!(r#""{field}":"{url}""#)))
        .collect();
    let text_fields = [
        "blocked-uri",
        "effective-directive",
        "violated-directive",
        "script-sample",
        "original-policy",
        "disposition",
        "status-code",
        "line-number",
    ];
    bodies.extend(text_fields.iter().map(|field| format!(r#""{field}":"{escaped}""#)));
    let csp = |fields: &String| {
        format!(
            r#"{{"csp-report":{{"document-uri":"https://shop.example/","blocked-uri":"https://e.example/",{fields}}}}}"#
        )
    };
    let mut all: Vec<String> = bodies.iter().map(csp).collect();
    for kind in [
        "csp-hash",
        "integrity-violation",
        "sri-failure",
        "network-error",
        "coep",
        "coop",
        "crash",
        "permissions-policy-violation",
        "deprecation",
        "connection-allowlist",
        &escaped,
    ] {
        let url = format!("https://evil.example/{escaped}");
        all.push(format!(
            r#"[{{"type":"{kind}","url":"{url}","user_agent":"{escaped}","body":{{"documentURL":"{url}","subresourceURL":"{url}","blockedURL":"{url}","connection":"{url}","nextResponseURL":"{url}","hash":"sha256-{escaped}","actual":"{escaped}","destination":"{escaped}","message":"{escaped}","id":"{escaped}","policyId":"{escaped}","reason":"{escaped}","type":"{escaped}"}}}}]"#
        ));
    }
    all
}

fn rules() -> Rules {
    let config = "[privacy]\nkeep_query = true\n[limits]\nper_client = \"0\"";
    let config = Config::from_text("test", config, &Default::default()).unwrap();
    Rules::new(&config, Default::default())
}

/// All that the journal is given of a body, as text.
fn journaled(body: &str, tag: &str, rules: &Rules) -> String {
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
    let taken = pipeline::take(&request, rules);
    let rows = taken.batch.entries.iter().map(|entry| {
        let mut bytes = Vec::new();
        entry.row.encode(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    });
    rows.collect::<Vec<_>>().join("\n") + &taken.batch.tag
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_card_number_reaches_the_journal(encoded in encoded()) {
        let rules = rules();
        let text = encoded.text.to_ascii_lowercase();
        let number = digits(&encoded.text);
        for body in bodies(&encoded.text, encoded.is_caseless) {
            let kept = journaled(&body, "", &rules).to_ascii_lowercase();
            prop_assert!(!kept.contains(&text), "{body}\n{kept}");
            let is_plain = number.len() >= 13;
            prop_assert!(!is_plain || !kept.contains(&number), "{body}\n{kept}");
        }
        // A tag is dropped only for what is surely a card number: it may be an order's number.
        let tag: String = encoded.text.chars().filter(|c| !c.is_whitespace()).collect();
        prop_assume!(!encoded.is_glued);
        let kept = journaled(r#"{"csp-report":{"document-uri":"https://a/","blocked-uri":"inline"}}"#, &tag, &rules);
        prop_assert!(!kept.contains(&tag), "{tag}");
    }
}

#[test]
fn the_test_sees_what_is_kept() {
    let body = r#"{"csp-report":{"document-uri":"https://a/","blocked-uri":"https://b.example/harmless"}}"#;
    let kept = journaled(body, "order-7", &rules());
    assert!(kept.contains("harmless") && kept.contains("order-7"), "{kept}");
}

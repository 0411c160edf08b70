//! The cache of outcomes changes nothing: the rows are those of a collector that sees each report for the first time.

use std::collections::HashMap;
use std::sync::Arc;

use cspwatch::base::client_id::ClientId;
use cspwatch::base::clock::Timestamp;
use cspwatch::config::Config;
use cspwatch::decisions::{Decision, Decisions, Extent, LearntDecision, LiveDecisions};
use cspwatch::pipeline::judge::{Endpoint, Headers};
use cspwatch::pipeline::{Request, Rules, take};

use proptest::collection::vec;
use proptest::prelude::*;

use crate::corpus_forms::{ENGINES, recordings};
use crate::support::collector::SHOP;

fn rules(live_decisions: &Arc<LiveDecisions>) -> Rules {
    let config = Config::from_text("test", SHOP, &Default::default()).unwrap();
    Rules::new(&config, Arc::clone(live_decisions))
}

/// The rows of a body's reports, with all that is stored beside them.
fn rows(rules: &Rules, headers: &HashMap<String, String>, body: &[u8]) -> String {
    let request = Request {
        received: Timestamp::from_seconds(1_800_000_000),
        client: ClientId(7),
        endpoint: Endpoint::Any,
        tag: "t",
        is_tag_signed: false,
        verified: false,
        headers: Headers::of(Headers::NAMES.map(|name| headers.get(name).map(String::as_str))),
        body,
    };
    let batch = take(&request, rules).batch;
    let text = |entry: &cspwatch::journal::Entry| {
        let policy = entry
            .policy
            .as_ref()
            .map(|carried| (carried.key, carried.policy.upgrade().unwrap().text().to_owned()));
        let (fingerprint, at, row) = (entry.fingerprint, entry.at, entry.row.row());
        format!(
            "{fingerprint:x} {at} {:?} {:?} {policy:?} {row:?}",
            entry.disposition, entry.identity
        )
    };
    batch.entries.iter().map(text).collect::<Vec<_>>().join("\n")
}

/// The same report of another page view.
fn with_another_nonce(body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    let pieces: Vec<&str> = text.split("'nonce-").collect();
    let renewed = pieces.iter().enumerate().map(|(index, piece)| match index {
        0 => (*piece).to_owned(),
        _ => format!("'nonce-anotherOne{}", &piece[piece.find('\'').unwrap_or(0)..]),
    });
    renewed.collect::<String>().into_bytes()
}

#[test]
fn the_second_time_a_recording_becomes_what_it_becomes_the_first_time() {
    let (live_decisions, others) = Default::default();
    let (forgetting, remembering) = (rules(&live_decisions), rules(&others));
    let mut bodies = 0;
    for engine in ENGINES {
        for recording in recordings(engine) {
            let headers = recording.headers.into_iter().collect();
            for body in [recording.body.clone(), with_another_nonce(&recording.body)] {
                // Whatever is in the cache may be out of date now.
                live_decisions.begin_epoch();
                let first = rows(&forgetting, &headers, &body);
                assert_eq!(rows(&remembering, &headers, &body), first, "{}", recording.case);
                assert_eq!(rows(&remembering, &headers, &body), first, "{}", recording.case);
                bodies += 1;
            }
        }
    }
    assert!(bodies > 500, "{bodies}");
}

#[test]
fn decisions_apply_to_reports_in_the_cache_too() {
    let live_decisions = Arc::default();
    let rules = rules(&live_decisions);
    let body = crate::support::collector::violation(
        "https://shop.example/checkout",
        "https://evil.example/",
        "img-src",
    );
    let is_because = |reason: &str| {
        rows(&rules, &HashMap::new(), body.as_bytes()).contains(&format!("reason: {reason:?}"))
    };
    assert!(is_because("unlisted") && is_because("unlisted"));
    let mut decisions = Decisions::default();
    let about = ("shop", "evil.example");
    let (decided, decision) = (Timestamp::default(), Decision::Approve);
    let made = LearntDecision { decision, by: "ada", until: None, decided };
    decisions.learn(about, Extent::default(), made, decided);
    live_decisions.set_decisions(decisions);
    assert!(is_because("approved"));
}

/// Values of `age`, those that are none included; empty: there is no such field.
const AGES: [&str; 9] = ["", "0", "5", "60000", "007", "-1", "1.5", "\"5\"", "5,\"age\":6"];

/// Policies in JSON: with nonces and endpoints, and with what only looks like them.
const POLICIES: [&str; 10] = [
    "",
    "script-src 'nonce-a' x; report-uri /a",
    "script-src 'nonce-bcd' x; report-uri /b?tag=7",
    "'nonce-a' x",
    "'nonce-b' x",
    r"img-src y\u003b 'nonce-a' x",
    r"img-src y\u003b 'nonce-b' x",
    "img-src 'nonce-\u{e4}' x",
    r#"img-src \" 'nonce-a' x"#,
    "img-src report-to a",
];

/// Samples that say what else the body says.
const SAMPLES: [&str; 4] =
    ["", r#"\"age\":5,"#, r#"\"age\":6,"#, r#"\"originalPolicy\":\"a 'nonce-b' c\""#];

fn report_of((age, policy, sample, nested): (usize, usize, usize, bool)) -> String {
    let age = if AGES[age].is_empty() { String::new() } else { format!(r#""age":{},"#, AGES[age]) };
    let (outer, inner) = if nested { ("", &*age) } else { (&*age, "") };
    format!(
        r#"{{{outer}"type":"csp-violation","url":"https://shop.example/","body":{{{inner}"documentURL":"https://shop.example/checkout","blockedURL":"https://evil.example/","effectiveDirective":"img-src","sample":"{}","originalPolicy":"{}"}}}}"#,
        SAMPLES[sample], POLICIES[policy]
    )
}

fn bodies() -> impl Strategy<Value = Vec<String>> {
    let report = (0..AGES.len(), 0..POLICIES.len(), 0..SAMPLES.len(), any::<bool>());
    let body = (vec(report.prop_map(report_of), 0..3), 0..4usize).prop_map(|(reports, form)| {
        let list = reports.join(",");
        match form {
            0 if reports.len() == 1 => list,
            1 => format!("[{list},7]"),
            2 => format!("[{list}"),
            _ => format!("[{list}]"),
        }
    });
    vec(body, 2..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// Few values, so that many bodies differ in one place only.
    #[test]
    fn bodies_that_look_alike_become_what_they_become_alone(bodies in bodies()) {
        let (live_decisions, others) = Default::default();
        let (forgetting, remembering) = (rules(&live_decisions), rules(&others));
        let headers = HashMap::new();
        for body in bodies {
            live_decisions.begin_epoch();
            let first = rows(&forgetting, &headers, body.as_bytes());
            prop_assert_eq!(rows(&remembering, &headers, body.as_bytes()), first, "{}", body);
        }
    }
}

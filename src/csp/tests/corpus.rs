//! Checks every recorded violation against the policy that it carries.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::*;
use crate::base::clock::Timestamp;
use crate::config::KeepQuery;
use crate::pipeline::decode::{decode, repair};
use crate::pipeline::normalise::{Envelope, normalise};
use crate::report::Kind;

/// Calls `on_violation` for every CSP report of an engine's recordings, with its case and its policy.
fn each_violation(
    engine: &str,
    mut on_violation: impl FnMut(&str, &Policy, &crate::report::Report<'_>),
) {
    let file = format!("{}/tests/corpus/{engine}.ndjson", env!("CARGO_MANIFEST_DIR"));
    for line in std::fs::read_to_string(file).expect("it is there").lines() {
        let request: Value = serde_json::from_str(line).expect("a request");
        let body = match request["body_base64"].as_str() {
            Some(encoded) => STANDARD.decode(encoded).expect("base64"),
            None => request["body"].as_str().unwrap_or("").as_bytes().to_vec(),
        };
        for wire in decode(&repair(&body), 1_000).reports {
            let policy = Policy::parse(wire.body.original_policy.text());
            let envelope = Envelope {
                received: Timestamp::default(),
                user_agent: request["headers"]["user-agent"].as_str().unwrap_or(""),
                keep_query: &KeepQuery::None,
            };
            let report = normalise(wire, envelope);
            if report.kind == Kind::Csp {
                on_violation(request["case"].as_str().unwrap_or(""), &policy, &report);
            }
        }
    }
}

#[test]
fn only_redirects_are_allowed_by_their_own_policy() {
    for engine in ["chromium", "firefox", "webkitgtk"] {
        let mut allowed: BTreeMap<String, u32> = BTreeMap::new();
        let (mut forbidden, mut unknown) = (0, Vec::new());
        each_violation(engine, |case, policy, report| {
            assert!(policy.is_whole(), "{case}");
            match policy.check(&report.directive, &report.blocked, &report.document) {
                CheckResult::Allowed => *allowed.entry(case.to_owned()).or_default() += 1,
                CheckResult::Blocked => forbidden += 1,
                CheckResult::Unknown => {
                    if !report.blocked.host.is_empty() {
                        unknown.push(format!("{case} {}", report.directive));
                    }
                }
                CheckResult::ListedElsewhere(name) => panic!("{case}: {name}"),
            }
        });
        println!("{engine}: {allowed:?}, {forbidden} forbidden, {unknown:?}");
        assert_eq!(allowed, BTreeMap::from([("script-redirect-same".to_owned(), 2)]), "{engine}");
        // WebKit and Chromium report the page itself as its own ancestor, and a `srcdoc` page has no address to compare
        // `'self'` with.
        let is_explained = |violation: &String| {
            violation.ends_with(" frame-ancestors") || violation.starts_with("srcdoc ")
        };
        assert!(unknown.iter().all(is_explained), "{engine}: {unknown:?}");
    }
}

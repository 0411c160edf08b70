//! Any page at all: what holds of the findings, whatever a page sends.

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::change::PageState;
use super::*;

proptest! {
    /// Whatever a page sends: no panic, each finding once, and nothing that changes with the nonce identifies a finding.
    #[test]
    fn any_head_is_judged(
        policy in text(),
        report_only in text(),
        endpoints in text(),
        integrity in text(),
        html in text(),
    ) {
        let page = |nonce: &str| {
            let mut head = ResponseHead::default();
            for (name, value) in [
                ("content-security-policy", &policy),
                ("content-security-policy-report-only", &report_only),
                ("reporting-endpoints", &endpoints),
                ("report-to", &endpoints),
                ("integrity-policy", &integrity),
                ("connection-allowlist", &integrity),
                ("connection-allowlist-report-only", &endpoints),
            ] {
                head.push(name, &value.replace("{nonce}", nonce));
            }
            PageSnapshot { head, html: Some(html.replace("{nonce}", nonce)), ..PageSnapshot::default() }
        };
        let keys = |page: &PageSnapshot| {
            let findings = Analysis::new(page).findings();
            findings.into_iter().map(|finding| (finding.id, finding.place)).collect::<Vec<_>>()
        };
        let (first, second) = (page("abc"), page("def"));
        let found = keys(&first);
        prop_assert_eq!(&found, &keys(&second));
        prop_assert_eq!(found.iter().collect::<HashSet<_>>().len(), found.len());
        let state = |page: &PageSnapshot| {
            PageState::new(&page.head, Analysis::new(page).findings())
        };
        prop_assert_eq!(state(&first).changes_since(&state(&second)), []);
    }
}

/// Texts that consist of words of such headers and pages, and of anything else.
fn text() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "default-src",
        "script-src",
        "report-to",
        "report-uri",
        "img-scr",
        "'self'",
        "self",
        "'none'",
        "*",
        "https:",
        "'nonce-{nonce}'",
        "nonce-{nonce}",
        "'strict-dynamic'",
        "'unsafe-inline'",
        "a.example/b?c=d",
        ";",
        ";",
        ",",
        "=",
        "\"",
        "(",
        ")",
        "endpoints",
        "blocked-destinations",
        "script",
        "ep",
        "ep=\"https://r.example/x\"",
        "response-origin",
        "\"https://*.a.example\"",
        "'sha256-abc'",
        "'nonce-{{nonce}}'",
        "require-trusted-types-for",
        "trusted-types",
        "<link rel=stylesheet href=/a.css",
        "é",
        "‘self’",
        "{\"group\":\"ep\",\"max_age\":1,\"endpoints\":[{\"url\":\"https://a\"}]}",
        "<script src=//b.example/x ",
        "<meta http-equiv=content-security-policy content=\"",
        ">",
        "<base href=",
        "</script>",
    ];
    let word = prop_oneof![4 => select(WORDS).prop_map(str::to_owned), 1 => any::<String>()];
    vec(word, 0..24).prop_map(|words| words.join(" "))
}

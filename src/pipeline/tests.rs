//! The stages and the cache around them, together.

use super::*;

const BODY: &[u8] = br#"{"csp-report":{"document-uri":"https://shop.example/",
    "blocked-uri":"https://connect.facebook.net/en_US/pcm.js","effective-directive":"script-src-elem"}}"#;
const OTHER: &[u8] = br#"{"csp-report":{"document-uri":"https://shop.example/",
    "blocked-uri":"https://connect.facebook.net/en_US/fbevents.js","effective-directive":"script-src-elem"}}"#;

/// The fingerprint that a report gets from this browser, and the reason of its verdict.
fn taken(rules: &Rules, user_agent: &str, body: &[u8]) -> (u128, String) {
    let request = Request {
        received: Timestamp::default(),
        client: ClientId(0),
        endpoint: Endpoint::Any,
        tag: "",
        is_tag_signed: false,
        verified: false,
        headers: Headers { user_agent, ..Headers::default() },
        body,
    };
    let entry = take(&request, rules).batch.entries.pop().expect("a report");
    (entry.fingerprint, entry.row.row().reason.to_owned())
}

#[test]
fn a_user_agent_makes_a_violation_another_only_where_a_rule_looks_at_it() {
    let config = Config::from_text("t", "", &Default::default()).expect("right");
    let rules = Rules::new(&config, Arc::default());
    let browser =
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
    let [app, other_app] =
        ["FBAV/530.0", "FBAV/531.0"].map(|app| format!("{browser} [FB_IAB/FB4A;{app};]"));
    // Twice and in both orders: what is remembered of one is not the outcome of the other.
    for _ in 0..2 {
        let (in_browser, reason) = taken(&rules, browser, BODY);
        assert!(reason.starts_with("unlisted"), "{reason}");
        let (in_app, reason) = taken(&rules, &app, BODY);
        assert!(reason.starts_with("in-app-browser-meta"), "{reason}");
        assert_ne!(in_browser, in_app, "one does not fold into the other");
        assert_eq!(taken(&rules, &other_app, BODY).0, in_app);
        assert_eq!(taken(&rules, browser, OTHER).0, taken(&rules, &app, OTHER).0);
    }
}

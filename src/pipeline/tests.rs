//! The stages and the cache around them, together.

use super::*;

const BODY: &[u8] = br#"{"csp-report":{"document-uri":"https://shop.example/",
    "blocked-uri":"https://connect.facebook.net/en_US/pcm.js","effective-directive":"script-src-elem"}}"#;
const OTHER: &[u8] = br#"{"csp-report":{"document-uri":"https://shop.example/",
    "blocked-uri":"https://connect.facebook.net/en_US/fbevents.js","effective-directive":"script-src-elem"}}"#;

const SHOP: &str = r#"
    [[site]]
    name = "shop"
    hosts = ["shop.example", "www.shop.example"]
      [[site.page_group]]
      name = "payment"
      paths = ["/checkout*"]
      payment = true
    [[site]]
    name = "outlet"
    hosts = ["other.example"]
"#;

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

/// The fingerprint, and the reason of the verdict, of a report of a document that was opened from `referrer`.
fn opened_from(rules: &Rules, referrer: &str, document: &str, blocked: &str) -> (u128, String) {
    let body = format!(
        r#"{{"csp-report":{{"document-uri":"{document}","referrer":"{referrer}","blocked-uri":"{blocked}",
            "effective-directive":"connect-src","source-file":"https://shop.example/app.js","line-number":3}}}}"#
    );
    taken(rules, "", body.as_bytes())
}

#[test]
fn of_a_referrer_the_page_group_with_cards_is_kept_and_nothing_else() {
    let config = Config::from_text("t", SHOP, &Default::default()).expect("right");
    let rules = Rules::new(&config, Arc::default());
    let (home, thief) = ("https://shop.example/", "https://thief.example/c");
    let (framed, plain) = ("unlisted from:payment", "unlisted");
    // Twice: what is remembered of one is not the outcome of the other.
    for _ in 0..2 {
        for (referrer, document, blocked, expected) in [
            ("https://shop.example/checkout", home, thief, framed),
            ("https://shop.example/Checkout/pay?card=4111111111111111#x", home, thief, framed),
            ("https://user:secret@www.shop.example//checkout", home, thief, framed),
            ("", home, thief, plain),
            ("https://shop.example/", home, thief, plain),
            ("https://shop.example/p/1?then=/checkout", home, thief, plain),
            ("https://other.example/checkout", home, thief, plain),
            ("https://thief.example/checkout", home, thief, plain),
            ("about:client", home, thief, plain),
            // Its own page says as much.
            ("https://shop.example/checkout", "https://shop.example/checkout/2", thief, plain),
            // Nothing that nobody expects.
            ("https://shop.example/checkout", home, "https://www.shop.example/x", "site-host"),
        ] {
            let (_, reason) = opened_from(&rules, referrer, document, blocked);
            let because = reason.split(" odd:").next();
            assert_eq!(because, Some(expected), "{referrer}");
        }
    }
    let of = |referrer| opened_from(&rules, referrer, home, thief).0;
    let (from_cart, from_checkout) =
        (of("https://shop.example/cart"), of("https://shop.example/checkout"));
    assert_ne!(from_cart, from_checkout, "one does not fold into the other");
    assert_eq!(of("https://shop.example/checkout/2?a=b"), from_checkout);
    assert_eq!(of(""), from_cart);
}

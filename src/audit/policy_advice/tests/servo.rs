//! What Servo's engine, the crate `content-security-policy`, does under a suggested policy: nothing unknown passes, all
//! that is approved does.

use content_security_policy::Destination;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::csp::servo_allows;

/// The directives that the crate checks for a request, and the request that each is about.
const DIRECTIVES: &[(&str, Destination)] = &[
    ("script-src-elem", Destination::Script),
    ("style-src-elem", Destination::Style),
    ("img-src", Destination::Image),
    ("font-src", Destination::Font),
    ("connect-src", Destination::None),
    ("media-src", Destination::Video),
    ("frame-src", Destination::IFrame),
    ("worker-src", Destination::Worker),
];

fn url() -> impl Strategy<Value = String> {
    let host = select(vec![
        "shop.example",
        "api.shop.example",
        "cdn.example",
        "js.stripe.com",
        "m.stripe.com",
        "d1.cloudfront.net",
        "pay.example",
        "a.pay.example",
        "b.pay.example",
        "evil.example",
        "x.evil.example",
        "cdn.example.evil.example",
        "stripe.com",
        "toolbar.example",
        "listed.example",
    ]);
    let port = select(vec!["", "", "", ":8443"]);
    let path = select(vec!["/", "/a.js", "/x/y"]);
    (host, port, path).prop_map(|(host, port, path)| format!("https://{host}{port}{path}"))
}

fn source() -> impl Strategy<Value = &'static str> {
    select(vec![
        "'self'",
        "'none'",
        "*",
        "https:",
        "data:",
        "'unsafe-inline'",
        "'nonce-abc'",
        "https://old.example",
        "*.pay.example",
        "https://evil.example",
        "*.evil.example",
        "evil.example:8443",
        "https://*.co.uk",
        "cdn.example/x/",
        "toolbar.example",
        "https://old.example/a,b",
        "'sha256-a,b'",
        "a,b",
    ])
}

fn policy() -> impl Strategy<Value = String> {
    let names = select(vec![
        "default-src",
        "script-src",
        "script-src-elem",
        "style-src",
        "img-src",
        "child-src",
        "connect-src",
        "worker-src",
        "form-action",
    ]);
    let directive = (names, vec(source(), 0..4))
        .prop_map(|(name, sources)| format!("{name} {}", sources.join(" ")));
    vec(directive, 0..5).prop_map(|directives| directives.join("; "))
}

fn is_allowed(policy: &str, destination: Destination, blocked: &str) -> bool {
    let url = Url::parse(blocked).unwrap();
    servo_allows(policy, destination, url, "https://shop.example/p")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn servo_lets_pass_what_is_approved_and_nothing_that_is_unknown(
        present in proptest::option::of(policy()),
        tried in vec(policy(), 0..3),
        asked in vec((select(DIRECTIVES), url()), 0..12),
    ) {
        let reported: Vec<_> =
            asked.iter().map(|((directive, _), url)| (*directive, url.as_str())).collect();
        let tried: Vec<_> = tried.iter().map(String::as_str).collect();
        let pages = Pages {
            present: present.as_deref(),
            tried: &tried,
            reported: &reported,
            approved: &["pay.example"],
            ignored: &["toolbar.example"],
            listed: "listed.example\n",
        };
        let (made, expected) = pages.with(|evidence| {
            let hosts = asked.iter().map(|(_, url)| place(url).host.into_owned());
            let vouched = hosts.map(|host| evidence.of_host(&host, "shop.example").is_ok());
            (suggest(evidence), vouched.collect::<Vec<_>>())
        });
        let is_wide = |list: &List| {
            let sources: Vec<_> = list.entries.iter().map(|it| it.source.clone()).collect();
            sources.iter().any(|it| breadth(&list.directive, it, &sources) == Breadth::Hosts)
        };
        for (draft, name) in [(&made.now, "now"), (&made.strict, "strict")] {
            let (text, policy) = (draft.text(), draft.policy());
            prop_assert!(!text.contains(','), "{name}: more than one policy: {text}");
            for (((directive, destination), url), is_expected) in asked.iter().zip(&expected) {
                let allowed = is_allowed(&text, *destination, url);
                let decider = policy.deciding(directive).map(|(name, _)| name);
                let deciding = decider.and_then(|name| draft.list(name));
                if *is_expected {
                    prop_assert!(allowed, "{name}: {directive} {url} under {text}");
                } else if deciding.is_some_and(|list| name == "strict" || !is_wide(list)) {
                    prop_assert!(!allowed, "{name}: {directive} {url} under {text}");
                } else {
                    // What stays although it lets everything pass is told.
                    let told = made.wide.iter().any(|it| match decider {
                        Some(decider) => it.directive == decider,
                        None => it.directive == "default-src" && it.source.is_none(),
                    });
                    prop_assert!(told, "{name}: {directive} is wide and nobody says so: {text}");
                }
            }
            prop_assert!(!made.strict.lists.iter().any(is_wide), "{}", made.strict.text());
            for directive in ["default-src", "form-action", "base-uri", "frame-ancestors"] {
                prop_assert!(made.strict.list(directive).is_some(), "{}", made.strict.text());
            }
        }
    }
}

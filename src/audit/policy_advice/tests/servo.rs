//! What Servo's engine (the crate `content-security-policy`) does under a suggested policy: it allows everything that is
//! trusted, and nothing else.

use content_security_policy::Destination;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::csp::servo_allows;

/// The directives that the crate checks for a request, and the destination of such a request.
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
    fn servo_allows_everything_that_is_trusted_and_nothing_else(
        current in proptest::option::of(policy()),
        tried in vec(policy(), 0..3),
        uses in vec((select(DIRECTIVES), url()), 0..12),
    ) {
        let reported: Vec<_> =
            uses.iter().map(|((directive, _), url)| (*directive, url.as_str())).collect();
        let tried: Vec<_> = tried.iter().map(String::as_str).collect();
        let pages = Pages {
            current: current.as_deref(),
            tried: &tried,
            reported: &reported,
            approved: &["pay.example"],
            ignored: &["toolbar.example"],
            listed: "listed.example\n",
            scripts: &[],
        };
        let (suggestion, are_trusted) = pages.with_evidence(|evidence| {
            let hosts = uses.iter().map(|(_, url)| place(url).host.into_owned());
            let are_trusted = hosts.map(|host| evidence.assess_host(&host, "shop.example").is_ok());
            (suggest(evidence), are_trusted.collect::<Vec<_>>())
        });
        let allows_hosts = |directive: &DraftDirective| {
            let sources: Vec<_> =
                directive.sources.iter().map(|source| source.source.clone()).collect();
            let is_broad =
                |source| broadness(&directive.name, source, &sources) == Broadness::Hosts;
            sources.iter().any(is_broad)
        };
        for (draft, name) in [(&suggestion.now, "now"), (&suggestion.strict, "strict")] {
            let (text, policy) = (draft.text(), draft.policy());
            prop_assert!(!text.contains(','), "{name}: more than one policy: {text}");
            for (((directive, destination), url), is_trusted) in uses.iter().zip(&are_trusted) {
                let allowed = is_allowed(&text, *destination, url);
                let decider = policy.deciding(directive).map(|(name, _)| name);
                let deciding = decider.and_then(|name| draft.directive(name));
                if *is_trusted {
                    prop_assert!(allowed, "{name}: {directive} {url} under {text}");
                } else if deciding.is_some_and(|list| name == "strict" || !allows_hosts(list)) {
                    prop_assert!(!allowed, "{name}: {directive} {url} under {text}");
                } else {
                    // The suggestion names every list that stays although it allows all hosts.
                    let is_named = suggestion.broad.iter().any(|broad| match decider {
                        Some(decider) => broad.directive == decider,
                        None => broad.directive == "default-src" && broad.source.is_none(),
                    });
                    prop_assert!(is_named, "{name}: {directive} is broad and not named: {text}");
                }
            }
            let strict = &suggestion.strict;
            prop_assert!(!strict.directives.iter().any(allows_hosts), "{}", strict.text());
            for directive in ["default-src", "form-action", "base-uri", "frame-ancestors"] {
                prop_assert!(strict.directive(directive).is_some(), "{}", strict.text());
            }
        }
    }
}

//! The same policies and URLs as Servo judges them, by the crate `content-security-policy`.
//!
//! Where this module is certain the two agree. It differs by saying [`Standing::Unknown`]: on IP addresses,
//! WebSockets, upgraded ports, paths cut down to `/`, `'strict-dynamic'` beyond scripts, and where the
//! policy has no directive for it.

use content_security_policy::{
    CheckResult, CspList, Destination, Initiator, ParserMetadata, PolicyDisposition, PolicySource,
    Request as ServoRequest,
};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

fn directive() -> impl Strategy<Value = &'static str> {
    select(vec![
        "default-src",
        "script-src",
        "script-src-elem",
        "img-src",
        "connect-src",
        "worker-src",
        "child-src",
        "frame-src",
        "form-action",
    ])
}

fn source() -> impl Strategy<Value = String> {
    let scheme = select(vec!["", "", "http://", "https://", "ws://", "wss://", "HTTPS://"]);
    let host =
        select(vec!["a.example", "B.a.example", "*.a.example", "*", "shop.example", "10.0.0.1"]);
    let port = select(vec!["", "", ":*", ":80", ":443", ":8443"]);
    let path = select(vec!["", "", "/", "/js/", "/js/a.js", "/%6as/", "/JS/", "/js"]);
    let host_source = (scheme, host, port, path).prop_map(|(a, b, c, d)| format!("{a}{b}{c}{d}"));
    let word = select(vec![
        "'self'",
        "'none'",
        "*",
        "https:",
        "http:",
        "wss:",
        "data:",
        "'unsafe-inline'",
        "x!y",
        "'nonce-abc'",
        "'strict-dynamic'",
        "'report-sample'",
    ]);
    prop_oneof![3 => host_source, 1 => word.prop_map(str::to_owned)]
}

fn policy() -> impl Strategy<Value = String> {
    let directive = (directive(), prop::collection::vec(source(), 0..4))
        .prop_map(|(name, sources)| format!("{name} {}", sources.join(" ")));
    prop::collection::vec(directive, 1..5).prop_map(|directives| directives.join("; "))
}

fn url() -> impl Strategy<Value = String> {
    let scheme = select(vec!["https", "https", "http", "wss", "ws"]);
    let host = select(vec!["a.example", "b.a.example", "xa.example", "shop.example", "10.0.0.1"]);
    let port = select(vec!["", "", "", ":80", ":443", ":8443"]);
    let path = select(vec!["/", "/js/a.js", "/js", "/js/", "/other", "/js/a/b"]);
    (scheme, host, port, path).prop_map(|(a, b, c, d)| format!("{a}://{b}{c}{d}"))
}

/// Whether Servo lets it through. Fetch makes an HTTP request of a WebSocket before CSP sees it.
fn is_allowed_by_servo(policy: &str, directive: &str, blocked: &str, document: &str) -> bool {
    let url = Url::parse(&blocked.replacen("ws", "http", 1)).expect("a URL");
    // The crate compares a URL's missing port with an origin's default one, so that `'self'` of a page of
    // http never matches https. Asked for the page's https twin, it answers as the specification does.
    let document = match url.scheme() {
        "https" => document.replacen("http:", "https:", 1),
        _ => document.to_owned(),
    };
    let destination = match directive {
        "script-src-elem" => Destination::Script,
        "img-src" => Destination::Image,
        "worker-src" => Destination::Worker,
        "frame-src" => Destination::IFrame,
        _ => Destination::None,
    };
    servo_allows(policy, destination, url, &document)
}

/// Whether Servo lets an HTTP request of a document through.
pub(crate) fn servo_allows(
    policy: &str,
    destination: Destination,
    url: Url,
    document: &str,
) -> bool {
    let request = ServoRequest {
        current_url: url.clone(),
        url,
        origin: Url::parse(document).expect("a URL").origin(),
        redirect_count: 0,
        destination,
        initiator: Initiator::None,
        nonce: String::new(),
        integrity_metadata: String::new(),
        parser_metadata: ParserMetadata::ParserInserted,
    };
    let list = CspList::parse(policy, PolicySource::Header, PolicyDisposition::Enforce);
    list.should_request_be_blocked(&request).0 == CheckResult::Allowed
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn where_this_is_certain_servo_agrees(
        text in policy(),
        directive in select(vec!["script-src-elem", "img-src", "connect-src", "worker-src", "frame-src"]),
        blocked in url(),
        document in select(vec!["https://shop.example/p", "http://shop.example/p"]),
    ) {
        let policy = Policy::parse(&text);
        prop_assert!(policy.is_whole());
        let servo = is_allowed_by_servo(&text, directive, &blocked, document);
        match policy.standing(directive, &place(&blocked), &place(document)) {
            Standing::Allowed => prop_assert!(servo),
            Standing::Forbidden | Standing::AllowedFor(_) => prop_assert!(!servo),
            Standing::Unknown => {}
        }
    }
}

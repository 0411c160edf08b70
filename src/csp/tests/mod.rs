mod changes;
mod corpus;
pub(crate) mod servo;

use std::borrow::Cow;

use url::Url;

use super::*;
use crate::base::limits;
use crate::report::Place;

/// A URL as a normalised report has it.
fn place(url: &str) -> Place<'static> {
    let Ok(url) = Url::parse(url) else {
        return Place { scheme: Cow::Owned(url.to_owned()), ..Place::default() };
    };
    let host = url.host_str().unwrap_or("").trim_matches(['[', ']']).to_owned();
    Place {
        scheme: Cow::Owned(url.scheme().to_owned()),
        host: Cow::Owned(host),
        port: url.port().unwrap_or(0),
        path: Cow::Owned(url.path().replace("%7B", "{").replace("%7D", "}")),
    }
}

const PAGE: &str = "https://shop.example/pay";

#[track_caller]
fn check_on(
    document: &str,
    policy: &str,
    directive: &str,
    blocked: &str,
    expected: CheckResult<'_>,
) {
    let policy = Policy::parse(policy);
    let found = policy.check(directive, &place(blocked), &place(document));
    assert_eq!(found, expected, "{directive} {blocked}");
}

#[track_caller]
fn check(policy: &str, directive: &str, blocked: &str, expected: CheckResult<'_>) {
    check_on(PAGE, policy, directive, blocked, expected);
}

/// One source of `img-src` against one URL, on a page of https.
#[track_caller]
fn check_source(source: &str, blocked: &str, expected: CheckResult<'_>) {
    check(&format!("img-src {source}"), "img-src", blocked, expected);
}

use CheckResult::{Allowed, Blocked, ListedElsewhere, Unknown};

#[test]
fn hosts() {
    check_source("https://a.example", "https://a.example/x", Allowed);
    check_source("A.Example", "https://a.example/x", Allowed);
    check_source("a.example", "https://b.example/x", Blocked);
    check_source("a.example", "https://a.example.evil.example/", Blocked);
    check_source("a.example", "https://xa.example/", Blocked);
    check_source("*.a.example", "https://x.y.a.example/", Allowed);
    check_source("*.a.example", "https://a.example/", Blocked);
    check_source("*.a.example", "https://xa.example/", Blocked);
    check_source("https://*", "https://a.example/", Allowed);
    check_source("https://*", "http://a.example/", Blocked);
    check_source("none", "https://a.example/", Blocked);
    check_source("https://203.0.113.9", "https://203.0.113.9/", Unknown);
    check_source("http://[::1]", "http://[::1]/", Unknown);
    check_source("https://bücher.example", "https://xn--bcher-kva.example/", Unknown);
}

#[test]
fn schemes() {
    check_source("https:", "https://a.example/", Allowed);
    check_source("http:", "https://a.example/", Allowed);
    check_source("https:", "http://a.example/", Blocked);
    check_source("a.example", "http://a.example/", Blocked);
    check_source("data:", "https://a.example/", Blocked);
    check_source("*", "http://a.example/", Allowed);
    check_source("*", "wss://a.example/", Allowed);
    check_source("*", "chrome-extension://abc/x", Blocked);
    check_source("chrome-extension:", "chrome-extension://abc/x", Allowed);
    check_source("*", "ftp://a.example/", Unknown);
    check_source("wss://a.example", "wss://a.example/", Allowed);
    check_source("ws://a.example", "wss://a.example/", Allowed);
    for source in ["https:", "a.example", "https://a.example"] {
        check_source(source, "wss://a.example/", Unknown);
    }
    check_source("'self'", "wss://shop.example/", Unknown);
    check_on("http://shop.example/", "img-src a.example", "img-src", "https://a.example/", Allowed);
}

#[test]
fn ports() {
    check_source("a.example:443", "https://a.example/", Allowed);
    check_source("a.example:8443", "https://a.example:8443/", Allowed);
    check_source("a.example:8443", "https://a.example/", Blocked);
    check_source("a.example", "https://a.example:8443/", Blocked);
    check_source("a.example:*", "https://a.example:8443/", Allowed);
    check_source("http://a.example:80", "https://a.example/", Unknown);
    check_source("http://a.example:8080", "https://a.example:8080/", Unknown);
    check_source("http://a.example", "https://a.example/", Allowed);
}

#[test]
fn paths() {
    check_source("a.example/js/", "https://a.example/js/a/b.js", Allowed);
    check_source("a.example/js/", "https://a.example/js", Blocked);
    check_source("a.example/js", "https://a.example/js/a.js", Blocked);
    check_source("a.example/js/a.js", "https://a.example/js/a.js", Allowed);
    check_source("a.example/js/a.js", "https://a.example/js/A.js", Blocked);
    check_source("a.example/%6As/", "https://a.example/js/a.js", Allowed);
    check_source("a.example/j%C3%BC", "https://a.example/j%c3%bc", Allowed);
    check_source("a.example/", "https://a.example/js", Allowed);
    check_source("a.example/js/", "https://a.example/", Unknown);
    check_source("a.example/js/?v=1", "https://a.example/js/a.js", Allowed);
    check_source("a.example/u/7/", "https://a.example/u/{id}/x", Unknown);
    check_source("a.example/v/7/", "https://a.example/u/{id}/x", Blocked);
    check_source("a.example/js/", "https://a.example/js/{token}", Allowed);
    check_source("a.example/js", &format!("https://a.example/{}", "x".repeat(2000)), Unknown);
    let mut kept = place("https://a.example/js/a.js");
    kept.path = Cow::Borrowed("/js/a.js?page=2");
    let policy = Policy::parse("img-src a.example/js/a.js");
    assert_eq!(policy.check("img-src", &kept, &place(PAGE)), Allowed);
}

#[test]
fn what_redaction_left_of_a_policy_is_read() {
    let text = "img-src a.example https://{token:bcdfjklm}.b.example 'nonce-{token:bcdfjklm}' c.example/{id:bcdfjklm}/x; \
                report-uri /{token:bcdfjklm}";
    let policy = Policy::parse(text);
    assert!(policy.is_whole());
    for (url, expected) in [
        ("https://a.example/", Allowed),
        ("https://b.example/", Blocked),
        ("https://x.b.example/", Blocked),
        ("https://c.example/7/x", Blocked),
    ] {
        assert_eq!(policy.check("img-src", &place(url), &place(PAGE)), expected, "{url}");
    }
    assert_eq!(policy.directives().count(), 1);
}

#[test]
fn the_page_itself() {
    check_source("'self'", "https://shop.example/x", Allowed);
    check_source("'SELF'", "https://shop.example:8443/x", Blocked);
    check_source("'self'", "http://shop.example/x", Blocked);
    check_source("'self'", "https://www.shop.example/x", Blocked);
    let own = "img-src 'self'";
    check_on("http://shop.example/", own, "img-src", "https://shop.example/x", Allowed);
    check_on("http://shop.example:81/", own, "img-src", "https://shop.example:81/x", Unknown);
    check_on("about", own, "img-src", "https://shop.example/x", Unknown);
    check_on("blob", "img-src a.example", "img-src", "https://a.example/x", Allowed);
    check_on("blob", "img-src a.example", "img-src", "http://a.example/x", Unknown);
    check("sandbox; img-src 'self'", "img-src", "https://shop.example/x", Unknown);
    let origin = "sandbox allow-same-origin; img-src 'self'";
    check(origin, "img-src", "https://shop.example/x", Allowed);
}

#[test]
fn fallbacks() {
    let policy = "default-src a.example; script-src b.example; child-src c.example";
    for (directive, host) in [
        ("img-src", "a.example"),
        ("default-src", "a.example"),
        ("script-src-elem", "b.example"),
        ("script-src", "b.example"),
        ("worker-src", "c.example"),
        ("frame-src", "c.example"),
        ("fenced-frame-src", "c.example"),
    ] {
        check(policy, directive, &format!("https://{host}/"), Allowed);
        check(policy, directive, "https://evil.example/", Blocked);
    }
    check(
        "worker-src a.example; script-src b.example",
        "worker-src",
        "https://b.example/x",
        ListedElsewhere("script-src"),
    );
    for directive in ["form-action", "base-uri", "navigate-to", "sandbox", "", "x-src"] {
        check(policy, directive, "https://evil.example/", Unknown);
    }
    check("form-action 'self' pay.example", "form-action", "https://pay.example/", Allowed);
    check("form-action 'self'", "form-action", "https://evil.example/", Blocked);
    check("img-src 'self'", "script-src-elem", "https://evil.example/", Unknown);
    check("img-src a.example; img-src *", "img-src", "https://b.example/", Blocked);
    check("IMG-SRC", "img-src", "https://b.example/", Blocked);
    check("img-src 'none'", "img-src", "https://b.example/", Blocked);
}

#[test]
fn no_url_is_evidence_for_ancestors_attributes_and_keywords() {
    check("frame-ancestors 'self'", "frame-ancestors", "https://shop.example/", Unknown);
    check("script-src 'self'", "script-src-attr", "https://shop.example/", Unknown);
    for blocked in ["inline", "eval", "data", "blob", "", "unparsable"] {
        check("script-src *", "script-src-elem", blocked, Unknown);
        check("script-src 'none'", "script-src-elem", blocked, Unknown);
    }
}

#[test]
fn strict_dynamic_leaves_scripts_no_hosts() {
    let policy = "script-src 'strict-dynamic' 'nonce-x' https: a.example 'self'";
    check(policy, "script-src-elem", "https://shop.example/a.js", Blocked);
    check(policy, "script-src-elem", "https://b.example/a.js", Blocked);
    check(policy, "worker-src", "https://b.example/a.js", Unknown);
    check("default-src 'strict-dynamic' https:", "script-src-elem", "https://b.example/", Blocked);
    check("default-src 'strict-dynamic' https:", "img-src", "https://b.example/", Unknown);
    check("default-src 'strict-dynamic' https:", "img-src", "http://b.example/", Blocked);
}

#[test]
fn hosts_that_are_listed_elsewhere() {
    let policy = "default-src 'none'; connect-src 'self'; img-src img.example *.cdn.example \
        *.cloudfront.net store.example/shop/ *; script-src https: 'self' b.example; \
        form-action pay.example";
    let connect = |blocked, expected| check(policy, "connect-src", blocked, expected);
    connect("https://img.example/c", ListedElsewhere("img-src"));
    connect("wss://img.example/c", ListedElsewhere("img-src"));
    connect("https://x.cdn.example/c", ListedElsewhere("img-src"));
    connect("https://b.example/c", ListedElsewhere("script-src"));
    connect("https://store.example/shop/x", ListedElsewhere("img-src"));
    connect("https://store.example/thief/x", Blocked);
    connect("https://d111.cloudfront.net/c", Blocked);
    connect("https://pay.example/c", Blocked);
    connect("https://evil.example/c", Blocked);
    connect("http://shop.example/c", Blocked);
    check(policy, "form-action", "https://b.example/c", ListedElsewhere("script-src"));
}

#[test]
fn nothing_is_certain_about_a_policy_that_is_too_long_or_odd() {
    let many = |text: &str, count| text.repeat(count);
    for policy in [
        format!("img-src a.example; {}", many("x", limits::POLICY_BYTES)),
        format!("img-src a.example {}", many(" 'self'", limits::POLICY_SOURCES)),
        format!("img-src a.example /{}", many("x", limits::POLICY_SOURCE_BYTES)),
        (0..=limits::POLICY_DIRECTIVES).map(|number| format!("img-src{number} a;")).collect(),
        "img-src a.example; ïmg-src 'none'".to_owned(),
        "img-src a.example \u{1}".to_owned(),
    ] {
        let policy = Policy::parse(&policy);
        assert!(!policy.is_whole());
        assert_eq!(policy.check("img-src", &place("https://a.example/"), &place(PAGE)), Unknown);
    }
    assert!(Policy::parse("").is_whole());
}

#[test]
fn a_policy_and_its_normal_text_are_parsed_alike() {
    let text = "Default-Src 'Self' ;script-src 'NONCE-x' https://A.example/B ;; img-src *";
    let (policy, normal) = (Policy::parse(text), Policy::parse(&Policy::normalised(text)));
    assert_eq!(policy, normal);
}

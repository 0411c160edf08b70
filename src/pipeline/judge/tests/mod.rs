mod field;

use super::*;
use crate::base::clock::Timestamp;
use crate::config::Config;
use crate::config::KeepQuery;
use crate::csp::ReportedPolicy;
use crate::decisions::{Decision, Decisions, Extent, LearntDecision, LiveDecisions, ThreatLists};
use crate::pipeline::decode::decode;
use crate::pipeline::normalise::{Envelope, judged_policy, normalise};

const SHOP: &str = r#"
    [[site]]
    name = "shop"
    hosts = ["shop.example", "*.shop.example"]
    known = ["*.stripe.com", "cdn.example"]
      [[site.page_group]]
      name = "payment"
      paths = ["/checkout*"]
      payment = true
"#;

const NOW: Timestamp = Timestamp::from_millis(0);

/// Some destinations that people decided about, and one that a list has.
fn live_decisions() -> LiveDecisions {
    let (mut decisions, mut threats) = (Decisions::default(), ThreatLists::default());
    for (destination, decision) in [
        ("approved.example", Decision::Approve),
        ("ignored.example", Decision::Ignore),
        ("google.com", Decision::Approve),
        ("sites.google.com", Decision::Approve),
        ("zendesk.com", Decision::Ignore),
        ("acme.zendesk.com", Decision::Approve),
        ("pastebin.com", Decision::Approve),
        ("192.168.7.7", Decision::Ignore),
        ("invalid-host", Decision::Ignore),
    ] {
        let stored = LearntDecision { decision, by: "ada", until: None, decided: NOW };
        decisions.learn(("shop", destination), Extent::default(), stored, NOW);
    }
    for (directive, page_group) in [("img-src", "other"), ("connect-src", "other")] {
        let extent = Extent::of(directive, page_group);
        let stored =
            LearntDecision { decision: Decision::Approve, by: "ada", until: None, decided: NOW };
        decisions.learn(("shop", "limited.example"), extent, stored, NOW);
    }
    threats.add("skimmers", "listed.example");
    let live_decisions = LiveDecisions::default();
    live_decisions.set_decisions(decisions);
    live_decisions.set_threats(threats);
    live_decisions
}

#[test]
fn people_and_lists_have_their_word() {
    let sites = sites(SHOP);
    let verdict = |blocked: &str| {
        let fields = r#""document-uri":"https://shop.example/","effective-directive":"img-src""#;
        judged(&sites, Endpoint::Any, &format!(r#"{fields},"blocked-uri":"{blocked}""#))
    };
    for (blocked, expected) in [
        ("https://x.approved.example/", "shop other known approved approved.example send"),
        ("https://ignored.example/", "shop other noise ignored ignored.example send"),
        (
            "https://a.listed.example/",
            "shop other unknown unlisted threat:skimmers listed.example send",
        ),
    ] {
        assert_eq!(verdict(blocked), expected);
    }
}

#[test]
fn a_limited_approval_is_about_its_directive_on_its_pages() {
    let sites = sites(SHOP);
    for (path, directive, expected) in [
        ("/", "img-src", "other known approved"),
        ("/", "connect-src", "other known approved"),
        ("/", "form-action", "other unknown unlisted"),
        ("/checkout", "img-src", "payment unknown unlisted"),
        ("/checkout", "form-action", "payment unknown unlisted"),
    ] {
        let fields = format!(
            r#""document-uri":"https://shop.example{path}","effective-directive":"{directive}","blocked-uri":"https://x.limited.example/""#
        );
        let judged = judged(&sites, Endpoint::Any, &fields);
        let expected = format!("shop {expected} limited.example send");
        assert_eq!(judged, expected, "{directive} on {path}");
    }
}

#[test]
fn a_decision_about_a_domain_does_not_cover_where_anybody_can_have_an_account() {
    let sites = sites(SHOP);
    for (blocked, expected) in [
        ("https://ad.google.com/ccm/collect", "known approved google.com"),
        ("https://script.google.com/macros/s/x/exec", "unknown unlisted google.com"),
        ("https://docs.google.com/forms/d/x", "unknown unlisted google.com"),
        ("https://sites.google.com/x", "known approved google.com"),
        ("https://static.zendesk.com/x", "unknown unlisted zendesk.com"),
        ("https://zendesk.com/x", "noise ignored zendesk.com"),
        ("https://acme.zendesk.com/x", "known approved zendesk.com"),
        ("https://pastebin.com/x", "known approved pastebin.com"),
    ] {
        for directive in ["connect-src", "form-action"] {
            let fields = format!(
                r#""document-uri":"https://shop.example/checkout","effective-directive":"{directive}","blocked-uri":"{blocked}""#
            );
            let judged = judged(&sites, Endpoint::Any, &fields);
            assert_eq!(judged, format!("shop payment {expected} send"), "{blocked}");
        }
    }
}

#[test]
fn a_host_with_a_card_number_is_no_router_and_nobody_ignored_it() {
    for (blocked, destination) in [
        ("https://[2a01:4f8:1:2:4111:1111:1111:1111]/c", "2a01:4f8:1:2::"),
        ("https://4111111111111111.net/c", "card-number-host"),
        ("https://x.4111111111111111.co.uk/c", "card-number-host"),
        ("https://x4111111111111111/c", "card-number-host"),
        ("https://4111111111111111.lan/c", "card-number-host"),
        ("https://4111111111111111.evil.net/c", "evil.net"),
    ] {
        let expected = format!("shop payment unknown unlisted {destination} send");
        check("https://shop.example/checkout", blocked, "connect-src", &expected);
    }
    let ignored = "shop payment noise ignored invalid-host send";
    check("https://shop.example/checkout", "https://x;reboot.test/", "connect-src", ignored);
}

#[test]
fn a_host_that_the_parser_refuses_is_a_destination() {
    for (blocked, destination) in [
        ("http://xn--a.evil-real.com/c", "evil-real.com"),
        ("https://e%20v.evil.co.uk/c", "evil.co.uk"),
        ("https://u@xn--a.com:8443/c", "xn--a.com"),
    ] {
        let expected = format!("shop payment unknown unlisted {destination} send");
        check("https://shop.example/checkout", blocked, "connect-src", &expected);
    }
}

#[test]
fn a_payment_page_stays_one_however_long_its_path_is_written() {
    let expected = "shop payment unknown unlisted evil.example send";
    for path in ["/".repeat(1_100) + "checkout", "/".repeat(9_000) + "%63heckout/"] {
        check(&format!("https://shop.example{path}"), "https://evil.example/", "img-src", expected);
    }
    let escaped = format!("https://shop.example/checkout{}", "%61".repeat(4_000));
    check(&escaped, "https://evil.example/", "img-src", expected);
}

fn sites(config: &str) -> Sites {
    Sites::new(&Config::from_text("test", config, &Default::default()).expect("it is right").sites)
}

/// Judges one violation as `site group verdict reason destination channel`.
fn judged(sites: &Sites, endpoint: Endpoint<'_>, fields: &str) -> String {
    judged_of(sites, endpoint, "", fields)
}

fn judged_of(sites: &Sites, endpoint: Endpoint<'_>, user_agent: &str, fields: &str) -> String {
    let body = format!(r#"{{"csp-report":{{{fields}}}}}"#);
    judged_body(sites, endpoint, user_agent, &body)
}

/// As [`judged`], for a whole body.
fn judged_body(sites: &Sites, endpoint: Endpoint<'_>, user_agent: &str, body: &str) -> String {
    let wire = decode(body, 1).reports.pop().expect("a report");
    let report = normalise(
        wire,
        Envelope { received: Timestamp::default(), user_agent, keep_query: &KeepQuery::None },
    );
    let attribution = sites.attribute(endpoint, &report.document.host);
    let noise = NoiseRules::new(
        &Config::from_text("t", "", &Default::default()).expect("it is right").noise.rules,
    );
    let policy = ReportedPolicy::new(report.policy_hash, judged_policy(&report.policy));
    let live_decisions = live_decisions();
    let context = JudgeContext {
        noise: &noise,
        policy: Some(&policy),
        decisions: &live_decisions.decisions(),
        threats: &live_decisions.threats(),
        now: NOW,
    };
    let judgement = judge(&report, &attribution, &context);
    format!(
        "{} {} {} {} {} {}",
        attribution.site.name,
        attribution.site.page_group(&report.document.path).name,
        judgement.verdict.as_str(),
        judgement.reason.to_text(),
        judgement.destination,
        judgement.channel.as_str()
    )
}

#[track_caller]
fn check(document: &str, blocked: &str, directive: &str, expected: &str) {
    let fields = format!(
        r#""document-uri":"{document}","blocked-uri":"{blocked}","effective-directive":"{directive}""#
    );
    assert_eq!(judged(&sites(SHOP), Endpoint::Any, &fields), expected);
}

#[test]
fn verdicts() {
    let pay = "https://shop.example/checkout";
    check(
        pay,
        "https://evil.example/c",
        "form-action",
        "shop payment unknown unlisted evil.example send",
    );
    check(
        pay,
        "https://a.evil.co.uk/c",
        "connect-src",
        "shop payment unknown unlisted evil.co.uk send",
    );
    check(pay, "http://203.0.113.9/x", "img-src", "shop payment unknown unlisted 203.0.113.9 send");
    check(
        pay,
        "https://js.stripe.com/v3",
        "script-src-elem",
        "shop payment known configured stripe.com load",
    );
    check(
        pay,
        "https://stripe.com/",
        "script-src-elem",
        "shop payment unknown sibling-of-known stripe.com load",
    );
    check(
        pay,
        "https://img.shop.example/",
        "img-src",
        "shop payment own site-host shop.example send",
    );
    check(pay, "inline", "script-src-elem", "shop payment inline inline  load");
    check(pay, "eval", "script-src", "shop payment inline eval  load");
    check(pay, "data", "img-src", "shop payment inline data  send");
    check(pay, "chrome-extension", "script-src", "shop payment noise extension-blocked  load");
    check(pay, "", "img-src", "shop payment other no-destination  send");
    check(
        "https://shop.example/",
        "https://evil.example",
        "img-src",
        "shop other unknown unlisted evil.example send",
    );
    check(
        pay,
        "https://frame.example/",
        "frame-ancestors",
        "shop payment other embedded-by frame.example other",
    );
}

#[test]
fn documents_of_others_are_foreign() {
    check(
        "https://shop.example.evil.net/checkout",
        "https://evil.example",
        "img-src",
        "other other foreign document-host evil.example send",
    );
    let sites = sites(SHOP);
    let shop = Endpoint::Site(sites.named("shop").expect("configured"));
    let fields = |document: &str| {
        format!(
            r#""document-uri":"{document}","blocked-uri":"https://evil.example/","effective-directive":"img-src""#
        )
    };
    assert!(judged(&sites, shop, &fields("https://b.example/")).starts_with("shop other foreign"));
    assert!(judged(&sites, shop, &fields("about")).starts_with("shop other unknown"));
    assert!(judged(&sites, Endpoint::Any, &fields("about")).starts_with("other other foreign"));
}

#[test]
fn documents_of_siblings_are_judged_like_the_sites() {
    let config = r#"
        [[site]]
        name = "shop"
        hosts = ["shop.example", "me.github.io"]
          [[site.page_group]]
          name = "payment"
          paths = ["/checkout*"]
          payment = true
        [[site]]
        name = "blog"
        hosts = ["blog.shop.example"]
    "#;
    let sites = sites(config);
    let shop = Endpoint::Site(sites.named("shop").expect("configured"));
    let judged = |endpoint, document: &str, blocked: &str| {
        let fields = format!(
            r#""document-uri":"https://{document}","blocked-uri":"https://{blocked}/","effective-directive":"img-src""#
        );
        judged(&sites, endpoint, &fields)
    };
    for (endpoint, document, blocked, expected) in [
        (shop, "secure.shop.example/checkout", "evil.example", "shop payment unknown unlisted"),
        (shop, "secure.shop.example/checkout", "secure.shop.example", "shop payment own site-host"),
        (shop, "secure.shop.example/", "img.shop.example", "shop other unknown sibling-of-known"),
        (shop, "blog.shop.example/", "evil.example", "shop other foreign"),
        (shop, "other.github.io/checkout", "evil.example", "shop payment foreign"),
        (Endpoint::Any, "secure.shop.example/checkout", "evil.example", "shop payment unknown"),
        (Endpoint::Any, "blog.shop.example/", "evil.example", "blog other unknown"),
        (Endpoint::Any, "x.me.github.io/", "evil.example", "shop other unknown"),
        (Endpoint::Any, "other.github.io/", "evil.example", "other other foreign"),
        (Endpoint::Any, "10.0.0.1/", "evil.example", "other other foreign"),
    ] {
        let verdict = judged(endpoint, document, blocked);
        assert!(verdict.starts_with(expected), "{document} {blocked}: {verdict}");
    }
}

#[test]
fn what_is_known_at_google_com_is_known_in_all_countries() {
    let sites = sites(&SHOP.replace("\"cdn.example\"", "\"www.google.com\""));
    let verdict = |host: &str| {
        let fields = format!(
            r#""document-uri":"https://shop.example/","blocked-uri":"https://{host}/","effective-directive":"img-src""#
        );
        judged(&sites, Endpoint::Any, &fields)
    };
    assert!(verdict("www.google.co.uk").contains("known configured google.co.uk"));
    assert!(verdict("script.google.de").contains("unknown"));
}

#[test]
fn an_extension_as_the_source_is_noise() {
    let fields = r#""document-uri":"https://shop.example/","blocked-uri":"https://x.example/","effective-directive":"connect-src","source-file":"moz-extension""#;
    assert!(
        judged(&sites(SHOP), Endpoint::Any, fields)
            .starts_with("shop other noise extension-source")
    );
}

#[test]
fn without_sites_the_registrable_domain_is_one() {
    let sites = sites("");
    let fields = |document: &str, blocked: &str| {
        format!(
            r#""document-uri":"https://{document}/","blocked-uri":"https://{blocked}/","effective-directive":"img-src""#
        )
    };
    let judged =
        |document: &str, blocked: &str| judged(&sites, Endpoint::Any, &fields(document, blocked));
    assert_eq!(
        judged("www.a.example", "img.a.example"),
        "a.example other own site-host a.example send"
    );
    assert_eq!(judged("a.example", "b.example"), "a.example other unknown unlisted b.example send");
    for index in 0..crate::base::limits::DISCOVERED_SITES {
        judged(&format!("s{index}.example"), "b.example");
    }
    assert!(judged("late.example", "b.example").starts_with("other other unknown"));
    assert!(judged("late.example", "x.late.example").starts_with("other other own"));
    assert!(judged("a.example", "b.example").starts_with("a.example"));
}

/// Judges a violation of a policy on the payment page.
#[track_caller]
fn check_policy(policy: &str, blocked: &str, directive: &str, expected: &str) {
    let fields = format!(
        r#""document-uri":"https://shop.example/checkout","blocked-uri":"{blocked}","effective-directive":"{directive}","original-policy":"{policy}""#
    );
    assert_eq!(judged(&sites(SHOP), Endpoint::Any, &fields), expected);
}

#[test]
fn what_the_reports_policy_allows_was_redirected() {
    let policy = "img-src 'self' https://cdn.example; connect-src 'self'";
    let via = "allowed-by-policy";
    check_policy(
        policy,
        "https://cdn.example/r?to=x",
        "img-src",
        &format!("shop payment impossible {via} cdn.example send"),
    );
    let own = format!(
        r#""document-uri":"https://shop.example/checkout","blocked-uri":"https://shop.example/out","effective-directive":"connect-src","original-policy":"{policy}""#
    );
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";
    let judged = |user_agent| judged_of(&sites(SHOP), Endpoint::Any, user_agent, &own);
    assert!(judged(firefox).starts_with(&format!("shop payment impossible {via} shop.example")));
    assert!(judged("curl/8").starts_with("shop payment own site-host"), "no browser's word");
    // Not for that: then it is what it is without the policy.
    check_policy(
        policy,
        "https://cdn.example/x",
        "connect-src",
        "shop payment known configured cdn.example send",
    );
}

#[test]
fn a_host_that_the_policy_allows_for_something_else_is_not_known_for_this() {
    check_policy(
        "img-src https://pixel.vendor.example; connect-src 'self'",
        "https://pixel.vendor.example/collect",
        "connect-src",
        "shop payment unknown allowed-for:img-src vendor.example send",
    );
}

#[test]
fn a_name_that_imitates_another_is_flagged() {
    let pay = "https://shop.example/checkout";
    check(
        pay,
        "https://js.google-analytlcs.com/",
        "script-src-elem",
        "shop payment unknown unlisted look-alike:google-analytics.com google-analytlcs.com load",
    );
    check(
        pay,
        "https://cdn-stripe-payments.net/",
        "script-src-elem",
        "shop payment unknown unlisted like:stripe.com cdn-stripe-payments.net load",
    );
}

//! What the field sends: old engines' spellings, apps, the visitor's own network, redirects, people's word against rules.

use super::*;

const PAY: &str = "https://shop.example/checkout";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";

/// Checks the beginning of what is judged of a violation on the payment page.
#[track_caller]
fn check_begins(fields: &str, expected: &str) {
    let fields = format!(r#""document-uri":"{PAY}",{fields}"#);
    let judged = judged(&sites(SHOP), Endpoint::Any, &fields);
    assert!(judged.starts_with(expected), "{fields}\n{judged}");
}

fn allowlist_report(document: &str, body: &str) -> String {
    format!(r#"[{{"type":"connection-allowlist","url":"{document}","body":{{{body}}}}}]"#)
}

/// Judges a report of a Connection-Allowlist.
#[track_caller]
fn check_allowlist(config: &str, body: &str, expected: &str) {
    let body = allowlist_report(PAY, body);
    assert_eq!(judged_body(&sites(config), Endpoint::Any, "", &body), expected, "{body}");
}

#[test]
fn directives_are_compared_by_their_names() {
    for directive in ["script-src 'report-sample' 'self'", "Script-Src", "'script-src'; img-src *"]
    {
        let fields = format!(
            r#""blocked-uri":"https://evil.example/a.js","effective-directive":"{directive}""#
        );
        check_begins(&fields, "shop payment unknown unlisted evil.example load");
    }
    check_begins(
        r#""blocked-uri":"https://partner.example/","effective-directive":"frame-ancestors 'self' https://a.example""#,
        "shop payment other embedded-by",
    );
    check_begins(
        r#""blocked-uri":"https://evil.example/","effective-directive":"brand-new","violated-directive":"form-action 'self'""#,
        "shop payment unknown unlisted evil.example send",
    );
    check_begins(
        r#""blocked-uri":"https://evil.example/","effective-directive":"brand-new""#,
        "shop payment unknown unlisted evil.example other",
    );
    check_begins(
        r#""blocked-uri":"https://cdn.example/r","effective-directive":"img-src 'self' https://cdn.example","original-policy":"img-src 'self' https://cdn.example""#,
        "shop payment impossible allowed-by-policy",
    );
}

#[test]
fn what_leads_into_a_program_has_no_destination() {
    for blocked in [
        "mypayapp://confirmpayment/order",
        "swish://paymentrequest",
        "com.example.wallet://pay?x=1",
        "bitcoin:175tWpb8K1S7NmH4Zx6rewF9WQrcZv245W",
        "x-custom",
    ] {
        let fields = format!(r#""blocked-uri":"{blocked}","effective-directive":"frame-src""#);
        check_begins(&fields, "shop payment other app-scheme  send");
    }
    for (blocked, rule) in [
        ("res://ieframe.dll/x", "browser-internal"),
        ("ms-appx://app/x", "browser-internal"),
        ("nativebaiduhd://adblock", "web-view"),
        ("weixinping://iframe", "web-view"),
    ] {
        let fields = format!(r#""blocked-uri":"{blocked}","effective-directive":"frame-src""#);
        check_begins(&fields, &format!("shop payment noise {rule}  send"));
    }
    let form = r#""blocked-uri":"mypayapp://confirm","effective-directive":"form-action""#;
    check_begins(form, "shop payment other app-scheme  send");
    for keyword in ["data", "blob", "filesystem", "about", "data:image/gif;base64,R0"] {
        let fields = format!(r#""blocked-uri":"{keyword}","effective-directive":"img-src""#);
        check_begins(&fields, "shop payment inline ");
    }
    check_begins(
        r#""blocked-uri":"%s","effective-directive":"img-src""#,
        "shop payment other no-destination",
    );
    check_begins(
        r#""blocked-uri":"null","effective-directive":"img-src""#,
        "shop payment other no-destination",
    );
    check_begins(
        r#""blocked-uri":"https","effective-directive":"img-src""#,
        "shop payment other no-destination",
    );
}

#[test]
fn hosts_without_a_scheme_are_destinations() {
    for blocked in [
        "e.example",
        "e.example:8443",
        "//e.example/x",
        "E.Example.",
        "e.example/c.gif",
        "a.e.example?x=1",
    ] {
        let fields = format!(r#""blocked-uri":"{blocked}","effective-directive":"img-src""#);
        check_begins(&fields, "shop payment unknown unlisted e.example send");
    }
    check_begins(
        r#""blocked-uri":"bücher.example","effective-directive":"img-src""#,
        "shop payment unknown unlisted xn--bcher-kva.example send",
    );
    check_begins(
        r#""blocked-uri":"cdn.example","effective-directive":"img-src""#,
        "shop payment known configured cdn.example send",
    );
    check_begins(
        r#""blocked-uri":"www.shop.example","effective-directive":"img-src""#,
        "shop payment own site-host shop.example send",
    );
}

#[test]
fn the_visitors_own_network_is_one_destination() {
    for host in [
        "http://192.168.1.1/x",
        "http://10.20.30.40:15871/cgi-bin/blockpage.cgi",
        "https://127.0.0.1:8443/",
        "http://100.64.1.2/",
        "http://[fe80::1]/x",
        "http://[fd12::1]/x",
        "http://printer.local/",
        "http://router/",
        "http://nas.lan/",
        "host/c.gif",
        "127.0.0.1",
        "[::1]",
        "localhost:3000",
    ] {
        let fields = format!(r#""blocked-uri":"{host}","effective-directive":"img-src""#);
        check_begins(&fields, "shop payment unknown local-address visitor-network send");
    }
    check(PAY, "http://203.0.113.9/", "img-src", "shop payment unknown unlisted 203.0.113.9 send");
    // By the word, and by the host itself.
    check(
        PAY,
        "http://192.168.7.7:81/x",
        "img-src",
        "shop payment noise ignored visitor-network send",
    );
    let known = |name: &str| SHOP.replace("\"cdn.example\"", &format!("\"{name}\""));
    let judged = |config: &str, host: &str| {
        let fields = format!(
            r#""document-uri":"{PAY}","blocked-uri":"http://{host}:9/x","effective-directive":"img-src""#
        );
        judged(&sites(config), Endpoint::Any, &fields)
    };
    let all = known("visitor-network");
    assert_eq!(judged(&all, "10.1.2.3"), "shop payment known configured visitor-network send");
    let one = known("10.1.2.3");
    assert_eq!(judged(&one, "10.1.2.3"), "shop payment known configured 10.1.2.3 send");
    assert!(judged(&one, "10.1.2.4").starts_with("shop payment unknown local-address"));
    let own = SHOP.replace("\"*.shop.example\"", "\"intranet\"");
    assert_eq!(judged(&own, "intranet"), "shop payment own site-host intranet send");
}

#[test]
fn the_word_of_people_goes_before_rules_and_policies() {
    let widget = SHOP.replace("\"cdn.example\"", "\"translate.googleapis.com\"");
    let translator = r#""document-uri":"https://shop.example/","blocked-uri":"https://translate.googleapis.com/x","effective-directive":"connect-src""#;
    let judged_by = |config: &str| judged(&sites(config), Endpoint::Any, translator);
    assert!(judged_by(SHOP).starts_with("shop other noise"), "{}", judged_by(SHOP));
    assert!(
        judged_by(&widget).starts_with("shop other known configured"),
        "{}",
        judged_by(&widget)
    );
    // An extension fetches from the shop, from an approved and from an ignored host.
    for (host, expected) in [
        ("www.shop.example", "shop payment own site-host"),
        ("approved.example", "shop payment known approved"),
        ("ignored.example", "shop payment noise ignored"),
        ("x.example", "shop payment unknown unproven:extension-source"),
    ] {
        let fields = format!(
            r#""blocked-uri":"https://{host}/","effective-directive":"connect-src","source-file":"moz-extension""#
        );
        check_begins(&fields, expected);
    }
    let redirected = r#""document-uri":"https://shop.example/checkout","blocked-uri":"https://approved.example/r","effective-directive":"form-action","original-policy":"form-action approved.example""#;
    let judged = judged_of(&sites(SHOP), Endpoint::Any, FIREFOX, redirected);
    assert!(judged.starts_with("shop payment known approved"), "{judged}");
}

#[test]
fn code_without_a_url_is_inline_and_impossible_where_the_policy_allows_it() {
    let code = |blocked: &str, directive: &str, policy: &str| {
        let fields = format!(
            r#""document-uri":"{PAY}","blocked-uri":"{blocked}","violated-directive":"{directive}","original-policy":"{policy}""#
        );
        judged(&sites(SHOP), Endpoint::Any, &fields)
    };
    let strict = "script-src 'self'; style-src 'self'";
    for (blocked, directive, expected) in [
        ("", "script-src 'self'", "shop payment inline inline  load"),
        ("", "style-src", "shop payment inline inline  load"),
        ("", "script-src-attr", "shop payment inline inline  load"),
        ("", "default-src 'self'", "shop payment inline inline  send"),
        ("", "img-src", "shop payment other no-destination  send"),
        ("self", "inline script base restriction", "shop payment inline inline  load"),
        ("self", "eval script base restriction", "shop payment inline eval  load"),
        ("", "inline style base restriction", "shop payment inline inline  load"),
        (
            "self",
            "violated base restriction: Code will not be created from strings",
            "shop payment inline eval  load",
        ),
    ] {
        assert_eq!(code(blocked, directive, strict), expected, "{blocked} {directive}");
    }
    for (blocked, directive, policy) in [
        ("eval", "script-src", "script-src 'self' 'unsafe-eval'"),
        ("wasm-eval", "script-src", "script-src 'wasm-unsafe-eval'"),
        ("inline", "script-src-elem", "script-src 'unsafe-inline'"),
        ("", "style-src", "default-src 'unsafe-inline'"),
    ] {
        let judged = code(blocked, directive, policy);
        assert!(judged.starts_with("shop payment impossible allowed-by-policy  load"), "{judged}");
    }
    let nonce = code("inline", "script-src", "script-src 'unsafe-inline' 'nonce-abc'");
    assert_eq!(nonce, "shop payment inline inline  load");
}

#[test]
fn a_connection_allowlist_names_navigations_forms_and_peers() {
    for (body, expected) in [
        (
            r#""connection":"https://evil.example/x?card=1""#,
            "shop payment unknown unlisted evil.example send",
        ),
        (r#""connection":"webrtc""#, "shop payment unknown unlisted webrtc send"),
        (r#""connection":"""#, "shop payment other app-scheme  send"),
        (
            r#""connection":"https://js.stripe.com/""#,
            "shop payment known configured stripe.com send",
        ),
        (
            r#""connection":"https://www.shop.example/redir?to=x""#,
            "shop payment own redirected shop.example send",
        ),
        (
            r#""allowlist":["https://shop.example","https://psp.example:8443"],"connection":"https://psp.example:8443/r""#,
            "shop payment known redirected psp.example send",
        ),
        (
            r#""allowlist":["https://shop.example","https://psp.example:8443"],"connection":"https://psp.example/r""#,
            "shop payment unknown unlisted psp.example send",
        ),
    ] {
        check_allowlist(SHOP, body, expected);
    }
    let fields =
        r#""blocked-uri":"","effective-directive":"webrtc","original-policy":"webrtc 'block'""#;
    check_begins(fields, "shop payment unknown unlisted webrtc send");
}

#[test]
fn links_are_known_by_directive_path_and_page_group() {
    let config = SHOP.replace(
        "\"cdn.example\"",
        r#""webrtc", "connection-allowlist www.partner.example", "cdn.example/npm/""#,
    ) + "known = [\"psp.example\", \"connection-allowlist *.bank.example\"]\n";
    for (body, expected) in [
        (r#""connection":"webrtc""#, "shop payment known configured webrtc send"),
        (
            r#""connection":"https://www.partner.example/shop""#,
            "shop payment known configured partner.example send",
        ),
        (
            r#""connection":"https://m.bank.example/3ds""#,
            "shop payment known configured bank.example send",
        ),
        (
            r#""connection":"https://psp.example/""#,
            "shop payment known configured psp.example send",
        ),
        (
            r#""connection":"https://cdn.example/npm/a.js""#,
            "shop payment known configured cdn.example send",
        ),
        (
            r#""connection":"https://cdn.example/gh/a.js""#,
            "shop payment unknown unlisted cdn.example send",
        ),
    ] {
        check_allowlist(&config, body, expected);
    }
    let sites = sites(&config);
    let csp = |document: &str, blocked: &str| {
        let fields = format!(
            r#""document-uri":"https://shop.example{document}","blocked-uri":"{blocked}","effective-directive":"connect-src""#
        );
        judged(&sites, Endpoint::Any, &fields)
    };
    // What is known as a link is not expected to be fetched from, and other pages do not know the payment pages' bank.
    assert_eq!(
        csp("/checkout", "https://www.partner.example/"),
        "shop payment unknown unlisted partner.example send"
    );
    assert_eq!(
        csp("/checkout", "https://psp.example/"),
        "shop payment known configured psp.example send"
    );
    assert_eq!(csp("/", "https://psp.example/"), "shop other unknown unlisted psp.example send");
    let tags = super::sites(&SHOP.replace("\"cdn.example\"", "\"script-src tag.example\""));
    for (directive, expected) in [
        ("script-src", "shop payment known configured"),
        ("script-src-elem", "shop payment known configured"),
        ("script-src-attr", "shop payment known configured"),
        ("connect-src", "shop payment unknown unlisted"),
        ("style-src-elem", "shop payment unknown unlisted"),
    ] {
        let fields = format!(
            r#""document-uri":"{PAY}","blocked-uri":"https://tag.example/t.js","effective-directive":"{directive}""#
        );
        let judged = judged(&tags, Endpoint::Any, &fields);
        assert!(judged.starts_with(expected), "{directive}: {judged}");
    }
}

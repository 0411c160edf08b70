//! Page groups, each with the Connection-Allowlist that a person would write by hand.

use super::*;

/// What every list of the shop begins with: its own hosts, and those that are known on all pages or on these.
const CONFIGURED: &str = "(response-origin \"https://*.shop.example\" \"https://shop.example\" \"https://*.stripe.com\" \
                          \"https://cdn.example\" \"https://cdn.shared.example/npm/*\" \"https://api.vendor.example\" \
                          \"https://psp.known.example\" \"https://pixel.known.example\"";
const END: &str = ");report-to=cspwatch;redirects=block;webrtc=block";

fn advise<T>(pages: &Pages<'_>, function: impl FnOnce(&ConnectionAdvice) -> T) -> T {
    pages.with_evidence(|evidence| function(&ConnectionAdvice::of(evidence, &suggest(evidence))))
}

/// Checks the header's value: what follows the configured entries, and how it ends.
#[track_caller]
fn check(pages: &Pages<'_>, further: &str, end: &str) {
    let value = advise(pages, |advice| advice.value("cspwatch"));
    assert_eq!(value, format!("{CONFIGURED}{further}{end}"));
}

#[test]
fn the_list_has_what_is_known_or_approved_whatever_for() {
    check(&Pages::default(), "", END);
    let pages = Pages {
        current: Some("default-src 'self'; img-src https://img.pay.example https://old.example"),
        reported: &[
            ("script-src-elem", "https://js.pay.example/v1.js"),
            ("connection-allowlist", "https://www.pay.example/3ds?order=1"),
            ("connect-src", "wss://live.shop.example:8443/"),
            ("connect-src", "wss://live.shop.example/"),
            ("connect-src", "https://d1.cloudfront.net/x"),
            ("img-src", "https://q.stripe.com/p.gif"),
            ("img-src", "https://evil.example/p.gif"),
            ("connection-allowlist", "https://evil.example/?card=4"),
            ("frame-ancestors", "https://partner.example/"),
            ("connection-allowlist", "https://masked.pay.example/"),
        ],
        approved: &["pay.example", "quiet.example", "192.0.2.7", "webrtc", "partner.example"],
        ..Pages::default()
    };
    let further = " \"https://d1.cloudfront.net\" \"https://js.pay.example\" \"https://www.pay.example\" \
                   \"https://live.shop.example:8443\" \"https://img.pay.example\" \"https://192.0.2.7\" \
                   \"https://*.partner.example\" \"https://partner.example\" \"https://*.quiet.example\" \
                   \"https://quiet.example\"";
    check(&pages, further, &END.replace("webrtc=block", "webrtc=allow"));
    advise(&pages, |advice| {
        assert!(advice.inexpressible.iter().all(|text| text.contains('{')), "{advice:?}");
        assert_eq!(advice.inexpressible.len(), 1, "{advice:?}");
        assert!(advice.unconfirmed.iter().eq(["https://old.example"]), "{advice:?}");
    });
}

#[test]
fn what_a_threat_list_has_is_left_out_though_it_is_known_or_approved() {
    let pages = Pages {
        reported: &[("connection-allowlist", "https://www.pay.example/")],
        approved: &["pay.example"],
        listed: "pay.example\nstripe.com\n",
        ..Pages::default()
    };
    let value = advise(&pages, |advice| advice.value("cspwatch"));
    assert!(!value.contains("pay.example") && !value.contains("stripe"), "{value}");
}

#[test]
fn there_is_a_bound_and_the_rest_is_counted() {
    let names: Vec<String> = (0..150).map(|number| format!("d{number}.example")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let pages = Pages { approved: &names, ..Pages::default() };
    advise(&pages, |advice| {
        assert_eq!(advice.entries.len(), crate::base::limits::SUGGESTED_SOURCES);
        assert_eq!(advice.omitted, 8 + 300 - crate::base::limits::SUGGESTED_SOURCES);
    });
}

#[test]
fn links_are_a_class_of_their_own_and_unknown_ones_are_left_out() {
    let pages = Pages {
        reported: &[
            ("connection-allowlist", "https://www.evil.example/a"),
            ("connection-allowlist", "https://www.evil.example/b"),
            ("connection-allowlist", "https://cdn.example/offer"),
            ("connection-allowlist", "https://api.vendor.example/"),
            ("connection-allowlist", "https://toolbar.example/"),
            ("connection-allowlist", "https://cdn.shared.example/npm/a"),
            ("connection-allowlist", "https://cdn.shared.example/gh/b"),
            ("connection-allowlist", "https://www.shop.example/redir"),
            ("connection-allowlist", "webrtc"),
            ("connection-allowlist", ""),
            ("img-src", "https://pics.example/"),
        ],
        ignored: &["toolbar.example"],
        ..Pages::default()
    };
    advise(&pages, |advice| {
        let links = advice.navigation.links.iter();
        let found: Vec<_> = links
            .map(|link| {
                (&*link.host, reasons::link(link), link.is_listed, link.occurrences.reports)
            })
            .collect();
        let vendor = "unknown as a link; the list has it for something else";
        let toolbar = &found[4].1;
        assert!(toolbar.starts_with("ignored by ada"), "{toolbar}");
        let expected = [
            ("cdn.shared.example", "unknown", false, 4),
            ("www.evil.example", "unknown", false, 4),
            ("api.vendor.example", vendor, true, 2),
            ("cdn.example", "known: \"cdn.example\" is in known", true, 2),
            ("toolbar.example", toolbar, false, 2),
        ];
        let expected = expected
            .map(|(host, why, is_listed, reports)| (host, why.to_owned(), is_listed, reports));
        assert_eq!(found, expected);
        let untrusted = advice.untrusted();
        let untrusted: Vec<_> =
            untrusted.iter().map(|use_| (&*use_.directive, &*use_.what)).collect();
        let directive = "connection-allowlist";
        assert_eq!(
            untrusted,
            ["evil.example", "shared.example", "toolbar.example", "webrtc"]
                .map(|what| (directive, what))
        );
    });
}

#[test]
fn what_the_reports_show_against_enforcing_is_named() {
    let obstacles = |pages: &Pages<'_>| {
        advise(pages, |advice| {
            let names = advice.obstacles.iter().map(|obstacle| obstacle.as_str());
            names.collect::<Vec<_>>().join(" ")
        })
    };
    let reported = [
        ("connection-allowlist", "https://www.shop.example/login"),
        ("connection-allowlist", "https://evil.example/"),
        ("connection-allowlist", ""),
        ("connection-allowlist", "webrtc"),
    ];
    let enforced = format!("default-src 'self'; {NO_FALLBACK}");
    let current = Some(&*enforced);
    assert_eq!(obstacles(&Pages::default()), "untried policy_untried");
    assert_eq!(obstacles(&Pages { current, ..Pages::default() }), "untried");
    let broad = Some("default-src https:");
    assert_eq!(obstacles(&Pages { current: broad, ..Pages::default() }), "untried policy_broad");
    let pages = Pages { current, reported: &reported, ..Pages::default() };
    assert_eq!(obstacles(&pages), "links_left_out redirects app_links webrtc");
    let pages = Pages { approved: &["evil.example", "webrtc"], ..pages };
    assert_eq!(obstacles(&pages), "redirects app_links");
    let known = [("connection-allowlist", "https://cdn.example/")];
    assert_eq!(obstacles(&Pages { current, reported: &known, ..Pages::default() }), "");
}

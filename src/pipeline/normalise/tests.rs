use super::*;
use crate::base::clock::{DAY, MINUTE};
use crate::pipeline::decode::decode;
use crate::report::Engine;

const RECEIVED: Timestamp = Timestamp::from_seconds(1_800_000_000);

#[track_caller]
fn check(body: &str, test: impl Fn(&Report<'_>)) {
    let mut decoded = decode(body, 10);
    let wire = decoded.reports.pop().expect("one report");
    test(&normalise(
        wire,
        Envelope {
            received: RECEIVED,
            user_agent: "x Firefox/153.0",
            keep_query: &KeepQuery::None,
        },
    ));
}

#[test]
fn event_time_is_received_minus_a_sane_age() {
    let report =
        |age: &str| format!(r#"{{"type":"csp-violation","age":{age},"url":"https://a/"}}"#);
    check(&report("60000"), |r| assert_eq!(r.at, RECEIVED - MINUTE));
    check(&report("-5"), |r| assert_eq!(r.at, RECEIVED));
    check(&report("1e300"), |r| assert_eq!(r.at, RECEIVED - DAY));
    check(&report("\"x\""), |r| assert_eq!(r.at, RECEIVED));
}

#[test]
fn csp1_names_only_the_violated_directive() {
    check(
        r#"{"csp-report":{"document-uri":"https://a/","violated-directive":" script-src 'self' https://b"}}"#,
        |r| assert_eq!(r.directive, "script-src"),
    );
}

#[test]
fn the_reports_own_user_agent_goes_first() {
    check(r#"{"type":"csp-violation","user_agent":"x Chrome/156.0","url":"https://a/"}"#, |r| {
        assert_eq!((r.engine, r.engine_version), (Engine::Chromium, 156));
        assert_eq!(r.document.host, "a");
    });
    check(r#"{"type":"csp-violation","url":"https://a/"}"#, |r| {
        assert_eq!((r.engine, r.engine_version), (Engine::Firefox, 153));
    });
}

#[test]
fn unknown_types_are_kept_by_name() {
    check(r#"{"type":"Brand-New","url":"https://a/"}"#, |r| {
        assert_eq!((r.kind, &*r.type_name), (Kind::Other, "brand-new"));
    });
}

#[test]
fn webkit_and_chromium_agree_on_places() {
    check(
        r#"{"type":"csp-violation","body":{"documentURL":"https://a/p","blockedURL":"https://b:443/i.gif","sourceFile":"https://a:443/p"}}"#,
        |r| {
            assert_eq!((&*r.blocked.host, r.blocked.port), ("b", 0));
            assert_eq!(r.source, Place::default());
        },
    );
}

/// Checks the kind, the detail, the sample and the document of a report.
#[track_caller]
fn check_kind(body: &str, kind: Kind, detail: &str, sample: &str, document: &str) {
    check(body, |r| {
        let found = (r.kind, &*r.detail, &*r.sample, &*r.document.host);
        assert_eq!(found, (kind, detail, sample, document), "{body}");
    });
}

#[test]
fn early_types_and_field_names_are_those_of_today() {
    let report = |name: &str, body: &str| {
        format!(r#"[{{"type":"{name}","age":1,"url":"https://a.example/","body":{body}}}]"#)
    };
    for (name, body, detail) in [
        ("feature-policy-violation", r#"{"policyId":"camera","message":"m"}"#, "camera"),
        ("feature-policy-violation", r#"{"featureId":"usb","message":"m"}"#, "usb"),
        ("feature-policy", r#"{"feature":"sync-xhr","message":"m"}"#, "sync-xhr"),
        (
            "permissions-policy-violation",
            r#"{"policyId":"geolocation","message":"m"}"#,
            "geolocation",
        ),
        ("Permissions_Policy", r#"{"policy-id":"midi","message":"m"}"#, "midi"),
    ] {
        check_kind(&report(name, body), Kind::PermissionsPolicy, detail, "m", "a.example");
    }
    let document = report("document-policy", r#"{"policyId":"unsized-media","message":"m"}"#);
    check_kind(&document, Kind::DocumentPolicy, "unsized-media", "m", "a.example");
    let intervention =
        report("intervention", r#"{"message":"m","sourceFile":"https://a.example/s.js"}"#);
    check_kind(&intervention, Kind::Intervention, "", "m", "a.example");
    let nel = report("nel", r#"{"type":"tcp.closed"}"#);
    check_kind(&nel, Kind::Nel, "tcp.closed", "", "a.example");
    let opener = report(
        "coop",
        r#"{"violation-type":"navigation-to-document","navigation-uri":"https://b.example/"}"#,
    );
    check_kind(&opener, Kind::Coop, "navigation-to-document", "", "a.example");
    check(&opener, |r| assert_eq!(r.blocked.host, "b.example"));
    let embedder = report("coep", r#"{"type":"corp","blocked-url":"https://b.example/"}"#);
    check(&embedder, |r| assert_eq!((&*r.detail, &*r.blocked.host), ("corp", "b.example")));
}

#[test]
fn chromium_70_sent_csp_reports_with_the_names_of_report_uri() {
    let body = r#"[{"type":"csp","age":5,"url":"https://a.example/p","body":{"document-uri":"https://a.example/p","referrer":"","violated-directive":"img-src","effective-directive":"img-src","original-policy":"img-src 'self'","disposition":"report","blocked-uri":"https://b.example/x.gif","line-number":3,"column-number":4,"sourceFile":"https://c.example/s.js","status-code":200,"script-sample":""}}]"#;
    check(body, |r| {
        assert_eq!((r.kind, &*r.directive, &*r.blocked.host), (Kind::Csp, "img-src", "b.example"));
        assert_eq!((&*r.source.host, r.line, r.status_code), ("c.example", 3, 200));
    });
}

#[test]
fn firefox_4_sent_the_request_in_place_of_the_page() {
    let body = r#"{"csp-report":{"request":"GET http://a.example/index.html?t=1 HTTP/1.1","request-headers":"Host: a.example\nCookie: session=secret","blocked-uri":"http://b.example/x.png","violated-directive":"img-src http://a.example:80"}}"#;
    check(body, |r| {
        assert_eq!((&*r.document.host, &*r.document.path), ("a.example", "/index.html"));
        assert_eq!((&*r.directive, &*r.blocked.host), ("img-src", "b.example"));
        assert!(!format!("{r:?}").contains("secret"));
    });
    let hosts = r#"{"csp-report":{"request":"https://a.example/","blocked-uri":"self","violated-directive":"inline script base restriction"}}"#;
    check(hosts, |r| {
        assert_eq!(
            (&*r.document.host, &*r.directive, &*r.blocked.scheme),
            ("a.example", "script-src", "inline")
        );
    });
}

/// An inline script of the client script, with these fields of its body.
#[track_caller]
fn check_inline(fields: &str, test: impl Fn(&Report<'_>)) {
    let page = r#""url":"https://shop.example/checkout?card=1""#;
    check(&format!(r#"[{{"type":"inline-hash",{page},"body":{{{fields}}}}}]"#), test);
}

#[test]
fn an_inline_script_is_its_hash_and_nothing_else_that_a_report_says() {
    let hash = "sha256-lpCeHc6FylNP2IgfbINpqKh+Bt9aS/ge9Epy2xlbBwQ=";
    let hostile = format!(
        r#""hash":"{hash}","sample":"<b>a script's text</b>","blockedURL":"https://evil.example/x?1","effectiveDirective":"form-action""#
    );
    for (fields, sample) in
        [(format!(r#""hash":"{hash}","sample":"nonce""#), "nonce"), (hostile, "")]
    {
        check_inline(&fields, |report| {
            assert_eq!(report.kind, Kind::InlineHash);
            assert_eq!((&*report.detail, &*report.sample), (hash, sample));
            let blocked = &report.blocked;
            let found = [&*report.directive, &blocked.scheme, &blocked.host, &blocked.path];
            assert_eq!(found, ["script-src-elem", "inline", "", ""]);
        });
    }
    let many = "a".repeat(100_000);
    let wrong = [
        r#""hash":"""#,
        r#""hash":7"#,
        r#""hash":["sha256-lpCeHc6FylNP2IgfbINpqKh+Bt9aS/ge9Epy2xlbBwQ="]"#,
        r#""hash":"unlisted""#,
        r#""hash":"sha256-<script>alert(1)</script>aaaaaaaaaaaaaaaaaaa""#,
        r#""hash":"sha256-4111111111111111aaaaaaaaaaaaaaaaaaaaaaaaaaa=""#,
        &format!(r#""hash":"sha256-{many}""#),
        &format!(r#""hash":"sha384-{}""#, &many[..64]),
        r#""sample":"nonce""#,
    ];
    for fields in wrong {
        check_inline(fields, |report| assert_eq!(report.detail, "", "{fields:.80}"));
    }
}

#[test]
fn directives_are_of_a_closed_set_and_unknown_ones_are_kept_beside_it() {
    let violation = |effective: &str, violated: &str| {
        format!(
            r#"{{"csp-report":{{"document-uri":"https://a/","blocked-uri":"https://b/","effective-directive":"{effective}","violated-directive":"{violated}"}}}}"#
        )
    };
    for (effective, violated, directive, detail) in [
        ("script-src 'self'", "", "script-src", ""),
        ("", "allow 'self'", "default-src", ""),
        ("unheard-of", "img-src *", "img-src", ""),
        ("Unheard-Of 'self'", "", "other", "unheard-of"),
        ("", "Very protective directive.", "other", "very"),
        ("", "", "", ""),
        ("'self'", "", "other", "self"),
    ] {
        check(&violation(effective, violated), |r| {
            assert_eq!((&*r.directive, &*r.detail), (directive, detail), "{effective} {violated}");
        });
    }
}

#[test]
fn a_host_without_a_scheme_has_the_documents() {
    let blocked = |document: &str| {
        format!(
            r#"{{"csp-report":{{"document-uri":"{document}","blocked-uri":"b.example:8080/x","violated-directive":"img-src"}}}}"#
        )
    };
    for (document, scheme) in [
        ("http://a.example/", "http"),
        ("https://a.example/", "https"),
        ("a.example/p", "https"),
        ("about", "https"),
    ] {
        check(&blocked(document), |r| {
            let found = (&*r.blocked.scheme, &*r.blocked.host, r.blocked.port, &*r.blocked.path);
            assert_eq!(found, (scheme, "b.example", 8080, "/x"), "{document}");
        });
    }
    check(&blocked("a.example/p"), |r| assert_eq!(r.document.host, "a.example"));
}

#[test]
fn words_of_closed_sets_are_kept_also_where_all_else_is_masked() {
    let check_redacted = |fields: &str, test: &dyn Fn(&Report<'_>)| {
        // The domain has more digits than are kept of a report.
        let url = "https://8f14e45f-ceea-467e-a4d1-0123456789ab.example/";
        let body = format!(r#"{{"csp-report":{{"document-uri":"{url}",{fields}}}}}"#);
        check(&body, |report| {
            let mut report = report.clone();
            redact::redact_report(&mut report, &redact::RedactionKey::derive(b"test"));
            test(&report);
        });
    };
    for directive in ["connect-src", "script-src-elem", "require-sri-for", "webrtc"] {
        let fields = format!(r#""effective-directive":"{directive}""#);
        check_redacted(&fields, &|report| assert_eq!(report.directive, directive));
    }
    for keyword in ["inline", "wasm-eval", "trusted-types-sink", "mediastream"] {
        let fields = format!(r#""effective-directive":"img-src","blocked-uri":"{keyword}""#);
        check_redacted(&fields, &|report| assert_eq!(report.blocked.scheme, keyword));
    }
    check_redacted(
        r#""effective-directive":"img-src","blocked-uri":"x-qzkv12345678""#,
        &|report| {
            assert!(report.blocked.scheme.contains('{'), "{}", report.blocked.scheme);
        },
    );
}

#[test]
fn no_card_number_is_spread_over_the_numbers_of_a_report() {
    /// The port of what was blocked, line, column, status.
    type Numbers = (u16, u32, u32, u16);
    let check_kept = |given: Numbers, kept: Numbers| {
        let (port, line, column, status) = given;
        let body = format!(
            r#"{{"csp-report":{{
                "document-uri":"https://shop2.example:24443/","blocked-uri":"https://evil.example:{port}/",
                "line-number":{line},"column-number":{column},"status-code":{status},"effective-directive":"img-src"
            }}}}"#
        );
        check(&body, |report| {
            let mut report = report.clone();
            redact::redact_report(&mut report, &redact::RedactionKey::derive(b"test"));
            let Report { blocked, line, column, status_code, .. } = &report;
            let found = (blocked.port, *line, *column, *status_code);
            assert_eq!(found, kept, "{given:?}");
            assert_eq!((&*blocked.host, &*blocked.scheme), ("evil.example", "https"));
        });
    };
    check_kept((4111, 1111, 11_111_111, 0), (4111, 0, 0, 0));
    check_kept((4111, 1111, 11_111_111, 200), (4111, 0, 0, 200));
    check_kept((4111, 1111, 1111, 1111), (4111, 0, 0, 1111));
    check_kept((443, 41_111_111, 1111, 1111), (0, 0, 0, 1111));
    check_kept((8443, 12, 34, 404), (8443, 12, 34, 404));
    check_kept((24_443, 37, 23, 200), (24_443, 37, 23, 200));
    check_kept((4111, 1111, 11_111_112, 200), (4111, 1111, 11_111_112, 200));
}

#[test]
fn a_path_that_grows_by_its_marks_is_cut_to_size() {
    let short = "/qzkvxw".repeat(limits::PATH_BYTES / 7 + 1);
    let foreign = "\u{FFFD}q/".repeat(limits::PATH_BYTES);
    for path in [&short, &foreign, &format!("{short}{foreign}")] {
        let url = format!("https://shop.example/x{path}");
        let body = format!(
            r#"{{"csp-report":{{"document-uri":"{url}","blocked-uri":"{url}","source-file":"{url}"}}}}"#
        );
        check(&body, |report| {
            let mut report = report.clone();
            redact::redact_report(&mut report, &redact::RedactionKey::derive(b"test"));
            for place in [&report.document, &report.blocked, &report.source] {
                assert!(place.path.len() <= limits::PATH_BYTES, "{}", place.path.len());
            }
            assert!(report.document.path.starts_with("/x"), "{}", report.document.path);
        });
    }
}

#[test]
fn what_the_marks_leave_of_a_path_holds_no_card_number() {
    // Base64 of digits in two words of a path, each with letters around that make it look like one.
    let unknown = |count| "\u{FFFD}".repeat(count);
    let [three, ten, more] = [3, 10, 41].map(unknown);
    for path in [
        format!(
            "/p.gifsrc 'self{{panemail}}'; repor{three}ya29.1{ten}ZYYYYYYY`{more}AppleWebKi{three}7L, like Ge}}ksrc \
             'selHHHNDExMTExMTExMT]ExMTExM{ten} a{ten}ZYYYYYY{ten}AhpleWebKit/857L, like Gecksrc 'self'; report-f'"
        ),
        format!("/{three}selHHHNDExMTExMTExMT]ExMTExM{three}ZYYYYYY/"),
        format!("/{ten}NDExMTExMTExMT'ExMTExM{ten} a{ten}ZYYYYYY"),
    ] {
        for field in ["blocked-uri", "document-uri", "source-file"] {
            let mut report = serde_json::json!({
                "document-uri": "https://a.example/", "blocked-uri": "x", "effective-directive": "img-src",
            });
            report[field] = format!("https://evil-cdn.example{path}").into();
            check(&serde_json::json!({ "csp-report": report }).to_string(), |report| {
                let mut report = report.clone();
                redact::redact_report(&mut report, &redact::RedactionKey::derive(b"test"));
                for place in [&report.document, &report.blocked, &report.source] {
                    assert!(!redact::holds_card(&place.path), "{path}: {}", place.path);
                }
            });
        }
    }
}

#[test]
fn a_host_that_grows_by_its_marks_is_cut_to_size() {
    // The mark of a label is longer than it is, so words at the end have no room any more.
    let labels = format!("{}{}", "8f14e45f.".repeat(4), "checkout.".repeat(limits::HOST_BYTES / 9));
    for begin in
        ["", "a", "ab", "abc", "abcd", "www", "pay.", "a.b.", "abcde.f", "shop.", "checkout"]
    {
        let mut host = format!("{begin}{labels}");
        host.truncate(limits::HOST_BYTES - ".evil.example".len());
        let host = format!("{}.evil.example", host.trim_end_matches('.'));
        let body = format!(
            r#"{{"csp-report":{{"document-uri":"https://a.example/","blocked-uri":"https://{host}/"}}}}"#
        );
        check(&body, |report| {
            let mut report = report.clone();
            assert_eq!(report.blocked.host, host);
            redact::redact_report(&mut report, &redact::RedactionKey::derive(b"test"));
            let kept = &report.blocked.host;
            assert!(kept.len() <= limits::HOST_BYTES, "{}: {kept}", kept.len());
            assert!(kept.contains('{') && kept.ends_with("evil.example"), "{kept}");
        });
    }
}

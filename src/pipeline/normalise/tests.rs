use super::*;
use crate::base::clock::{DAY, MINUTE};
use crate::pipeline::decode::decode;
use crate::report::Engine;

const RECEIVED: Timestamp = Timestamp(1_800_000_000_000);

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

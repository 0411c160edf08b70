//! What must hold for any bytes at all. The fuzz targets and the property tests run the same functions.

use std::borrow::Cow;

use cspwatch::base::clock::Timestamp;
use cspwatch::base::limits;
use cspwatch::config::KeepQuery;
use cspwatch::pipeline::decode::{decode, repair};
use cspwatch::pipeline::normalise::redact::{self, RedactionKey, redact_report};
use cspwatch::pipeline::normalise::{Envelope, normalise};
use cspwatch::report::{Place, Report};
use url::Url;

const REPORTS_MAX: usize = 50;

/// Any body is decoded without panic, into a bounded number of reports.
pub fn decodes(body: &[u8]) {
    let repaired = repair(body);
    assert_eq!(repair(repaired.as_bytes()), repaired, "repairing is idempotent");
    let decoded = decode(&repaired, REPORTS_MAX);
    assert!(decoded.reports.len() <= REPORTS_MAX);
}

/// Any body's reports become normal forms that are bounded, printable, redacted, and stay as they are when
/// normalised again.
pub fn normalises(body: &[u8]) {
    let repaired = repair(body);
    for wire in decode(&repaired, REPORTS_MAX).reports {
        let mut report = normalise(wire, envelope());
        check_bounds(&report);
        redact_report(&mut report, &key());
        check_bounds(&report);
        for text in texts(&report) {
            assert!(!text.chars().any(char::is_control), "{text:?}");
            assert!(!redact::holds_card(text), "{text:?}");
        }
        check_again(&report);
    }
}

/// Any text is redacted without panic; what was redacted has nothing left to redact.
pub fn redacts(text: &[u8]) {
    const BYTES_MAX: usize = 500;
    let text = String::from_utf8_lossy(text);
    redact::holds_card(&text);
    let once = redact::text(Cow::Borrowed(&text), BYTES_MAX, &key());
    assert!(once.len() <= BYTES_MAX);
    assert_eq!(redact::text(Cow::Borrowed(&once), BYTES_MAX, &key()), once);
}

fn key() -> RedactionKey {
    RedactionKey::derive(b"fuzz")
}

fn envelope() -> Envelope<'static> {
    let received = Timestamp::from_seconds(1_800_000_000);
    Envelope { received, user_agent: "", keep_query: &KeepQuery::None }
}

fn texts<'r>(report: &'r Report<'_>) -> Vec<&'r str> {
    let places = [&report.document, &report.blocked, &report.source];
    let places = places.into_iter().flat_map(|place| [&*place.scheme, &*place.host, &*place.path]);
    places.chain([&*report.directive, &*report.type_name, &*report.sample]).collect()
}

fn check_bounds(report: &Report<'_>) {
    for place in [&report.document, &report.blocked, &report.source] {
        assert!(place.scheme.len() <= limits::NAME_BYTES);
        assert!(place.host.len() <= limits::HOST_BYTES);
        assert!(place.path.len() <= limits::PATH_BYTES);
    }
    assert!(report.directive.len() <= limits::NAME_BYTES);
    assert!(report.type_name.len() <= limits::NAME_BYTES);
    assert!(report.detail.len() <= 100);
    assert!(report.sample.len() <= limits::SAMPLE_BYTES);
}

/// Writes the normal form of a URL as a URL.
fn url(place: &Place<'_>) -> Option<String> {
    // The parser of URLs percent-encodes a mark's two braces; a path that then is too long loses its end.
    if place.path.len() + 4 * place.path.matches('{').count() > limits::PATH_BYTES {
        return None;
    }
    match (&*place.scheme, &*place.host) {
        // Not URLs, or with marks that a URL's scheme and host cannot hold.
        ("unparsable" | "anonymous-code" | "", _) => None,
        (scheme, host) if scheme.contains('{') || host.contains(['{', ':']) => None,
        // A host with a number behind it that is no port reads as a scheme. Alone it is a host.
        (scheme, "") if scheme.contains('.') => None,
        (scheme, "") => Some(scheme.to_owned()),
        (scheme, host) if place.port == 0 => Some(format!("{scheme}://{host}{}", place.path)),
        (scheme, host) => Some(format!("{scheme}://{host}:{}{}", place.port, place.path)),
    }
}

fn check_again(report: &Report<'_>) {
    for place in [&report.document, &report.blocked] {
        // A host without its dots at the end, or without a scheme before it, may be none that a browser reaches.
        let is_readable = |url: &String| !url.contains("://") || Url::parse(url).is_ok();
        let Some(url) = url(place).filter(is_readable) else { continue };
        let body = serde_json::json!({"csp-report": {
            "document-uri": url, "blocked-uri": "x", "effective-directive": report.directive,
            "script-sample": report.sample,
        }});
        let body = body.to_string();
        let wire = decode(&body, 1).reports.pop().expect("it is a report");
        let mut again = normalise(wire, envelope());
        redact_report(&mut again, &key());
        assert!(is_kept_of(&again.document.host, &place.host), "{url}: {}", again.document.host);
        assert!(is_kept_of(&again.document.path, &place.path), "{url}: {}", again.document.path);
        assert!(is_kept_of(&again.sample, &report.sample), "{}: {}", report.sample, again.sample);
        assert_eq!(again.directive, report.directive);
    }
}

/// Whether a text is another one, or what more marks leave of it. All texts of a report decide together what is kept of each: in
/// another report, more of the same text may be masked. Nothing may be there that was not.
fn is_kept_of(text: &str, before: &str) -> bool {
    // The parser of URLs percent-encodes a mark's braces.
    let with_braces = |text: &str| text.replace("%7B", "{").replace("%7D", "}");
    let (text, mut before) = (with_braces(text), &*with_braces(before));
    let mut pieces = text.split_inclusive('}').map(|piece| match piece.rfind('{') {
        Some(mark) if redact::has_mark(&piece[mark..]) => &piece[..mark],
        _ => piece,
    });
    pieces.all(|piece| {
        let Some(at) = before.find(piece) else { return false };
        before = &before[at + piece.len()..];
        true
    })
}

//! Every recorded request of a browser becomes its expected normal form, redacted.
//!
//! `tests/corpus/*.ndjson` are recordings of real browsers, `tests/corpus/*.forms` the reviewed normal forms.
//! After a wanted change: `UPDATE_FORMS=1 tests/run corpus`, then read the difference.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cspwatch::base::clock::Timestamp;
use cspwatch::config::KeepQuery;
use cspwatch::pipeline::decode::{decode, repair};
use cspwatch::pipeline::fingerprint::fingerprint;
use cspwatch::pipeline::judge::Headers;
use cspwatch::pipeline::normalise::redact::{RedactionKey, redact_report};
use cspwatch::pipeline::normalise::{Envelope, normalise};
use cspwatch::report::{Kind, Oddities, Place, Report};
use serde_json::Value;

pub const ENGINES: [&str; 3] = ["chromium", "firefox", "webkitgtk"];

/// All recordings: those of an engine each, and those of Connection-Allowlist and of policies with nonces, in which each case
/// is a page of Chromium or Firefox with either policy.
const FILES: [&str; 4] = ["chromium", "firefox", "webkitgtk", "allowlist-and-nonce"];

/// A recorded request.
pub struct Recording {
    pub case: String,
    channel: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name)
}

pub fn recordings(engine: &str) -> Vec<Recording> {
    let text = fs::read_to_string(file(&format!("{engine}.ndjson"))).unwrap();
    let requests = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let posts = requests.filter(|request| request["method"] == "POST");
    posts.map(|request| recording(&request)).collect()
}

fn recording(request: &Value) -> Recording {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let body = match request.get("body_base64") {
        Some(encoded) => STANDARD.decode(encoded.as_str().unwrap()).unwrap(),
        None => text(&request["body"]).into_bytes(),
    };
    Recording {
        case: text(&request["case"]),
        channel: text(&request["channel"]),
        headers: serde_json::from_value(request["headers"].clone()).unwrap(),
        body,
    }
}

/// When all recordings are received here.
const RECEIVED: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// Calls `with` for every report of a recording.
fn each_report(recording: &Recording, mut with: impl FnMut(&Report<'_>)) {
    let body = repair(&recording.body);
    let decoded = decode(&body, 1_000);
    assert_eq!((decoded.malformed, decoded.refused), (0, 0), "{}", recording.case);
    assert!(!decoded.reports.is_empty(), "{}", recording.case);
    for wire in decoded.reports {
        let envelope = Envelope {
            received: RECEIVED,
            user_agent: &recording.headers["user-agent"],
            keep_query: &KeepQuery::None,
        };
        let mut report = normalise(wire, envelope);
        redact_report(&mut report, &RedactionKey::derive(b"corpus"));
        with(&report);
    }
}

fn place(place: &Place<'_>) -> String {
    match (&*place.host, place.port) {
        ("", _) if place.path.is_empty() => place.scheme.to_string(),
        (host, 0) => format!("{}://{host}{}", place.scheme, place.path),
        (host, port) => format!("{}://{host}:{port}{}", place.scheme, place.path),
    }
}

/// One line per report.
fn form(recording: &Recording, report: &Report<'_>) -> String {
    let fields: [(&str, Cow<'_, str>); 12] = [
        ("type", report.type_name.clone()),
        ("age", (RECEIVED.since(report.at).as_secs() / 60).to_string().into()),
        ("directive", report.directive.clone()),
        ("document", place(&report.document).into()),
        ("blocked", place(&report.blocked).into()),
        ("source", place(&report.source).into()),
        ("at", format!("{}:{}", report.line, report.column).into()),
        ("status", report.status_code.to_string().into()),
        ("sample", format!("{:?}", report.sample).into()),
        ("detail", report.detail.clone()),
        ("policy", format!("{:04x}", report.policy_hash >> 48).into()),
        ("engine", format!("{}-{}", report.engine.as_str(), report.engine_version).into()),
    ];
    let said = fields.into_iter().filter(|(name, value)| match *name {
        "at" => value != "0:0",
        "age" | "status" => value != "0",
        "sample" => value != "\"\"",
        "policy" => value != "0000",
        _ => !value.is_empty(),
    });
    let fields: Vec<String> = said.map(|(name, value)| format!("{name}={value}")).collect();
    format!(
        "{} {} {} {} {}{}",
        recording.case,
        recording.channel,
        report.kind.as_str(),
        report.disposition.as_str(),
        fields.join(" "),
        if report.pan_in_url { " PAN" } else { "" }
    )
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a person asks for new forms by the environment")]
fn every_recording_has_its_reviewed_form() {
    for engine in FILES {
        let mut forms = String::new();
        for recording in recordings(engine) {
            each_report(&recording, |report| forms += &(form(&recording, report) + "\n"));
        }
        let expected = file(&format!("{engine}.forms"));
        if std::env::var_os("UPDATE_FORMS").is_some() {
            fs::write(&expected, &forms).unwrap();
        }
        let expected = fs::read_to_string(expected).unwrap();
        for (number, (found, expected)) in forms.lines().zip(expected.lines()).enumerate() {
            assert_eq!(found, expected, "{engine}.forms:{}", number + 1);
        }
        assert_eq!(forms.lines().count(), expected.lines().count(), "{engine}");
    }
}

/// What is the same about one event, whichever engine and channel reported it.
type Event = (String, String);

/// The events of each case, by engine and channel.
fn events() -> BTreeMap<String, BTreeMap<(&'static str, String), BTreeSet<Event>>> {
    let mut cases: BTreeMap<String, BTreeMap<_, BTreeSet<Event>>> = BTreeMap::new();
    for engine in ENGINES {
        for recording in recordings(engine) {
            each_report(&recording, |report| {
                if report.kind == Kind::Csp && matches!(&*recording.channel, "uri" | "to") {
                    let case = cases.entry(recording.case.clone()).or_default();
                    let source = (engine, recording.channel.clone());
                    let event = (report.directive.to_string(), place(&report.blocked));
                    case.entry(source).or_default().insert(event);
                }
            });
        }
    }
    cases
}

/// Cases in which engines or channels report different events, and why.
const DIFFERENT: [(&str, &str); 13] = [
    ("batch-5", "a part of the requests was recorded"),
    ("csp-hash-enforce-blocked", "a part of the requests was recorded"),
    ("default-src-fallback", "a part of the requests was recorded"),
    ("dnr-extension-like", "engines name an extension's resource by scheme, by URL, or as null"),
    ("flood-300", "Chromium and Firefox stop reporting at about a hundred"),
    ("frame-ancestors-ro", "engines name the blocked ancestor differently or not at all"),
    ("frame-ancestors-same", "the blocked ancestor is the page itself, named by its own path"),
    ("media-src", "only Chromium reports a blocked track element"),
    ("script-modulepreload", "Firefox does not report preloads, WebKit no prefetches"),
    ("upgrade-insecure", "Firefox alone names the URL as it was before the upgrade"),
    ("x-bfcache-unload", "Firefox does not report what happens while the page is hidden"),
    ("y-ext", "a part of the requests was recorded, and extensions differ"),
    ("z-straddle", "a part of the requests was recorded"),
];

/// Cases whose copies by report-uri and report-to are two rows in WebKit: its report-uri has no sample, and
/// without the sample two different inline scripts would be one row.
const UNFOLDED_IN_WEBKIT: [&str; 10] = [
    "eval",
    "report-only",
    "script-attr-sample",
    "script-hash-mismatch",
    "script-inline-sample-emoji-edge",
    "script-javascript-url",
    "strict-dynamic",
    "style-inline-attr",
    "trusted-types-eval",
    "z-straddle",
];

#[test]
fn engines_and_channels_agree_on_what_happened() {
    let known = DIFFERENT.map(|(case, _)| case);
    for (case, sources) in events() {
        let all: BTreeSet<_> = sources.values().flatten().collect();
        let differs = sources.values().any(|events| events.iter().collect::<BTreeSet<_>>() != all);
        assert_eq!(differs, known.contains(&case.as_str()), "{case}: {sources:#?}");
    }
}

/// Fingerprints of each case by channel; the path of the document, which names the channel, made one.
fn fingerprints(engine: &str) -> BTreeMap<String, BTreeMap<String, BTreeSet<u128>>> {
    let mut cases: BTreeMap<String, BTreeMap<_, BTreeSet<_>>> = BTreeMap::new();
    for mut recording in recordings(engine) {
        if !matches!(&*recording.channel, "uri" | "to") {
            continue;
        }
        let body = String::from_utf8_lossy(&recording.body).into_owned();
        let [by_uri, by_to] =
            ["uri", "to"].map(|channel| format!("/p/{}/{channel}", recording.case));
        recording.body = body.replace(&by_uri, &by_to).into_bytes();
        each_report(&recording, |report| {
            if report.kind == Kind::Csp {
                let case = cases.entry(recording.case.clone()).or_default();
                let found = fingerprint(report, "site", "group", 0);
                case.entry(recording.channel.clone()).or_default().insert(found);
            }
        });
    }
    cases
}

#[test]
fn real_browsers_are_not_odd() {
    for recording in FILES.iter().flat_map(|file| recordings(file)) {
        let headers =
            Headers::of(Headers::NAMES.map(|name| recording.headers.get(name).map(String::as_str)));
        each_report(&recording, |report| {
            let oddities = Oddities::of(report, &headers);
            assert_eq!(
                oddities,
                Oddities::default(),
                "{} {headers:?} {:?}",
                recording.case,
                report.document
            );
        });
    }
}

#[test]
fn copies_of_one_violation_by_both_channels_fold() {
    for engine in ENGINES {
        for (case, channels) in fingerprints(engine) {
            let (Some(uri), Some(to)) = (channels.get("uri"), channels.get("to")) else { continue };
            // Where a part of the requests was recorded, one channel holds the other.
            let folds = uri.is_subset(to) || to.is_subset(uri);
            let is_known = engine == "webkitgtk" && UNFOLDED_IN_WEBKIT.contains(&case.as_str());
            assert_eq!(folds, !is_known, "{engine} {case}: {uri:#?} {to:#?}");
        }
    }
}

//! How much redaction masks in the recordings. They hold no real card number, e-mail address or token, so
//! what is masked is either planted by the recording's page or a false mask: a person reads which. And how often the
//! alarm is false on the numbers that shops have in their URLs.

mod numbers;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::process::ExitCode;

use cspwatch::base::clock::Timestamp;
use cspwatch::base::limits;
use cspwatch::config::KeepQuery;
use cspwatch::pipeline::decode::{decode, repair};
use cspwatch::pipeline::normalise::redact::{
    RedactionKey, has_mark, holds_card, marks, redact_report, text,
};
use cspwatch::pipeline::normalise::{Envelope, normalise};
use cspwatch::report::Report;

use crate::corpus::Request;

/// Digits with which the recorded pages fill their samples, to see where browsers cut them.
const PLANTED: &str = "0123456789";
const SAMPLES: &str = "sample, ordinary";
const SEGMENTS: &str = "segments of paths";
/// Of `tests/data/ordinary-paths.txt`: nearly each has a hash. Directories that are named by one are masked.
const HASHED: &str = "segments of paths, hashed and long";
/// Of a hundred texts of a kind so many may be masked.
const BOUNDS: [(&str, usize); 3] = [(SAMPLES, 5), (SEGMENTS, 2), (HASHED, 5)];

/// Of one kind of text: how many there are, how many of these hold a mark.
#[derive(Default)]
struct Share {
    filled: usize,
    masked: usize,
}

#[derive(Default)]
struct Shares {
    reports: usize,
    /// Reports with a card number in a URL.
    alarms: usize,
    of_kind: BTreeMap<&'static str, Share>,
    values: BTreeMap<(&'static str, String), usize>,
}

/// Prints it; fails where more is masked than may be.
pub fn print(corpus: &[Request]) -> ExitCode {
    let mut shares = Shares::default();
    corpus.iter().for_each(|request| shares.count(request));
    let key = RedactionKey::derive(b"bench");
    for path in include_str!("../../../tests/data/ordinary-paths.txt").lines() {
        let path = text(Cow::Borrowed(path), limits::PATH_BYTES, &key);
        shares.count_segments(SEGMENTS, &path);
        shares.count_segments(HASHED, &path);
    }
    println!("{} reports, {} with a card number in a URL\n", shares.reports, shares.alarms);
    for (kind, share) in &shares.of_kind {
        println!("{kind}: {} of {} masked", share.masked, share.filled);
    }
    println!("\nfalse alarms of {} URLs each:", numbers::TRIES);
    for (name, form) in numbers::FORMS {
        println!("{name}: {}", numbers::urls(form).filter(|url| holds_card(url)).count());
    }
    println!("\nwhat is masked:");
    for ((kind, text), count) in &shares.values {
        println!("{count:4} x {kind} {text}");
    }
    let too_much = BOUNDS.iter().filter(|(kind, percent)| {
        let of_kind = shares.of_kind.get(kind);
        of_kind.is_some_and(|share| share.masked * 100 > share.filled * percent)
    });
    let too_much: Vec<_> =
        too_much.map(|(kind, percent)| format!("{kind}: over {percent} %")).collect();
    println!(
        "\n{}",
        if too_much.is_empty() { "within the bounds".to_owned() } else { too_much.join("\n") }
    );
    if too_much.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Shares {
    fn count(&mut self, request: &Request) {
        let body = repair(&request.body);
        for wire in decode(&body, usize::MAX).reports {
            let envelope = Envelope {
                received: Timestamp::from_seconds(1_800_000_000),
                user_agent: &request.user_agent,
                keep_query: &KeepQuery::None,
            };
            let mut report = normalise(wire, envelope);
            let is_planted = report.sample.contains(PLANTED);
            redact_report(&mut report, &RedactionKey::derive(b"bench"));
            self.reports += 1;
            self.alarms += usize::from(report.pan_in_url);
            self.count_text(
                if is_planted { "sample, planted digits" } else { SAMPLES },
                &report.sample,
            );
            for (field, text) in fields(&report) {
                self.count_text(field, text);
                if field == "path" {
                    self.count_segments(SEGMENTS, text);
                }
            }
        }
    }

    fn count_segments(&mut self, kind: &'static str, path: &str) {
        path.split('/').for_each(|segment| self.count_text(kind, segment));
    }

    fn count_text(&mut self, kind: &'static str, text: &str) {
        if text.is_empty() {
            return;
        }
        let share = self.of_kind.entry(kind).or_default();
        share.filled += 1;
        if has_mark(text) {
            share.masked += 1;
            let classes = marks(text).concat();
            *self.values.entry((kind, format!("{classes} in {text}"))).or_default() += 1;
        }
    }
}

fn fields<'r>(report: &'r Report<'_>) -> impl Iterator<Item = (&'static str, &'r str)> {
    let places = [&report.document, &report.blocked, &report.source];
    let places = places.into_iter().flat_map(|place| {
        [("host", &*place.host), ("path", &*place.path), ("name", &*place.scheme)]
    });
    let names = [&report.directive, &report.detail, &report.type_name];
    places.chain(names.map(|name| ("name", &**name)))
}

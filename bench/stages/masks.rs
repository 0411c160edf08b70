//! How much redaction masks in the recordings. They hold no real card number, e-mail address or token, so
//! what is masked is either planted by the recording's page or a false mask: a person reads which. And how often the
//! alarm is false on the numbers that shops have in their URLs.

use std::collections::BTreeMap;

use cspwatch::base::clock::Timestamp;
use cspwatch::config::KeepQuery;
use cspwatch::pipeline::decode::{decode, repair};
use cspwatch::pipeline::normalise::redact::{RedactionKey, holds_card, redact_report};
use cspwatch::pipeline::normalise::{Envelope, normalise};
use cspwatch::report::Report;

use crate::corpus::Request;

const MARKS: [&str; 5] = ["{pan}", "{email}", "{token", "{id", "{hash"];

/// Of one kind of field: how many are filled, how many of these hold each mark.
#[derive(Default)]
struct Share {
    filled: usize,
    masked: BTreeMap<&'static str, usize>,
}

pub fn print(corpus: &[Request]) {
    let mut shares: BTreeMap<&str, Share> = BTreeMap::new();
    let mut values: BTreeMap<(&str, String), usize> = BTreeMap::new();
    let (mut reports, mut masked, mut with_card) = (0, 0, 0);
    let mut segments = Share::default();
    for request in corpus {
        let body = repair(&request.body);
        for wire in decode(&body, usize::MAX).reports {
            let envelope = Envelope {
                received: Timestamp::from_seconds(1_800_000_000),
                user_agent: &request.user_agent,
                keep_query: &KeepQuery::None,
            };
            let mut report = normalise(wire, envelope);
            redact_report(&mut report, &RedactionKey::derive(b"bench"));
            reports += 1;
            with_card += usize::from(report.pan_in_url);
            let mut is_masked = false;
            for (field, text) in fields(&report) {
                if field == "path" {
                    segments.count(text);
                }
                let share = shares.entry(field).or_default();
                share.filled += usize::from(!text.is_empty());
                for mark in MARKS.into_iter().filter(|mark| text.contains(mark)) {
                    *share.masked.entry(mark).or_default() += 1;
                    *values.entry((field, text.to_owned())).or_default() += 1;
                    is_masked = true;
                }
            }
            masked += usize::from(is_masked);
        }
    }
    println!("{reports} reports, {masked} with a mark, {with_card} with a card number in a URL\n");
    for (field, share) in &shares {
        println!("{field}: {} filled, masked {:?}", share.filled, share.masked);
    }
    println!("segments of paths: {} filled, masked {:?}", segments.filled, segments.masked);
    print_false_alarms();
    println!();
    for ((field, text), count) in &values {
        println!("{count:4} x {field} {text}");
    }
}

impl Share {
    fn count(&mut self, path: &str) {
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            self.filled += 1;
            for mark in MARKS.into_iter().filter(|mark| segment.contains(mark)) {
                *self.masked.entry(mark).or_default() += 1;
            }
        }
    }
}

/// Numbers that shops have in their URLs, made up; none is a card number.
fn print_false_alarms() {
    const TRIES: u64 = 20_000;
    type Form = fn(u64, u64) -> String;
    const FORMS: [(&str, Form); 8] = [
        ("order of 10 digits", |a, _| format!("/order/{:010}", a % 10_000_000_000)),
        ("order of groups 3-7-7", |a, b| {
            format!("/order/{:03}-{:07}-{:07}", a % 1_000, a >> 20 & 0x7F_FFFF, b % 10_000_000)
        }),
        ("timestamp", |a, _| format!("/p.gif?t={}", 1_700_000_000_000 + a % 100_000_000_000)),
        ("list of four SKUs of 5 digits", |a, b| {
            let sku = |n: u64| 10_000 + n % 90_000;
            format!("/c?s={},{},{},{}", sku(a), sku(a >> 20), sku(b), sku(b >> 20))
        }),
        ("GUID", |a, b| {
            let (first, second) = (a >> 32, a & 0xFFFF);
            format!("/o/{first:08x}-{second:04x}-4abc-8def-{:012x}", b & 0xFFFF_FFFF_FFFF)
        }),
        ("coordinates", |a, b| {
            format!("/m?c={}.{:06},{}.{:06}", a % 90, a % 1_000_000, b % 180, b % 1_000_000)
        }),
        ("click id", |a, b| format!("/?gclid=Cj0KCQ{}", letters(a, b))),
        ("date, order and postcode", |a, b| {
            format!("/o/2026/{:02}/{:06}?z={:05}", a % 12 + 1, a % 1_000_000, b % 100_000)
        }),
    ];
    println!("\nfalse alarms of {TRIES} URLs each:");
    for (name, form) in FORMS {
        let mut state = 1_u64;
        let alarms = (0..TRIES).filter(|_| {
            let url = format!("https://shop.example{}", form(next(&mut state), next(&mut state)));
            holds_card(&url)
        });
        println!("{name}: {}", alarms.count());
    }
}

/// SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*state ^ *state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

fn letters(first: u64, second: u64) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut state = first ^ second;
    let letter = |_| char::from(ALPHABET[(next(&mut state) & 63) as usize]);
    (0..80).map(letter).collect()
}

fn fields<'r>(report: &'r Report<'_>) -> impl Iterator<Item = (&'static str, &'r str)> {
    let places = [&report.document, &report.blocked, &report.source];
    let places = places.into_iter().flat_map(|place| {
        [("host", &*place.host), ("path", &*place.path), ("name", &*place.scheme)]
    });
    let names = [&report.directive, &report.detail, &report.type_name];
    places.chain(names.map(|name| ("name", &**name))).chain([("sample", &*report.sample)])
}

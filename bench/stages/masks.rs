//! How much redaction masks in the recordings. They hold no real card number, e-mail address or token, so
//! what is masked is either planted by the recording's page or a false mask: a person reads which.

use std::collections::BTreeMap;

use cspwatch::base::clock::Timestamp;
use cspwatch::config::KeepQuery;
use cspwatch::pipeline::decode::{decode, repair};
use cspwatch::pipeline::normalise::{Envelope, normalise};
use cspwatch::report::Report;

use crate::corpus::Request;

const MARKS: [&str; 4] = ["{pan}", "{email}", "{token}", "{id}"];

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
    for request in corpus {
        let body = repair(&request.body);
        for wire in decode(&body, usize::MAX).reports {
            let envelope = Envelope {
                received: Timestamp::from_seconds(1_800_000_000),
                user_agent: &request.user_agent,
                keep_query: &KeepQuery::None,
            };
            let report = normalise(wire, envelope);
            reports += 1;
            with_card += usize::from(report.pan_in_url);
            let mut is_masked = false;
            for (field, text) in fields(&report) {
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
    println!();
    for ((field, text), count) in &values {
        println!("{count:4} x {field} {text}");
    }
}

fn fields<'r>(report: &'r Report<'_>) -> impl Iterator<Item = (&'static str, &'r str)> {
    let places = [&report.document, &report.blocked, &report.source];
    let places = places.into_iter().flat_map(|place| {
        [("host", &*place.host), ("path", &*place.path), ("name", &*place.scheme)]
    });
    let names = [&report.directive, &report.detail, &report.type_name];
    places.chain(names.map(|name| ("name", &**name))).chain([("sample", &*report.sample)])
}

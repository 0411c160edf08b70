//! The roads that are measured: each goes one stage further than the one before it, so that a stage's cost
//! is the difference of two. Inputs that are made for a stage alone would cost copies of their own.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use cspwatch::base::clock::Timestamp;
use cspwatch::config::Config;
use cspwatch::pipeline::decode::{WireReport, decode, repair};
use cspwatch::pipeline::fingerprint::fingerprint;
use cspwatch::pipeline::judge::{Attribution, Endpoint, Judgement};
use cspwatch::pipeline::normalise::redact::{self, redact_report};
use cspwatch::pipeline::normalise::{Envelope, normalise};
use cspwatch::pipeline::{self, JudgingRules};
use cspwatch::report::Report;

use crate::corpus::Request;

/// What each road does last. `alarm` branches off after `decode`: it does nothing but search the URLs for card numbers,
/// which `normalise` does too.
pub const ROADS: [&str; 7] =
    ["decode", "alarm", "normalise", "judge", "redact", "fingerprint", "encode"];
const ALARM: usize = 1;
const NORMALISE: usize = 2;
const JUDGE: usize = 3;
const REDACT: usize = 4;
const FINGERPRINT: usize = 5;

/// Reports that are read from one body: all.
const REPORTS_MAX: usize = 10_000;

/// What the stages need besides the requests.
pub struct Road {
    judging: JudgingRules,
}

impl Road {
    /// A shop with a payment page and the built-in noise rules.
    pub fn new() -> Self {
        let text = r#"
            [[site]]
            name = "shop"
            hosts = ["shop.example", "*.shop.example"]
            known = ["cdn.example"]
            [[site.page_group]]
            name = "payment"
            paths = ["/checkout*"]
            payment = true
        "#;
        let config = Config::from_text("bench", text, &BTreeMap::new()).expect("it is right");
        Self { judging: JudgingRules::new(&config, Arc::default()) }
    }

    /// Takes all requests as far as the stage of that number; tells the reports.
    pub fn go(&self, last: usize, corpus: &[Request]) -> usize {
        let mut reports = 0;
        for request in corpus {
            let body = repair(&request.body);
            let decoded = decode(&body, REPORTS_MAX);
            reports += decoded.reports.len();
            for wire in decoded.reports {
                match last {
                    0 => drop(black_box(wire)),
                    ALARM => search(&wire),
                    _ => self.go_on(last, wire, request),
                }
            }
        }
        reports
    }

    fn go_on(&self, last: usize, wire: WireReport<'_>, request: &Request) {
        let envelope = Envelope {
            received: Timestamp::from_seconds(1_800_000_000),
            user_agent: &request.user_agent,
            keep_query: &self.judging.keep_query,
        };
        let mut report = black_box(normalise(wire, envelope));
        if last == NORMALISE {
            return;
        }
        let owner = self.judging.sites.attribute(Endpoint::Any, &report.document.host);
        let (judgement, _policy) =
            black_box(self.judging.judge(&report, &owner, envelope.received));
        if last == JUDGE {
            return;
        }
        redact_report(black_box(&mut report), &self.judging.redaction_key);
        if last == REDACT {
            return;
        }
        identify(last, &report, &owner, &judgement);
    }
}

fn identify(last: usize, report: &Report<'_>, owner: &Attribution, judgement: &Judgement<'_>) {
    let group = owner.site.page_group(&report.document.path);
    let fingerprint = black_box(fingerprint(report, &owner.site.name, &group.name, 0));
    if last == FINGERPRINT {
        return;
    }
    let mut bytes = Vec::with_capacity(512);
    let reason = judgement.reason.to_text();
    let row = pipeline::row(report, judgement, &reason, &owner.site, group, fingerprint);
    row.encode(&mut bytes);
    black_box(bytes);
}

/// URLs are searched for card numbers.
fn search(wire: &WireReport<'_>) {
    let body = &wire.body;
    for url in [&body.document_url, &body.blocked_url, &body.source_file] {
        black_box(redact::holds_card(url.text()));
    }
}

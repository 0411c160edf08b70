//! One request's bytes to what the journal takes: decode, normalise, judge, admit, fingerprint. No I/O, no
//! clock, no log: `serve` and `backtest` run the same code.

use std::sync::Arc;

use crate::admit::Admission;
use crate::clock::Timestamp;
use crate::config::{Config, OTHER};
use crate::decode::{self, WireReport};
use crate::fold::fingerprint;
use crate::journal::{Batch, Entry, Limited, Row};
use crate::judge::{self, Attribution, Endpoint, Judgement, NoiseRules, Sites};
use crate::normalise::{Envelope, normalise};
use crate::report::Report;

/// A request as the pipeline sees it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// When it arrived.
    pub received: Timestamp,
    /// Keyed hash of the client.
    pub client: u64,
    /// Which endpoint it came to.
    pub endpoint: Endpoint<'a>,
    /// Its correlation tag, or empty.
    pub tag: &'a str,
    /// Its User-Agent, or empty.
    pub user_agent: &'a str,
    /// Its body.
    pub body: &'a [u8],
}

/// What became of a request's reports.
#[derive(Debug)]
pub struct Taken {
    /// For the journal.
    pub batch: Batch,
    /// Under which site the rest is counted.
    pub site: Arc<str>,
    /// What was no report.
    pub malformed: u64,
    /// Reports beyond the limit of a request.
    pub refused: u64,
}

impl Taken {
    /// Whether at least one report was understood.
    pub fn is_understood(&self) -> bool {
        !self.batch.entries.is_empty() || !self.batch.limited.is_empty()
    }
}

/// What the reports are judged by.
#[derive(Debug)]
pub struct Judging {
    /// The sites.
    pub sites: Sites,
    /// What is noise.
    pub noise: NoiseRules,
}

/// A report in its normal form, whose it is, and what it means to them.
#[derive(Debug)]
pub struct Judged<'a> {
    /// The report.
    pub report: Report<'a>,
    /// Whose it is.
    pub owner: Attribution,
    /// What it means.
    pub judgement: Judgement<'a>,
}

impl Judging {
    /// Compiles a configuration.
    pub fn new(config: &Config) -> Self {
        Self { sites: Sites::new(&config.sites), noise: NoiseRules::new(&config.noise) }
    }

    /// Normalises a report and judges it.
    pub fn judge<'a>(
        &'a self,
        wire: WireReport<'a>,
        endpoint: Endpoint<'_>,
        envelope: Envelope<'_>,
    ) -> Judged<'a> {
        let report = normalise(wire, envelope);
        let owner = self.sites.attribute(endpoint, &report.document.host);
        let judgement = judge::judge(&report, &owner, &self.noise);
        Judged { report, owner, judgement }
    }
}

/// Takes a request apart.
pub fn take(
    request: Request<'_>,
    judging: &Judging,
    admission: &Admission,
    reports_max: usize,
) -> Taken {
    let body = decode::repair(request.body);
    let decoded = decode::decode(&body, reports_max);
    let mut batch = Batch {
        received: request.received,
        client: request.client,
        tag: request.tag.to_owned(),
        entries: Vec::with_capacity(decoded.reports.len()),
        limited: Vec::new(),
    };
    for wire in decoded.reports {
        take_report(wire, request, judging, admission, &mut batch);
    }
    Taken {
        batch,
        site: match request.endpoint {
            Endpoint::Site(site) => Arc::clone(&site.name),
            Endpoint::Any => Arc::from(OTHER),
        },
        malformed: decoded.malformed as u64,
        refused: decoded.refused as u64,
    }
}

fn take_report(
    wire: WireReport<'_>,
    request: Request<'_>,
    judging: &Judging,
    admission: &Admission,
    batch: &mut Batch,
) {
    let envelope = Envelope { received: request.received, user_agent: request.user_agent };
    let Judged { report, owner, judgement } = judging.judge(wire, request.endpoint, envelope);
    let site = &owner.site;
    if !admission.admits(request.client, &site.name, judgement.verdict) {
        batch.limited.push(Limited { site: Arc::clone(&site.name), kind: report.kind, count: 1 });
        return;
    }
    let group = site.page_group(&report.document.path);
    let fingerprint = fingerprint(&report, &site.name, &group.name);
    let mut row = Vec::with_capacity(512);
    Row::new(&report, &judgement, site, group, fingerprint).encode(&mut row);
    batch.entries.push(Entry { fingerprint, at: report.at, row });
}

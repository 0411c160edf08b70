//! One request's bytes to what the journal takes: decode, normalise, judge, admit, fingerprint. No I/O, no
//! log, and no clock but governor's for the quotas.

pub mod decode;
pub mod fingerprint;
pub mod judge;
pub mod normalise;
pub mod quota;

mod cache_key;
mod outcome_cache;
mod row;
mod stages;
mod volatile;

use std::hash::Hasher;
use std::sync::Arc;

use siphasher::sip::SipHasher13;

pub use outcome_cache::Memo;
pub use row::row;
use stages::Considered;

use crate::base::clock::Timestamp;
use crate::config::Config;
use crate::config::KeepQuery;
use crate::csp::{PolicyCache, ReportedPolicy};
use crate::decisions::Guidance;
use crate::journal::Identity;
use crate::journal::{Batch, CarriedPolicy, Entry, Limited};
use crate::pipeline::decode::WireReport;
use crate::pipeline::fingerprint::identity;
use crate::pipeline::normalise::{Envelope, event_time, kept_policy, normalise, redact};
use crate::pipeline::quota::Admission;
use crate::report::{Kind, Report};
use judge::{Against, Attribution, Endpoint, Headers, Judgement, NoiseRules, Sites};

/// What the operator configured of it.
#[derive(Debug)]
pub struct Rules {
    /// What the reports are judged by.
    pub judging: Judging,
    /// The quotas.
    pub admission: Admission,
    /// Reports read from one body.
    pub reports_per_request: usize,
}

impl Rules {
    /// Compiles a configuration.
    pub fn new(config: &Config, guidance: Arc<Guidance>) -> Self {
        Self {
            judging: Judging::new(config, guidance),
            admission: Admission::new(&config.limits),
            reports_per_request: config.limits.reports_per_request,
        }
    }
}

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
    /// Whether the site itself made the tag.
    pub is_tag_signed: bool,
    /// Whether its endpoint was signed with the site's key.
    pub verified: bool,
    /// Its headers.
    pub headers: Headers<'a>,
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
    /// What the reports' own policies say.
    pub policies: PolicyCache,
    /// What people and threat lists say of destinations.
    pub guidance: Arc<Guidance>,
    /// What became of reports that came lately.
    pub memo: Memo,
    /// What stays of queries.
    pub keep_query: KeepQuery,
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
    pub fn new(config: &Config, guidance: Arc<Guidance>) -> Self {
        Self {
            guidance,
            memo: Memo::default(),
            sites: Sites::new(&config.sites),
            noise: NoiseRules::new(&config.noise),
            policies: PolicyCache::default(),
            keep_query: config.privacy.keep_query.clone(),
        }
    }

    /// Judges a report in its normal form; tells the policy that it carries, too.
    pub fn judge_normal<'a>(
        &'a self,
        report: &Report<'a>,
        owner: &Attribution,
        received: Timestamp,
    ) -> (Judgement<'a>, Option<Arc<ReportedPolicy>>) {
        let has_policy = report.kind == Kind::Csp && report.policy_hash != 0;
        let policy = has_policy
            .then(|| self.policies.get(report.policy_hash, || kept_policy(&report.policy)));
        let against = Against {
            noise: &self.noise,
            policy: policy.as_deref(),
            decisions: &self.guidance.decisions(),
            threats: &self.guidance.threats(),
            now: received,
        };
        (judge::judge(report, owner, &against), policy)
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
        let (judgement, _) = self.judge_normal(&report, &owner, envelope.received);
        Judged { report, owner, judgement }
    }
}

/// Takes a request apart.
pub fn take(request: Request<'_>, rules: &Rules) -> Taken {
    let apart = rules.judging.take_apart(&request, rules.reports_per_request);
    let mut batch = Batch {
        received: request.received,
        client: request.client,
        // A site that puts a card number there would have it stored.
        tag: if redact::holds_card(request.tag) { String::new() } else { request.tag.to_owned() },
        is_tag_signed: request.is_tag_signed,
        identity: None,
        entries: Vec::with_capacity(apart.reports.len()),
        limited: Vec::new(),
    };
    for report in apart.reports {
        take_report(report, &request, rules, &mut batch);
    }
    if batch.entries.iter().any(|entry| entry.identity.is_some()) {
        batch.identity = Some(request_identity(request.client, request.body));
    }
    Taken {
        batch,
        site: match request.endpoint {
            Endpoint::Site(site) => Arc::clone(&site.name),
            Endpoint::Any => Arc::clone(rules.judging.sites.other()),
        },
        malformed: apart.malformed,
        refused: apart.refused,
    }
}

fn take_report(report: Considered, request: &Request<'_>, rules: &Rules, batch: &mut Batch) {
    let Considered { outcome, policy, age_millis } = report;
    if !rules.admission.admits(request.client, &outcome.site, outcome.verdict) {
        let site = Arc::clone(&outcome.site);
        batch.limited.push(Limited { site, kind: outcome.kind, count: 1 });
        return;
    }
    batch.entries.push(Entry {
        fingerprint: outcome.fingerprint,
        at: event_time(request.received, age_millis),
        disposition: outcome.disposition,
        identity: outcome.delivery.map(|of| identity(of, request.client, request.tag)),
        row: Arc::clone(&outcome.row),
        policy: outcome
            .policy
            .zip(policy)
            .filter(|(_, policy)| !policy.text().is_empty())
            .map(|((key, _), policy)| CarriedPolicy { key, policy: Arc::downgrade(&policy) }),
    });
}

/// A client and the bytes it sent. Who makes two of his requests look the same hides one of them, and nobody else's.
fn request_identity(client: u64, body: &[u8]) -> Identity {
    let mut hasher = SipHasher13::new();
    hasher.write_u64(client);
    hasher.write_u64((body.len() as u64) << 32 | u64::from(crc32c::crc32c(body)));
    hasher.finish()
}

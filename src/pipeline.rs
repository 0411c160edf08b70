//! One request's bytes to what the journal takes: decode, normalise, judge, admit, fingerprint. No I/O, no
//! log, and no clock but governor's for the quotas.

mod left_out;
mod memo;

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use siphasher::sip::SipHasher13;

use left_out::LeftOut;
pub use memo::Memo;
use memo::Outcome;

use crate::admit::Admission;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::decode::{self, Decoded, Scalar, WireReport};
use crate::fold::{Identity, delivery, fingerprint, identity};
use crate::guidance::Guidance;
use crate::journal::{Batch, CarriedPolicy, Entry, Limited, PreparedRow, Row};
use crate::judge::{
    self, Against, Attribution, Endpoint, Headers, Judgement, NoiseRules, Oddities, PolicyCache,
    ReportedPolicy, Sites,
};
use crate::limits;
use crate::normalise::{Envelope, KeepQuery, event_time, normalise, normalise_with, redact};
use crate::report::{Disposition, Kind, Report};

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
        let policy = has_policy.then(|| self.policies.get(report.policy_hash, &report.policy));
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

/// A body, taken apart.
#[derive(Default)]
struct Apart {
    reports: Vec<Considered>,
    malformed: u64,
    refused: u64,
}

/// A report, and what becomes of it.
struct Considered {
    outcome: Arc<Outcome>,
    /// The policy that it carries.
    policy: Option<Arc<ReportedPolicy>>,
    age_millis: i64,
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

impl Judging {
    /// Takes a body apart; one that is known is not read.
    fn take_apart(&self, request: &Request<'_>, reports_max: usize) -> Apart {
        if request.body.len() > limits::KNOWN_BODY_BYTES {
            return self.read(request, reports_max, |_| {});
        }
        let left_out = LeftOut::of_body(request.body);
        let key = self.memo.body_key(request, &left_out, self.guidance.epoch());
        if let Some(reports) = self.known(key, &left_out.ages) {
            return Apart { reports, ..Apart::default() };
        }
        let mut are_known = true;
        let apart = self.read(request, reports_max, |decoded| {
            are_known = decoded.malformed + decoded.refused == 0
                && are_ages(&left_out.ages, &decoded.reports);
        });
        if are_known {
            let outcomes = apart.reports.iter().map(|report| Arc::clone(&report.outcome));
            self.memo.put_body(key, outcomes.collect());
        }
        apart
    }

    /// The reports of a body that is known; `None` when it is not, or not all of them.
    fn known(&self, key: memo::Key, ages: &[i64]) -> Option<Vec<Considered>> {
        let outcomes = self.memo.body(key)?;
        let mut ages = ages.iter();
        let considered = |outcome: &Arc<Outcome>| {
            let policy = match outcome.policy {
                Some((_, hash)) => Some(self.policies.known(hash)?),
                None => None,
            };
            let age_millis = ages.next().copied().unwrap_or(0);
            Some(Considered { outcome: Arc::clone(outcome), policy, age_millis })
        };
        outcomes.iter().map(considered).collect()
    }

    /// Reads a body's JSON; shows what it is before it is judged.
    fn read(
        &self,
        request: &Request<'_>,
        reports_max: usize,
        look: impl FnOnce(&Decoded<'_>),
    ) -> Apart {
        let body = decode::repair(request.body);
        let decoded = decode::decode(&body, reports_max);
        look(&decoded);
        let considered = |wire: WireReport<'_>| {
            let age_millis = wire.age.integer();
            let (outcome, policy) = self.outcome(wire, request);
            Considered { outcome, policy, age_millis }
        };
        Apart {
            reports: decoded.reports.into_iter().map(considered).collect(),
            malformed: decoded.malformed as u64,
            refused: decoded.refused as u64,
        }
    }

    /// What becomes of a report, and the policy that it carries; from memory where it is known.
    fn outcome(
        &self,
        wire: WireReport<'_>,
        request: &Request<'_>,
    ) -> (Arc<Outcome>, Option<Arc<ReportedPolicy>>) {
        let policy_key = self.memo.policy_key(&wire);
        let key = self.memo.key(&wire, request, policy_key, self.guidance.epoch());
        if let Some(outcome) = self.memo.get(key) {
            let policy = outcome.policy.map(|(_, hash)| self.policies.known(hash));
            match policy {
                None => return (outcome, None),
                Some(Some(policy)) => return (outcome, Some(policy)),
                // It was not used for long, and this report has it.
                Some(None) => {}
            }
        }
        let (outcome, policy) = self.judge_anew(wire, request, policy_key);
        let outcome = Arc::new(outcome);
        self.memo.put(key, Arc::clone(&outcome));
        (outcome, policy)
    }

    fn judge_anew(
        &self,
        wire: WireReport<'_>,
        request: &Request<'_>,
        policy_key: memo::Key,
    ) -> (Outcome, Option<Arc<ReportedPolicy>>) {
        let envelope = Envelope {
            received: request.received,
            user_agent: request.headers.user_agent,
            keep_query: &self.keep_query,
        };
        let known = self.memo.policy_hash(policy_key);
        let report = normalise_with(wire, envelope, known);
        if known.is_none() {
            self.memo.put_policy_hash(policy_key, report.policy_hash);
        }
        let owner = self.sites.attribute(request.endpoint, &report.document.host);
        let (mut judgement, policy) = self.judge_normal(&report, &owner, request.received);
        let site = &owner.site;
        let group = site.page_group(&report.document.path);
        let oddities = Oddities::of(&report, &request.headers);
        if oddities != Oddities::default() {
            judgement.reason = Cow::Owned(judgement.reason.into_owned() + &oddities.suffix());
        }
        let origin = u8::from(request.verified) << 7 | oddities.bits();
        let fingerprint = fingerprint(&report, &site.name, &group.name, origin);
        let verified = request.verified;
        let row = Row { verified, ..Row::new(&report, &judgement, site, group, fingerprint) };
        let policy = policy.filter(|_| !owner.is_foreign);
        let outcome = Outcome {
            site: Arc::clone(&site.name),
            kind: report.kind,
            verdict: judgement.verdict,
            disposition: report.disposition,
            fingerprint,
            delivery: report.has_age.then(|| delivery(&report, fingerprint)),
            row: Arc::new(PreparedRow::new(&row)),
            policy: policy.as_ref().map(|policy| {
                let key = carried_key(&site.name, &group.name, policy.hash, report.disposition);
                (key, policy.hash)
            }),
        };
        (outcome, policy)
    }
}

/// Whether these are the ages of these reports: of each one, or of none where none has any. A body that says more of them,
/// or elsewhere, has more of them than reports.
fn are_ages(ages: &[i64], reports: &[WireReport<'_>]) -> bool {
    let mut found = reports.iter().map(|wire| &wire.age);
    match ages {
        [] => found.all(Scalar::is_empty),
        _ => found.eq(ages.iter().map(|age| Scalar::Integer(*age)).collect::<Vec<_>>().iter()),
    }
}

/// A policy on a page group, enforced or not.
fn carried_key(site: &str, group: &str, hash: u64, disposition: Disposition) -> u64 {
    let mut hasher = SipHasher13::new();
    for text in [site, group] {
        text.hash(&mut hasher);
    }
    hasher.write_u64(hash);
    hasher.write_u8(disposition.code());
    hasher.finish()
}

/// A client and the bytes it sent. Who makes two of his requests look the same hides one of them, and nobody else's.
fn request_identity(client: u64, body: &[u8]) -> Identity {
    let mut hasher = SipHasher13::new();
    hasher.write_u64(client);
    hasher.write_u64((body.len() as u64) << 32 | u64::from(crc32c::crc32c(body)));
    hasher.finish()
}

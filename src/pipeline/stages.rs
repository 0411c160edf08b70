//! A body to what becomes of its reports: from memory where it is known, from its JSON where it is not.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use siphasher::sip::SipHasher13;

use super::outcome_cache::{self as memo, Outcome};
use super::row::row;
use super::volatile::LeftOut;
use super::{Judging, Request};
use crate::base::limits;
use crate::csp::ReportedPolicy;
use crate::journal::PreparedRow;
use crate::pipeline::decode::{self, Decoded, Scalar, WireReport};
use crate::pipeline::fingerprint::{delivery, fingerprint};
use crate::pipeline::judge::Oddities;
use crate::pipeline::normalise::{Envelope, normalise_with};
use crate::report::Disposition;

/// A body, taken apart.
#[derive(Default)]
pub(super) struct Apart {
    pub(super) reports: Vec<Considered>,
    pub(super) malformed: u64,
    pub(super) refused: u64,
}

/// A report, and what becomes of it.
pub(super) struct Considered {
    pub(super) outcome: Arc<Outcome>,
    /// The policy that it carries.
    pub(super) policy: Option<Arc<ReportedPolicy>>,
    pub(super) age_millis: i64,
}

impl Judging {
    /// Takes a body apart; one that is known is not read.
    pub(super) fn take_apart(&self, request: &Request<'_>, reports_max: usize) -> Apart {
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
            let policy = self.policy_of(outcome)?;
            let age_millis = ages.next().copied().unwrap_or(0);
            Some(Considered { outcome: Arc::clone(outcome), policy, age_millis })
        };
        outcomes.iter().map(considered).collect()
    }

    /// The policy that a report of this outcome carries, if any; `None` where it was forgotten, because it was not used
    /// for long.
    fn policy_of(&self, outcome: &Outcome) -> Option<Option<Arc<ReportedPolicy>>> {
        match outcome.policy {
            Some((_, hash)) => self.policies.known(hash).map(Some),
            None => Some(None),
        }
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
        if let Some(outcome) = self.memo.get(key)
            && let Some(policy) = self.policy_of(&outcome)
        {
            return (outcome, policy);
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
        let row = row(&report, &judgement, site, group, fingerprint, request.verified);
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
    if ages.is_empty() {
        return reports.iter().all(|wire| wire.age.is_empty());
    }
    let is_age = |(age, wire): (&i64, &WireReport<'_>)| wire.age == Scalar::Integer(*age);
    ages.len() == reports.len() && ages.iter().zip(reports).all(is_age)
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

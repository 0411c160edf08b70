//! The cache around the stages: a body or a report that repeats a recent one gets its outcome from memory. The outcome never
//! differs from the one that the stages would give.

use std::sync::Arc;

use super::decode::{Decoded, WireReport};
use super::opener::Opener;
use super::outcome::{Outcome, ProcessedReport, StagedReport, WireAge};
use super::outcome_cache::CacheKey;
use super::volatile::Volatile;
use super::{JudgingRules, Request};
use crate::base::limits;
use crate::csp::ReportedPolicy;

/// A body whose reports went through the stages.
#[derive(Default)]
pub(super) struct ProcessedBody {
    pub(super) reports: Vec<ProcessedReport>,
    /// Pieces that were no report.
    pub(super) malformed: u64,
    /// Reports beyond the limit of a request.
    pub(super) refused: u64,
    /// A body that differs in its ages alone has the same outcomes.
    is_repeatable: bool,
}

impl ProcessedBody {
    /// Sends the reports of a body through the stages, in their order. `volatile`: what changes in it, where its outcomes may
    /// be kept. `process` gets it where the report is all that is kept of the body.
    pub(super) fn of<'a>(
        decoded: Decoded<'a>,
        volatile: Option<&Volatile>,
        mut process: impl FnMut(WireReport<'a>, Option<&Volatile>) -> ProcessedReport,
    ) -> Self {
        let repeatable = volatile.filter(|volatile| is_repeatable(&decoded, &volatile.ages));
        let of_single = repeatable.filter(|_| decoded.reports.len() == 1);
        Self {
            malformed: decoded.malformed as u64,
            refused: decoded.refused as u64,
            is_repeatable: repeatable.is_some(),
            reports: decoded.reports.into_iter().map(|wire| process(wire, of_single)).collect(),
        }
    }
}

/// Whether a body that differs in these ages alone has the same outcomes: all of it was understood, and these are the ages of
/// these reports, or none has any. A body that gives more of them, or elsewhere, has more of them than reports.
fn is_repeatable(decoded: &Decoded<'_>, ages: &[i64]) -> bool {
    if decoded.malformed + decoded.refused != 0 {
        return false;
    }
    let mut found = decoded.reports.iter().map(|wire| WireAge::of(&wire.age));
    if ages.is_empty() {
        return found.all(|age| age == WireAge::Missing);
    }
    found.eq(ages.iter().map(|millis| WireAge::Millis(*millis)))
}

impl JudgingRules {
    /// A body's reports: from memory, or what `process` makes of its bytes. `process` gets what changes in it, where its
    /// outcomes may be kept.
    pub(super) fn cached_body(
        &self,
        request: &Request<'_>,
        process: impl FnOnce(Option<&Volatile>) -> ProcessedBody,
    ) -> ProcessedBody {
        if request.body.len() > limits::KNOWN_BODY_BYTES {
            return process(None);
        }
        let volatile = Volatile::of_body(request.body);
        let key = self.cache.body_key(request, &volatile, self.live_decisions.epoch());
        if let Some(reports) = self.remembered_reports(key, &volatile.ages) {
            return ProcessedBody { reports, ..ProcessedBody::default() };
        }
        let body = process(Some(&volatile));
        if body.is_repeatable {
            let outcomes = body.reports.iter().map(|report| Arc::clone(&report.outcome));
            self.cache.put_body(key, outcomes.collect());
        }
        body
    }

    /// A report's outcome: from memory, or what `process` makes of it. `process` gets the hash of its policy, too, where
    /// that is remembered. `opener`: what of the referrer counts. `of_body`: what changes in the body, where the report is
    /// kept as such, and was not found.
    pub(super) fn cached_report<'a>(
        &self,
        wire: WireReport<'a>,
        (request, opener): (&Request<'_>, Option<&Opener>),
        of_body: Option<&Volatile>,
        process: impl FnOnce(WireReport<'a>, Option<u64>) -> StagedReport,
    ) -> ProcessedReport {
        let age = WireAge::of(&wire.age);
        let policy = wire.body.original_policy.text();
        let parts = of_body.and_then(|volatile| volatile.parts_of(policy, request.body));
        let policy_key = self.cache.policy_key(policy, parts);
        let epoch = self.live_decisions.epoch();
        let asked = (request, opener);
        let report_key = || self.cache.report_key(&wire, asked, policy_key, epoch);
        let key = of_body.is_none().then(report_key);
        if let Some(outcome) = key.and_then(|key| self.cache.report(key))
            && let Some(policy) = self.policy_of(&outcome)
        {
            return ProcessedReport { outcome, policy, age };
        }
        let policy_hash = self.cache.policy_hash(policy_key);
        let staged = process(wire, policy_hash);
        if policy_hash.is_none() {
            self.cache.put_policy_hash(policy_key, staged.policy_hash);
        }
        let outcome = Arc::new(staged.outcome);
        if let Some(key) = key {
            self.cache.put_report(key, Arc::clone(&outcome));
        }
        ProcessedReport { outcome, policy: staged.policy, age }
    }

    /// The reports of a body that is remembered; `None` where it is not, or not all of them.
    fn remembered_reports(&self, key: CacheKey, ages: &[i64]) -> Option<Vec<ProcessedReport>> {
        let outcomes = self.cache.body(key)?;
        let mut ages = ages.iter();
        let report = |outcome: &Arc<Outcome>| {
            let policy = self.policy_of(outcome)?;
            let age = ages.next().map_or(WireAge::Missing, |millis| WireAge::Millis(*millis));
            Some(ProcessedReport { outcome: Arc::clone(outcome), policy, age })
        };
        outcomes.iter().map(report).collect()
    }

    /// The policy that a report of this outcome carries, if any; `None` where it was forgotten, because it was not used
    /// for long.
    fn policy_of(&self, outcome: &Outcome) -> Option<Option<Arc<ReportedPolicy>>> {
        match outcome.policy {
            Some((_, hash)) => self.policies.known(hash).map(Some),
            None => Some(None),
        }
    }
}

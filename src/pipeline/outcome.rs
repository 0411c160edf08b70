//! What becomes of a report.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use siphasher::sip::SipHasher13;

use super::Request;
use super::decode::Scalar;
use super::fingerprint::{delivery, identity};
use super::judge::{PageGroup, Site};
use super::normalise::{self, event_time};
use crate::csp::ReportedPolicy;
use crate::journal::{CarriedPolicy, Entry, Limited, PreparedRow, Row};
use crate::report::{Disposition, Fingerprint, Kind, Report, Verdict};

/// What becomes of a report, but for who sent it and when: the same for all that repeat it.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) site: Arc<str>,
    pub(super) kind: Kind,
    pub(super) verdict: Verdict,
    disposition: Disposition,
    fingerprint: Fingerprint,
    extensionless: bool,
    /// What its deliveries have in common; `None` where browsers do not deliver again.
    delivery: Option<u64>,
    pub(super) row: Arc<PreparedRow>,
    /// The policy that it carries: the key of that policy on its pages, and its hash.
    pub(super) policy: Option<(u64, u64)>,
}

/// A report that went through the stages.
pub(super) struct StagedReport {
    pub(super) outcome: Outcome,
    /// The policy that it carries.
    pub(super) policy: Option<Arc<ReportedPolicy>>,
    /// That policy's hash, also where the policy is not the site's.
    pub(super) policy_hash: u64,
}

/// A report on its way to its quota.
pub(super) struct ProcessedReport {
    pub(super) outcome: Arc<Outcome>,
    /// The policy that it carries.
    pub(super) policy: Option<Arc<ReportedPolicy>>,
    pub(super) age: WireAge,
}

/// An age as a report gives it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WireAge {
    Missing,
    Millis(i64),
    /// No JSON number; the milliseconds that can be read from it, else 0.
    Odd(i64),
}

impl WireAge {
    pub(super) fn of(age: &Scalar<'_>) -> Self {
        match age {
            Scalar::Integer(millis) => Self::Millis(*millis),
            other if other.is_empty() => Self::Missing,
            other => Self::Odd(other.integer()),
        }
    }

    fn millis(self) -> i64 {
        match self {
            Self::Missing => 0,
            Self::Millis(millis) | Self::Odd(millis) => millis,
        }
    }
}

impl StagedReport {
    /// Puts together what the stages found. `policy`: the one that the report carries, where it is the site's.
    pub(super) fn new(
        report: &Report<'_>,
        row: &Row<'_>,
        site: &Site,
        group: &PageGroup,
        policy: Option<Arc<ReportedPolicy>>,
    ) -> Self {
        let outcome = Outcome {
            site: Arc::clone(&site.name),
            kind: report.kind,
            verdict: row.verdict,
            disposition: report.disposition,
            fingerprint: row.fingerprint,
            extensionless: normalise::is_extensionless(&report.user_agent),
            delivery: report.has_age.then(|| delivery(report, row.fingerprint)),
            row: Arc::new(PreparedRow::new(row)),
            policy: policy.as_ref().map(|policy| {
                let key = carried_key(&site.name, &group.name, policy.hash, report.disposition);
                (key, policy.hash)
            }),
        };
        Self { outcome, policy, policy_hash: report.policy_hash }
    }
}

impl Outcome {
    /// Counts one report that is over its quota.
    pub(super) fn limited(&self) -> Limited {
        Limited { site: Arc::clone(&self.site), kind: self.kind, count: 1 }
    }
}

impl ProcessedReport {
    /// As the journal takes it.
    pub(super) fn into_entry(self, request: &Request<'_>, is_over_quota: bool) -> Entry {
        let Self { outcome, policy, age } = self;
        let policy = policy.filter(|policy| !policy.text().is_empty());
        Entry {
            fingerprint: outcome.fingerprint,
            at: event_time(request.received, age.millis()),
            disposition: outcome.disposition,
            extensionless: outcome.extensionless,
            identity: outcome.delivery.map(|of| identity(of, request.client, request.tag)),
            row: Arc::clone(&outcome.row),
            policy: outcome
                .policy
                .zip(policy)
                .map(|((key, _), policy)| CarriedPolicy { key, policy: Arc::downgrade(&policy) }),
            is_over_quota,
        }
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

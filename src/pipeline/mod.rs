//! One request's bytes to what the journal takes. No I/O, no log, and no clock but governor's for the quotas.
//!
//! [`take`] is the whole road on one screen; each of its stages is a module. Most reports repeat one that was just taken on
//! another page view, so the stages run behind a cache ([`cached`]), which changes nothing of what comes out.

pub mod decode;
pub mod fingerprint;
pub mod judge;
pub mod normalise;
pub mod quota;

mod cache_key;
mod cached;
mod inline_scripts;
mod opener;
mod outcome;
mod outcome_cache;
mod row;
mod volatile;

use std::borrow::Cow;
use std::sync::Arc;

pub use outcome_cache::OutcomeCache;
pub use row::row;

use crate::base::client_id::ClientId;
use crate::base::clock::Timestamp;
use crate::config::{Config, KeepQuery};
use crate::csp::{PolicyCache, ReportedPolicy};
use crate::decisions::LiveDecisions;
use crate::journal::{Batch, Row};
use crate::report::{Kind, Oddities, Report};
use cached::ProcessedBody;
use decode::WireReport;
use fingerprint::{fingerprint, request_identity};
use inline_scripts::ListedInlineScripts;
use judge::{Attribution, Endpoint, Headers, JudgeContext, Judgement, NoiseRules, Sites};
use normalise::redact::{self, RedactionKey, redact_report};
use normalise::{Envelope, judged_policy, kept_policy, normalise, normalise_with};
use outcome::{Outcome, StagedReport};
use quota::Quotas;

/// What the operator configured of it.
#[derive(Debug)]
pub struct Rules {
    /// What the reports are judged by.
    pub judging: JudgingRules,
    /// The quotas.
    pub quotas: Arc<Quotas>,
    /// Reports read from one body.
    pub reports_per_request: usize,
    /// [`Config::rules_digest`] of the configuration that these rules come from.
    pub digest: String,
}

/// What the reports are judged by.
#[derive(Debug)]
pub struct JudgingRules {
    /// The sites.
    pub sites: Arc<Sites>,
    /// What is noise.
    pub noise: NoiseRules,
    /// The policies of recent reports.
    pub policies: PolicyCache,
    /// What people and threat lists say of destinations.
    pub live_decisions: Arc<LiveDecisions>,
    /// The outcomes of recent reports.
    pub cache: OutcomeCache,
    /// The inline scripts that are listed.
    listed_inline: ListedInlineScripts,
    /// What stays of queries.
    pub keep_query: KeepQuery,
    /// The key of the hashes in place of what does not stay.
    pub redaction_key: RedactionKey,
}

/// A request as the pipeline sees it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// When it arrived.
    pub received: Timestamp,
    /// The client that sent it.
    pub client: ClientId,
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

/// A report in its normal form, whose it is, and what it means to them.
#[derive(Debug)]
pub struct JudgedReport<'a> {
    /// The report.
    pub report: Report<'a>,
    /// The site that it belongs to.
    pub owner: Attribution,
    /// What it means.
    pub judgement: Judgement<'a>,
}

/// What became of a request's reports.
#[derive(Debug)]
pub struct Taken {
    /// For the journal.
    pub batch: Batch,
    /// Under which site the rest is counted.
    pub site: Arc<str>,
    /// How many pieces of the body were no report.
    pub malformed: u64,
    /// How many reports were beyond the limit of a request.
    pub refused: u64,
}

/// Takes a request: the road of its reports, stage by stage.
pub fn take(request: &Request<'_>, rules: &Rules) -> Taken {
    let judging = &rules.judging;
    let body = judging.cached_body(request, |volatile| {
        let text = decode::repair(request.body);
        let decoded = decode::decode(&text, rules.reports_per_request);
        ProcessedBody::of(decoded, volatile, |wire, of_body| {
            let opener = judging.opener(&wire, request.endpoint);
            let opener = opener.as_ref();
            judging.cached_report(wire, (request, opener), of_body, |wire, policy_hash| {
                let mut report = normalise_with(wire, judging.envelope(request), policy_hash);
                let owner = judging.sites.attribute(request.endpoint, &report.document.host);
                let (mut judgement, policy) = judging.judge(&report, &owner, request.received);
                judgement.reason.oddities = Oddities::of(&report, &request.headers);
                let (site, group) = (&owner.site, owner.site.page_group(&report.document.path));
                let opened_from = opener.and_then(|opener| opener.of(&judgement, &owner, group));
                judgement.reason.opened_from = opened_from.map(Cow::Owned);
                redact_report(&mut report, &judging.redaction_key);
                judging.listed_inline.limit(&mut report, &owner, group, request.received);
                judgement.reason.name_keyword(&report.blocked.scheme);
                let by_user_agent = judging.noise.looks_at_user_agent(&judgement.reason);
                let origin = u8::from(request.verified) << 7
                    | u8::from(by_user_agent) << 6
                    | judgement.reason.oddities.bits();
                let groups = judgement.reason.page_groups(&group.name);
                let fingerprint = fingerprint(&report, &site.name, &groups, origin);
                let reason = judgement.reason.to_text();
                let row = row(&report, &judgement, &reason, site, group, fingerprint);
                let row = Row { verified: request.verified, ..row };
                StagedReport::new(&report, &row, site, group, policy.filter(|_| !owner.is_foreign))
            })
        })
    });
    let mut batch = Batch::from(request);
    for report in body.reports {
        let Outcome { site, verdict, .. } = &*report.outcome;
        let is_admitted = rules.quotas.admits(request.client, site, *verdict);
        if is_admitted || quota::is_evidence(*verdict) {
            batch.entries.push(report.into_entry(request, !is_admitted));
        } else {
            batch.limited.push(report.outcome.limited());
        }
    }
    if batch.entries.iter().any(|entry| entry.identity.is_some()) {
        batch.identity = Some(request_identity(request.client, request.body));
    }
    Taken {
        batch,
        site: rules.site_name(request),
        malformed: body.malformed,
        refused: body.refused,
    }
}

impl Rules {
    /// Compiles a configuration.
    pub fn new(config: &Config, live_decisions: Arc<LiveDecisions>) -> Self {
        Self {
            judging: JudgingRules::new(config, live_decisions),
            quotas: Arc::new(Quotas::new(&config.limits)),
            reports_per_request: config.limits.reports_per_request,
            digest: config.rules_digest(),
        }
    }

    /// Goes on with the quotas of other rules, if they are the same: a new configuration gives nobody a whole quota again.
    pub fn go_on_with_quotas(&mut self, of: &Self) {
        if self.quotas.has_limits_of(&of.quotas) {
            self.quotas = Arc::clone(&of.quotas);
        }
    }

    /// Under which site a request is counted whose reports are not understood.
    fn site_name(&self, request: &Request<'_>) -> Arc<str> {
        match request.endpoint {
            Endpoint::Site(site) => Arc::clone(&site.name),
            Endpoint::Any => Arc::clone(self.judging.sites.other()),
        }
    }
}

impl JudgingRules {
    /// Compiles a configuration.
    pub fn new(config: &Config, live_decisions: Arc<LiveDecisions>) -> Self {
        Self {
            live_decisions,
            cache: OutcomeCache::default(),
            listed_inline: ListedInlineScripts::default(),
            sites: Arc::new(Sites::new(&config.sites)),
            noise: NoiseRules::new(&config.noise.rules),
            policies: PolicyCache::default(),
            keep_query: config.privacy.keep_query.clone(),
            redaction_key: RedactionKey::of_process(),
        }
    }

    /// Judges a report in its normal form; returns the policy that it carries, too.
    pub fn judge<'a>(
        &'a self,
        report: &Report<'a>,
        owner: &Attribution,
        received: Timestamp,
    ) -> (Judgement<'a>, Option<Arc<ReportedPolicy>>) {
        self.judge_by(&self.noise, report, owner, received)
    }

    /// [`JudgingRules::judge`], with other rules for noise.
    pub fn judge_by<'a>(
        &'a self,
        noise: &'a NoiseRules,
        report: &Report<'a>,
        owner: &Attribution,
        received: Timestamp,
    ) -> (Judgement<'a>, Option<Arc<ReportedPolicy>>) {
        let has_policy = report.kind == Kind::Csp && report.policy_hash != 0;
        let policy =
            has_policy.then(|| self.policies.get(report.policy_hash, || self.read_policy(report)));
        let context = JudgeContext {
            noise,
            policy: policy.as_deref(),
            decisions: &self.live_decisions.decisions(),
            threats: &self.live_decisions.threats(),
            now: received,
        };
        (judge::judge(report, owner, &context), policy)
    }

    fn read_policy(&self, report: &Report<'_>) -> ReportedPolicy {
        let judged = judged_policy(&report.policy);
        let kept = kept_policy(&judged, &self.redaction_key);
        ReportedPolicy::redacted(report.policy_hash, judged, kept)
    }

    /// Normalises a report and judges it, without a request around it: no oddities, no cache.
    pub fn judge_wire<'a>(
        &'a self,
        wire: WireReport<'a>,
        endpoint: Endpoint<'_>,
        envelope: Envelope<'a>,
    ) -> JudgedReport<'a> {
        let mut report = normalise(wire, envelope);
        let owner = self.sites.attribute(endpoint, &report.document.host);
        let (mut judgement, _) = self.judge(&report, &owner, envelope.received);
        redact_report(&mut report, &self.redaction_key);
        judgement.reason.name_keyword(&report.blocked.scheme);
        JudgedReport { report, owner, judgement }
    }

    fn envelope<'a>(&'a self, request: &Request<'a>) -> Envelope<'a> {
        Envelope {
            received: request.received,
            user_agent: request.headers.user_agent,
            keep_query: &self.keep_query,
        }
    }
}

impl Taken {
    /// Whether at least one report was understood.
    pub fn is_understood(&self) -> bool {
        !self.batch.entries.is_empty() || !self.batch.limited.is_empty()
    }
}

impl From<&Request<'_>> for Batch {
    /// A batch without a report yet.
    fn from(request: &Request<'_>) -> Self {
        // A site that puts a card number into the tag would have it stored.
        let has_card = redact::holds_card(request.tag);
        Self {
            received: request.received,
            client: request.client,
            tag: if has_card { String::new() } else { request.tag.to_owned() },
            is_tag_signed: request.is_tag_signed,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests;

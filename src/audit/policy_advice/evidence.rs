//! What a suggestion is made of: the policies that the pages of a group carried, what browsers reported of them, and
//! what people and lists say of the hosts.

use std::collections::{BTreeSet, HashMap};

use crate::base::clock::Timestamp;
use crate::csp::Policy;
use crate::decisions::ThreatLists;
use crate::pipeline::judge::Site;
use crate::report::{Disposition, Place};
pub use crate::store::policy::{Carried, Decided, Reported};

/// All that is known of a page group.
#[derive(Clone, Debug)]
pub struct Given<'a> {
    /// Whose pages they are.
    pub site: &'a Site,
    /// What people decided, by destination.
    pub decided: &'a HashMap<String, Decided>,
    /// What threat lists say.
    pub threats: &'a ThreatLists,
    /// Decisions have their time.
    pub now: Timestamp,
    /// When the range begins.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
    /// The policy that counts as the present one.
    pub present: Option<&'a Carried>,
    /// Other policies that the pages carried within the range.
    pub others: Vec<&'a Carried>,
    /// What was reported within the range.
    pub reported: &'a [Reported],
}

/// The same, and what follows from it alone.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// What is known.
    pub given: Given<'a>,
    /// The other policies that were in force over the range.
    pub(super) trials: Vec<&'a Carried>,
    /// The directives that any of the policies has by itself.
    pub(super) apart: BTreeSet<&'a str>,
}

impl Given<'_> {
    /// Whether a policy was in force over the range, as far as its first and last report tell: what it forbids would
    /// have been reported. A tenth of the range may lack at either end, because a policy is seen only when something
    /// violates it.
    pub fn is_complete(&self, carried: &Carried) -> bool {
        let end = self.to.min(self.now);
        let slack = end.since(self.from) / 10;
        carried.first_seen <= self.from + slack && carried.last_seen >= end - slack
    }
}

impl<'a> Evidence<'a> {
    /// Looks at what is known.
    pub fn new(given: Given<'a>) -> Self {
        let others = given.others.iter().copied();
        let trials: Vec<_> =
            others.filter(|it| it.policy.is_whole() && given.is_complete(it)).collect();
        let policies = given.present.iter().chain(&trials);
        let apart = policies.flat_map(|it| it.policy.directives()).map(|(name, _)| name).collect();
        Self { given, trials, apart }
    }

    /// The directive that would list what was reported: what is said of elements and attributes stands in the directive
    /// of both, unless a policy has one of its own for it.
    pub(super) fn listed_under<'r>(&self, reported: &'r Reported) -> &'r str {
        match self.apart.contains(reported.directive.as_str()) {
            true => &reported.directive,
            false => general(&reported.directive),
        }
    }
}

impl Carried {
    /// A policy that somebody gave as the present one.
    pub fn given(text: &str, now: Timestamp) -> Self {
        Self {
            hash: String::new(),
            policy: Policy::parse(text),
            disposition: Disposition::Enforce,
            first_seen: now,
            last_seen: now,
            recent: 0,
            clients: 0,
        }
    }

    /// Which of the policies that reports carried counts as the present one: one that is enforced before one that is
    /// not, then the one that most reports carried lately. What one client told once comes last: anybody can send a
    /// policy.
    pub fn present(seen: &[Self]) -> Option<&Self> {
        let rank = |it: &&Self| {
            let is_told_again = it.clients >= 2 || it.last_seen.day() > it.first_seen.day();
            // WebKit's `report-uri` does not say; another browser may have.
            let is_tried =
                |other: &Self| other.hash == it.hash && other.disposition == Disposition::Report;
            let enforced = match it.disposition {
                Disposition::Enforce => 2,
                Disposition::Unknown if !seen.iter().any(is_tried) => 1,
                _ => 0,
            };
            (is_told_again, enforced, it.recent, it.last_seen)
        };
        seen.iter().filter(|it| it.policy.is_whole()).max_by_key(rank)
    }
}

impl Reported {
    /// The page, as far as it is stored.
    pub(super) fn document(&self) -> Place<'_> {
        page_of(&self.document_host)
    }
}

/// A page of a host. Of a document its scheme is not stored; who has a policy to write has https.
pub(super) fn page_of(host: &str) -> Place<'_> {
    Place { scheme: "https".into(), host: host.into(), port: 0, path: "/".into() }
}

/// `script-src` for `script-src-elem`.
pub(super) fn general(directive: &str) -> &str {
    match directive {
        "script-src-elem" | "script-src-attr" => "script-src",
        "style-src-elem" | "style-src-attr" => "style-src",
        other => other,
    }
}

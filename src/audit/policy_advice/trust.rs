//! Whether a host is trusted: the configuration names it, or a person approved it. As when a report is judged, but by what
//! holds now: a report that came before its destination was approved counts as approved.

use super::evidence::PolicyEvidence;
use crate::base::domain::registrable;
use crate::config::KnownDestination;
use crate::csp::{HostSource, Source};
use crate::decisions::{ContactedFrom, Decision};
use crate::pipeline::judge::Contact;
use crate::store::policy::{PolicyDecision, ReportSummary};

/// Why a host is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// `site.hosts` names it by this pattern. Without a pattern: no site is configured, and it is the document's own.
    Own(Option<String>),
    /// `known`, the site's or the page group's, names it by this entry.
    Known(String),
    /// A person approved its destination.
    Approved(PolicyDecision),
}

/// Why a host is not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// Neither the configuration nor a person names it.
    Unknown,
    /// A person decided to ignore its destination.
    Ignored(PolicyDecision),
    /// This threat list has it, which outweighs everything else but `site.hosts`.
    Listed(String),
}

impl PolicyEvidence<'_> {
    /// Whether a host is trusted on a document of another host.
    pub fn assess_host(&self, host: &str, document_host: &str) -> Result<Trust, Distrust> {
        let site = self.inputs.site;
        if site.owns(host, document_host) {
            return Ok(Trust::Own(site.owned_as(host)));
        }
        if let Some(list) = self.inputs.threats.find(host) {
            return Err(Distrust::Listed(list.to_owned()));
        }
        if let Some(pattern) = site.known_as(self.inputs.group, host) {
            return Ok(Trust::Known(pattern));
        }
        let decision = self.inputs.decisions.get(registrable(host));
        let holds =
            |decision: &&PolicyDecision| decision.until.is_none_or(|until| self.inputs.now < until);
        match decision.filter(holds) {
            Some(approval) if approval.decision == Decision::Approve => {
                Ok(Trust::Approved(approval.clone()))
            }
            Some(ignored) if ignored.decision == Decision::Ignore => {
                Err(Distrust::Ignored(ignored.clone()))
            }
            _ => self.approved_within(host, "").map(Trust::Approved).ok_or(Distrust::Unknown),
        }
    }

    /// The limited approval that covers a host, for a directive; empty: for all of them.
    fn approved_within(&self, host: &str, directive: &str) -> Option<PolicyDecision> {
        let from = ContactedFrom { directive, page_group: &self.inputs.group.name };
        let limited = self.inputs.limited.iter().filter(|(destination, extent, made)| {
            destination == registrable(host)
                && extent.covers(from)
                && made.decision == Decision::Approve
                && made.until.is_none_or(|until| self.inputs.now < until)
        });
        limited.map(|(.., made)| made.clone()).next()
    }

    /// Whether what a report names is trusted: its host, or this path or directive of it, as configured or approved.
    pub fn assess_report(&self, report: &ReportSummary) -> Result<Trust, Distrust> {
        let assessed = self.assess_host(&report.blocked.host, &report.document_host);
        match (assessed, self.known_narrowly(report)) {
            (Err(Distrust::Unknown), Some(entry)) => Ok(Trust::Known(entry.to_string())),
            (Err(Distrust::Unknown), None) => {
                let approved = self.approved_within(&report.blocked.host, &report.directive);
                approved.map(Trust::Approved).ok_or(Distrust::Unknown)
            }
            (assessed, _) => assessed,
        }
    }

    /// The entry of `known` with a path or a directive that expects what a report names.
    pub(super) fn known_narrowly(&self, report: &ReportSummary) -> Option<&KnownDestination> {
        let ReportSummary { directive, blocked, .. } = report;
        let contact = Contact::new(directive, &blocked.host, &blocked.path);
        self.inputs.site.known_narrowly(self.inputs.group, &contact)
    }

    /// Whether everything that a source names is trusted. `None`: it names no host.
    pub(super) fn assess_source(&self, source: &Source) -> Option<Result<Trust, Distrust>> {
        let Source::Host(HostSource { host, below, .. }) = source else { return None };
        // No host has such a name, but the answer for it holds for all hosts below.
        let host = if *below { format!("*.{host}") } else { host.to_string() };
        Some(self.assess_host(&host, &self.inputs.site.name))
    }
}

impl Trust {
    /// The domain below which it covers every host.
    pub(super) fn widest_domain<'a>(&'a self, host: &'a str) -> Option<&'a str> {
        match self {
            Self::Own(Some(pattern)) | Self::Known(pattern) => pattern.strip_prefix("*."),
            Self::Own(None) | Self::Approved(_) => Some(registrable(host)),
        }
    }
}

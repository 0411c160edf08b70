//! What a Connection-Allowlist alone reports: where the pages lead.

use std::collections::BTreeMap;

use super::additions::UntrustedUse;
use super::draft::Occurrences;
use super::evidence::PolicyEvidence;
use super::trust::{Distrust, Trust};
use crate::base::destination::WEBRTC;
use crate::base::domain::registrable;
use crate::csp::{CheckResult, Policy};
use crate::report::{CONNECTION_ALLOWLIST, Kind, Verdict};
use crate::store::policy::ReportSummary;

/// What the reports of a Connection-Allowlist name.
#[derive(Clone, Debug, Default)]
pub struct Navigation {
    /// Hosts of others that the pages lead to, the most reported first.
    pub links: Vec<OutgoingLink>,
    /// Reports of URLs of the site's own: they redirect.
    pub redirects: Option<Occurrences>,
    /// Reports of WebRTC.
    pub peers: Option<Occurrences>,
    /// Reports of links into an app, such as `mailto:`, which name nothing.
    pub app_links: Option<Occurrences>,
}

/// A host that the pages lead to, by links, forms, frames or scripts.
#[derive(Clone, Debug)]
pub struct OutgoingLink {
    /// The host.
    pub host: String,
    /// Whether it is trusted as a place to lead to.
    pub assessment: Result<Trust, Distrust>,
    /// Whether the suggested list has it.
    pub is_listed: bool,
    /// The reports.
    pub occurrences: Occurrences,
}

impl ReportSummary {
    /// Whether a Connection-Allowlist forbids what it is about.
    pub(super) fn is_connection(&self) -> bool {
        self.kind == Kind::ConnectionAllowlist && self.verdict != Verdict::Foreign
    }
}

/// What a report of a Connection-Allowlist names.
enum Target {
    Peer,
    App,
    Own,
    Elsewhere(Result<Trust, Distrust>),
}

impl PolicyEvidence<'_> {
    fn target_of(&self, report: &ReportSummary) -> Target {
        if report.blocked.scheme == WEBRTC {
            return Target::Peer;
        }
        if !report.blocked.is_in_network() {
            return Target::App;
        }
        match self.assess_report(report) {
            Ok(Trust::Own(_)) => Target::Own,
            assessment => Target::Elsewhere(assessment),
        }
    }
}

impl Navigation {
    /// What the reports of the range say. `list` is the suggested list, as a policy's for `connect-src`.
    pub(super) fn of(evidence: &PolicyEvidence<'_>, list: &Policy) -> Self {
        let mut navigation = Self::default();
        let mut links: BTreeMap<&str, OutgoingLink> = BTreeMap::new();
        for report in evidence.inputs.reports.iter().filter(|report| report.is_connection()) {
            match evidence.target_of(report) {
                Target::Peer => count(&mut navigation.peers, report),
                Target::App => count(&mut navigation.app_links, report),
                Target::Own => count(&mut navigation.redirects, report),
                Target::Elsewhere(assessment) => {
                    let host = &*report.blocked.host;
                    let link = links.entry(host).or_insert_with(|| OutgoingLink {
                        host: host.to_owned(),
                        assessment: assessment.clone(),
                        is_listed: true,
                        occurrences: report.occurrences().without_reports(),
                    });
                    link.occurrences = link.occurrences.plus(report.occurrences());
                    // One page of a host may be trusted and listed, and another not.
                    if assessment.is_err() {
                        link.assessment = assessment;
                    }
                    let checked = list.check("connect-src", &report.blocked, &report.document());
                    link.is_listed &= checked == CheckResult::Allowed;
                }
            }
        }
        navigation.links = links.into_values().collect();
        navigation.links.sort_by_key(|link| std::cmp::Reverse(link.occurrences.reports));
        navigation
    }

    /// How many reports name a link that the list does not have.
    pub fn reports_left_out(&self) -> u64 {
        let left_out = self.links.iter().filter(|link| !link.is_listed);
        left_out.map(|link| link.occurrences.reports).sum()
    }

    /// What the list does not have because it is not trusted, by destination.
    pub(super) fn untrusted(&self, webrtc: Option<&Distrust>) -> Vec<UntrustedUse> {
        let mut uses: BTreeMap<&str, UntrustedUse> = BTreeMap::new();
        for link in self.links.iter().filter(|link| !link.is_listed) {
            let Err(distrust) = &link.assessment else { continue };
            let what = registrable(&link.host);
            let entry = uses.entry(what).or_insert_with(|| {
                untrusted_use(what, distrust, link.occurrences.without_reports())
            });
            entry.occurrences = entry.occurrences.plus(link.occurrences);
        }
        let peers = self.peers.zip(webrtc);
        let peers =
            peers.map(|(occurrences, distrust)| untrusted_use(WEBRTC, distrust, occurrences));
        uses.into_values().chain(peers).collect()
    }
}

fn count(sum: &mut Option<Occurrences>, report: &ReportSummary) {
    let occurrences = report.occurrences();
    *sum = Some(sum.map_or(occurrences, |before| before.plus(occurrences)));
}

fn untrusted_use(what: &str, distrust: &Distrust, occurrences: Occurrences) -> UntrustedUse {
    UntrustedUse {
        directive: CONNECTION_ALLOWLIST.to_owned(),
        what: what.to_owned(),
        distrust: Some(distrust.clone()),
        occurrences,
    }
}

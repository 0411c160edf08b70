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

impl Navigation {
    /// What the reports of the range say. `list` is the suggested list, as a policy's for `connect-src`.
    pub(super) fn of(evidence: &PolicyEvidence<'_>, list: &Policy) -> Self {
        let mut navigation = Self::default();
        let mut links: BTreeMap<&str, OutgoingLink> = BTreeMap::new();
        for report in evidence.inputs.reports.iter().filter(|report| report.is_connection()) {
            let count = |sum: &mut Option<Occurrences>| {
                let occurrences = report.occurrences();
                *sum = Some(sum.map_or(occurrences, |before| before.plus(occurrences)));
            };
            if report.blocked.scheme == WEBRTC {
                count(&mut navigation.peers);
            } else if !report.blocked.is_in_network() {
                count(&mut navigation.app_links);
            } else {
                match evidence.assess_report(report) {
                    Ok(Trust::Own(_)) => count(&mut navigation.redirects),
                    assessment => {
                        let link = OutgoingLink {
                            host: report.blocked.host.to_string(),
                            assessment,
                            is_listed: true,
                            occurrences: report.occurrences().without_reports(),
                        };
                        let link = links.entry(&report.blocked.host).or_insert(link);
                        link.occurrences = link.occurrences.plus(report.occurrences());
                        // One page of a host may be listed, and another not.
                        let checked =
                            list.check("connect-src", &report.blocked, &report.document());
                        link.is_listed &= checked == CheckResult::Allowed;
                    }
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

fn untrusted_use(what: &str, distrust: &Distrust, occurrences: Occurrences) -> UntrustedUse {
    UntrustedUse {
        directive: CONNECTION_ALLOWLIST.to_owned(),
        what: what.to_owned(),
        distrust: Some(distrust.clone()),
        occurrences,
    }
}

//! What reports ask for: for what is trusted, the narrowest source that allows it.

use std::collections::BTreeMap;

use super::draft::{DraftSource, Occurrences, Rationale};
use super::evidence::PolicyEvidence;
use super::trust::{Distrust, Trust};
use crate::base::domain::registrable;
use crate::base::limits;
use crate::csp::{HostSource, Port, Source};
use crate::report::{Kind, Verdict};
use crate::store::policy::ReportSummary;

/// Something that reports ask for and that is not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UntrustedUse {
    /// The directive that would have to list it.
    pub directive: String,
    /// The destination. If it has no host, a word or a scheme.
    pub what: String,
    /// Why it is not trusted. `None`: it has no host.
    pub distrust: Option<Distrust>,
    /// The reports.
    pub occurrences: Occurrences,
}

/// A host that reports ask for, as a source.
struct RequestedHost {
    source: HostSource,
    trust: Trust,
    occurrences: Occurrences,
}

impl ReportSummary {
    pub(super) fn occurrences(&self) -> Occurrences {
        Occurrences {
            reports: self.reports,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
        }
    }

    /// Whether it is about something that a policy forbids on a page of the site.
    pub(super) fn is_violation(&self) -> bool {
        self.kind == Kind::Csp && self.verdict != Verdict::Foreign && !self.directive.is_empty()
    }

    /// Whether a source could allow what was blocked. It could not if the report's own policy allows the URL: then the URL
    /// redirected to another one, which browsers do not name.
    pub(super) fn asks_for_source(&self) -> bool {
        self.is_violation() && self.verdict != Verdict::Impossible
    }
}

impl PolicyEvidence<'_> {
    /// The trusted sources that reports ask a directive for.
    pub(super) fn requested_sources(&self, directive: &str) -> Vec<DraftSource> {
        self.sources_requested_by(|report| {
            report.asks_for_source() && self.directive_of(report) == directive
        })
    }

    /// The trusted sources that some of the reports ask for.
    pub(super) fn sources_requested_by(
        &self,
        asks: impl Fn(&ReportSummary) -> bool,
    ) -> Vec<DraftSource> {
        let mut hosts: BTreeMap<String, RequestedHost> = BTreeMap::new();
        let mut others: BTreeMap<String, DraftSource> = BTreeMap::new();
        for report in self.inputs.reports.iter().filter(|report| asks(report)) {
            let occurrences = report.occurrences();
            let (source, rationale) = match self.requested_source(report) {
                Some((Source::Host(source), Rationale::Reported(trust))) => {
                    let name = source.to_string();
                    let none = occurrences.without_reports();
                    let host = RequestedHost { source, trust, occurrences: none };
                    let host = hosts.entry(name).or_insert(host);
                    host.occurrences = host.occurrences.plus(occurrences);
                    continue;
                }
                Some(other) => other,
                None => continue,
            };
            let entry = others.entry(source.to_string());
            let entry = entry.or_insert_with(|| DraftSource::new(source, rationale));
            let sum = entry.occurrences.map_or(occurrences, |before| before.plus(occurrences));
            entry.occurrences = Some(sum);
        }
        let mut sources: Vec<DraftSource> = others.into_values().collect();
        sources.extend(merge_into_domains(hosts).into_iter().map(|host| DraftSource {
            source: Source::Host(host.source),
            rationale: Rationale::Reported(host.trust),
            occurrences: Some(host.occurrences),
        }));
        sources
    }

    /// The source that allows what was blocked, if that is trusted.
    fn requested_source(&self, report: &ReportSummary) -> Option<(Source, Rationale)> {
        let blocked = &report.blocked;
        if blocked.host.is_empty() {
            // Images, fonts and media that are inside the page: no code, and no data leaves the page by them.
            let is_content = matches!(&*report.directive, "img-src" | "font-src" | "media-src");
            let is_embedded = is_content && matches!(&*blocked.scheme, "data" | "blob");
            let source = || Source::Scheme(blocked.scheme.to_string().into());
            return match &*blocked.scheme {
                "self" => Some((Source::SelfOrigin, Rationale::Reported(Trust::Own(None)))),
                _ => is_embedded.then(|| (source(), Rationale::Embedded)),
            };
        }
        let trust = self.assess_report(report).ok()?;
        let is_same_host = blocked.host == report.document_host && blocked.port == 0;
        if is_same_host && blocked.scheme == "https" {
            return Some((Source::SelfOrigin, Rationale::Reported(trust)));
        }
        let narrow = self.known_narrowly(report);
        let (host, below) = match &trust {
            _ if narrow.is_some() => (&*blocked.host, false),
            Trust::Known(pattern) if has_one_owner(pattern) => match pattern.strip_prefix("*.") {
                Some(parent) => (parent, true),
                None => (&**pattern, false),
            },
            _ => (&*blocked.host, false),
        };
        let source = HostSource {
            scheme: Some(blocked.scheme.to_string().into()),
            host: host.into(),
            below,
            port: if blocked.port == 0 { Port::Default } else { Port::Number(blocked.port) },
            path: narrow.map_or("", |entry| &entry.path).into(),
        };
        Some((Source::Host(source), Rationale::Reported(trust)))
    }

    /// What reports ask for and is not trusted, the most reported first.
    pub(super) fn untrusted_uses(&self) -> Vec<UntrustedUse> {
        let mut uses: BTreeMap<(&str, String), UntrustedUse> = BTreeMap::new();
        let is_untrusted = |report: &&ReportSummary| {
            report.asks_for_source() && self.requested_source(report).is_none()
        };
        for report in self.inputs.reports.iter().filter(is_untrusted) {
            let host = &report.blocked.host;
            let (what, distrust) = match self.assess_report(report) {
                _ if host.is_empty() => (report.blocked.scheme.to_string(), None),
                Err(distrust) => (registrable(host).to_owned(), Some(distrust)),
                Ok(_) => continue,
            };
            let directive = self.directive_of(report);
            let entry = uses.entry((directive, what.clone())).or_insert_with(|| UntrustedUse {
                directive: directive.to_owned(),
                what,
                distrust,
                occurrences: report.occurrences().without_reports(),
            });
            entry.occurrences = entry.occurrences.plus(report.occurrences());
        }
        let mut uses: Vec<UntrustedUse> = uses.into_values().collect();
        uses.sort_by_key(|untrusted| std::cmp::Reverse(untrusted.occurrences.reports));
        uses
    }
}

/// Whether a configured pattern means the hosts of one owner. `*.cloudfront.net` does not, so the policy gets only those
/// hosts of it that were reported.
pub(super) fn has_one_owner(pattern: &str) -> bool {
    pattern.strip_prefix("*.").is_none_or(|parent| psl::domain_str(parent).is_some())
}

/// Replaces hosts by their domain where more than [`limits::SUGGESTED_HOSTS`] are of one domain and all of that is trusted.
/// `hosts` are by their source.
fn merge_into_domains(hosts: BTreeMap<String, RequestedHost>) -> Vec<RequestedHost> {
    let domain_of = |host: &RequestedHost| -> Option<HostSource> {
        let RequestedHost { source, trust, .. } = host;
        let parent = trust.widest_domain(&source.host);
        let parent = parent.filter(|parent| psl::domain_str(parent).is_some())?;
        let is_below = *parent != *source.host && !source.below;
        is_below.then(|| HostSource { host: parent.into(), below: true, ..source.clone() })
    };
    let mut hosts_of_domain: BTreeMap<String, usize> = BTreeMap::new();
    for host in hosts.values() {
        if let Some(domain) = domain_of(host) {
            *hosts_of_domain.entry(domain.to_string()).or_default() += 1;
        }
    }
    let has_many = |domain: &HostSource| {
        let count = hosts_of_domain.get(&domain.to_string());
        count.is_some_and(|count| *count > limits::SUGGESTED_HOSTS)
    };
    let mut merged: BTreeMap<String, RequestedHost> = BTreeMap::new();
    for (name, host) in hosts {
        let (name, source) = match domain_of(&host).filter(has_many) {
            Some(domain) => (domain.to_string(), domain),
            None => (name, host.source),
        };
        let RequestedHost { trust, occurrences, .. } = host;
        let none = occurrences.without_reports();
        let entry = RequestedHost { source, trust, occurrences: none };
        let entry = merged.entry(name).or_insert(entry);
        entry.occurrences = entry.occurrences.plus(occurrences);
    }
    merged.into_values().collect()
}

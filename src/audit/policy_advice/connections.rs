//! The Connection-Allowlist: the hosts that the pages may connect to, for whatever. It does not divide them by directive as a
//! policy does, so it has everything that is known or approved for any.

use std::collections::BTreeSet;

use super::additions::{UntrustedUse, has_one_owner};
use super::build::Suggestion;
use super::draft::{DraftDirective, DraftSource, Occurrences, Rationale, single_directive};
use super::enforcing::{Obstacle, obstacles};
use super::evidence::PolicyEvidence;
use super::lists::is_covered;
use super::navigation::Navigation;
use super::trust::{Distrust, Trust};
use super::url_pattern::url_pattern;
use crate::base::destination::{CARD_HOST, INVALID_HOST, VISITOR_NETWORK, WEBRTC};
use crate::base::domain::{registered, registrable};
use crate::base::limits;
use crate::config::HostPattern;
use crate::csp::{HostSource, Policy, Port, Source};
use crate::decisions::Decision;
use crate::pipeline::normalise::redact::has_mark;
use crate::store::policy::ReportSummary;

/// The suggested list, and what it is made from.
#[derive(Debug)]
pub struct ConnectionAdvice {
    /// The entries beside `response-origin`.
    pub entries: Vec<AllowlistEntry>,
    /// How many trusted entries are omitted, because there are more than a list can have.
    pub omitted: usize,
    /// Trusted sources that no entry can express.
    pub inexpressible: BTreeSet<String>,
    /// Hosts of the current policy that nobody trusts: it may be that the pages need them.
    pub unconfirmed: BTreeSet<String>,
    /// Whether WebRTC is trusted.
    pub webrtc: Result<Trust, Distrust>,
    /// Where the pages lead, by the reports of a Connection-Allowlist.
    pub navigation: Navigation,
    /// Why the site should not enforce it yet.
    pub obstacles: Vec<Obstacle>,
}

/// An entry of the list.
#[derive(Clone, Debug)]
pub struct AllowlistEntry {
    /// The URL pattern.
    pub pattern: String,
    /// Why it is there.
    pub trust: Trust,
    /// The reports that ask for it. `None`: the configuration, a decision or a policy has it.
    pub occurrences: Option<Occurrences>,
}

impl ConnectionAdvice {
    /// The list for a page group.
    pub(super) fn of(evidence: &PolicyEvidence<'_>, suggestion: &Suggestion) -> Self {
        let mut trusted = TrustedHosts::default();
        trusted.add_configured(evidence);
        trusted.add_requested(evidence);
        let unconfirmed = trusted.add_policy(suggestion);
        trusted.add_approved(evidence);
        let omitted = trusted.hosts.len().saturating_sub(limits::SUGGESTED_SOURCES);
        trusted.hosts.truncate(limits::SUGGESTED_SOURCES);
        let navigation = Navigation::of(evidence, &trusted.policy());
        let (entries, inexpressible) = trusted.entries();
        let mut advice = Self {
            entries,
            omitted,
            inexpressible,
            unconfirmed,
            webrtc: evidence.assess_host(WEBRTC, &evidence.inputs.site.name),
            navigation,
            obstacles: Vec::new(),
        };
        advice.obstacles =
            obstacles(evidence, suggestion, &advice.navigation, advice.webrtc.is_ok());
        advice
    }

    /// The value of the header. `endpoint` is a token: Chromium reports nothing to a string.
    pub(super) fn value(&self, endpoint: &str) -> String {
        let entries = self.entries.iter().map(|entry| format!(" \"{}\"", entry.pattern));
        let entries: String = entries.collect();
        let webrtc = if self.webrtc.is_ok() { "allow" } else { "block" };
        format!("(response-origin{entries});report-to={endpoint};redirects=block;webrtc={webrtc}")
    }

    /// What was reported and the list does not have, because it is not trusted.
    pub(super) fn untrusted(&self) -> Vec<UntrustedUse> {
        self.navigation.untrusted(self.webrtc.as_ref().err())
    }
}

/// Trusted hosts, none of them twice.
#[derive(Default)]
struct TrustedHosts {
    hosts: Vec<TrustedHost>,
}

struct TrustedHost {
    source: Source,
    trust: Trust,
    occurrences: Option<Occurrences>,
}

impl TrustedHosts {
    /// Adds the site's own hosts and those of `known`. Of a pattern for many owners, only the hosts that were reported are
    /// added.
    fn add_configured(&mut self, evidence: &PolicyEvidence<'_>) {
        let site = evidence.inputs.site;
        for pattern in site.own_hosts() {
            let trust = Trust::Own(site.owned_as(pattern.name()).map(|_| pattern.to_string()));
            self.add(host_source(&pattern, ""), trust, None);
        }
        for known in site.known_entries(evidence.inputs.group) {
            let is_listed = evidence.inputs.threats.find(known.host.name()).is_some();
            if !is_listed && has_one_owner(&known.host.to_string()) {
                let trust = Trust::Known(known.to_string());
                self.add(host_source(&known.host, &known.path), trust, None);
            }
        }
    }

    /// Adds what reports ask for, whatever directive they name; the most reported first.
    fn add_requested(&mut self, evidence: &PolicyEvidence<'_>) {
        let asks = |report: &ReportSummary| {
            report.blocked.is_in_network()
                && (report.is_connection()
                    || (report.asks_for_source() && is_about_connections(&report.directive)))
        };
        let mut requested = evidence.sources_requested_by(asks);
        let reports = |source: &DraftSource| source.occurrences.map(|seen| seen.reports);
        requested.sort_by_key(|source| std::cmp::Reverse(reports(source)));
        for draft in requested {
            if let Rationale::Reported(trust) = draft.rationale {
                self.add(draft.source, trust, draft.occurrences);
            }
        }
    }

    /// Adds the trusted hosts of the suggested policies, and returns those that nobody trusts. The pages may use them, and no
    /// report would show it, because the current policy allows them.
    fn add_policy(&mut self, suggestion: &Suggestion) -> BTreeSet<String> {
        let mut unconfirmed = BTreeSet::new();
        let drafts = [&suggestion.now, &suggestion.strict];
        let directives = drafts.into_iter().flat_map(|draft| &draft.directives);
        let is_relevant = |directive: &&DraftDirective| is_about_connections(&directive.name);
        for draft in directives.filter(is_relevant).flat_map(|directive| &directive.sources) {
            let (Rationale::Current(trust) | Rationale::Tried(_, trust)) = &draft.rationale else {
                continue;
            };
            match (trust, &draft.source) {
                (Some(trust), source) => self.add(source.clone(), trust.clone(), None),
                (None, Source::Host(host)) => {
                    unconfirmed.insert(host.to_string());
                }
                (None, _) => {}
            }
        }
        unconfirmed
    }

    /// Adds the approved destinations of which nothing is there yet: the domain, and everything below.
    fn add_approved(&mut self, evidence: &PolicyEvidence<'_>) {
        let approved = evidence.inputs.decisions.iter();
        let approved = approved.filter(|(_, made)| made.decision == Decision::Approve);
        let names: BTreeSet<&String> = approved.map(|(name, _)| name).collect();
        for name in names {
            let trust = match evidence.assess_host(name, &evidence.inputs.site.name) {
                Ok(trust @ Trust::Approved(_)) if !self.has_host_of(name) => trust,
                _ => continue,
            };
            if registered(name).is_some() {
                let below = HostPattern::Below(name.clone());
                self.add(host_source(&below, ""), trust.clone(), None);
            }
            self.add(host_source(&HostPattern::Exact(name.clone()), ""), trust, None);
        }
    }

    /// Adds a host, unless one of those before allows all that it would.
    fn add(&mut self, source: Source, trust: Trust, occurrences: Option<Occurrences>) {
        let Source::Host(host) = source else { return };
        let host = with_scheme_of_requests(host);
        let source = Source::Host(host.clone());
        let is_a_host = ![WEBRTC, VISITOR_NETWORK, INVALID_HOST, CARD_HOST].contains(&&*host.host);
        let is_there = self.hosts.iter().any(|other| other.source == source)
            || is_covered("connect-src", self.sources(), &source);
        if is_a_host && !is_there {
            self.hosts.push(TrustedHost { source, trust, occurrences });
        }
    }

    fn sources(&self) -> impl Iterator<Item = &Source> {
        self.hosts.iter().map(|host| &host.source)
    }

    /// Whether a host of this destination is there.
    fn has_host_of(&self, destination: &str) -> bool {
        self.sources().any(
            |source| matches!(source, Source::Host(host) if registrable(&host.host) == destination),
        )
    }

    /// As a policy's list, to check URLs against it.
    fn policy(&self) -> Policy {
        single_directive("connect-src", self.sources())
    }

    /// The entries, and the sources that no entry can express: those that were masked in part, and IPv6 addresses.
    fn entries(self) -> (Vec<AllowlistEntry>, BTreeSet<String>) {
        let (mut entries, mut inexpressible) = (Vec::new(), BTreeSet::new());
        for TrustedHost { source, trust, occurrences } in self.hosts {
            let Source::Host(host) = &source else { continue };
            let text = source.to_string();
            match url_pattern(host).filter(|_| !has_mark(&text)) {
                Some(pattern) => entries.push(AllowlistEntry { pattern, trust, occurrences }),
                None => {
                    inexpressible.insert(text);
                }
            }
        }
        (entries, inexpressible)
    }
}

/// The host as Chromium compares it with the list: a WebSocket as its request, which is https. An entry with `wss` matches
/// nothing (measured with 148).
fn with_scheme_of_requests(host: HostSource) -> HostSource {
    let scheme = match host.scheme.as_deref() {
        Some("wss") => Some("https".into()),
        Some("ws") => Some("http".into()),
        _ => host.scheme,
    };
    HostSource { scheme, ..host }
}

/// Whether a directive is about what the page itself connects to.
fn is_about_connections(directive: &str) -> bool {
    !matches!(directive, "frame-ancestors" | "base-uri")
}

fn host_source(pattern: &HostPattern, path: &str) -> Source {
    Source::Host(HostSource {
        scheme: Some("https".into()),
        host: pattern.name().into(),
        below: matches!(pattern, HostPattern::Below(_)),
        port: Port::Default,
        path: path.into(),
    })
}

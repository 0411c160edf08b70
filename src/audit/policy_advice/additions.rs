//! What reports ask for, and may have: each with the narrowest source that lets it pass.

use std::collections::BTreeMap;

use super::draft::{Because, Entry, Told};
use super::evidence::{Evidence, Reported};
use super::vouch::{Doubt, Vouch};
use crate::base::domain::registrable;
use crate::base::limits;
use crate::csp::{HostSource, Port, Source};
use crate::report::{Kind, Verdict};

/// What reports asked for and nobody vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Where it would stand.
    pub directive: String,
    /// The destination; a word or a scheme where it has no host.
    pub what: String,
    /// Why not; none for what has no host.
    pub doubt: Option<Doubt>,
    /// The reports.
    pub told: Told,
}

impl Reported {
    pub(super) fn told(&self) -> Told {
        Told { reports: self.reports, first_seen: self.first_seen, last_seen: self.last_seen }
    }

    /// Whether it tells of something that a policy forbade, on a page of the site.
    pub(super) fn is_violation(&self) -> bool {
        self.kind == Kind::Csp && self.verdict != Verdict::Foreign && !self.directive.is_empty()
    }

    /// Whether a source could have let it pass. Where its own policy allowed it, something behind it was blocked that
    /// browsers do not name.
    pub(super) fn asks(&self) -> bool {
        self.is_violation() && self.verdict != Verdict::Impossible
    }
}

impl Evidence<'_> {
    /// The sources that reports ask a directive for.
    pub(super) fn additions(&self, directive: &str) -> Vec<Entry> {
        let mut hosts: BTreeMap<String, (HostSource, Vouch, Told)> = BTreeMap::new();
        let mut others: BTreeMap<String, Entry> = BTreeMap::new();
        let asking =
            self.given.reported.iter().filter(|it| it.asks() && self.listed_under(it) == directive);
        for reported in asking {
            let told = reported.told();
            let (source, because) = match self.asked(reported) {
                Some((Source::Host(host), Because::Reported(vouch))) => {
                    let found = hosts.entry(host.to_string());
                    let found = found.or_insert_with(|| (host, vouch, told.none()));
                    found.2 = found.2.and(told);
                    continue;
                }
                Some(other) => other,
                None => continue,
            };
            let entry = others.entry(source.to_string());
            let entry = entry.or_insert_with(|| Entry::new(source, because));
            entry.told = Some(entry.told.map_or(told, |before| before.and(told)));
        }
        let mut entries: Vec<Entry> = others.into_values().collect();
        entries.extend(together(hosts).into_iter().map(|(host, vouch, told)| Entry {
            source: Source::Host(host),
            because: Because::Reported(vouch),
            told: Some(told),
        }));
        entries
    }

    /// The source that lets one pass, where somebody vouches for it.
    fn asked(&self, reported: &Reported) -> Option<(Source, Because)> {
        let blocked = &reported.blocked;
        if blocked.host.is_empty() {
            // Pictures, fonts and films that the page carries itself: no code, and nothing leaves by them.
            let is_content = matches!(&*reported.directive, "img-src" | "font-src" | "media-src");
            let is_carried = is_content && matches!(&*blocked.scheme, "data" | "blob");
            let source = || Source::Scheme(blocked.scheme.to_string().into());
            return match &*blocked.scheme {
                "self" => Some((Source::SelfOrigin, Because::Reported(Vouch::Own(None)))),
                _ => is_carried.then(|| (source(), Because::Carried)),
            };
        }
        let vouch = self.of_host(&blocked.host, &reported.document_host).ok()?;
        let is_same = blocked.host == reported.document_host && blocked.port == 0;
        if is_same && blocked.scheme == "https" {
            return Some((Source::SelfOrigin, Because::Reported(vouch)));
        }
        let (host, below) = match &vouch {
            Vouch::Known(pattern) if is_one_owner(pattern) => match pattern.strip_prefix("*.") {
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
            path: "".into(),
        };
        Some((Source::Host(source), Because::Reported(vouch)))
    }

    /// What reports ask for and nobody vouches for, the most reported first.
    pub(super) fn left_out(&self) -> Vec<LeftOut> {
        let mut found: BTreeMap<(&str, String), LeftOut> = BTreeMap::new();
        for reported in
            self.given.reported.iter().filter(|it| it.asks() && self.asked(it).is_none())
        {
            let blocked = &reported.blocked;
            let (what, doubt) = match self.of_host(&blocked.host, &reported.document_host) {
                _ if blocked.host.is_empty() => (blocked.scheme.to_string(), None),
                Err(doubt) => (registrable(&blocked.host).to_owned(), Some(doubt)),
                Ok(_) => continue,
            };
            let directive = self.listed_under(reported);
            let entry = found.entry((directive, what.clone())).or_insert_with(|| LeftOut {
                directive: directive.to_owned(),
                what,
                doubt,
                told: reported.told().none(),
            });
            entry.told = entry.told.and(reported.told());
        }
        let mut found: Vec<LeftOut> = found.into_values().collect();
        found.sort_by_key(|it| std::cmp::Reverse(it.told.reports));
        found
    }
}

impl Told {
    /// Nothing yet, at its time.
    fn none(self) -> Self {
        Self { reports: 0, ..self }
    }
}

/// Whether a configured pattern means the hosts of one owner: who expects `*.cloudfront.net` gets the hosts of it that
/// were reported.
fn is_one_owner(pattern: &str) -> bool {
    pattern.strip_prefix("*.").is_none_or(|parent| psl::domain_str(parent).is_some())
}

/// Hosts by their sources, where many are of one domain and all of that is vouched for, that domain.
fn together(hosts: BTreeMap<String, (HostSource, Vouch, Told)>) -> Vec<(HostSource, Vouch, Told)> {
    let domain = |host: &HostSource, vouch: &Vouch| -> Option<HostSource> {
        let parent = vouch.widest(&host.host).filter(|parent| psl::domain_str(parent).is_some())?;
        let is_below = *parent != *host.host && !host.below;
        is_below.then(|| HostSource { host: parent.into(), below: true, ..host.clone() })
    };
    let mut of_domain: BTreeMap<String, usize> = BTreeMap::new();
    for (host, vouch, _) in hosts.values() {
        if let Some(wide) = domain(host, vouch) {
            *of_domain.entry(wide.to_string()).or_default() += 1;
        }
    }
    let mut sources: BTreeMap<String, (HostSource, Vouch, Told)> = BTreeMap::new();
    for (name, (host, vouch, told)) in hosts {
        let wide = domain(&host, &vouch).filter(|wide| {
            of_domain.get(&wide.to_string()).is_some_and(|n| *n > limits::SUGGESTED_HOSTS)
        });
        let (name, host) = wide.map_or((name, host), |wide| (wide.to_string(), wide));
        let entry = sources.entry(name).or_insert_with(|| (host, vouch, told.none()));
        entry.2 = entry.2.and(told);
    }
    sources.into_values().collect()
}

//! A draft of a policy, in which each source has its rationale.

use super::trust::Trust;
use crate::base::clock::Timestamp;
use crate::csp::{HostSource, Policy, Port, Source, lists_sources};
use crate::report::Place;
use crate::store::scripts::RecordedScriptDecision;

/// A policy whose sources have a rationale. The directives are in the order in which people write them.
#[derive(Clone, Debug, Default)]
pub struct PolicyDraft {
    /// The directives.
    pub directives: Vec<DraftDirective>,
}

/// A directive of a draft.
#[derive(Clone, Debug)]
pub struct DraftDirective {
    /// The name, such as `img-src`.
    pub name: String,
    /// The sources in its list.
    pub sources: Vec<DraftSource>,
}

/// A source of a draft, and why it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftSource {
    /// The source.
    pub source: Source,
    /// Why it is there.
    pub rationale: Rationale,
    /// The reports that ask for it.
    pub occurrences: Option<Occurrences>,
}

/// How many reports there are, and when they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrences {
    /// How many.
    pub reports: u64,
    /// The time of the first.
    pub first_seen: Timestamp,
    /// The time of the last.
    pub last_seen: Timestamp,
}

/// Why a source is in a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rationale {
    /// The current policy has it. Perhaps its host is trusted, too.
    Current(Option<Trust>),
    /// The trial policy with this hash has it. Perhaps its host is trusted, too.
    Tried(String, Option<Trust>),
    /// Reports name it, and it is trusted.
    Reported(Trust),
    /// It is the hash of an inline script that somebody approved.
    ApprovedScript(RecordedScriptDecision),
    /// Reports name it, and no data leaves the page by it.
    Embedded,
    /// A policy starts with it if nothing is known about the pages.
    StartingPoint,
    /// It replaces something broad.
    Replacement,
    /// It makes browsers report more.
    Diagnostic,
}

/// The order of directives. Any other comes after these.
const ORDER: &[&str] = &[
    "default-src",
    "script-src",
    "script-src-elem",
    "script-src-attr",
    "style-src",
    "style-src-elem",
    "style-src-attr",
    "img-src",
    "font-src",
    "connect-src",
    "media-src",
    "frame-src",
    "child-src",
    "worker-src",
    "manifest-src",
    "object-src",
    "form-action",
    "base-uri",
    "frame-ancestors",
];

impl PolicyDraft {
    /// Inserts a directive where it belongs.
    pub(super) fn insert(&mut self, directive: DraftDirective) {
        let rank =
            |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
        let own_rank = rank(&directive.name);
        let next = self.directives.iter().position(|other| rank(&other.name) > own_rank);
        self.directives.insert(next.unwrap_or(self.directives.len()), directive);
    }

    /// The directive with this name.
    pub fn directive(&self, name: &str) -> Option<&DraftDirective> {
        self.directives.iter().find(|directive| directive.name == name)
    }

    /// The value of a header, without directives for reports. A placeholder is in place of a nonce.
    pub fn text(&self) -> String {
        self.directives.iter().map(DraftDirective::text).collect::<Vec<_>>().join("; ")
    }

    /// The policy as browsers read it.
    pub fn policy(&self) -> Policy {
        Policy::parse(&self.text())
    }

    /// How many hosts are in the draft only because another policy has them: they are not trusted.
    pub fn untrusted_hosts(&self) -> usize {
        let sources = self.directives.iter().flat_map(|directive| &directive.sources);
        let is_untrusted = |source: &&DraftSource| {
            matches!(source.rationale, Rationale::Current(None) | Rationale::Tried(_, None))
                && matches!(source.source, Source::Host(_))
        };
        sources.filter(is_untrusted).count()
    }
}

impl DraftDirective {
    /// The directive as written in a policy.
    pub fn text(&self) -> String {
        let mut text = self.name.clone();
        if self.sources.is_empty() && lists_sources(&self.name) {
            text.push_str(" 'none'");
        }
        for source in &self.sources {
            text.push(' ');
            text.push_str(&source_text(&source.source));
        }
        text
    }
}

impl DraftSource {
    /// A source that no reports ask for, as far as is known.
    pub(super) fn new(source: Source, rationale: Rationale) -> Self {
        Self { source, rationale, occurrences: None }
    }
}

impl Occurrences {
    /// These and others together.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            reports: self.reports + other.reports,
            first_seen: self.first_seen.min(other.first_seen),
            last_seen: self.last_seen.max(other.last_seen),
        }
    }

    /// No reports yet, but the times of these, to add them to.
    pub(super) fn without_reports(self) -> Self {
        Self { reports: 0, ..self }
    }
}

/// A source as written in a policy. For a nonce, a placeholder that the server replaces.
pub fn source_text(source: &Source) -> String {
    match source {
        Source::Nonce => "'nonce-{RANDOM}'".to_owned(),
        // In a header a comma would begin another policy, so both are percent-encoded (CSP3, section 2.3.1).
        Source::Host(_) => source.to_string().replace(',', "%2C").replace(';', "%3B"),
        other => other.to_string(),
    }
}

/// Whether a word of a policy from the network may be put into a header: it begins no other directive or policy.
pub(super) fn fits_in_header(word: &str) -> bool {
    !word.contains([',', ';'])
}

/// A policy with one directive.
pub(super) fn single_directive<'a>(
    directive: &str,
    sources: impl Iterator<Item = &'a Source>,
) -> Policy {
    let words = sources.map(source_text).collect::<Vec<_>>().join(" ");
    Policy::parse(&format!("{directive} {words}"))
}

/// A URL that a source names, to check against other lists. `None`: it names no host.
pub(super) fn example_url(source: &Source) -> Option<Place<'static>> {
    let Source::Host(HostSource { scheme, host, below, port, .. }) = source else { return None };
    let scheme = scheme.as_deref().unwrap_or("https").to_owned();
    let host = if *below { format!("*.{host}") } else { host.to_string() };
    let port = match port {
        Port::Number(number) => *number,
        _ => 0,
    };
    Some(Place { scheme: scheme.into(), host: host.into(), port, path: "/".into() })
}

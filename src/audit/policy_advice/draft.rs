//! A policy that is being written: each source with its reason.

use super::vouch::Vouch;
use crate::base::clock::Timestamp;
use crate::csp::{HostSource, Policy, Port, Source, lists_sources};
use crate::report::Place;

/// A policy whose sources have reasons. Its directives are in the order in which people write them.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The directives.
    pub lists: Vec<List>,
}

/// A directive.
#[derive(Clone, Debug)]
pub struct List {
    /// Its name.
    pub directive: String,
    /// What it lists.
    pub entries: Vec<Entry>,
}

/// A source, and why it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The source.
    pub source: Source,
    /// Why.
    pub because: Because,
    /// The reports that asked for it.
    pub told: Option<Told>,
}

/// How many reports, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// How many.
    pub reports: u64,
    /// The first.
    pub first_seen: Timestamp,
    /// The last.
    pub last_seen: Timestamp,
}

/// Why a source stands in the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// The present policy has it; whoever vouches for it.
    Present(Option<Vouch>),
    /// A policy that was tried has it, of this hash.
    Tried(String, Option<Vouch>),
    /// Reports name it, and it is expected.
    Reported(Vouch),
    /// Reports name it, and nothing leaves the page by it.
    Carried,
    /// Where nothing is known one begins with it.
    Beginning,
    /// In the place of something broad.
    Instead,
    /// It makes browsers tell more.
    Telling,
}

/// The order of directives; what is not here comes after, as it came.
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

impl Draft {
    /// Adds a directive at its place.
    pub(super) fn put(&mut self, list: List) {
        let rank = |name: &str| ORDER.iter().position(|it| *it == name).unwrap_or(ORDER.len());
        let place = rank(&list.directive);
        let at = self.lists.iter().position(|it| rank(&it.directive) > place);
        self.lists.insert(at.unwrap_or(self.lists.len()), list);
    }

    /// The entries of a directive.
    pub fn list(&self, directive: &str) -> Option<&List> {
        self.lists.iter().find(|list| list.directive == directive)
    }

    /// As a header's value, without directives for reports. A nonce is a placeholder.
    pub fn text(&self) -> String {
        self.lists.iter().map(List::text).collect::<Vec<_>>().join("; ")
    }

    /// As browsers read it.
    pub fn policy(&self) -> Policy {
        Policy::parse(&self.text())
    }
}

impl List {
    /// As it stands in a policy.
    pub fn text(&self) -> String {
        let mut text = self.directive.clone();
        if self.entries.is_empty() && lists_sources(&self.directive) {
            text.push_str(" 'none'");
        }
        for entry in &self.entries {
            text.push(' ');
            text.push_str(&spelled(&entry.source));
        }
        text
    }
}

impl Entry {
    pub(super) fn new(source: Source, because: Because) -> Self {
        Self { source, because, told: None }
    }
}

impl Told {
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            reports: self.reports + other.reports,
            first_seen: self.first_seen.min(other.first_seen),
            last_seen: self.last_seen.max(other.last_seen),
        }
    }
}

/// A source as a policy spells it; what the server must put in for a nonce is a placeholder.
pub fn spelled(source: &Source) -> String {
    match source {
        Source::Nonce => "'nonce-{RANDOM}'".to_owned(),
        // In a header a comma would begin another policy (CSP3, section 2.3.1 has both so encoded).
        Source::Host(_) => source.to_string().replace(',', "%2C").replace(';', "%3B"),
        other => other.to_string(),
    }
}

/// Whether a word of a policy that came from the network can stand in a header: it begins no other policy.
pub(super) fn can_stand(word: &str) -> bool {
    !word.contains([',', ';'])
}

/// A policy that has this one directive.
pub(super) fn list_of<'a>(directive: &str, sources: impl Iterator<Item = &'a Source>) -> Policy {
    let words = sources.map(spelled).collect::<Vec<_>>().join(" ");
    Policy::parse(&format!("{directive} {words}"))
}

/// A URL that a source names, to ask others about.
pub(super) fn example(source: &Source) -> Option<Place<'static>> {
    let Source::Host(HostSource { scheme, host, below, port, .. }) = source else { return None };
    let scheme = scheme.as_deref().unwrap_or("https").to_owned();
    let host = if *below { format!("*.{host}") } else { host.to_string() };
    let port = match port {
        Port::Number(number) => *number,
        _ => 0,
    };
    Some(Place { scheme: scheme.into(), host: host.into(), port, path: "/".into() })
}

//! The list of a directive, in the policy for now and in the strict one.

use super::broadness::{Broadness, broadness};
use super::draft::{
    DraftSource, Rationale, example_url, fits_in_header, single_directive, source_text,
};
use super::evidence::page_on;
use crate::csp::{CheckResult, Source};

/// Directives without a fallback (CSP3, sections 6.3 and 6.4), and the sources that they start with.
pub(super) const WITHOUT_FALLBACK: [(&str, &[Source]); 3] = [
    ("form-action", &[Source::SelfOrigin]),
    ("base-uri", &[]),
    ("frame-ancestors", &[Source::SelfOrigin]),
];

/// Whether a source allows only something that has a name, or nothing at all.
pub(super) fn is_narrow(directive: &str, source: &Source, list: &[Source]) -> bool {
    matches!(broadness(directive, source, list), Broadness::Narrow | Broadness::Inert)
}

/// The list of a directive in each of the two policies.
#[derive(Default)]
pub(super) struct ListPair {
    /// In the policy for now.
    pub(super) now: Vec<DraftSource>,
    /// In the strict policy.
    pub(super) strict: Vec<DraftSource>,
}

impl ListPair {
    /// Appends a source to both lists.
    pub(super) fn push(&mut self, source: DraftSource) {
        self.now.push(source.clone());
        self.strict.push(source);
    }

    /// Merges what reports ask for into both lists.
    pub(super) fn merge(&mut self, directive: &str, requested: &[DraftSource]) {
        merge(directive, &mut self.now, requested);
        merge(directive, &mut self.strict, requested);
    }
}

/// Adds the sources that a list does not cover yet. `'self'` comes first, as people write it.
pub(super) fn merge(directive: &str, list: &mut Vec<DraftSource>, requested: &[DraftSource]) {
    for source in requested {
        let is_listed = list.iter().any(|other| other.source == source.source);
        let sources = list.iter().map(|listed| &listed.source);
        if is_listed || is_covered(directive, sources, &source.source) {
            continue;
        }
        let index = if source.source == Source::SelfOrigin { 0 } else { list.len() };
        list.insert(index, source.clone());
    }
}

/// Whether a list allows everything that a source would allow.
pub(super) fn is_covered<'s>(
    directive: &str,
    list: impl Iterator<Item = &'s Source>,
    source: &Source,
) -> bool {
    let page = page_on("the-page.invalid");
    let policy = single_directive(directive, list);
    let is_allowed = |url| policy.check(directive, &url, &page) == CheckResult::Allowed;
    example_url(source).is_some_and(is_allowed)
}

/// The sources that a directive starts with if nothing is known about it. `fetched`: those of a directive that has a
/// fallback.
pub(super) fn starting_sources(directive: &str, fetched: &[Source]) -> Vec<DraftSource> {
    let own = WITHOUT_FALLBACK.iter().find(|(name, _)| *name == directive);
    let sources = own.map_or(fetched, |(_, sources)| sources);
    let starting = |source: &Source| DraftSource::new(source.clone(), Rationale::StartingPoint);
    sources.iter().map(starting).collect()
}

/// Keeps each source once, the first of equal ones, and none that cannot be in a header.
pub(super) fn deduplicated(sources: Vec<DraftSource>) -> Vec<DraftSource> {
    let mut kept: Vec<DraftSource> = Vec::new();
    let usable = sources.into_iter().filter(|source| fits_in_header(&source_text(&source.source)));
    for source in usable {
        if !kept.iter().any(|other| other.source == source.source) {
            kept.push(source);
        }
    }
    kept
}

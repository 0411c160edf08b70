//! What a directive lists, now and under trial.

use super::breadth::{Breadth, breadth};
use super::draft::{Because, Entry, can_stand, example, list_of, spelled};
use super::evidence::page_of;
use crate::csp::{Source, Standing};

/// Directives that have nothing to fall back to (CSP3, sections 6.3 and 6.4), and what they begin with.
pub(super) const ALONE: [(&str, &[Source]); 3] = [
    ("form-action", &[Source::SelfOrigin]),
    ("base-uri", &[]),
    ("frame-ancestors", &[Source::SelfOrigin]),
];

/// Whether a source lets pass only what has a name, or nothing at all.
pub(super) fn is_narrow(directive: &str, source: &Source, list: &[Source]) -> bool {
    matches!(breadth(directive, source, list), Breadth::Narrow | Breadth::Inert)
}

/// What a directive lists now, and what it shall list.
#[derive(Default)]
pub(super) struct Both {
    pub(super) now: Vec<Entry>,
    pub(super) strict: Vec<Entry>,
}

impl Both {
    /// Lists an entry in both.
    pub(super) fn push(&mut self, entry: Entry) {
        self.now.push(entry.clone());
        self.strict.push(entry);
    }

    /// Lists what reports ask for in both.
    pub(super) fn add(&mut self, directive: &str, asked: &[Entry]) {
        merge(directive, &mut self.now, asked);
        merge(directive, &mut self.strict, asked);
    }
}

/// Adds what a list does not let pass yet. `'self'` comes first, as people write it.
pub(super) fn merge(directive: &str, entries: &mut Vec<Entry>, asked: &[Entry]) {
    for entry in asked {
        let has = entries.iter().any(|it| it.source == entry.source);
        if has || is_covered(directive, entries, &entry.source) {
            continue;
        }
        let at = if entry.source == Source::SelfOrigin { 0 } else { entries.len() };
        entries.insert(at, entry.clone());
    }
}

/// Whether a list lets pass all that a source would.
fn is_covered(directive: &str, entries: &[Entry], source: &Source) -> bool {
    let page = page_of("the-page.invalid");
    let list = list_of(directive, entries.iter().map(|it| &it.source));
    let passes = |it| list.standing(directive, &it, &page) == Standing::Allowed;
    example(source).is_some_and(passes)
}

/// What a directive begins with where nothing is known of it.
pub(super) fn beginning(directive: &str, fetched: &[Source]) -> Vec<Entry> {
    let alone = ALONE.iter().find(|(name, _)| *name == directive);
    let sources = alone.map_or(fetched, |(_, sources)| sources);
    sources.iter().map(|it| Entry::new(it.clone(), Because::Beginning)).collect()
}

/// Each source once, the first of its kind, without what browsers leave out.
pub(super) fn once(entries: Vec<Entry>) -> Vec<Entry> {
    let mut kept: Vec<Entry> = Vec::new();
    for entry in entries.into_iter().filter(|it| can_stand(&spelled(&it.source))) {
        if !kept.iter().any(|it| it.source == entry.source) {
            kept.push(entry);
        }
    }
    kept
}

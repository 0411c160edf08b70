//! A finding: what is wrong with a page, where, why it matters, and how to fix it.

use std::borrow::Cow;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingLevel {
    /// Browsers will not report.
    Silent,
    /// An attacker gets through unseen.
    Weak,
    /// The page could be better.
    Advice,
}

impl FindingLevel {
    /// The public name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Weak => "weak",
            Self::Advice => "advice",
        }
    }
}

/// One thing that is wrong with a page. `id` and `place` together identify it: neither holds a nonce or a query, so both
/// stay the same from one response of the page to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The public name of the check that failed.
    pub id: &'static str,
    /// How bad it is.
    pub level: FindingLevel,
    /// The header, the directive and the word.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What browsers do about it, and what follows from that.
    pub why: Cow<'static, str>,
    /// What to do. Where that is possible, a line to paste.
    pub fix: String,
}

impl Finding {
    /// A finding of the level [`FindingLevel::Silent`].
    pub(super) fn silent(id: &'static str, place: impl Into<String>) -> Self {
        Self::new(FindingLevel::Silent, id, place)
    }

    /// A finding of the level [`FindingLevel::Weak`].
    pub(super) fn weak(id: &'static str, place: impl Into<String>) -> Self {
        Self::new(FindingLevel::Weak, id, place)
    }

    /// A finding of the level [`FindingLevel::Advice`].
    pub(super) fn advice(id: &'static str, place: impl Into<String>) -> Self {
        Self::new(FindingLevel::Advice, id, place)
    }

    /// A finding whose level depends on the rest of the page.
    pub(super) fn new(level: FindingLevel, id: &'static str, place: impl Into<String>) -> Self {
        let (what, why, fix) = Default::default();
        Self { id, level, place: place.into(), what, why, fix }
    }

    pub(super) fn what(mut self, what: impl Into<String>) -> Self {
        self.what = what.into();
        self
    }

    pub(super) fn why(mut self, why: impl Into<Cow<'static, str>>) -> Self {
        self.why = why.into();
        self
    }

    pub(super) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = fix.into();
        self
    }
}

//! What is wrong with a page, where, why it matters, and how to mend it.

use std::borrow::Cow;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Browsers will not report.
    Silent,
    /// An attacker gets through unseen.
    Weak,
    /// It could be better.
    Advice,
}

impl Level {
    /// Its public name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Weak => "weak",
            Self::Advice => "advice",
        }
    }
}

/// One thing that is wrong. `id` and `place` together say which: neither holds a nonce or a query, so both stay the same
/// from one answer of the page to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its public name.
    pub id: &'static str,
    /// How bad it is.
    pub level: Level,
    /// The header, directive and token.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What browsers make of it.
    pub why: Cow<'static, str>,
    /// What to do, if possible a line to paste.
    pub mend: String,
}

impl Finding {
    /// Browsers will not report.
    pub(super) fn silent(id: &'static str, place: impl Into<String>) -> Self {
        Self::new(Level::Silent, id, place)
    }

    /// An attacker gets through unseen.
    pub(super) fn weak(id: &'static str, place: impl Into<String>) -> Self {
        Self::new(Level::Weak, id, place)
    }

    /// It could be better.
    pub(super) fn advice(id: &'static str, place: impl Into<String>) -> Self {
        Self::new(Level::Advice, id, place)
    }

    /// One whose level depends.
    pub(super) fn new(level: Level, id: &'static str, place: impl Into<String>) -> Self {
        let (what, why, mend) = Default::default();
        Self { id, level, place: place.into(), what, why, mend }
    }

    pub(super) fn what(mut self, what: impl Into<String>) -> Self {
        self.what = what.into();
        self
    }

    pub(super) fn why(mut self, why: impl Into<Cow<'static, str>>) -> Self {
        self.why = why.into();
        self
    }

    pub(super) fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = mend.into();
        self
    }
}

//! Whether a change of a source list makes a policy protect more or less.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::known_directives::DirectiveKind;
use super::source::Source;

/// The effect of a change on the protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Effect {
    /// More is allowed.
    Weakens,
    /// Less is allowed.
    Tightens,
    /// Neither for certain, or both.
    Alters,
}

impl Effect {
    /// The effect of several changes together: where one weakens the policy, others do not make up for it.
    pub fn of_all(changes: &[Self]) -> Self {
        match changes {
            _ if changes.contains(&Self::Weakens) => Self::Weakens,
            [first, rest @ ..] if rest.iter().all(|other| other == first) => *first,
            _ => Self::Alters,
        }
    }

    /// The value of the metric label.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Weakens => "weakens",
            Self::Tightens => "tightens",
            Self::Alters => "alters",
        }
    }

    /// The effect of undoing the change.
    pub(super) fn opposite(self) -> Self {
        match self {
            Self::Weakens => Self::Tightens,
            Self::Tightens => Self::Weakens,
            Self::Alters => Self::Alters,
        }
    }
}

/// The effect of replacing one list by another.
pub(super) fn replaced(old: &[Source], new: &[Source]) -> Effect {
    match (covers(new, old), covers(old, new)) {
        (true, false) => Effect::Weakens,
        (false, true) => Effect::Tightens,
        _ => Effect::Alters,
    }
}

fn covers(wide: &[Source], narrow: &[Source]) -> bool {
    let wide: HashSet<&Source> = wide.iter().collect();
    let is_host = |source: &Source| matches!(source, Source::Host(_) | Source::SelfOrigin);
    narrow
        .iter()
        .filter(|source| !is_about_reports(source))
        .all(|source| wide.contains(source) || (is_host(source) && wide.contains(&Source::Any)))
}

/// `'report-sample'`, `'report-sha256'` and the like: what is added to reports, and nothing that is allowed.
fn is_about_reports(source: &Source) -> bool {
    matches!(source, Source::Keyword(word) if word.starts_with("'report-"))
}

/// The effect of adding `source` to a list that has `others`.
pub(super) fn effect(kind: DirectiveKind, source: &Source, others: &HashSet<&Source>) -> Effect {
    let is_nonce = |source: &Source| matches!(source, Source::Nonce | Source::Hash(_));
    let is_inline =
        |source: &Source| matches!(source, Source::Keyword(word) if &**word == "'unsafe-inline'");
    let has = |test: &dyn Fn(&Source) -> bool| others.iter().any(|source| test(source));
    match (kind, source) {
        (DirectiveKind::Requirements, _) => Effect::Tightens,
        (DirectiveKind::Unknown, _) => Effect::Alters,
        (_, source) if is_about_reports(source) => Effect::Alters,
        // Hosts no longer apply, and scripts may load scripts.
        (_, Source::StrictDynamic) => Effect::Alters,
        // The first nonce or hash blocks inline code without one (section 6.7.3.2).
        (_, nonce) if is_nonce(nonce) && has(&is_inline) && !has(&is_nonce) => Effect::Tightens,
        (_, inline) if is_inline(inline) && has(&is_nonce) => Effect::Alters,
        _ => Effect::Weakens,
    }
}

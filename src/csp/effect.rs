//! Whether a change of a list protects more or less.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::directives::Form;
use super::source::Source;

/// What a change does to the protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Effect {
    /// More is allowed.
    Weakens,
    /// Less is allowed.
    Tightens,
    /// Neither, or both.
    Alters,
}

impl Effect {
    /// What several changes do together: where one weakens, others do not make up for it.
    pub fn of_all(changes: &[Self]) -> Self {
        match changes {
            _ if changes.contains(&Self::Weakens) => Self::Weakens,
            [first, rest @ ..] if rest.iter().all(|other| other == first) => *first,
            _ => Self::Alters,
        }
    }

    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Weakens => "weakens",
            Self::Tightens => "tightens",
            Self::Alters => "alters",
        }
    }

    /// What it does to undo it.
    pub(super) fn opposite(self) -> Self {
        match self {
            Self::Weakens => Self::Tightens,
            Self::Tightens => Self::Weakens,
            Self::Alters => Self::Alters,
        }
    }
}

/// What it does that one list takes the place of another.
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
        .all(|source| wide.contains(source) || (is_host(source) && wide.contains(&Source::Any)))
}

/// What it does to add an entry to a list that has these.
pub(super) fn effect(form: Form, source: &Source, others: &HashSet<&Source>) -> Effect {
    let is_nonce = |source: &Source| matches!(source, Source::Nonce | Source::Hash(_));
    let is_inline =
        |source: &Source| matches!(source, Source::Keyword(word) if &**word == "'unsafe-inline'");
    let has = |test: &dyn Fn(&Source) -> bool| others.iter().any(|source| test(source));
    match (form, source) {
        (Form::Demands, _) => Effect::Tightens,
        (Form::Other, _) => Effect::Alters,
        (_, Source::Keyword(word)) if word.starts_with("'report-") => Effect::Alters,
        // Hosts no longer count, and scripts may load scripts.
        (_, Source::StrictDynamic) => Effect::Alters,
        // The first nonce or hash switches inline code off that has none (section 6.7.3.2).
        (_, nonce) if is_nonce(nonce) && has(&is_inline) && !has(&is_nonce) => Effect::Tightens,
        (_, inline) if is_inline(inline) && has(&is_nonce) => Effect::Alters,
        _ => Effect::Weakens,
    }
}

//! What a policy would have done to what was reported.

use super::breadth::{Breadth, breadth};
use super::draft::Told;
use super::evidence::{Evidence, Reported};
use super::vouch::{Doubt, Vouch};
use crate::csp::{Policy, Source, Standing};

/// Something that was reported, and what becomes of it.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// What was reported.
    pub reported: &'a Reported,
    /// What is said of its host; `None` where it has none.
    pub said: Option<Result<Vouch, Doubt>>,
    /// What the policy does.
    pub fate: Fate,
    /// How much, and when.
    pub told: Told,
}

/// What a policy does to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Lets it pass.
    Passes,
    /// Blocks it.
    Blocked,
    /// The report does not say enough, or browsers differ.
    Unclear,
}

impl Fate {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passes => "passes",
            Self::Blocked => "blocked",
            Self::Unclear => "unclear",
        }
    }
}

/// All violations of the range as a policy judges them, those with most reports first.
pub fn history<'a>(evidence: &Evidence<'a>, policy: &Policy) -> Vec<Judged<'a>> {
    let violations = evidence.given.reported.iter().filter(|it| it.is_violation());
    let judged = violations.map(|reported| {
        let host = &*reported.blocked.host;
        Judged {
            said: (!host.is_empty()).then(|| evidence.of_host(host, &reported.document_host)),
            fate: fate(policy, reported),
            told: reported.told(),
            reported,
        }
    });
    let mut judged: Vec<_> = judged.collect();
    judged.sort_by_key(|it| std::cmp::Reverse(it.told.reports));
    judged
}

fn fate(policy: &Policy, reported: &Reported) -> Fate {
    let blocked = &reported.blocked;
    if !blocked.host.is_empty() {
        return match policy.standing(&reported.directive, blocked, &reported.document()) {
            Standing::Allowed => Fate::Passes,
            Standing::Forbidden | Standing::AllowedFor(_) => Fate::Blocked,
            Standing::Unknown if policy.deciding(&reported.directive).is_none() => Fate::Passes,
            Standing::Unknown => Fate::Unclear,
        };
    }
    let Some((decider, list)) = policy.deciding(&reported.directive) else { return Fate::Passes };
    let has = |source: &Source| list.contains(source);
    let keyword = |word: &str| has(&Source::Keyword(word.into()));
    let passes = match &*blocked.scheme {
        "inline" => list.iter().any(|it| breadth(decider, it, list) == Breadth::Inline),
        "eval" => keyword("'unsafe-eval'"),
        "wasm-eval" => keyword("'unsafe-eval'") || keyword("'wasm-unsafe-eval'"),
        "self" => has(&Source::SelfOrigin),
        "" | "unparsable" | "trusted-types-sink" | "trusted-types-policy" => return Fate::Unclear,
        scheme => has(&Source::Scheme(scheme.into())),
    };
    // Which nonce or hash inline code had is not reported.
    let may_pass = list.iter().any(|it| matches!(it, Source::Nonce | Source::Hash(_)));
    match passes {
        true => Fate::Passes,
        false if &*blocked.scheme == "inline" && may_pass => Fate::Unclear,
        false => Fate::Blocked,
    }
}

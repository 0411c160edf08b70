//! What a list of rules says of a stored violation.

use crate::config::NoiseRule;
use crate::pipeline::JudgingRules;
use crate::pipeline::judge::{Attribution, Judgement, NoiseRules};
use crate::report::{Cause, Reason, Report, Verdict};
use crate::store::violations::StoredViolation;

/// The rule that names a violation, if one does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Naming {
    /// It is no noise.
    Nothing,
    /// It would be noise by this rule, if a thief could not imitate that.
    Unproven(String),
    /// It is noise by this rule.
    Noise(String),
}

impl Naming {
    fn of(judgement: &Judgement<'_>) -> Self {
        match (judgement.verdict, &judgement.reason.cause) {
            (Verdict::Noise, Cause::Word(rule)) => Self::Noise(rule.to_string()),
            (_, Cause::Unproven(rule)) => Self::Unproven(rule.to_string()),
            _ => Self::Nothing,
        }
    }

    /// The id of the rule.
    pub fn rule(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::Unproven(rule) | Self::Noise(rule) => Some(rule),
        }
    }
}

/// A list of rules, compiled twice, because the User-Agent is not stored.
#[derive(Debug)]
pub(super) struct RuleSet {
    /// Without the rules that look at the User-Agent.
    without: NoiseRules,
    /// With these rules, as if each browser had theirs.
    with: NoiseRules,
}

/// What a list says.
pub(super) struct Named {
    /// As far as it does not depend on the User-Agent.
    pub(super) certain: Naming,
    /// If the browser had the User-Agent that a rule looks for.
    pub(super) possible: Naming,
}

impl RuleSet {
    pub(super) fn new(rules: &[NoiseRule]) -> Self {
        let without = rules.iter().filter(|rule| rule.user_agent_contains.is_empty()).cloned();
        let with =
            rules.iter().cloned().map(|rule| NoiseRule { user_agent_contains: Vec::new(), ..rule });
        Self {
            without: NoiseRules::new(&without.collect::<Vec<_>>()),
            with: NoiseRules::new(&with.collect::<Vec<_>>()),
        }
    }

    pub(super) fn name(
        &self,
        judging: &JudgingRules,
        violation: &StoredViolation,
        report: &Report<'_>,
        owner: &Attribution,
    ) -> Named {
        let by = |rules| {
            let (judgement, _) = judging.judge_by(rules, report, owner, violation.received_at);
            Naming::of(&judgement)
        };
        let possible = by(&self.with);
        // When it came, the rule saw the User-Agent, and matched.
        let stored = Reason::read(&violation.reason);
        let is_proven = match &stored.cause {
            Cause::Word(rule) | Cause::Unproven(rule) => possible.rule() == Some(rule),
            _ => false,
        };
        let certain = if is_proven { possible.clone() } else { by(&self.without) };
        Named { certain, possible }
    }
}

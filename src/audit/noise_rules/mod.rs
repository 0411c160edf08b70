//! What another list of noise rules would change about stored violations: which become noise, and which cease to be.

mod naming;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use naming::Naming;
use naming::RuleSet;

use crate::config::NoiseRule;
use crate::pipeline::JudgingRules;
use crate::pipeline::judge::Endpoint;
use crate::store::violations::StoredViolation;

/// Two lists of rules, and what they say of the violations so far.
#[derive(Debug)]
pub struct RuleTrial<'a> {
    judging: &'a JudgingRules,
    running: RuleSet,
    new: RuleSet,
    /// What was tried.
    pub tried: Occurrences,
    /// What the new list changes.
    pub changes: BTreeMap<Change, Occurrences>,
    /// What it would change, or would not, by the User-Agent of the browser, which is not stored.
    pub undecided: Occurrences,
    matched: BTreeSet<String>,
}

/// How many violations there are, and how many reports of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Occurrences {
    /// Distinct violations.
    pub violations: u64,
    /// Reports.
    pub reports: u64,
}

/// One way in which the new list judges otherwise. In the order in which a person looks at it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Whether cards are entered on the pages; these come first.
    pub payment: bool,
    /// The site.
    pub site: String,
    /// The page group.
    pub page_group: String,
    /// The destination; empty where there is none.
    pub destination: String,
    /// What the running rules say.
    pub before: Naming,
    /// What the new ones say.
    pub after: Naming,
}

/// What a change means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// It alerts now, and would not.
    BecomesNoise,
    /// It is noise now, and would alert.
    CeasesToBeNoise,
    /// Another rule names it, or on a payment page, none does any more, or one does for the first time.
    NamedOtherwise,
}

impl Change {
    /// What it means.
    pub fn kind(&self) -> ChangeKind {
        match (&self.before, &self.after) {
            (Naming::Noise(_), Naming::Noise(_)) => ChangeKind::NamedOtherwise,
            (_, Naming::Noise(_)) => ChangeKind::BecomesNoise,
            (Naming::Noise(_), _) => ChangeKind::CeasesToBeNoise,
            _ => ChangeKind::NamedOtherwise,
        }
    }
}

impl Occurrences {
    fn add(&mut self, reports: u64) {
        self.violations += 1;
        self.reports += reports;
    }
}

impl<'a> RuleTrial<'a> {
    /// Of the rules that are in use, and of others. Everything else is judged by `judging`.
    pub fn new(judging: &'a JudgingRules, running: &[NoiseRule], new: &[NoiseRule]) -> Self {
        Self {
            judging,
            running: RuleSet::new(running),
            new: RuleSet::new(new),
            tried: Occurrences::default(),
            changes: BTreeMap::new(),
            undecided: Occurrences::default(),
            matched: BTreeSet::new(),
        }
    }

    /// Tries both lists on a violation that carried this policy.
    pub fn observe(&mut self, violation: &StoredViolation, policy: &str) {
        let Some(report) = violation.report(policy) else { return };
        let sites = &self.judging.sites;
        let endpoint = sites.named(&violation.site).map_or(Endpoint::Any, Endpoint::Site);
        let owner = sites.attribute(endpoint, &report.document.host);
        let name = |rules: &RuleSet| rules.name(self.judging, violation, &report, &owner);
        let (running, new) = (name(&self.running), name(&self.new));
        self.tried.add(violation.reports);
        if let Naming::Noise(rule) | Naming::Unproven(rule) = &new.certain {
            self.matched.insert(rule.clone());
        }
        if running.certain == new.certain {
            if running.possible != new.possible {
                self.undecided.add(violation.reports);
            }
            return;
        }
        let group = owner.site.page_group(&report.document.path);
        let change = Change {
            payment: group.payment,
            site: owner.site.name.to_string(),
            page_group: group.name.to_string(),
            destination: violation.destination.clone(),
            before: running.certain,
            after: new.certain,
        };
        self.changes.entry(change).or_default().add(violation.reports);
    }

    /// The ids of the rules of the new list that matched something.
    pub fn matched(&self) -> &BTreeSet<String> {
        &self.matched
    }
}

/// The ids of the rules that matched nothing, in the order of the list.
pub fn never_matched<'r>(rules: &'r [NoiseRule], matched: &BTreeSet<String>) -> Vec<&'r str> {
    rules.iter().map(|rule| rule.id.as_str()).filter(|id| !matched.contains(*id)).collect()
}

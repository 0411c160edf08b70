//! Noise: reports that an extension, the browser itself or a program on the visitor's machine causes. They are stored and
//! counted with the rule's id as the reason, and never alert. The rules are data: `src/config/noise/builtin.toml`.
//!
//! A rule may be wrong about a destination, for two reasons. Chromium takes the name that a script gives
//! itself (`//# sourceURL=chrome-extension://…`) for the report's source, so a skimmer can use an extension's name. And
//! the domain of forgotten adware can be bought. Therefore no rule silences a form that posts elsewhere or a card number
//! in a URL; and where cards are entered, only a rule with `payment_pages` makes a destination noise. A match of another
//! rule there is [`NoiseMatch::Unproven`].

mod index;

use index::HostIndex;

use crate::base::collections::HashMap;
use crate::config::{HostPattern, NoiseRule};
use crate::report::{Kind, Place, Report};

/// All rules, compiled: a report costs a few hash lookups, and no allocation.
#[derive(Debug, Default)]
pub struct NoiseRules {
    rules: Vec<CompiledRule>,
    // Every rule is in one of these, under its most specific condition.
    blocked_hosts: HostIndex,
    blocked_schemes: HashMap<String, Vec<usize>>,
    source_hosts: HostIndex,
    source_schemes: HashMap<String, Vec<usize>>,
    keywords: HashMap<String, Vec<usize>>,
}

/// The rule that matches a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoiseMatch<'a> {
    /// Noise, by the rule of this id.
    Noise(&'a str),
    /// It matches the rule of this id, but a thief could imitate that.
    Unproven(&'a str),
}

#[derive(Debug)]
struct CompiledRule {
    config: NoiseRule,
    has_destination: bool,
}

impl NoiseRules {
    /// Compiles checked rules; the first that matches applies.
    pub fn new(rules: &[NoiseRule]) -> Self {
        let mut compiled = Self::default();
        for (number, rule) in rules.iter().enumerate() {
            compiled.index(number, rule);
            let has_destination = rule.has_destination();
            compiled.rules.push(CompiledRule { config: rule.clone(), has_destination });
        }
        compiled
    }

    fn index(&mut self, number: usize, rule: &NoiseRule) {
        let (words, keys) = if !rule.blocked_host.is_empty() {
            return self.blocked_hosts.add(&rule.blocked_host, number);
        } else if !rule.blocked_scheme.is_empty() {
            (&mut self.blocked_schemes, &rule.blocked_scheme)
        } else if !rule.source_host.is_empty() {
            return self.source_hosts.add(&rule.source_host, number);
        } else if !rule.source_scheme.is_empty() {
            (&mut self.source_schemes, &rule.source_scheme)
        } else {
            (&mut self.keywords, &rule.blocked_keyword)
        };
        for key in keys {
            words.entry(key.clone()).or_default().push(number);
        }
    }

    /// The first rule that matches a report. `payment`: cards are entered on its page.
    pub fn find(&self, report: &Report<'_>, payment: bool) -> Option<NoiseMatch<'_>> {
        let (mut noise, mut unproven) = (None, None);
        for number in self.candidates(report) {
            let rule = &self.rules[number];
            let first = match rule.check(report, payment) {
                Some(NoiseMatch::Noise(_)) => &mut noise,
                Some(NoiseMatch::Unproven(_)) => &mut unproven,
                None => continue,
            };
            *first = Some(first.map_or(number, |other: usize| other.min(number)));
        }
        let id = |number: usize| self.rules[number].config.id.as_str();
        noise.map(id).map(NoiseMatch::Noise).or_else(|| unproven.map(id).map(NoiseMatch::Unproven))
    }

    fn candidates(&self, report: &Report<'_>) -> impl Iterator<Item = usize> {
        let (blocked, source) = (&report.blocked, &report.source);
        let words = [
            self.blocked_schemes.get(&*blocked.scheme),
            self.source_schemes.get(&*source.scheme),
            self.keywords.get(&*blocked.scheme),
        ];
        let words = words.into_iter().flatten().flatten().copied();
        let hosts =
            self.blocked_hosts.get(&blocked.host).chain(self.source_hosts.get(&source.host));
        words.chain(hosts)
    }
}

impl CompiledRule {
    fn check(&self, report: &Report<'_>, payment: bool) -> Option<NoiseMatch<'_>> {
        if !self.matches(report) {
            return None;
        }
        let id = self.config.id.as_str();
        if !self.has_destination || report.blocked.host.is_empty() {
            return Some(NoiseMatch::Noise(id));
        }
        let is_changed_script =
            matches!(report.kind, Kind::Integrity | Kind::SriFailure | Kind::CspHash);
        if report.directive == "form-action" || report.pan_in_url || is_changed_script {
            return None;
        }
        if payment && !self.config.payment_pages {
            return Some(NoiseMatch::Unproven(id));
        }
        Some(NoiseMatch::Noise(id))
    }

    fn matches(&self, report: &Report<'_>) -> bool {
        let rule = &self.config;
        let keyword = |words: &[String]| {
            words.is_empty()
                || (report.blocked.host.is_empty() && has(words, &report.blocked.scheme))
        };
        keyword(&rule.blocked_keyword)
            && is_any_of(&rule.blocked_scheme, &report.blocked.scheme)
            && place(&rule.blocked_host, &rule.blocked_path_prefix, &report.blocked)
            && is_any_of(&rule.source_scheme, &report.source.scheme)
            && place(&rule.source_host, &rule.source_path_prefix, &report.source)
            && is_any_of(&rule.directive, &report.directive)
            && (rule.engine.is_empty() || rule.engine.contains(&report.engine))
            && sample(rule, &report.sample)
    }
}

fn has(words: &[String], word: &str) -> bool {
    words.iter().any(|other| other == word)
}

/// A condition without alternatives always holds.
fn is_any_of(words: &[String], word: &str) -> bool {
    words.is_empty() || has(words, word)
}

fn place(hosts: &[HostPattern], paths: &[String], place: &Place<'_>) -> bool {
    (hosts.is_empty() || hosts.iter().any(|host| host.matches(&place.host)))
        && (paths.is_empty() || paths.iter().any(|prefix| place.path.starts_with(prefix.as_str())))
}

fn sample(rule: &NoiseRule, sample: &str) -> bool {
    let (prefixes, parts) = (&rule.sample_prefix, &rule.sample_contains);
    let begins = || prefixes.iter().any(|prefix| sample.trim_start().starts_with(prefix.as_str()));
    (prefixes.is_empty() || begins())
        && (parts.is_empty() || parts.iter().any(|part| sample.contains(part.as_str())))
}

#[cfg(test)]
mod tests;

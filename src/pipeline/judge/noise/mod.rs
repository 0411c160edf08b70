//! Noise: reports that an extension, the browser itself or a program on the visitor's machine causes. They are stored and
//! counted with the rule's id as the reason, and never alert. The rules are data: `src/config/noise/builtin.toml`.
//!
//! A rule may be wrong about a destination, for two reasons. Chromium takes the name that a script gives
//! itself (`//# sourceURL=chrome-extension://…`) for the report's source, so a skimmer can use an extension's name. And
//! the domain of forgotten adware can be bought. Therefore no rule silences a form that posts elsewhere or a card number
//! in a URL; and where cards are entered, only a rule with `payment_pages` makes a destination noise. A match of another
//! rule there is [`NoiseMatch::Unproven`].

mod compiled;
mod index;

use std::net::IpAddr;

use compiled::CompiledRule;
use index::HostIndex;

use crate::base::collections::HashMap;
use crate::config::NoiseRule;
use crate::report::{Cause, Reason, Report};

/// All rules, compiled: a report costs a few hash lookups, and no allocation.
#[derive(Debug, Default)]
pub struct NoiseRules {
    rules: Vec<CompiledRule>,
    // Every rule is in one of these, under its most specific condition.
    blocked_hosts: HostIndex,
    blocked_addresses: Vec<usize>,
    blocked_schemes: HashMap<String, Vec<usize>>,
    source_hosts: HostIndex,
    source_schemes: HashMap<String, Vec<usize>>,
    keywords: HashMap<String, Vec<usize>>,
    /// The rules that look at the User-Agent.
    by_user_agent: Vec<usize>,
}

/// The rule that matches a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoiseMatch<'a> {
    /// Noise, by the rule of this id.
    Noise(&'a str),
    /// It matches the rule of this id, but a thief could imitate that.
    Unproven(&'a str),
}

impl NoiseRules {
    /// Compiles checked rules; the first that matches applies.
    pub fn new(rules: &[NoiseRule]) -> Self {
        let mut compiled = Self::default();
        for (number, rule) in rules.iter().enumerate() {
            compiled.index(number, rule);
            if !rule.user_agent_contains.is_empty() {
                compiled.by_user_agent.push(number);
            }
            compiled.rules.push(CompiledRule::new(rule));
        }
        compiled
    }

    fn index(&mut self, number: usize, rule: &NoiseRule) {
        let (words, keys) = if !rule.blocked_host.is_empty() {
            return self.blocked_hosts.add(&rule.blocked_host, number);
        } else if !rule.blocked_address.is_empty() {
            return self.blocked_addresses.push(number);
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
        let id = |number: usize| self.rules[number].id();
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
        words.chain(hosts).chain(self.candidates_by_address(&blocked.host))
    }

    /// Only rules about addresses make it necessary to read the host as one.
    fn candidates_by_address(&self, host: &str) -> impl Iterator<Item = usize> {
        let is_address = !self.blocked_addresses.is_empty() && host.parse::<IpAddr>().is_ok();
        self.blocked_addresses.iter().copied().filter(move |_| is_address)
    }

    /// Whether the rule that a reason names looks at the User-Agent: then another browser's report of the same violation
    /// has another verdict.
    pub fn looks_at_user_agent(&self, reason: &Reason<'_>) -> bool {
        let (Cause::Word(id) | Cause::Unproven(id)) = &reason.cause else { return false };
        self.by_user_agent.iter().any(|number| self.rules[*number].id() == &**id)
    }
}

#[cfg(test)]
mod tests;

//! `[noise]`, and the files of noise rules: the built-in one (`builtin.toml`, which describes the format) and the
//! operator's.

mod path_pattern;
mod payment;
mod read;
mod rule;
mod safety;
mod shared;

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use super::checker::Checker;
use super::document::Problem;
use super::named_file::{NamedFile, unreadable};
use super::parse;

pub use path_pattern::PathPattern;
use read::{RuleFile, read};
pub use rule::{Example, NoiseRule, PaymentTrust};
pub(in crate::config) use shared::expects_strangers;
pub use shared::{is_relay, serves_strangers, strangers_of};

/// The built-in rules.
const BUILTIN: &str = include_str!("builtin.toml");
/// How the built-in rules are called beside files.
const BUILTIN_NAME: &str = "built-in";

/// What identifies noise.
#[derive(Clone, Debug, Default)]
pub struct Noise {
    /// The rules; the first that matches applies.
    pub rules: Vec<NoiseRule>,
    /// Where they come from.
    pub lists: Vec<NoiseList>,
}

/// A file of noise rules, or the built-in ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoiseList {
    /// The file, or `built-in`.
    pub name: String,
    /// The version that it says it has, or empty.
    pub version: String,
    /// How many of its rules apply: those whose id no list before it has.
    pub rules: usize,
}

/// The rules that apply: those of the operator's files in their order, then the built-in ones.
pub(super) fn section(checker: &Checker) -> Noise {
    let has_builtin = checker.value("noise.builtin", true, parse::boolean);
    let files = checker.texts("noise.rules", |file| Ok(file.to_owned()));
    let mut noise = Noise::default();
    let files = files.iter().filter(|file| !file.is_empty());
    for file in files.filter(|_| checker.reads(NamedFile::NoiseRules)) {
        match std::fs::read_to_string(file) {
            Ok(text) => {
                let (list, problems) = read(file, &text);
                checker.add_problems(problems);
                noise.add(file, list);
            }
            Err(error) => checker.add_problem(
                "noise.rules",
                format!(
                    "{}; name a file of rules, or remove the key",
                    unreadable(Path::new(file), &error)
                ),
            ),
        }
    }
    if has_builtin {
        noise.add(BUILTIN_NAME, read("builtin noise rules", BUILTIN).0);
    }
    noise
}

impl fmt::Display for Noise {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lists: Vec<String> = self.lists.iter().map(NoiseList::to_string).collect();
        formatter.write_str(&lists.join("; "))
    }
}

impl fmt::Display for NoiseList {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = if self.version.is_empty() { "none" } else { &self.version };
        write!(formatter, "{} of {}, version {version}", self.rules, self.name)
    }
}

impl Noise {
    /// These rules with another file in the place of the last list: of the built-in one, unless it is switched off.
    ///
    /// # Errors
    /// Every mistake of the file.
    pub fn with_last_list(&self, file: &Path) -> Result<Self, Vec<Problem>> {
        let name = file.display().to_string();
        let unreadable = |error| {
            let message = format!("cannot be read: {error}; name a file of noise rules");
            vec![Problem { place: name.clone(), message }]
        };
        let text = std::fs::read_to_string(file).map_err(unreadable)?;
        let (list, problems) = read(&name, &text);
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut noise = self.clone();
        let last = noise.lists.pop().map_or(0, |list| list.rules);
        noise.rules.truncate(self.rules.len() - last);
        noise.add(&name, list);
        Ok(noise)
    }

    /// Adds a list behind those that are there. A rule whose id one of them has is left out: that one replaces it.
    fn add(&mut self, name: &str, list: RuleFile) {
        let ids: BTreeSet<&str> = self.rules.iter().map(|rule| rule.id.as_str()).collect();
        let is_new = |rule: &NoiseRule| !ids.contains(rule.id.as_str());
        let rules: Vec<NoiseRule> = list.rules.into_iter().filter(is_new).collect();
        let (name, version) = (name.to_owned(), list.version);
        self.lists.push(NoiseList { name, version, rules: rules.len() });
        self.rules.extend(rules);
    }
}

#[cfg(test)]
mod tests;

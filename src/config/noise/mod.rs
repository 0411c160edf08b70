//! `[noise]`, and the files of noise rules: the built-in one (`builtin.toml`, which describes the format) and the
//! operator's.

mod rule;
mod safety;

use std::collections::BTreeSet;

use super::checker::Checker;
use super::document::{Document, Problem};
use super::host_pattern::host_pattern;
use super::parse;
use crate::base::limits;
use crate::report::Engine;

pub use rule::{Example, NoiseRule};

/// The built-in rules.
const BUILTIN: &str = include_str!("builtin.toml");

/// The rules that apply: the operator's, then the built-in ones.
pub(super) fn section(checker: &Checker) -> Vec<NoiseRule> {
    let mut rules = Vec::new();
    if checker.value("noise.builtin", true, parse::boolean) {
        rules = read("builtin noise rules", BUILTIN).0;
    }
    if let Some(file) = checker.text("noise.rules") {
        match std::fs::read_to_string(&file) {
            Ok(text) => {
                let (own, problems) = read(&file, &text);
                checker.add_problems(problems);
                rules = merged(own, rules);
            }
            Err(error) => checker.add_problem(
                "noise.rules",
                format!("{file} cannot be read: {error}; name a file of rules, or remove the key"),
            ),
        }
    }
    rules
}

/// The operator's rules come first; one with the id of a built-in rule replaces it.
fn merged(mut own: Vec<NoiseRule>, builtin: Vec<NoiseRule>) -> Vec<NoiseRule> {
    let ids: BTreeSet<String> = own.iter().map(|rule| rule.id.clone()).collect();
    own.extend(builtin.into_iter().filter(|rule| !ids.contains(&rule.id)));
    own
}

/// Reads a file of rules, with every mistake in it.
fn read(name: &str, text: &str) -> (Vec<NoiseRule>, Vec<Problem>) {
    let mut problems = Vec::new();
    let document = Document::read(name, text, &mut problems);
    let checker = Checker::new(document, problems, "rule, as in [[rule]]");
    let mut ids = BTreeSet::new();
    let rules = (0..checker.count("rule")).map(|index| {
        let path = format!("rule.{index}");
        let rule = rule(&checker, &path);
        if !rule.id.is_empty() && !ids.insert(rule.id.clone()) {
            checker.add_problem(&format!("{path}.id"), format!("\"{}\" is taken already", rule.id));
        }
        for (key, message) in safety::faults(&rule) {
            checker.add_problem(
                &format!("{path}.{key}"),
                format!("in rule \"{}\": {message}", rule.id),
            );
        }
        rule
    });
    let rules = rules.collect();
    (rules, checker.finish())
}

fn rule(checker: &Checker, path: &str) -> NoiseRule {
    let at = |key: &str| format!("{path}.{key}");
    let words = |key: &str| checker.texts(&at(key), word);
    let texts = |key: &str| checker.texts(&at(key), text);
    let paths = |key: &str| checker.texts(&at(key), path_prefix);
    let hosts = |key: &str| checker.texts(&at(key), host_pattern);
    let required = |key: &str| {
        let text = checker.text(&at(key));
        if text.is_none() {
            checker.add_problem(&at(key), "is needed".to_owned());
        }
        text.unwrap_or_default()
    };
    NoiseRule {
        id: match required("id") {
            id if id.is_empty() => id,
            id => checker.value(&at("id"), String::new(), |_| rule_id(&id)),
        },
        reason: required("reason"),
        source: required("source"),
        blocked_scheme: words("blocked_scheme"),
        blocked_host: hosts("blocked_host"),
        blocked_path_prefix: paths("blocked_path_prefix"),
        blocked_keyword: checker.texts(&at("blocked_keyword"), |text| Ok(text.to_owned())),
        source_scheme: words("source_scheme"),
        source_host: hosts("source_host"),
        source_path_prefix: paths("source_path_prefix"),
        sample_prefix: texts("sample_prefix"),
        sample_contains: texts("sample_contains"),
        directive: words("directive"),
        engine: checker.texts(&at("engine"), engine),
        payment_pages: checker.value(&at("payment_pages"), false, parse::boolean),
        example: example(checker, &at("example")),
    }
}

fn example(checker: &Checker, path: &str) -> Example {
    let text = |key: &str| checker.text(&format!("{path}.{key}")).unwrap_or_default();
    Example {
        blocked: text("blocked"),
        directive: text("directive"),
        source: text("source"),
        sample: text("sample"),
    }
}

/// A value of the column `reason`.
fn rule_id(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.is_empty() || text.len() > limits::NAME_BYTES || !text.bytes().all(is_plain) {
        return Err(format!("\"{text}\" is not an id: 1 to 64 of a-z 0-9 -"));
    }
    Ok(text.to_owned())
}

/// A scheme or a directive.
fn word(text: &str) -> Result<String, String> {
    let is_plain = |b: u8| {
        b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'?')
    };
    if text.is_empty() || !text.bytes().all(is_plain) {
        return Err(format!("\"{text}\" is not one word in lower case, such as \"moz-extension\""));
    }
    Ok(text.to_owned())
}

fn text(text: &str) -> Result<String, String> {
    if text.trim_start().len() < limits::NOISE_SAMPLE_BYTES_MIN {
        let bytes_min = limits::NOISE_SAMPLE_BYTES_MIN;
        return Err(format!(
            "\"{text}\" is too short to identify noise; write at least {bytes_min} bytes"
        ));
    }
    Ok(text.trim_start().to_owned())
}

fn path_prefix(text: &str) -> Result<String, String> {
    if text.len() > 1 && text.starts_with('/') {
        return Ok(text.to_owned());
    }
    Err(format!("\"{text}\" is not the beginning of a path, such as \"/static/\""))
}

fn engine(text: &str) -> Result<Engine, String> {
    Engine::named(text).ok_or_else(|| {
        format!("\"{text}\" is not an engine; write chromium, firefox, webkit or other")
    })
}

#[cfg(test)]
mod tests;

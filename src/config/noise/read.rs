//! Reads a file of noise rules.

use std::collections::BTreeSet;

use super::path_pattern::path_pattern;
use super::rule::{Example, NoiseRule, PaymentTrust};
use super::safety;
use crate::base::limits;
use crate::config::checker::Checker;
use crate::config::document::{Document, Problem};
use crate::config::host_pattern::host_pattern;
use crate::config::parse;
use crate::report::Engine;

/// A file of rules.
#[derive(Debug, Default)]
pub(super) struct RuleFile {
    /// Its version, or empty.
    pub(super) version: String,
    pub(super) rules: Vec<NoiseRule>,
}

/// Reads a file of rules, with every mistake in it.
pub(super) fn read(name: &str, text: &str) -> (RuleFile, Vec<Problem>) {
    let mut problems = Vec::new();
    let document = Document::read(name, text, &mut problems);
    let checker = Checker::new(document, problems, "version, and rule, as in [[rule]]");
    let version = checker.value("version", String::new(), version);
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
    (RuleFile { version, rules }, checker.finish())
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
        blocked_address: checker.texts(&at("blocked_address"), parse::network),
        blocked_port: checker.texts(&at("blocked_port"), port),
        blocked_path_prefix: paths("blocked_path_prefix"),
        blocked_path: checker.texts(&at("blocked_path"), path_pattern),
        blocked_keyword: checker.texts(&at("blocked_keyword"), |text| Ok(text.to_owned())),
        source_scheme: words("source_scheme"),
        source_host: hosts("source_host"),
        source_path_prefix: paths("source_path_prefix"),
        sample_prefix: texts("sample_prefix"),
        sample_contains: texts("sample_contains"),
        directive: words("directive"),
        document_host: hosts("document_host"),
        document_path_prefix: paths("document_path_prefix"),
        engine: checker.texts(&at("engine"), engine),
        user_agent_contains: checker.texts(&at("user_agent_contains"), user_agent),
        payment_pages: checker.value(&at("payment_pages"), None, PaymentTrust::parse),
        example: example(checker, &at("example")),
    }
}

fn example(checker: &Checker, path: &str) -> Example {
    let text = |key: &str| checker.text(&format!("{path}.{key}")).unwrap_or_default();
    Example {
        document: text("document"),
        blocked: text("blocked"),
        directive: text("directive"),
        source: text("source"),
        sample: text("sample"),
        user_agent: text("user_agent"),
    }
}

/// What tells two lists apart; it is printed.
fn version(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    if text.is_empty() || text.len() > limits::NAME_BYTES || !text.bytes().all(is_plain) {
        return Err(format!("\"{text}\" is not a version; write the day, such as \"2026-11-28\""));
    }
    Ok(text.to_owned())
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
        b.is_ascii_lowercase()
            || b.is_ascii_digit()
            || matches!(b, b'-' | b'+' | b'.' | b'_' | b'?')
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

fn port(text: &str) -> Result<u16, String> {
    let port = text.parse().ok().filter(|port| *port != 0);
    port.ok_or_else(|| format!("\"{text}\" is not a port, such as 8443"))
}

/// User-Agents of browsers that are no app: a text in one of them is in most of them.
const ORDINARY_USER_AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:153.0) Gecko/20100101 Firefox/153.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
];

fn user_agent(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || ORDINARY_USER_AGENTS.iter().any(|ordinary| ordinary.contains(text))
    {
        return Err(format!(
            "\"{text}\" is in the User-Agent of ordinary browsers; write what only the app has, such as \"FBAN/\""
        ));
    }
    Ok(text.to_owned())
}

fn engine(text: &str) -> Result<Engine, String> {
    Engine::named(text).ok_or_else(|| {
        format!("\"{text}\" is not an engine; write chromium, firefox, webkit or other")
    })
}

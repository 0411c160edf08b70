//! One rule against one report.

use std::net::IpAddr;

use memchr::memmem::Finder;

use super::NoiseMatch;
use crate::config::{HostPattern, NoiseRule, is_relay};
use crate::report::{Kind, Place, Report};

/// A rule, and what follows from its conditions.
#[derive(Debug)]
pub(super) struct CompiledRule {
    config: NoiseRule,
    has_destination: bool,
    sample_contains: Vec<Finder<'static>>,
    user_agent_contains: Vec<Finder<'static>>,
}

impl CompiledRule {
    pub(super) fn new(rule: &NoiseRule) -> Self {
        Self {
            has_destination: rule.has_destination(),
            sample_contains: finders(&rule.sample_contains),
            user_agent_contains: finders(&rule.user_agent_contains),
            config: rule.clone(),
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.config.id
    }

    pub(super) fn check(&self, report: &Report<'_>, payment: bool) -> Option<NoiseMatch<'_>> {
        if !self.matches(report) {
            return None;
        }
        let id = self.id();
        if !self.has_destination || report.blocked.host.is_empty() {
            return Some(NoiseMatch::Noise(id));
        }
        let is_changed_script =
            matches!(report.kind, Kind::Integrity | Kind::SriFailure | Kind::CspHash);
        if report.directive == "form-action" || report.pan_in_url || is_changed_script {
            return None;
        }
        if payment && self.config.payment_pages.is_none() {
            return Some(NoiseMatch::Unproven(id));
        }
        Some(NoiseMatch::Noise(id))
    }

    fn matches(&self, report: &Report<'_>) -> bool {
        let rule = &self.config;
        let Report { blocked, source, document, .. } = report;
        let is_keyword = |words: &[String]| {
            words.is_empty() || (blocked.host.is_empty() && has(words, &blocked.scheme))
        };
        is_keyword(&rule.blocked_keyword)
            && is_any_of(&rule.blocked_scheme, &blocked.scheme)
            && is_any_host(&rule.blocked_host, &blocked.host)
            && is_address(rule, &blocked.host)
            && is_port(rule, blocked)
            && is_path(rule, blocked)
            && is_any_of(&rule.source_scheme, &source.scheme)
            && is_any_host(&rule.source_host, &source.host)
            && rule.covers_source_path(&source.path)
            && is_any_of(&rule.directive, &report.directive)
            && is_any_host(&rule.document_host, &document.host)
            && rule.covers_document_path(&document.path)
            && (rule.engine.is_empty() || rule.engine.contains(&report.engine))
            && begins(rule, &report.sample)
            && has_any_text(&self.sample_contains, &report.sample)
            && has_any_text(&self.user_agent_contains, &report.user_agent)
    }
}

fn has(words: &[String], word: &str) -> bool {
    words.iter().any(|other| other == word)
}

/// A condition without alternatives always holds.
fn is_any_of(words: &[String], word: &str) -> bool {
    words.is_empty() || has(words, word)
}

fn is_any_host(hosts: &[HostPattern], host: &str) -> bool {
    hosts.is_empty() || hosts.iter().any(|pattern| pattern.matches(host))
}

fn is_address(rule: &NoiseRule, host: &str) -> bool {
    let networks = &rule.blocked_address;
    let is_within = |address: IpAddr| {
        // `::ffff:10.0.0.1` is 10.0.0.1.
        let address = address.to_canonical();
        networks.iter().any(|network| network.contains(&address))
    };
    networks.is_empty() || host.parse().is_ok_and(is_within)
}

fn is_port(rule: &NoiseRule, place: &Place<'_>) -> bool {
    let port = match (&*place.scheme, place.port) {
        ("https" | "wss", 0) => 443,
        ("http" | "ws", 0) => 80,
        (_, port) => port,
    };
    rule.blocked_port.is_empty() || rule.blocked_port.contains(&port)
}

/// A host alone does not cover the paths where it fetches a URL for anybody: those a thief uses as well.
fn is_path(rule: &NoiseRule, blocked: &Place<'_>) -> bool {
    match rule.has_blocked_path() || rule.blocked_host.is_empty() {
        true => rule.covers_blocked_path(&blocked.path),
        false => !is_relay(&blocked.host, &blocked.path),
    }
}

fn begins(rule: &NoiseRule, sample: &str) -> bool {
    let prefixes = &rule.sample_prefix;
    let sample = sample.trim_start();
    prefixes.is_empty() || prefixes.iter().any(|prefix| sample.starts_with(prefix.as_str()))
}

/// What looks for texts; to make it costs more than to look.
fn finders(texts: &[String]) -> Vec<Finder<'static>> {
    texts.iter().map(|text| Finder::new(text).into_owned()).collect()
}

fn has_any_text(parts: &[Finder<'_>], text: &str) -> bool {
    parts.is_empty() || parts.iter().any(|part| part.find(text.as_bytes()).is_some())
}

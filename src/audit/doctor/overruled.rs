//! Checks for words of a list that other words of it overrule (CSP3, sections 6.7.2 and 8.2).

use super::Analysis;
use super::finding::Finding;
use super::written::{WrittenDirective, WrittenPolicy, display_word};
use crate::csp::{Source, fallbacks};

/// How many ignored words a finding names.
const WORDS_SHOWN: usize = 5;
/// The lists of what runs in a page.
const LISTS: [&str; 7] = [
    "default-src",
    "script-src",
    "script-src-elem",
    "script-src-attr",
    "style-src",
    "style-src-elem",
    "style-src-attr",
];

pub(super) fn findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    analysis.policies.iter().flat_map(of).collect()
}

fn of(policy: &WrittenPolicy) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(scripts) = policy.deciding(fallbacks("script-src-elem")) {
        findings.extend(strict_dynamic(policy, scripts));
    }
    for directive in LISTS.iter().filter_map(|name| policy.directive(name)) {
        let is_strict = directive.has("'strict-dynamic'") && !directive.name.starts_with("style");
        let is_overruled = directive.has_nonce_or_hash() || is_strict;
        if directive.has("'unsafe-inline'") && is_overruled {
            findings.push(unsafe_inline(policy.at_word(directive, "'unsafe-inline'")));
        }
    }
    findings
}

fn strict_dynamic(policy: &WrittenPolicy, directive: &WrittenDirective) -> Option<Finding> {
    if !directive.has("'strict-dynamic'") {
        return None;
    }
    let place = policy.at_word(directive, "'strict-dynamic'");
    if !directive.has_nonce_or_hash() {
        return Some(alone(place));
    }
    let ignored: Vec<String> = directive
        .words
        .iter()
        .filter(|word| is_ignored(word))
        .take(WORDS_SHOWN)
        .map(|word| display_word(word))
        .collect();
    (!ignored.is_empty()).then(|| hosts(place, &ignored.join(" ")))
}

/// Whether `'strict-dynamic'` makes browsers ignore a word that somebody relies on. `https:` and `http:` are there for
/// browsers that do not know it.
fn is_ignored(word: &str) -> bool {
    match Source::parse(word) {
        Some(Source::Host(_) | Source::SelfOrigin | Source::Any) => true,
        Some(Source::Scheme(scheme)) => !matches!(&*scheme, "http" | "https"),
        _ => false,
    }
}

fn alone(place: String) -> Finding {
    Finding::weak("strict-dynamic-alone", place)
        .what("the list has 'strict-dynamic', but neither a nonce nor a hash")
        .why(
            "Then browsers ignore its hosts, 'self' and 'unsafe-inline', and nothing is left that allows a script: an enforced \
             policy blocks all of them, a report-only one reports all, so an injected one is lost among them",
        )
        .fix("add a nonce that is new in each response ('nonce-…'), or hashes; or remove 'strict-dynamic'")
}

fn hosts(place: String, ignored: &str) -> Finding {
    Finding::advice("ignored-by-strict-dynamic", place)
        .what(format!("'strict-dynamic' makes browsers ignore {ignored}"))
        .why(
            "With it, a script needs a nonce or hash, or a script that has one must load it. So a <script> element without a \
             nonce is blocked or reported although its host is listed",
        )
        .fix("remove them; give each <script> element of the page the nonce")
}

fn unsafe_inline(place: String) -> Finding {
    Finding::advice("unsafe-inline-ignored", place)
        .what("the list has 'unsafe-inline' beside a nonce, a hash or 'strict-dynamic'")
        .why(
            "All current browsers then ignore it: inline scripts and styles without a nonce, event handlers and style \
             attributes are blocked or reported",
        )
        .fix("remove it, if you do not support older browsers")
}

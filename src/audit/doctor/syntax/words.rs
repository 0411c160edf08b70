//! What is wrong with the words of a list of sources.

use super::super::finding::Finding;
use super::super::written::{WrittenDirective, WrittenPolicy, display_word};
use super::names::{KEYWORDS, LIVE, PREFIXES, nearest};
use crate::csp::Source;

pub(super) fn findings(policy: &WrittenPolicy, directive: &WrittenDirective) -> Vec<Finding> {
    let mut findings = Vec::new();
    if directive.has("'none'") && directive.words.len() > 1 {
        findings.push(none_with_others(policy.at(directive)));
    }
    let of_word = |word: &String| finding(policy.at_word(directive, word), word);
    findings.extend(directive.words.iter().filter_map(of_word));
    findings
}

fn none_with_others(place: String) -> Finding {
    Finding::weak("none-with-others", place)
        .what("the list has 'none' and other sources")
        .why("Browsers ignore 'none' there, and allow the others (CSP3, section 6.7.2.2)")
        .fix("remove 'none', or the others")
}

fn finding(place: String, word: &str) -> Option<Finding> {
    let lower = word.to_ascii_lowercase();
    if lower.starts_with('\'') {
        return unknown_keyword(place, &lower);
    }
    let bare = lower.trim_matches(['"', '`']);
    if KEYWORDS.contains(&bare) || PREFIXES.iter().any(|prefix| bare.starts_with(prefix)) {
        return Some(unquoted(place, word));
    }
    if LIVE.contains(&lower.as_str()) {
        return Some(missing_semicolon(place, &lower));
    }
    match Source::parse(word)? {
        Source::Word(_) => Some(invalid(place)),
        // `https//cdn.example` is the host `https` with a path.
        Source::Host(host) if matches!(&*host.host, "http" | "https" | "ws" | "wss") => {
            Some(invalid(place))
        }
        Source::Host(_) if word.contains(['?', '#']) => Some(with_query(place)),
        _ => None,
    }
}

/// The finding about a quoted word that is neither a keyword nor a nonce or hash.
fn unknown_keyword(place: String, word: &str) -> Option<Finding> {
    let inner = word.strip_prefix('\'').and_then(|word| word.strip_suffix('\''));
    let is_known = inner.is_some_and(|inner| {
        let is_whole = |prefix: &&str| inner.len() > prefix.len() && inner.starts_with(*prefix);
        KEYWORDS.contains(&inner) || PREFIXES.iter().any(is_whole)
    });
    if is_known {
        return None;
    }
    let bare = word.trim_matches('\'');
    let fix = match nearest(bare, &KEYWORDS) {
        Some(meant) => format!("'{meant}'"),
        None if bare.contains(['.', ':']) => {
            format!("write the host without quotes: {}", display_word(bare))
        }
        None => "remove it".to_owned(),
    };
    let finding = Finding::weak("unknown-keyword", place)
        .what(format!("no browser knows the keyword {}", display_word(word)))
        .why("Browsers ignore it, and show that only in the visitor's console")
        .fix(fix);
    Some(finding)
}

fn unquoted(place: String, word: &str) -> Finding {
    Finding::weak("unquoted-keyword", place)
        .what(format!("{} has no single quotes", display_word(word)))
        .why("Without them, browsers take it for the name of a host")
        .fix(format!("'{}'", display_word(word.trim_matches(['"', '`']))))
}

fn missing_semicolon(place: String, name: &str) -> Finding {
    Finding::weak("missing-semicolon", place)
        .what(format!("{name} is among the sources of another directive"))
        .why(
            "Without a semicolon before it, browsers take it for a host, and add the words after it to the directive before",
        )
        .fix(format!("; {name}"))
}

fn with_query(place: String) -> Finding {
    Finding::advice("source-with-query", place)
        .what("the source has a query or fragment")
        .why("Browsers ignore that part, and allow the path with any query")
        .fix("remove the query or fragment")
}

fn invalid(place: String) -> Finding {
    Finding::weak("invalid-source", place)
        .what("this is not a source, or not the intended one")
        .why("Browsers ignore it, and report or block what it should allow")
        .fix("write a scheme (https:), or a host, such as https://*.cdn.example:8443/js/")
}

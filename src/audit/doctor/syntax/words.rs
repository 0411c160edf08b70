//! What is wrong with the words of a list of sources. Which of them browsers ignore, Chromium 148 says in its console.

use super::super::finding::Finding;
use super::super::written::{WrittenDirective, WrittenPolicy, display_word};
use super::names::{KEYWORDS, LIVE, PREFIXES, SCHEMES};
use super::quoted;
use crate::csp::{HostSource, Source};

pub(super) fn findings(policy: &WrittenPolicy, directive: &WrittenDirective) -> Vec<Finding> {
    let mut findings = Vec::new();
    if directive.has("'none'") && directive.words.len() > 1 {
        findings.push(none_with_others(policy.at(directive)));
    }
    let of_word = |word: &String| finding(policy.at_word(directive, word), directive, word);
    findings.extend(directive.words.iter().filter_map(of_word));
    findings
}

/// The finding about `'none'` in a list that has other words.
pub(super) fn none_with_others(place: String) -> Finding {
    Finding::weak("none-with-others", place)
        .what("the list has 'none' and other sources")
        .why("Browsers ignore 'none' there, and allow the others (CSP3, section 6.7.2.2)")
        .fix("remove 'none', or the others")
}

fn finding(place: String, directive: &WrittenDirective, word: &str) -> Option<Finding> {
    let lower = word.to_ascii_lowercase();
    if lower.starts_with('\'') {
        return quoted::finding(place, directive, word);
    }
    let bare = lower.trim_matches(['"', '`']);
    if KEYWORDS.contains(&bare) || PREFIXES.iter().any(|prefix| bare.starts_with(prefix)) {
        return Some(unquoted(place, word, "a host"));
    }
    if LIVE.contains(&lower.as_str()) {
        return Some(missing_semicolon(place, &lower));
    }
    if SCHEMES.contains(&lower.as_str()) {
        return Some(scheme_without_colon(place, &lower));
    }
    match Source::parse(word)? {
        Source::Word(_) => Some(invalid(place, word)),
        Source::Host(host) if !is_meant(&host) => Some(invalid(place, word)),
        Source::Host(host) if host.path.contains('*') => Some(wildcard_in_path(place)),
        Source::Host(_) if word.contains(['?', '#']) => Some(with_query(place)),
        _ => None,
    }
}

/// Whether a source is the host that somebody meant, and that all browsers read: `https//cdn.example` is the host `https`
/// with a path, and Chromium knows neither underscores in hosts nor IPv6 addresses.
fn is_meant(host: &HostSource) -> bool {
    !matches!(&*host.host, "http" | "https" | "ws" | "wss") && !host.host.contains(['_', ':'])
}

/// The finding about a word that needs single quotes. `taken_for`: what browsers take it for without them.
pub(super) fn unquoted(place: String, word: &str, taken_for: &str) -> Finding {
    Finding::weak("unquoted-keyword", place)
        .what(format!("{} has no single quotes", display_word(word)))
        .why(format!("Without them, browsers take it for the name of {taken_for}"))
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

fn scheme_without_colon(place: String, scheme: &str) -> Finding {
    Finding::weak("scheme-without-colon", place)
        .what(format!("{scheme} has no colon after it"))
        .why("Browsers take it for the name of a host, and report or block what the scheme should allow")
        .fix(format!("{scheme}:"))
}

fn wildcard_in_path(place: String) -> Finding {
    Finding::weak("wildcard-in-path", place)
        .what("there is a wildcard in the path")
        .why("In a path, browsers take * for itself, so the source allows nothing that exists (CSP3, section 6.7.2.12)")
        .fix("end the path with a slash to allow all below it: https://cdn.example/js/")
}

fn with_query(place: String) -> Finding {
    Finding::advice("source-with-query", place)
        .what("the source has a query or fragment")
        .why("Browsers ignore that part, and allow the path with any query")
        .fix("remove the query or fragment")
}

fn invalid(place: String, word: &str) -> Finding {
    Finding::weak("invalid-source", place)
        .what(format!("this is not a source, or not the intended one: {}", objection(word)))
        .why("Browsers ignore it, Chromium at least, and report or block what it should allow")
        .fix("write a scheme (https:), or a host, such as https://*.cdn.example:8443/js/")
}

/// What is most likely wrong with a word that is no source.
fn objection(word: &str) -> &'static str {
    let lower = word.to_ascii_lowercase();
    let authority = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    let authority = authority.split('/').next().unwrap_or_default();
    match &lower {
        word if word.contains(['"', '\'', '`', '<', '>', '(', ')']) => "it has quotes or brackets",
        word if word.contains(['{', '}', '$', '%']) => {
            "it looks like a template that was not filled in"
        }
        word if word.starts_with("//") => "a source has a scheme, or no slashes",
        word if word.starts_with('/') || word.starts_with('.') => {
            "a source needs a host before its path"
        }
        _ if authority.contains('@') => "a source has neither name nor password",
        _ if authority.contains('*') => {
            "a wildcard is only possible for the first label of a host, or for all of it"
        }
        _ if authority.contains(['[', '_']) => {
            "Chromium knows neither underscores nor IPv6 addresses here"
        }
        word if word.starts_with("http") && !word.contains("://") => "a scheme is followed by ://",
        _ if authority.contains(':') => "what is behind the colon is no port",
        _ => "it has characters that no host has",
    }
}

//! Sources that allow so much that a policy has no teeth.
//!
//! An attacker must get past every policy of a page, so what one policy allows matters only where all the others allow it
//! too.

use super::Reading;
use super::finding::Finding;
use super::written::{Directive, Written};
use crate::csp::{HostSource, Source, fallbacks};

/// How many hosts a source lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Width {
    /// Hosts that have anybody's files.
    Anybody,
    /// All customers of a provider.
    Provider,
    /// All hosts.
    All,
}

/// Directives whose lists matter, and what goes by them.
const LISTS: [(&str, &str); 10] = [
    ("script-src-elem", "scripts"),
    ("connect-src", "requests of scripts"),
    ("form-action", "forms"),
    ("img-src", "images"),
    ("frame-src", "frames"),
    ("object-src", "objects"),
    ("style-src-elem", "styles"),
    ("font-src", "fonts"),
    ("media-src", "media"),
    ("base-uri", "the base of relative URLs"),
];

/// Hosts that serve anybody's scripts, each with whose.
const PUBLISHERS: [(&str, &str); 9] = [
    ("cdn.jsdelivr.net", "every package of npm and every repository of GitHub"),
    ("fastly.jsdelivr.net", "every package of npm and every repository of GitHub"),
    ("unpkg.com", "every package of npm"),
    ("esm.sh", "every package of npm and every repository of GitHub"),
    ("esm.run", "every package of npm"),
    ("cdn.skypack.dev", "every package of npm"),
    ("cdn.statically.io", "every repository of GitHub and GitLab"),
    ("raw.githubusercontent.com", "every repository of GitHub"),
    ("gist.githubusercontent.com", "every gist of GitHub"),
];
/// Hosts that take anybody's files besides, each with whose.
const STORES: [(&str, &str); 3] = [
    ("storage.googleapis.com", "every bucket of Google Cloud Storage"),
    ("s3.amazonaws.com", "every bucket of Amazon S3"),
    ("firebasestorage.googleapis.com", "every project of Firebase"),
];

pub(super) fn findings(reading: &Reading<'_>) -> Vec<Finding> {
    let effective = reading.effective();
    let mut findings = Vec::new();
    for (name, things) in LISTS {
        let own = [name];
        let chain = if fallbacks(name).is_empty() { &own } else { fallbacks(name) };
        let lists: Vec<_> = effective
            .iter()
            .filter_map(|policy| Some((*policy, policy.deciding(chain)?)))
            .collect();
        findings.extend(wide(&lists, things, name == "script-src-elem"));
    }
    findings
}

/// The widest sources, where every list has such.
fn wide(lists: &[(&Written, &Directive)], things: &str, is_script: bool) -> Vec<Finding> {
    let widest = |directive: &Directive| widths(directive, is_script).map(|(_, width)| width).max();
    let Some(Some(least)) = lists.iter().map(|(_, directive)| widest(directive)).min() else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for (policy, directive) in lists {
        let is_default = directive.name == "default-src";
        let things = if is_default { "all that has no directive of its own" } else { things };
        for (word, _) in widths(directive, is_script).filter(|(_, width)| *width == least) {
            findings.push(finding(policy.at_word(directive, word), word, least, things, is_script));
        }
    }
    findings
}

/// The words of a list that let in more than one host. With `'strict-dynamic'` beside a nonce or hash hosts of scripts count
/// for nothing (CSP3, section 8.2).
fn widths(directive: &Directive, is_script: bool) -> impl Iterator<Item = (&str, Width)> {
    let are_ignored = is_script && directive.has("'strict-dynamic'") && directive.names_scripts();
    let words = directive.words.iter().filter(move |_| !are_ignored);
    words.filter_map(move |word| Some((word.as_str(), width(word, is_script)?)))
}

fn finding(place: String, word: &str, width: Width, things: &str, is_script: bool) -> Finding {
    let mend = "name the hosts that the page needs, as https://www.stripe.com";
    match width {
        Width::All => Finding::weak("wide-source", place)
            .what(format!("{} lets {things} through to every host", super::written::shown(word)))
            .why("A policy that allows every host reports nothing, whatever happens")
            .mend(mend),
        Width::Provider => Finding::weak("provider-source", place)
            .what(format!("{} is every customer of a provider", super::written::shown(word)))
            .why(
                "The name is a public suffix (publicsuffix.org): anybody can rent a name below it, \
                 and data that goes there is allowed",
            )
            .mend(mend),
        Width::Anybody if is_script => Finding::weak("anybodys-host", place)
            .what(format!("{} serves {}", super::written::shown(word), owners(word)))
            .why("An injected script that is published there is allowed, and so not reported")
            .mend(
                "name the path of the file, as https://cdn.jsdelivr.net/npm/vue@3.5.0/, or serve \
                 it yourself, or use nonces",
            ),
        Width::Anybody => Finding::weak("anybodys-host", place)
            .what(format!("{} is shared by {}", super::written::shown(word), owners(word)))
            .why("What is sent to somebody else's place there is allowed, and so not reported")
            .mend(mend),
    }
}

fn width(word: &str, is_script: bool) -> Option<Width> {
    match Source::parse(word)? {
        Source::Any => Some(Width::All),
        Source::Scheme(scheme) => {
            let is_network = matches!(&*scheme, "http" | "https" | "ws" | "wss");
            is_network.then_some(Width::All)
        }
        Source::Host(host) if host.below && host.host.is_empty() => Some(Width::All),
        Source::Host(host) if host.below && is_public_suffix(&host.host) => Some(Width::Provider),
        Source::Host(host) => whose(&host, is_script).map(|_| Width::Anybody),
        _ => None,
    }
}

/// Whether the list has the name; a company's own `.internal` is not in it.
fn is_public_suffix(host: &str) -> bool {
    let suffix = psl::suffix(host.as_bytes());
    suffix.is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() == host.as_bytes())
}

/// Whose files a host has, where no path bounds it. Who only sends can leave something in a store, not at a publisher's.
fn whose(host: &HostSource, is_script: bool) -> Option<&'static str> {
    let publishers = PUBLISHERS.iter().filter(|_| is_script);
    let (_, whose) = publishers.chain(&STORES).find(|(name, _)| *name == &*host.host)?;
    (!host.below && host.path.len() <= 1).then_some(whose)
}

fn owners(word: &str) -> &'static str {
    match Source::parse(word) {
        Some(Source::Host(host)) => whose(&host, true).unwrap_or_default(),
        _ => "",
    }
}

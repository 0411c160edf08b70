//! Sources that allow so much that a policy has no teeth.
//!
//! An attacker must get past every policy of a page, so what one policy allows matters only where all the others allow it
//! too.

use super::Reading;
use super::finding::Finding;
use super::written::{Directive, Written};
use crate::judge::{HostSource, Source, fallbacks};

/// How many hosts a source lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Width {
    /// Hosts that publish anybody's files.
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

/// Hosts from which anybody can serve a file of his own, each with who can.
const ANYBODY: [(&str, &str); 12] = [
    ("cdn.jsdelivr.net", "every package of npm and every repository of GitHub"),
    ("fastly.jsdelivr.net", "every package of npm and every repository of GitHub"),
    ("unpkg.com", "every package of npm"),
    ("esm.sh", "every package of npm and every repository of GitHub"),
    ("esm.run", "every package of npm"),
    ("cdn.skypack.dev", "every package of npm"),
    ("cdn.statically.io", "every repository of GitHub and GitLab"),
    ("raw.githubusercontent.com", "every repository of GitHub"),
    ("gist.githubusercontent.com", "every gist of GitHub"),
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
            .filter(|(_, directive)| name != "script-src-elem" || !trusts_no_hosts(directive))
            .collect();
        let is_script = name == "script-src-elem";
        let all_count =
            lists.len() == effective.iter().filter(|it| it.deciding(chain).is_some()).count();
        if all_count {
            findings.extend(wide(&lists, things, is_script));
        }
    }
    findings
}

/// With `'strict-dynamic'` beside a nonce or hash hosts count for nothing (CSP3, section 8.2).
fn trusts_no_hosts(directive: &Directive) -> bool {
    directive.has("'strict-dynamic'") && directive.names_scripts()
}

/// The widest sources, where every list has such.
fn wide(lists: &[(&Written, &Directive)], things: &str, is_script: bool) -> Vec<Finding> {
    let widest =
        |directive: &Directive| directive.words.iter().filter_map(|word| width(word)).max();
    let Some(Some(least)) = lists.iter().map(|(_, directive)| widest(directive)).min() else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for (policy, directive) in lists {
        let is_default = directive.name == "default-src";
        let things = if is_default { "all that has no directive of its own" } else { things };
        for word in directive.words.iter().filter(|word| width(word) == Some(least)) {
            findings.push(finding(policy.at_word(directive, word), word, least, things, is_script));
        }
    }
    findings
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
            .what(format!("{} serves {}", super::written::shown(word), publishers(word)))
            .why("An injected script that is published there is allowed, and so not reported")
            .mend(
                "name the path of the file, as https://cdn.jsdelivr.net/npm/vue@3.5.0/, or serve \
                 it yourself, or use nonces",
            ),
        Width::Anybody => Finding::weak("anybodys-host", place)
            .what(format!("{} is shared by {}", super::written::shown(word), publishers(word)))
            .why("What is sent to somebody else's place there is allowed, and so not reported")
            .mend(mend),
    }
}

fn width(word: &str) -> Option<Width> {
    match Source::parse(word)? {
        Source::Any => Some(Width::All),
        Source::Scheme(scheme) => {
            let is_network = matches!(&*scheme, "http" | "https" | "ws" | "wss");
            is_network.then_some(Width::All)
        }
        Source::Host(host) if host.below && host.host.is_empty() => Some(Width::All),
        Source::Host(host) if host.below && psl::domain_str(&host.host).is_none() => {
            Some(Width::Provider)
        }
        Source::Host(host) => publisher(&host).map(|_| Width::Anybody),
        _ => None,
    }
}

/// Who publishes on a host, where no path bounds it.
fn publisher(host: &HostSource) -> Option<&'static str> {
    let (_, who) = ANYBODY.into_iter().find(|(name, _)| *name == &*host.host)?;
    (!host.below && host.path.len() <= 1).then_some(who)
}

fn publishers(word: &str) -> &'static str {
    match Source::parse(word) {
        Some(Source::Host(host)) => publisher(&host).unwrap_or_default(),
        _ => "",
    }
}

//! Checks for sources that allow so much that a policy is ineffective.
//!
//! An attacker must get past every policy of a page, so what one policy allows matters only if all the others allow it too.

use super::Analysis;
use super::finding::Finding;
use super::written::{WrittenDirective, WrittenPolicy, display_word};
use crate::csp::{HostSource, Source, fallbacks};

/// How many owners of hosts a source allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SourceWidth {
    /// A host on which anybody can put files.
    SharedHost,
    /// All customers of a provider.
    Provider,
    /// All hosts.
    All,
}

/// The directives to check, and what each of them is about.
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

/// Hosts from which anybody can serve scripts, and what each of them serves.
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
/// Hosts that store anybody's files, and what each of them stores.
const STORES: [(&str, &str); 3] = [
    ("storage.googleapis.com", "every bucket of Google Cloud Storage"),
    ("s3.amazonaws.com", "every bucket of Amazon S3"),
    ("firebasestorage.googleapis.com", "every project of Firebase"),
];

pub(super) fn findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    let effective = analysis.effective();
    let mut findings = Vec::new();
    for (name, things) in LISTS {
        let own = [name];
        let chain = if fallbacks(name).is_empty() { &own } else { fallbacks(name) };
        let lists: Vec<_> = effective
            .iter()
            .filter_map(|policy| Some((*policy, policy.deciding(chain)?)))
            .collect();
        findings.extend(wide_sources(&lists, things, name == "script-src-elem"));
    }
    findings
}

/// The findings about the widest sources that every list has.
fn wide_sources(
    lists: &[(&WrittenPolicy, &WrittenDirective)],
    things: &str,
    is_script: bool,
) -> Vec<Finding> {
    let widest =
        |directive: &WrittenDirective| widths(directive, is_script).map(|(_, width)| width).max();
    let Some(Some(least)) = lists.iter().map(|(_, directive)| widest(directive)).min() else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for (policy, directive) in lists {
        let is_default = directive.name == "default-src";
        let things = if is_default { "everything without a directive of its own" } else { things };
        for (word, _) in widths(directive, is_script).filter(|(_, width)| *width == least) {
            findings.push(finding(policy.at_word(directive, word), word, least, things, is_script));
        }
    }
    findings
}

/// Whether a list allows every host.
pub(super) fn allows_every_host(directive: &WrittenDirective, is_script: bool) -> bool {
    widths(directive, is_script).any(|(_, width)| width == SourceWidth::All)
}

/// The words of a list that allow hosts of more than one owner. With `'strict-dynamic'` and a nonce or hash, browsers ignore
/// the hosts in a list of scripts (CSP3, section 8.2).
fn widths(
    directive: &WrittenDirective,
    is_script: bool,
) -> impl Iterator<Item = (&str, SourceWidth)> {
    let are_ignored =
        is_script && directive.has("'strict-dynamic'") && directive.has_nonce_or_hash();
    let words = directive.words.iter().filter(move |_| !are_ignored);
    words.filter_map(move |word| Some((word.as_str(), width(word, is_script)?)))
}

fn finding(
    place: String,
    word: &str,
    width: SourceWidth,
    things: &str,
    is_script: bool,
) -> Finding {
    let source = display_word(word);
    let fix = "name the hosts that the page needs, as https://www.stripe.com";
    match width {
        SourceWidth::All => Finding::weak("wide-source", place)
            .what(format!("{source} allows {things} for every host"))
            .why("A policy that allows every host reports nothing, whatever happens")
            .fix(fix),
        SourceWidth::Provider => Finding::weak("provider-source", place)
            .what(format!("{source} allows every customer of a provider"))
            .why(
                "The name is a public suffix (publicsuffix.org): anybody can rent a name below it, and the policy allows \
                 data to go there",
            )
            .fix(fix),
        SourceWidth::SharedHost if is_script => Finding::weak("anybodys-host", place)
            .what(format!("{source} serves {}", shared_content(word)))
            .why("The policy allows an injected script that is published there, so browsers do not report it")
            .fix(
                "name the path of the file, as https://cdn.jsdelivr.net/npm/vue@3.5.0/, serve it from your own host, or use \
                 nonces",
            ),
        SourceWidth::SharedHost => Finding::weak("anybodys-host", place)
            .what(format!("{source} is shared by {}", shared_content(word)))
            .why("The policy allows data to go to other people's storage there, so browsers do not report it")
            .fix(fix),
    }
}

fn width(word: &str, is_script: bool) -> Option<SourceWidth> {
    match Source::parse(word)? {
        Source::Any => Some(SourceWidth::All),
        Source::Scheme(scheme) => {
            let is_network = matches!(&*scheme, "http" | "https" | "ws" | "wss");
            is_network.then_some(SourceWidth::All)
        }
        Source::Host(host) if host.below && host.host.is_empty() => Some(SourceWidth::All),
        Source::Host(host) if host.below && is_public_suffix(&host.host) => {
            Some(SourceWidth::Provider)
        }
        Source::Host(host) => content_of_shared(&host, is_script).map(|_| SourceWidth::SharedHost),
        _ => None,
    }
}

/// Whether the public suffix list has the name. It does not have a company's own `.internal`.
fn is_public_suffix(host: &str) -> bool {
    let suffix = psl::suffix(host.as_bytes());
    suffix.is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() == host.as_bytes())
}

/// What a shared host holds, unless the source has a path. Publishers count for scripts only: a page cannot send data to
/// them, but to a store it can.
fn content_of_shared(host: &HostSource, is_script: bool) -> Option<&'static str> {
    let publishers = PUBLISHERS.iter().filter(|_| is_script);
    let (_, content) = publishers.chain(&STORES).find(|(name, _)| *name == &*host.host)?;
    (!host.below && host.path.len() <= 1).then_some(content)
}

fn shared_content(word: &str) -> &'static str {
    match Source::parse(word) {
        Some(Source::Host(host)) => content_of_shared(&host, true).unwrap_or_default(),
        _ => "",
    }
}

//! What no rule may do: let a thief pass for noise cheaply.
//!
//! A rule must not
//! - name destinations where anybody can put things (hosting, CDNs, analytics that anybody can use);
//! - name a network scheme;
//! - depend on a sample where there is a destination: the thief writes the sample;
//! - apply on payment pages because of the script's name alone, except in Firefox. Chromium takes the name that a script
//!   gives itself (`//# sourceURL=chrome-extension://…`) for its source.

use super::rule::NoiseRule;
use crate::config::host_pattern::HostPattern;
use crate::report::Engine;

/// Schemes by which data can leave the page, and words for the page's own content.
const NOT_INTERNAL: &[&str] = &[
    "about",
    "blob",
    "data",
    "eval",
    "filesystem",
    "ftp",
    "http",
    "https",
    "inline",
    "self",
    "unparsable",
    "wasm-eval",
    "ws",
    "wss",
];

/// Words that browsers report in place of a URL, where nothing left the page. Some report an empty text.
const KEYWORDS: &[&str] = &[
    "",
    "about",
    "blob",
    "data",
    "eval",
    "inline",
    "null",
    "self",
    "trusted-types-policy",
    "trusted-types-sink",
    "wasm-eval",
];

/// Hosts that serve or collect for anybody with an account, in addition to the public suffix list.
const SHARED: &[&str] = &[
    "ajax.aspnetcdn.com",
    "api.telegram.org",
    "bitbucket.org",
    "cdn.jsdelivr.net",
    "cdnjs.cloudflare.com",
    "commondatastorage.googleapis.com",
    "discord.com",
    "docs.google.com",
    "drive.google.com",
    "forms.gle",
    "gist.github.com",
    "github.com",
    "gitlab.com",
    "paste.ee",
    "pastebin.com",
    "rawgit.com",
    "script.google.com",
    "sites.google.com",
    "storage.googleapis.com",
    "unpkg.com",
    "webhook.site",
    "www.dropbox.com",
    "www.google-analytics.com",
    "www.googletagmanager.com",
    "www.paypal.com",
];

/// The faults of a rule: the key of each, and what to do.
pub(super) fn faults(rule: &NoiseRule) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    shape(rule, &mut faults);
    schemes(rule, &mut faults);
    let blocked = (&rule.blocked_host, rule.blocked_path_prefix.is_empty());
    let source = (&rule.source_host, rule.source_path_prefix.is_empty());
    for (key, (hosts, is_whole)) in [("blocked_host", blocked), ("source_host", source)] {
        for host in hosts.iter().filter_map(|host| shared(host, is_whole)) {
            let message = format!(
                "anybody can put things on \"{host}\", a thief too; name one host of the cause itself, \
                 or add the path that only the cause has"
            );
            faults.push((key, message));
        }
    }
    let by_source = rule.blocked_host.is_empty() && rule.has_destination();
    if rule.payment_pages && by_source && rule.engine != [Engine::Firefox] {
        let message = "a script can name itself as it likes, except in Firefox; add \
                       engine = [\"firefox\"] or a blocked_host, or remove payment_pages";
        faults.push(("payment_pages", message.to_owned()));
    }
    faults
}

impl NoiseRule {
    /// Whether it can silence a report of a destination.
    pub fn has_destination(&self) -> bool {
        self.blocked_scheme.is_empty() && self.blocked_keyword.is_empty()
    }
}

/// Adds faults of conditions that are missing, or make no sense alone or together.
fn shape(rule: &NoiseRule, faults: &mut Vec<(&'static str, String)>) {
    let mut fault = |key, message: &str| faults.push((key, message.to_owned()));
    let has_sample = !rule.sample_prefix.is_empty() || !rule.sample_contains.is_empty();
    let has_source = !rule.source_scheme.is_empty() || !rule.source_host.is_empty();
    let has_blocked = !rule.blocked_scheme.is_empty() || !rule.blocked_host.is_empty();
    if !has_blocked && !has_source && !has_sample {
        fault(
            "id",
            "it would match too much; add a blocked_scheme, blocked_host, source or sample",
        );
    }
    if has_sample && rule.blocked_keyword.is_empty() {
        fault(
            "id",
            "a thief can write any sample, so it explains nothing that has a destination; add \
             blocked_keyword = [\"inline\", …]",
        );
    }
    if !rule.blocked_keyword.is_empty() && has_blocked {
        fault("blocked_keyword", "a keyword has no scheme and no host; write two rules");
    }
    if !rule.blocked_scheme.is_empty() && !rule.blocked_host.is_empty() {
        fault("blocked_scheme", "schemes of browsers have no hosts; write two rules");
    }
    if !rule.blocked_path_prefix.is_empty() && rule.blocked_host.is_empty() {
        fault("blocked_path_prefix", "a path needs its blocked_host");
    }
    if !rule.source_path_prefix.is_empty() && !has_source {
        fault("source_path_prefix", "a path needs its source_host or source_scheme");
    }
}

/// Adds faults of schemes and keywords that a thief can use.
fn schemes(rule: &NoiseRule, faults: &mut Vec<(&'static str, String)>) {
    for (key, schemes) in
        [("blocked_scheme", &rule.blocked_scheme), ("source_scheme", &rule.source_scheme)]
    {
        for scheme in schemes.iter().filter(|scheme| NOT_INTERNAL.contains(&scheme.as_str())) {
            faults.push((
                key,
                format!("\"{scheme}\" is not a scheme that only browsers and extensions use"),
            ));
        }
    }
    let is_word = |word: &&String| !KEYWORDS.contains(&word.as_str());
    for word in rule.blocked_keyword.iter().filter(is_word) {
        let message = format!("\"{word}\" is not a keyword; known: {}", KEYWORDS[1..].join(", "));
        faults.push(("blocked_keyword", message));
    }
}

/// The host of a pattern, if anybody can have things there. `is_whole`: the rule has no path.
fn shared(pattern: &HostPattern, is_whole: bool) -> Option<&str> {
    match pattern {
        HostPattern::Exact(host) => (is_whole && is_shared(host)).then_some(host),
        HostPattern::Below(parent) => {
            let covers = |host: &&&str| pattern.matches(host) || *host == parent;
            let is_single = !parent.contains('.');
            (is_single || is_suffix(parent) || SHARED.iter().any(|host| covers(&host)))
                .then_some(parent)
        }
    }
}

fn is_shared(host: &str) -> bool {
    SHARED.contains(&host) || (host.contains('.') && is_suffix(host))
}

/// Whether anybody can get a name below it: `com`, `co.uk`, `github.io`, `s3.amazonaws.com`.
fn is_suffix(host: &str) -> bool {
    psl::suffix_str(host) == Some(host)
}

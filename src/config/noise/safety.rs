//! What no rule may do: let a thief pass for noise cheaply.
//!
//! A rule must not
//! - name destinations where anybody can put things (hosting, CDNs, analytics that anybody can use), or that fetch for
//!   anybody;
//! - name a network scheme;
//! - depend on a sample where there is a destination: the thief writes the sample;
//! - depend on the User-Agent or the page alone: thieves have visitors with any browser, on any page;
//! - apply on payment pages without a reason (`payment`).

use ipnet::IpNet;

use super::payment::{self, is_private};
use super::rule::NoiseRule;
use super::shared::is_open;

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

/// The faults of a rule: the key of each, and what to do.
pub(super) fn faults(rule: &NoiseRule) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    shape(rule, &mut faults);
    schemes(rule, &mut faults);
    hosts(rule, &mut faults);
    networks(rule, &mut faults);
    if let Some(trust) = rule.payment_pages
        && let Some(message) = payment::fault(rule, trust)
    {
        faults.push(("payment_pages", message.to_owned()));
    }
    faults
}

/// Adds faults of conditions that are missing, or make no sense alone or together.
fn shape(rule: &NoiseRule, faults: &mut Vec<(&'static str, String)>) {
    let mut fault = |key, message: &str| faults.push((key, message.to_owned()));
    let has_sample = !rule.sample_prefix.is_empty() || !rule.sample_contains.is_empty();
    let has_source = !rule.source_scheme.is_empty() || !rule.source_host.is_empty();
    let has_host = !rule.blocked_host.is_empty() || !rule.blocked_address.is_empty();
    let has_blocked = !rule.blocked_scheme.is_empty() || has_host;
    if !has_blocked && !has_source && !has_sample {
        fault(
            "id",
            "it would match too much; add a blocked_scheme, blocked_host, blocked_address, source or sample",
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
    if !rule.blocked_scheme.is_empty() && has_host {
        fault("blocked_scheme", "schemes of browsers have no hosts; write two rules");
    }
    if !rule.blocked_host.is_empty() && !rule.blocked_address.is_empty() {
        fault("blocked_address", "a host is not an address; write two rules");
    }
    if !rule.blocked_path_prefix.is_empty() && !has_host {
        fault("blocked_path_prefix", "a path needs its blocked_host or blocked_address");
    }
    if !rule.blocked_path.is_empty() && !has_host {
        fault("blocked_path", "a path needs its blocked_host or blocked_address");
    }
    if !rule.blocked_port.is_empty() && !has_host {
        fault("blocked_port", "a port needs its blocked_host or blocked_address");
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

/// Adds faults of hosts that a thief can use.
fn hosts(rule: &NoiseRule, faults: &mut Vec<(&'static str, String)>) {
    let blocked = rule.blocked_host.iter().filter(|pattern| {
        is_open(pattern, rule.has_blocked_path(), |path| rule.covers_blocked_path(path))
    });
    let source = rule.source_host.iter().filter(|pattern| {
        let has_path = !rule.source_path_prefix.is_empty();
        is_open(pattern, has_path, |path| rule.covers_source_path(path))
    });
    let blocked = blocked.map(|pattern| ("blocked_host", pattern.name()));
    for (key, host) in blocked.chain(source.map(|pattern| ("source_host", pattern.name()))) {
        let message = format!(
            "anybody can put things on \"{host}\", or have it fetch them, a thief too; name one host of the \
             cause itself, or add the path that only the cause has"
        );
        faults.push((key, message));
    }
}

/// The widest networks of the public Internet that one organisation has for its gateways.
const PUBLIC_PREFIX_MIN: (u8, u8) = (24, 48);

/// Adds faults of networks in which a thief can have a machine.
fn networks(rule: &NoiseRule, faults: &mut Vec<(&'static str, String)>) {
    let is_too_wide = |network: &&IpNet| {
        let prefix_min = match network {
            IpNet::V4(_) => PUBLIC_PREFIX_MIN.0,
            IpNet::V6(_) => PUBLIC_PREFIX_MIN.1,
        };
        !is_private(network) && network.prefix_len() < prefix_min
    };
    for network in rule.blocked_address.iter().filter(is_too_wide) {
        let message = format!(
            "{network} has public addresses of many owners, a thief too; name a network of the visitor's own, \
             such as 10.0.0.0/8, or the addresses of the cause, at most a /24 or /48"
        );
        faults.push(("blocked_address", message));
    }
}

//! Why a rule may silence a destination on payment pages, and whether that is so.

use std::net::IpAddr;

use ipnet::IpNet;

use super::rule::{NoiseRule, PaymentTrust};
use super::shared::serves_anybody;
use crate::config::host_pattern::HostPattern;
use crate::report::Engine;

/// Networks that are no part of the public Internet: RFC 1918, 1122, 3927, 6598; RFC 4193, 4291.
const PRIVATE: [&str; 9] = [
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
];

/// What is wrong about the reason of a rule for payment pages.
pub(super) fn fault(rule: &NoiseRule, trust: PaymentTrust) -> Option<&'static str> {
    let has_host = !rule.blocked_host.is_empty();
    let is_by_source = !has_host && rule.blocked_address.is_empty() && rule.has_destination();
    let is_shared = || rule.blocked_host.iter().any(|host| serves_anybody(host.name()));
    match trust {
        PaymentTrust::BrowserNamesSource if rule.engine != [Engine::Firefox] => Some(NAMES_ITSELF),
        _ if is_by_source && trust != PaymentTrust::BrowserNamesSource => Some(NAMES_ITSELF),
        PaymentTrust::BrowserNamesSource if rule.source_scheme.is_empty() => {
            Some("the rule names no source_scheme, so it does not depend on the script's name")
        }
        PaymentTrust::OwnerKeepsHost if !has_host => {
            Some("the rule names no blocked_host that an owner could keep")
        }
        PaymentTrust::OwnerKeepsHost if is_shared() => Some(
            "one of the hosts serves or fetches for anybody, so its name shows nothing; add the path that only the \
             cause has, and write \"owner-keeps-path\"",
        ),
        PaymentTrust::OwnerKeepsPath if !has_host || !rule.has_blocked_path() => {
            Some("the rule names no blocked_host with the path that only its owner has")
        }
        PaymentTrust::NotPublic if !is_outside_public_network(rule) => Some(
            "not all of its blocked_host and blocked_address are outside the public network: names of one label, \
             and addresses such as 10.0.0.0/8, are",
        ),
        _ => None,
    }
}

/// Chromium takes the name that a script gives itself (`//# sourceURL=chrome-extension://…`) for its source.
const NAMES_ITSELF: &str = "a script can name itself as it likes, except in Firefox; add engine = [\"firefox\"] and write \
                            \"browser-names-source\", or add a blocked_host, or remove payment_pages";

fn is_outside_public_network(rule: &NoiseRule) -> bool {
    let is_local_name = |host: &HostPattern| match host {
        HostPattern::Exact(host) => match host.parse::<IpAddr>() {
            Ok(address) => is_private(&IpNet::from(address)),
            Err(_) => !host.contains('.'),
        },
        HostPattern::Below(_) => false,
    };
    let names_one = !rule.blocked_host.is_empty() || !rule.blocked_address.is_empty();
    names_one
        && rule.blocked_host.iter().all(is_local_name)
        && rule.blocked_address.iter().all(is_private)
}

/// Whether all addresses of a network are outside the public Internet.
pub(super) fn is_private(network: &IpNet) -> bool {
    PRIVATE
        .iter()
        .filter_map(|text| text.parse::<IpNet>().ok())
        .any(|private| private.contains(network))
}

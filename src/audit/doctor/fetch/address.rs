//! Which addresses are on the internet, and which lead into somebody's own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

use crate::base::destination::is_local_v4;

/// Further IPv4 networks that are not the internet (IANA's special-purpose registry, RFC 6890), and where providers of
/// machines answer with their credentials. Other such addresses are local: 169.254.169.254 is the metadata of most providers,
/// 100.100.100.200 Alibaba's. The ranges for documentation are left out: nothing answers there.
const SPECIAL_V4: [(Ipv4Addr, u8); 5] = [
    // Azure's metadata and DNS, in public space.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    // 192.0.0.192 is Oracle's metadata.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // Relays of 6to4, which lead to any IPv4 address (RFC 7526).
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// All of the internet's IPv6 (RFC 4291, section 2.4), outside of which are loopback, link-local, unique local (fd00:ec2::254
/// is Amazon's metadata), site-local and multicast addresses.
const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// Teredo (RFC 4380) and other special purposes within it.
const SPECIAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23);
/// 6to4 (RFC 3056): the next 32 bits are an IPv4 address.
const SIX_TO_FOUR: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16);
/// NAT64 (RFC 6052): the last 32 bits are an IPv4 address. Some networks reach all of IPv4 by it.
const NAT64: (Ipv6Addr, u8) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Whether an address is on the internet. An IPv6 address that embeds an IPv4 address is judged by that one.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let is_in = |(network, length): &(Ipv4Addr, u8)| {
        Ipv4Net::new(*network, *length).is_ok_and(|network| network.contains(&address))
    };
    !is_local_v4(address) && !SPECIAL_V4.iter().any(is_in)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let is_in = |(network, length): (Ipv6Addr, u8)| {
        Ipv6Net::new(network, length).is_ok_and(|network| network.contains(&address))
    };
    let bits = address.to_bits();
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    if is_in(NAT64) {
        return is_public_v4(embedded(bits));
    }
    if is_in(SIX_TO_FOUR) {
        return is_public_v4(embedded(bits >> 80));
    }
    is_in(GLOBAL_V6) && !is_in(SPECIAL_V6)
}

/// The IPv4 address in the lowest 32 bits.
fn embedded(bits: u128) -> Ipv4Addr {
    let [.., a, b, c, d] = bits.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(addresses: &[&str], expected: bool) {
        for address in addresses {
            assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn addresses_of_the_internet_are_public() {
        check(&["1.1.1.1", "93.184.216.34", "100.63.255.255", "100.128.0.1", "172.32.0.1"], true);
        check(&["11.0.0.1", "168.63.129.17", "169.253.0.1", "192.167.1.1", "223.255.255.1"], true);
        check(&["2606:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888"], true);
        check(&["::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::1"], true);
    }

    #[test]
    fn addresses_of_a_machine_or_of_a_network_are_not() {
        check(&["127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "::1", "::"], false);
        check(&["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fd12::1"], false);
        check(&["169.254.169.254", "fe80::1", "fec0::1", "100.64.0.1", "100.127.255.255"], false);
        check(&["168.63.129.16", "192.0.0.192", "100.100.100.200", "fd00:ec2::254"], false);
        check(&["224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "ff02::1"], false);
        check(&["198.18.0.1", "192.88.99.1", "2001::1", "2001:2::1", "100::1"], false);
        check(&["::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"], false);
        check(&["64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::1.1.1.1"], false);
        check(&["2002:7f00:1::1", "2002:a9fe:a9fe::", "2002:c0a8:101::1"], false);
    }
}

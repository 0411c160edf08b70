//! The client of a request: its address, and the keyed hash that represents it everywhere else. Addresses are never
//! stored.

use std::hash::Hasher;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hyper::HeaderMap;
use hyper::header::{FORWARDED, HeaderName};
use ipnet::IpNet;
use siphasher::sip::SipHasher24;

use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::config::{ClientHeader, Listen};

/// Hashes clients with a secret key, so that nobody can find the address of a hash by trying them all.
#[derive(Clone)]
pub struct ClientHasher(SipHasher24);

impl ClientHasher {
    /// A hasher with this key.
    pub fn new(key: &[u8; 16]) -> Self {
        Self(SipHasher24::new_with_key(key))
    }

    /// The hash of a client. Its upper half is that of the client's network (IPv4 /24, IPv6 /48), its
    /// lower half that of the client itself (IPv4 address, IPv6 /64). So two clients of
    /// different networks can be distinguished without keeping anything else.
    pub fn hash(&self, address: IpAddr) -> ClientId {
        let (network, client) = (prefix(network(address)), prefix(address));
        let is_v6 = u8::from(address.to_canonical().is_ipv6());
        ClientId(self.half(b'n' + is_v6, network) << 32 | self.half(b'c' + is_v6, client))
    }

    /// The hash of whoever sends a request: the peer, or the one that a trusted proxy names.
    pub fn hash_sender(&self, peer: IpAddr, headers: &HeaderMap, listen: &Listen) -> ClientId {
        self.hash(sender(peer, headers, &listen.trusted_proxies, listen.client_header).address)
    }

    fn half(&self, domain: u8, value: u64) -> u64 {
        let mut hasher = self.0;
        hasher.write_u8(domain);
        hasher.write_u64(value);
        hasher.finish() & u64::from(u32::MAX)
    }
}

/// The network of an address, IPv4 /24 or IPv6 /48: the most that one customer of a provider has.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() >> 8 << 8).into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 80 << 80).into(),
    }
}

/// The part of an address that identifies a client: all of an IPv4 address, the /64 of an IPv6 one.
fn prefix(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(address) => u64::from(address.to_bits()),
        IpAddr::V6(address) => (address.to_bits() >> 64) as u64,
    }
}

/// Whether an address is one of the trusted proxies.
pub(super) fn is_proxy(address: IpAddr, trusted: &[IpNet]) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|network| network.contains(&address))
}

/// The sender of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sender {
    /// The address by which it is counted.
    pub(super) address: IpAddr,
    /// Whether that is a proxy's that names no client: it speaks for many.
    pub(super) is_crowd: bool,
}

/// The client of a request: the peer, or - when the peer is a trusted proxy - the right-most hop that is not one. A hop that is
/// no address ends the search: what is left of it was not added by a trusted proxy. Its client is unknown, and one: whoever
/// can write what no proxy writes must not be a crowd by it.
pub(super) fn sender(
    peer: IpAddr,
    headers: &HeaderMap,
    trusted: &[IpNet],
    header: ClientHeader,
) -> Sender {
    let mut address = peer.to_canonical();
    if !is_proxy(address, trusted) {
        return Sender { address, is_crowd: false };
    }
    for hop in hops(headers, header).take(limits::FORWARDED_HOPS) {
        let Some(named) = hop else { return Sender { address, is_crowd: false } };
        address = named;
        if !is_proxy(address, trusted) {
            return Sender { address, is_crowd: false };
        }
    }
    Sender { address, is_crowd: true }
}

/// The hops that proxies added, nearest first, in the header that counts: where both may, in the more usual one if there is any
/// (RFC 7239 has `Forwarded`). They are read as bytes, because what a client wrote before them need not be text.
fn hops(headers: &HeaderMap, header: ClientHeader) -> impl Iterator<Item = Option<IpAddr>> {
    static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
    let plain = headers.get_all(&X_FORWARDED_FOR);
    let (values, parse): (_, fn(&str) -> _) = match header {
        ClientHeader::None => (None, parse_hop),
        ClientHeader::XForwardedFor => (Some(plain), parse_hop),
        ClientHeader::Auto if plain.iter().next().is_some() => (Some(plain), parse_hop),
        ClientHeader::Auto | ClientHeader::Forwarded => {
            (Some(headers.get_all(FORWARDED)), parse_forwarded)
        }
    };
    let values = values.into_iter().flat_map(|values| values.into_iter().rev());
    let elements = values.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
    elements.map(move |element| parse(std::str::from_utf8(element).ok()?))
}

/// `for=192.0.2.1;proto=https`
fn parse_forwarded(element: &str) -> Option<IpAddr> {
    let mut pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, node) = pairs.find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    parse_hop(node.trim_matches('"'))
}

/// `1.2.3.4`, `1.2.3.4:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if let Some(bracketed) = text.strip_prefix('[') {
        let (address, _port) = bracketed.split_once(']')?;
        return address
            .parse::<Ipv6Addr>()
            .ok()
            .map(|address| IpAddr::from(address).to_canonical());
    }
    let with_port = || text.rsplit_once(':').and_then(|(address, _)| address.parse().ok());
    text.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(peer: &str, headers: &[(&'static str, &str)], expected: &str) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().expect("a header value"));
        }
        let trusted = ["10.0.0.0/8".parse().expect("a net"), "fd00::/8".parse().expect("a net")];
        let found = sender(peer.parse().expect("an address"), &map, &trusted, ClientHeader::Auto);
        assert_eq!(found.address.to_string(), expected);
    }

    #[test]
    fn what_no_proxy_writes_makes_nobody_a_crowd_nor_another() {
        let trusted = ["10.0.0.0/8".parse().expect("a net")];
        let proxy: IpAddr = [10, 0, 0, 1].into();
        let from = |name: &'static str, value: &[u8]| {
            let mut map = HeaderMap::new();
            map.append(name, hyper::header::HeaderValue::from_bytes(value).expect("a value"));
            sender(proxy, &map, &trusted, ClientHeader::Auto)
        };
        let named = Sender { address: [198, 51, 100, 7].into(), is_crowd: false };
        for before in [&b"\xff"[..], b"\xff\xfe, \x80", b"x, \xc3\x28", b",,", b"9.9.9.9 \xff"] {
            let value = [before, b", 198.51.100.7"].concat();
            assert_eq!(from("x-forwarded-for", &value), named, "{before:?}");
            let value = [before, b", for=198.51.100.7"].concat();
            assert_eq!(from("forwarded", &value), named, "{before:?}");
        }
        let unknown = Sender { address: proxy, is_crowd: false };
        for alone in [&b"\xff"[..], b"unknown", b"198.51.100.7, \xff", b"", b"_hidden"] {
            assert_eq!(from("x-forwarded-for", alone), unknown, "{alone:?}");
        }
        assert!(sender(proxy, &HeaderMap::new(), &trusted, ClientHeader::Auto).is_crowd);
        assert!(from("x-forwarded-for", b"10.0.0.2").is_crowd);
    }

    #[test]
    fn the_rightmost_untrusted_hop_counts() {
        let xff = "x-forwarded-for";
        check("203.0.113.1", &[(xff, "1.1.1.1")], "203.0.113.1");
        check("10.0.0.1", &[(xff, "9.9.9.9, 198.51.100.7, 10.0.0.2")], "198.51.100.7");
        check("10.0.0.1", &[(xff, "9.9.9.9"), (xff, "198.51.100.7:1234")], "198.51.100.7");
        check("::ffff:10.0.0.1", &[(xff, "[2001:db8::1]:80")], "2001:db8::1");
        check("10.0.0.1", &[(xff, "9.9.9.9, unknown, 10.0.0.2")], "10.0.0.2");
        check("10.0.0.1", &[(xff, "10.0.0.3")], "10.0.0.3");
        check("10.0.0.1", &[], "10.0.0.1");
        check(
            "fd00::1",
            &[("forwarded", "for=9.9.9.9, for=\"[2001:db8::7]:80\";proto=https")],
            "2001:db8::7",
        );
    }

    #[test]
    fn only_the_header_that_counts_is_read() {
        let trusted = ["10.0.0.0/8".parse().expect("a net")];
        let mut map = HeaderMap::new();
        map.append("x-forwarded-for", "198.51.100.1".parse().expect("a value"));
        map.append("forwarded", "for=198.51.100.2".parse().expect("a value"));
        let of = |header| {
            let found = sender([10, 0, 0, 1].into(), &map, &trusted, header);
            (found.address.to_string(), found.is_crowd)
        };
        assert_eq!(of(ClientHeader::Auto), ("198.51.100.1".to_owned(), false));
        assert_eq!(of(ClientHeader::XForwardedFor), ("198.51.100.1".to_owned(), false));
        assert_eq!(of(ClientHeader::Forwarded), ("198.51.100.2".to_owned(), false));
        assert_eq!(of(ClientHeader::None), ("10.0.0.1".to_owned(), true));
        map.remove("x-forwarded-for");
        let plain = sender([10, 0, 0, 1].into(), &map, &trusted, ClientHeader::XForwardedFor);
        assert!(plain.is_crowd, "a header that only a client wrote");
    }

    #[test]
    fn hashes_tell_clients_and_networks_apart() {
        let hasher = ClientHasher::new(&[7; 16]);
        let hash = |address: &str| hasher.hash(address.parse().expect("an address"));
        let network = |address: &str| hash(address).network();
        assert_ne!(hash("192.0.2.1"), hash("192.0.2.2"));
        assert_eq!(network("192.0.2.1"), network("192.0.2.2"));
        assert_ne!(network("192.0.2.1"), network("192.0.3.1"));
        assert_eq!(hash("2001:db8::1"), hash("2001:db8::2"));
        assert_ne!(hash("2001:db8::1"), hash("2001:db8:0:1::1"));
        assert_eq!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_eq!(hash("::ffff:192.0.2.1"), hash("192.0.2.1"));
        assert_ne!(ClientHasher::new(&[8; 16]).hash([192, 0, 2, 1].into()), hash("192.0.2.1"));
    }
}

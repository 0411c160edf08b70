//! `--resolve HOST:[PORT:]ADDRESS`: where a host is that the DNS does not know yet, as curl takes it.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use url::{Host, Url};

/// Where the connections to a host go instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressOverride {
    host: Host,
    /// Only for connections to this port. `None`: to any.
    port: Option<u16>,
    /// Where they go.
    address: IpAddr,
}

impl AddressOverride {
    /// The address for a URL, if this override is about its host and port.
    pub fn address(&self, url: &Url) -> Option<IpAddr> {
        let is_host = url.host().is_some_and(|host| host.to_owned() == self.host);
        let is_port = self.port.is_none_or(|port| url.port_or_known_default() == Some(port));
        (is_host && is_port).then_some(self.address)
    }
}

impl FromStr for AddressOverride {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            "write HOST:ADDRESS or HOST:PORT:ADDRESS, such as www.shop.example:192.0.2.7; an IPv6 address needs [brackets]"
                .to_owned()
        };
        let (host, rest) = text.split_once(':').ok_or_else(expected)?;
        let host = Host::parse(host).map_err(|_| expected())?;
        if let Some(address) = address(rest) {
            return Ok(Self { host, port: None, address });
        }
        let (port, rest) = rest.split_once(':').ok_or_else(expected)?;
        let port = port.parse().map_err(|_| expected())?;
        Ok(Self { host, port: Some(port), address: address(rest).ok_or_else(expected)? })
    }
}

/// An address. Without brackets, a port before an IPv6 address could be a part of it.
fn address(text: &str) -> Option<IpAddr> {
    match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => text.parse().ok().filter(IpAddr::is_ipv4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, url: &str, expected: Option<&str>) {
        let address = AddressOverride::from_str(text).unwrap().address(&Url::parse(url).unwrap());
        assert_eq!(address, expected.map(|address| address.parse().unwrap()), "{text} {url}");
    }

    #[test]
    fn an_override_is_about_a_host_and_perhaps_a_port() {
        check("shop.example:192.0.2.7", "https://shop.example/x", Some("192.0.2.7"));
        check("SHOP.example:192.0.2.7", "http://shop.example:8080/", Some("192.0.2.7"));
        check("shop.example:443:192.0.2.7", "https://shop.example/", Some("192.0.2.7"));
        check("shop.example:443:192.0.2.7", "http://shop.example/", None);
        check("shop.example:192.0.2.7", "https://www.shop.example/", None);
        check("shop.example:[::1]", "https://shop.example/", Some("::1"));
        check("shop.example:8443:[2001:db8::1]", "https://shop.example:8443/", Some("2001:db8::1"));
        check("bücher.example:192.0.2.7", "https://xn--bcher-kva.example/", Some("192.0.2.7"));
        check("192.0.2.1:192.0.2.7", "https://192.0.2.1/", Some("192.0.2.7"));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "shop.example",
            "shop.example:",
            ":192.0.2.7",
            "shop.example:443",
            "shop.example:443:",
            "shop.example:x:192.0.2.7",
            "shop.example:99999:192.0.2.7",
            "shop.example:other.example",
            "shop.example:2001:db8::1",
            "shop.example:[192.0.2.7]",
            "https://shop.example:192.0.2.7",
        ] {
            let refused = AddressOverride::from_str(text);
            assert!(refused.as_ref().is_err_and(|why| why.contains("HOST:PORT:ADDRESS")), "{text}");
        }
    }
}

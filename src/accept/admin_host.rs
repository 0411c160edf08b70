//! Under which names the admin listener answers. A web page can have its own name resolve to this machine's addresses (DNS
//! rebinding); then a browser that can reach the listener lets the page read it. Such a request names the page's host in `Host`.
//! An address there cannot be rebound, so whoever asks by address is answered: probes, Prometheus.

use std::net::{Ipv4Addr, Ipv6Addr};

use hyper::Request;
use hyper::header::HOST;

use crate::config::HostPattern;

/// The names.
#[derive(Clone, Debug, Default)]
pub struct AdminHosts(pub Vec<HostPattern>);

impl AdminHosts {
    /// Whether a request may be answered by the hosts that it names. HTTP/1.0 need not name one, and no browser speaks it.
    pub(super) fn admit<B>(&self, request: &Request<B>) -> bool {
        let named = request.headers().get_all(HOST).iter();
        let named = named.map(|host| host.to_str().unwrap_or("?"));
        let of_target = request.uri().authority().map(|authority| authority.as_str());
        named.chain(of_target).all(|host| self.has(host))
    }

    fn has(&self, host: &str) -> bool {
        let name = without_port(host).trim_end_matches('.').to_ascii_lowercase();
        let bracketed = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        let is_address = match bracketed {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => name.parse::<Ipv4Addr>().is_ok(),
        };
        is_address
            || name == "localhost"
            || name.ends_with(".localhost")
            || self.0.iter().any(|pattern| pattern.matches(&name))
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_admitted(hosts: &[&str], target: &str) -> bool {
        let patterns = [
            HostPattern::Exact("collector.internal".to_owned()),
            HostPattern::Below("mesh.internal".to_owned()),
        ];
        let mut request = Request::get(target);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        AdminHosts(patterns.to_vec()).admit(&request.body(()).expect("a request"))
    }

    #[test]
    fn addresses_loopback_and_configured_names_are_answered() {
        for host in [
            "127.0.0.1:8081",
            "10.1.2.3",
            "[::1]:8081",
            "[2001:db8::1]",
            "localhost",
            "LocalHost.:8081",
            "a.localhost:1",
            "collector.internal:8081",
            "Collector.Internal",
            "a.mesh.internal",
        ] {
            assert!(is_admitted(&[host], "/metrics"), "{host}");
        }
        assert!(is_admitted(&[], "/metrics"), "HTTP/1.0");
    }

    #[test]
    fn no_other_name_is() {
        for host in [
            "evil.example",
            "evil.example:8081",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "evillocalhost",
            "mesh.internal",
            "collector.internal.evil.example",
            "1",
            "0x7f.1",
            "[::1].evil.example",
            "evil.example@127.0.0.1:80",
            "127.0.0.1@evil.example",
            "",
            ":8081",
            "\u{e4}",
        ] {
            assert!(!is_admitted(&[host], "/metrics"), "{host}");
        }
        assert!(!is_admitted(&["127.0.0.1", "evil.example"], "/metrics"));
        assert!(!is_admitted(&["127.0.0.1"], "http://evil.example/metrics"));
    }
}

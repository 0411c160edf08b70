//! Registrable domains, by the public suffix list (publicsuffix.org, private section included: two
//! customers of one hosting suffix are two parties).

use std::net::IpAddr;

/// The registrable domain of a host; the host itself where it is an IP address, a public suffix or a single label.
pub fn registrable(host: &str) -> &str {
    if host.parse::<IpAddr>().is_ok() {
        return host;
    }
    psl::domain_str(host).unwrap_or(host)
}

/// The domain that the owner of a host registered; `None` for IP addresses, public suffixes and single labels, which nobody
/// registers.
pub fn registered(host: &str) -> Option<&str> {
    if host.parse::<IpAddr>().is_ok() {
        return None;
    }
    psl::domain_str(host)
}

/// Whether a host is a customer's of a hoster, by the private section of the public suffix list: `me.github.io`.
pub fn is_hosted(host: &str) -> bool {
    let suffix = psl::suffix(host.as_bytes());
    suffix.is_some_and(|suffix| {
        suffix.typ() == Some(psl::Type::Private) && suffix.as_bytes() != host.as_bytes()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_public_suffix_list() {
        for (host, expected) in [
            ("a.b.shop.example", "shop.example"),
            ("js.stripe.com", "stripe.com"),
            ("x.shop.co.uk", "shop.co.uk"),
            ("me.github.io", "me.github.io"),
            ("co.uk", "co.uk"),
            ("localhost", "localhost"),
            ("10.0.0.1", "10.0.0.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("", ""),
        ] {
            assert_eq!(registrable(host), expected);
        }
    }

    #[test]
    fn customers_of_hosters() {
        for (host, expected) in [
            ("me.github.io", true),
            ("a.me.github.io", true),
            ("bucket.s3.amazonaws.com", true),
            ("github.io", false),
            ("api.stripe.com", false),
            ("10.0.0.1", false),
            ("", false),
        ] {
            assert_eq!(is_hosted(host), expected, "{host}");
        }
    }

    #[test]
    fn what_nobody_registers() {
        for host in ["co.uk", "github.io", "localhost", "10.0.0.1", "::1", ""] {
            assert_eq!(registered(host), None, "{host}");
        }
        assert_eq!(registered("pay.me.github.io"), Some("me.github.io"));
    }
}

//! Hosts that the parser of URLs refuses: with labels that are no Punycode, or with characters that no host may have. Browsers
//! ask the network for many of them, and whoever has the domain answers under any label.

use super::domain::registered;

/// In place of a label with characters that no host has.
const ODD_LABEL: &str = "invalid";

/// The host of an authority, which is what follows `//` in a URL: without credentials and port. It may be odd.
pub fn of_authority(authority: &str) -> &str {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    host.split_once(':').map_or(host, |(host, _)| host)
}

/// A host in lower case, if somebody can have its domain: that has letters, digits, hyphens and dots alone. A label below it
/// with other characters is replaced, each by the same word.
pub fn with_plain_labels(host: &str) -> Option<String> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let domain = registered(&host).filter(|domain| is_domain(domain))?;
    let below = host[..host.len() - domain.len()].strip_suffix('.');
    let labels = below.into_iter().flat_map(|labels| labels.split('.'));
    let plain = labels.map(|label| if is_plain_label(label) { label } else { ODD_LABEL });
    Some(plain.chain([domain]).collect::<Vec<_>>().join("."))
}

fn is_domain(domain: &str) -> bool {
    // What ends in a number is an address, or nothing.
    let last = domain.rsplit('.').next().unwrap_or(domain);
    let is_known = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(is_known);
    last.starts_with(|c: char| c.is_ascii_alphabetic()) && domain.split('.').all(is_label)
}

fn is_plain_label(label: &str) -> bool {
    !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_kept_whatever_is_below_it() {
        for (host, expected) in [
            ("xn--a.evil-real.com", Some("xn--a.evil-real.com")),
            ("XN--A.Evil-Real.com.", Some("xn--a.evil-real.com")),
            ("a.xn--a.b.evil.co.uk", Some("a.xn--a.b.evil.co.uk")),
            ("xn--a.com", Some("xn--a.com")),
            ("e%20v.evil.com", Some("invalid.evil.com")),
            ("a.$({x}).b_c.evil.com", Some("a.invalid.b_c.evil.com")),
            ("\u{202e}.ü..evil.com", Some("invalid.invalid.invalid.evil.com")),
            ("evil.com", Some("evil.com")),
            ("e%20v.host", None),
            ("xn--a", None),
            ("xn--a.co.uk", Some("xn--a.co.uk")),
            ("e v.co.uk", None),
            ("co.uk", None),
            ("1.2.3.4.5", None),
            ("256.1.1.1", None),
            ("[2001", None),
            ("a b", None),
            ("", None),
        ] {
            assert_eq!(with_plain_labels(host).as_deref(), expected, "{host}");
        }
    }

    #[test]
    fn hosts_of_authorities() {
        for (authority, host) in [
            ("evil.com", "evil.com"),
            ("evil.com:8443", "evil.com"),
            ("u:p@good.com@evil.com:1", "evil.com"),
            ("xn--a.evil.com:443xn--a.evil.com", "xn--a.evil.com"),
            ("", ""),
        ] {
            assert_eq!(of_authority(authority), host, "{authority}");
        }
    }
}

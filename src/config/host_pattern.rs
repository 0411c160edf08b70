//! Patterns of hosts.

use std::fmt;

/// The hosts that a pattern matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPattern {
    /// This host only.
    Exact(String),
    /// Every host below this one, as CSP's `*.shop.example`: not `shop.example` itself.
    Below(String),
}

impl HostPattern {
    /// The host, or the one that hosts are below.
    pub fn name(&self) -> &str {
        match self {
            Self::Exact(host) | Self::Below(host) => host,
        }
    }

    /// Whether it matches `host`, which is lower-case ASCII.
    pub fn matches(&self, host: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == host,
            Self::Below(parent) => host
                .strip_suffix(parent.as_str())
                .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        }
    }
}

/// As the configuration spells it.
impl fmt::Display for HostPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let below = if matches!(self, Self::Below(_)) { "*." } else { "" };
        write!(formatter, "{below}{}", self.name())
    }
}

/// `shop.example`, `*.shop.example`, an IP address. Names become lower-case ASCII.
pub(super) fn host_pattern(text: &str) -> Result<HostPattern, String> {
    let (name, is_wildcard) = match text.strip_prefix("*.") {
        Some(name) => (name, true),
        None => (text, false),
    };
    let wrong = || {
        format!(
            "\"{text}\" is not a host; write a name such as \"shop.example\" or \"*.shop.example\", \
             without scheme, port or path"
        )
    };
    if name.is_empty() || name.contains(['*', '/', '@', '?', '#', ' ', '%']) {
        return Err(wrong());
    }
    let host = match url::Host::parse(name).map_err(|_| wrong())? {
        url::Host::Domain(name) => name,
        url::Host::Ipv4(address) => address.to_string(),
        url::Host::Ipv6(address) => address.to_string(),
    };
    if host.contains(':') && !name.starts_with('[') {
        return Err(wrong());
    }
    Ok(if is_wildcard { HostPattern::Below(host) } else { HostPattern::Exact(host) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        let below = host_pattern("*.Bücher.example").expect("a host");
        assert!(below.matches("a.xn--bcher-kva.example"));
        assert!(below.matches("a.b.xn--bcher-kva.example"));
        assert!(!below.matches("xn--bcher-kva.example"));
        assert!(!below.matches("evilxn--bcher-kva.example"));
        assert!(!below.matches(".xn--bcher-kva.example"));
        assert!(host_pattern("10.0.0.1").expect("a host").matches("10.0.0.1"));
        for wrong in ["", "*", "*.", "https://a.example", "a.example:443", "a.example/x", "a b"] {
            assert!(host_pattern(wrong).is_err(), "{wrong}");
        }
    }
}

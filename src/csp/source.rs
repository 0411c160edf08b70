//! The sources that a directive lists (CSP3, section 2.3.1).

use std::net::Ipv6Addr;

use crate::csp::text::{NONCE, without_nonce};

/// One entry of a directive's list, in the spelling by which equal ones are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// `*`.
    Any,
    /// `'self'`.
    SelfOrigin,
    /// `'strict-dynamic'`.
    StrictDynamic,
    /// `'nonce-…'`; which one is not kept.
    Nonce,
    /// `'sha256-…'`, `'sha384-…'` or `'sha512-…'`.
    Hash(Box<str>),
    /// Another keyword with its quotes, lower-case: `'unsafe-inline'`.
    Keyword(Box<str>),
    /// `https:`, without the colon.
    Scheme(Box<str>),
    /// `https://*.cdn.example:8443/js/`.
    Host(HostSource),
    /// What is no source, or a word of a directive that lists none.
    Word(Box<str>),
}

/// A source that names a host. All but the path is lower-case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostSource {
    /// Its scheme; that of the document where it has none.
    pub scheme: Option<Box<str>>,
    /// The host, an IP address without brackets; empty where any will do.
    pub host: Box<str>,
    /// Whether hosts below it are meant (`*.host`).
    pub below: bool,
    /// Its port.
    pub port: Port,
    /// Its path, without query; may be empty.
    pub path: Box<str>,
}

/// The port of a [`HostSource`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Port {
    /// The default one of the URL's scheme.
    Default,
    /// `*`.
    Any,
    /// This one.
    Number(u16),
}

impl Source {
    /// Reads a word of a list of sources; `None` for `'none'`, which adds nothing to a list.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        if word.starts_with('\'') {
            return Self::parse_keyword(without_nonce(word));
        }
        Some(match word {
            "*" => Self::Any,
            _ => match word.strip_suffix(':').filter(|scheme| is_scheme(scheme)) {
                Some(scheme) => Self::Scheme(scheme.to_ascii_lowercase().into()),
                None => HostSource::parse(word).map_or_else(|| Self::Word(word.into()), Self::Host),
            },
        })
    }

    fn parse_keyword(word: &str) -> Option<Self> {
        let keyword = word.to_ascii_lowercase();
        Some(match keyword.as_str() {
            "'none'" => return None,
            "'self'" => Self::SelfOrigin,
            "'strict-dynamic'" => Self::StrictDynamic,
            NONCE => Self::Nonce,
            _ if keyword.starts_with("'sha") => Self::Hash(word.into()),
            _ => Self::Keyword(keyword.into()),
        })
    }
}

impl HostSource {
    fn parse(word: &str) -> Option<Self> {
        let (scheme, rest) = match word.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, word),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        // Browsers warn of a query and leave it out.
        let path = &path[..path.find(['?', '#']).unwrap_or(path.len())];
        let (host, port) = split_port(authority)?;
        let (host, below, is_host) = match (host, host.strip_prefix("*."), address(host)) {
            ("*", ..) => ("", true, true),
            (_, Some(parent), _) => (parent, true, is_domain(parent)),
            (_, _, Some(address)) => (address, false, true),
            _ => (host, false, is_domain(host)),
        };
        let is_scheme = scheme.is_none_or(is_scheme);
        (is_host && is_scheme).then(|| Self {
            scheme: scheme.map(|scheme| scheme.to_ascii_lowercase().into()),
            host: host.to_ascii_lowercase().into(),
            below,
            port,
            path: path.into(),
        })
    }
}

/// `host`, `host:8443`, `host:*`, `[::1]:80`.
fn split_port(authority: &str) -> Option<(&str, Port)> {
    let Some((host, port)) = authority.rsplit_once(':').filter(|_| !authority.ends_with(']'))
    else {
        return Some((authority, Port::Default));
    };
    let port = if port == "*" { Port::Any } else { Port::Number(port.parse().ok()?) };
    Some((host, port))
}

/// The IPv6 address between brackets.
fn address(host: &str) -> Option<&str> {
    let address = host.strip_prefix('[')?.strip_suffix(']')?;
    address.parse::<Ipv6Addr>().is_ok().then_some(address)
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// Labels of letters, digits and hyphens; browsers take underscores too.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    text.strip_suffix('.').unwrap_or(text).split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_is_host(word: &str, shown: &str) {
        let source = Source::parse(word);
        assert!(matches!(source, Some(Source::Host(_))), "{word}: {source:?}");
        assert_eq!(source.map(|source| source.to_string()).as_deref(), Some(shown));
    }

    #[test]
    fn hosts() {
        check_is_host("CDN.example", "cdn.example");
        check_is_host(
            "HTTPS://*.cdn.example:8443/Js/a.js?v=1",
            "https://*.cdn.example:8443/Js/a.js",
        );
        check_is_host("*:*", "*:*");
        check_is_host("https://*", "https://*");
        check_is_host("localhost:8080", "localhost:8080");
        check_is_host("http://[::1]:80/", "http://[::1]:80/");
        check_is_host("self", "self");
        check_is_host("a_b.example", "a_b.example");
    }

    #[test]
    fn keywords_and_schemes() {
        assert_eq!(Source::parse("*"), Some(Source::Any));
        assert_eq!(Source::parse("'SELF'"), Some(Source::SelfOrigin));
        assert_eq!(Source::parse("'none'"), None);
        assert_eq!(Source::parse("'nonce-Ab'"), Some(Source::Nonce));
        assert_eq!(Source::parse("'nonce-"), Some(Source::Nonce));
        assert_eq!(Source::parse("'sha256-Ab='"), Some(Source::Hash("'sha256-Ab='".into())));
        assert_eq!(Source::parse("Data:"), Some(Source::Scheme("data".into())));
        assert_eq!(
            Source::parse("'Unsafe-Inline'"),
            Some(Source::Keyword("'unsafe-inline'".into()))
        );
    }

    #[test]
    fn what_is_no_source_is_a_word() {
        for word in
            ["https://", "a..b", "*.", "a.*.b", "a:99999", "https://a,b", "//a", "x@y", "*a"]
        {
            assert_eq!(Source::parse(word), Some(Source::Word(word.into())), "{word}");
        }
    }
}

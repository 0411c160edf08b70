//! Hosts that are reported without a scheme: `e.example`, `e.example:8443`, `//e.example/x`, `[::1]`.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use crate::report::is_keyword;

/// Schemes whose URLs may look like a host with a port, because a number follows.
const NUMBER_SCHEMES: [&str; 5] = ["tel", "sms", "callto", "fax", "facetime"];

/// Adds the missing scheme to a text that begins with a host. Keywords, bare schemes and URLs stay as they are.
pub(super) fn with_scheme<'a>(text: Cow<'a, str>, scheme: &str) -> Cow<'a, str> {
    // The usual way first.
    if text.starts_with("https://") || text.starts_with("http://") {
        return text;
    }
    let trimmed = text.trim();
    if trimmed.starts_with("//") {
        return Cow::Owned(format!("{scheme}:{trimmed}"));
    }
    if trimmed.parse::<Ipv6Addr>().is_ok() {
        return Cow::Owned(format!("{scheme}://[{trimmed}]"));
    }
    if begins_with_host(trimmed) {
        return Cow::Owned(format!("{scheme}://{trimmed}"));
    }
    text
}

/// Whether a text begins with a host: a word that has a dot, or that a slash or a port follows.
fn begins_with_host(text: &str) -> bool {
    if text.starts_with('[') {
        return true;
    }
    let (host, rest) = text.split_at(text.find(['/', '?', '#', ':']).unwrap_or(text.len()));
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '%' | '*');
    let is_name = host.chars().all(is_part) && host.contains(char::is_alphanumeric);
    let is_host = match rest.as_bytes().first() {
        Some(b':') => {
            is_port(&rest[1..]) && (host.contains('.') || !NUMBER_SCHEMES.contains(&host))
        }
        Some(b'/') => true,
        _ => host.contains('.'),
    };
    is_name && is_host && !is_keyword(host)
}

/// Whether a text begins with a port, which nothing but a path follows.
fn is_port(text: &str) -> bool {
    let (digits, rest) = text.split_at(text.find(['/', '?', '#']).unwrap_or(text.len()));
    let is_path = rest.is_empty() || !rest.starts_with("//");
    is_path && digits.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_get_the_scheme_and_all_else_stays() {
        for (text, expected) in [
            ("e.example", "https://e.example"),
            ("e.example:8443", "https://e.example:8443"),
            ("e.example:8443/x?y", "https://e.example:8443/x?y"),
            (" E.example. ", "https://E.example."),
            ("//e.example/x", "https://e.example/x"),
            ("host/c.gif", "https://host/c.gif"),
            ("localhost:3000", "https://localhost:3000"),
            ("127.0.0.1", "https://127.0.0.1"),
            ("[::1]", "https://[::1]"),
            ("[::1]:8080/x", "https://[::1]:8080/x"),
            ("2001:db8::1", "https://[2001:db8::1]"),
            ("bücher.example", "https://bücher.example"),
            ("https://e.example/", "https://e.example/"),
            ("wss://e.example/", "wss://e.example/"),
            ("com.example.app://pay", "com.example.app://pay"),
            ("inline", "inline"),
            ("data", "data"),
            ("data:123", "data:123"),
            ("tel:911", "tel:911"),
            ("mailto:a@b.example", "mailto:a@b.example"),
            ("x-custom", "x-custom"),
            ("/relative/path.js", "/relative/path.js"),
            ("two words.example", "two words.example"),
            ("", ""),
        ] {
            assert_eq!(with_scheme(Cow::Borrowed(text), "https"), expected, "{text}");
        }
    }
}

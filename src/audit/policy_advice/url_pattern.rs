//! A host as an entry of a Connection-Allowlist: a URL pattern (<https://urlpattern.spec.whatwg.org/>).

use crate::csp::{HostSource, Port};

/// The pattern that matches what a source of a policy allows, with a query or without. `None`: the host cannot be written as
/// one, such as an IPv6 address, whose colons begin groups there.
pub(super) fn url_pattern(source: &HostSource) -> Option<String> {
    let HostSource { scheme, host, below, port, path } = source;
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    if host.is_empty() || !host.bytes().all(is_plain) {
        return None;
    }
    let scheme = scheme.as_deref().unwrap_or("https");
    let below = if *below { "*." } else { "" };
    let port = match port {
        Port::Default => String::new(),
        Port::Any => ":*".to_owned(),
        Port::Number(number) => format!(":{number}"),
    };
    Some(format!("{scheme}://{below}{host}{port}{}", path_pattern(path)))
}

/// A path. Without one, or with `/` alone, which in a policy allows everything, a pattern matches every path. What has a meaning
/// of its own in a pattern is left out, with the rest of the path: the pattern then matches everything in that directory.
fn path_pattern(path: &str) -> String {
    if path.len() <= 1 {
        return String::new();
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-._~%!$&@=,;".contains(c);
    let end = path.find(|c| !is_plain(c));
    let plain = end.map_or(path, |end| &path[..path[..end].rfind('/').map_or(0, |last| last + 1)]);
    match plain.ends_with('/') {
        true if plain.len() == 1 => String::new(),
        true => format!("{plain}*"),
        false => plain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::url_pattern;
    use crate::csp::Source;

    #[track_caller]
    fn check(source: &str, expected: Option<&str>) {
        let Some(Source::Host(host)) = Source::parse(source) else { panic!("{source}") };
        assert_eq!(url_pattern(&host).as_deref(), expected, "{source}");
    }

    #[test]
    fn a_pattern_matches_what_the_source_allows() {
        for (source, expected) in [
            ("https://shop.example", "https://shop.example"),
            ("shop.example", "https://shop.example"),
            ("https://*.shop.example", "https://*.shop.example"),
            ("https://live.shop.example:8443", "https://live.shop.example:8443"),
            ("https://shop.example:*", "https://shop.example:*"),
            ("https://cdn.example/", "https://cdn.example"),
            ("https://cdn.example/npm/", "https://cdn.example/npm/*"),
            ("https://cdn.example/npm/a.js", "https://cdn.example/npm/a.js"),
            ("https://cdn.example/npm/a(b).js", "https://cdn.example/npm/*"),
            ("https://cdn.example/a+b.js", "https://cdn.example"),
        ] {
            check(source, Some(expected));
        }
        check("https://[2001:db8::1]", None);
    }
}

//! Undoes browsers' odd spellings of URLs. All of them were recorded (`tests/corpus`).

use std::borrow::Cow;

/// Firefox's source file for scripts without one.
pub(super) const ANONYMOUS_CODE: &str = "<anonymous code>";

/// Undoes WebKit's spelling of a blocked URL that had a fragment or credentials: the host is repeated after the explicit
/// port, as in `https://cdn.example:443cdn.example/a.js`. Credentials are dropped. `None` for
/// any other URL.
pub(super) fn doubled_host(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port_and_host) = host_and_port.split_once(':')?;
    let digits = port_and_host.bytes().take_while(u8::is_ascii_digit).count();
    let (port, again) = port_and_host.split_at(digits);
    // A host may begin with digits: then they follow the port and look like a part of it.
    let is_doubled = !port.is_empty() && !again.is_empty() && host.ends_with(again);
    is_doubled.then(|| {
        let swallowed = host.len() - again.len();
        let port = &port[..port.len().saturating_sub(swallowed)];
        format!("{scheme}://{host}:{port}{path}")
    })
}

/// Removes `user:password@` from a text that looks like a URL, and cannot be parsed or has to be cut.
pub(super) fn without_credentials(text: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = text.split_once("://") else { return Cow::Borrowed(text) };
    // A backslash ends them, too (URL Standard, section 4.4, "authority state").
    let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => Cow::Owned(format!("{scheme}://{}", &rest[at + 1..])),
        None => Cow::Borrowed(text),
    }
}

/// Removes what Firefox adds to the source of evaluated code: `https://a.example/s.js line 4 > eval`, percent-encoded.
/// Evaluated code belongs to the script that evaluates it.
pub(super) fn without_eval_suffix(source: &str) -> &str {
    if !source.contains("line") {
        return source;
    }
    for (line, arrow) in [("%20line%20", "%20%3E%20"), (" line ", " > ")] {
        if let Some((script, rest)) = source.split_once(line)
            && rest.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(arrow)
        {
            return script;
        }
    }
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_hosts() {
        let repaired = |url| doubled_host(url);
        assert_eq!(repaired("https://a.b:443a.b/x").as_deref(), Some("https://a.b:443/x"));
        assert_eq!(repaired("https://u@1a.b:801a.b/x").as_deref(), Some("https://1a.b:80/x"));
        assert_eq!(repaired("https://a.b:443/x"), None);
        assert_eq!(repaired("https://a.b:443c.d/x"), None);
        assert_eq!(repaired("about"), None);
    }

    #[test]
    fn credentials_end_where_the_host_begins() {
        for (url, expected) in [
            ("https://u:p@evil.example/c", "https://evil.example/c"),
            ("https://u@p@evil.example", "https://evil.example"),
            ("https://evil.example\\u@good.example/", "https://evil.example\\u@good.example/"),
            ("https://evil.example/u@good.example/", "https://evil.example/u@good.example/"),
            ("https://evil.example?u@good.example/", "https://evil.example?u@good.example/"),
            ("inline", "inline"),
        ] {
            assert_eq!(without_credentials(url), expected);
        }
    }

    #[test]
    fn eval_suffixes() {
        for (source, expected) in [
            ("https://a/p%20line%204%20%3E%20eval", "https://a/p"),
            ("https://a/p line 12 > Function", "https://a/p"),
            ("https://a/p%20line%20x", "https://a/p%20line%20x"),
            ("https://a/p", "https://a/p"),
        ] {
            assert_eq!(without_eval_suffix(source), expected);
        }
    }
}

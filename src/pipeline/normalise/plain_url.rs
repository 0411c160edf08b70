//! URLs in which the parser would change nothing. Nearly all are, and to take them apart costs a tenth of what it costs to
//! parse them.

/// Scheme, host and path of such a URL; `None` where it needs the parser (URL Standard, section 4.4): it has a port,
/// credentials or a query, its host may be an address or an internationalised name, or something is to be escaped or resolved.
pub(super) fn parts(url: &str) -> Option<(&'static str, &str, &str)> {
    let (scheme, rest) = match url.strip_prefix("https://") {
        Some(rest) => ("https", rest),
        None => ("http", url.strip_prefix("http://")?),
    };
    let (host, path) = rest.split_at(memchr::memchr(b'/', rest.as_bytes())?);
    (is_plain_host(host) && is_plain_path(path)).then_some((scheme, host, path))
}

/// Whether a host is a domain in small letters, with nothing that the parser looks at a second time.
fn is_plain_host(host: &str) -> bool {
    let is_known = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    let mut before = b'.';
    for byte in host.bytes() {
        // No empty label, and none that begins or ends with a hyphen or has two: `xn--` begins a name in another script.
        let is_pair = matches!((before, byte), (b'.', b'.' | b'-') | (b'-', b'.' | b'-'));
        if is_pair || !is_known(byte) {
            return false;
        }
        before = byte;
    }
    let last = host.rsplit('.').next().unwrap_or(host);
    // A label that begins with a digit at the end may be a part of an address.
    !matches!(before, b'.' | b'-') && !last.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a path has nothing to escape, and no segment that may be `.` or `..`.
fn is_plain_path(path: &str) -> bool {
    let mut before = 0;
    path.bytes().all(|byte| {
        let is_known = byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'~');
        let is_dot = byte == b'.' && before != b'/';
        before = byte;
        is_known || is_dot
    })
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    #[track_caller]
    fn check(url: &str) -> bool {
        let found = parts(url);
        if let Some((scheme, host, path)) = found {
            let parsed = Url::parse(url).expect("a URL");
            assert_eq!((parsed.scheme(), parsed.path()), (scheme, path), "{url}");
            assert!(
                matches!(parsed.host(), Some(url::Host::Domain(domain)) if domain == host),
                "{url}"
            );
            assert_eq!(
                (parsed.port(), parsed.query(), parsed.fragment()),
                (None, None, None),
                "{url}"
            );
            assert_eq!((parsed.username(), parsed.password()), ("", None), "{url}");
        }
        found.is_some()
    }

    #[test]
    fn usual_urls_are_plain() {
        for url in [
            "https://shop.example/",
            "http://static.shop-2.example/build/vendor.8f3a1c.js",
            "https://3d.example/~x/a_b//c-d.",
        ] {
            assert!(check(url), "{url}");
        }
    }

    #[test]
    fn others_are_left_to_the_parser() {
        for url in [
            "https://shop.example",
            "https:///x",
            "HTTPS://shop.example/",
            "https://Shop.example/",
            "https://shop.example./",
            "https://shop..example/",
            "https://xn--bcher-kva.example/",
            "https://127.0.0.1/",
            "https://shop.0x7f/",
            "https://shop.example:443/",
            "https://u@shop.example/",
            "https://shop.example/a/../b",
            "https://shop.example/.",
            "https://shop.example/%2e%2E/b",
            "https://shop.example/a b",
            "https://shop.example/a\\b",
            "https://shop.example/?a",
            "wss://shop.example/",
        ] {
            assert!(!check(url), "{url}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_parser_changes_nothing(
            url in "https?://([a-z0-9.-]{1,12}|[a-z]{1,3}[.][a-z0-9x]{1,5})/[A-Za-z0-9._~/-]{0,12}",
            odd in "[ -~]",
            at in 0..30_usize,
        ) {
            check(&url);
            let at = at.min(url.len());
            check(&format!("{}{odd}{}", &url[..at], &url[at..]));
        }
    }
}

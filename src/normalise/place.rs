//! A URL of a report, or what browsers put in a URL's place.

use std::borrow::Cow;

use url::{Host, Url};

use super::{pan, text};
use crate::limits;
use crate::report::Place;

/// A place, and whether a card number stood in the URL.
#[derive(Debug, Default)]
pub(super) struct Split<'a> {
    pub(super) place: Place<'a>,
    pub(super) pan: bool,
}

/// Scheme of a text that looks like a URL and is none; its text stays in the path.
const UNPARSABLE: &str = "unparsable";

/// Splits a URL; query, fragment, credentials and default ports go.
///
/// Keywords (`inline`, `eval`, …) and bare schemes (`data`, `blob`, …) become a scheme without a host,
/// as CSP3 (section 5.4, "obtain the blocked URI") defines them.
pub(super) fn split(text: Cow<'_, str>) -> Split<'_> {
    if text.is_empty() {
        return Split::default();
    }
    if !text.contains(':') {
        return Split { place: bare(text::name(text)), pan: false };
    }
    let is_card = pan::mask(&text).is_some_and(|masked| masked.is_card);
    let text = text::truncate(text, limits::URL_BYTES);
    let place = match Url::parse(&text) {
        Ok(url) => place_of(&url),
        Err(_) => Place { path: path(text.as_ref()), ..bare(Cow::Borrowed(UNPARSABLE)) },
    };
    Split { place, pan: is_card }
}

fn bare(scheme: Cow<'_, str>) -> Place<'_> {
    Place { scheme, ..Place::default() }
}

fn place_of(url: &Url) -> Place<'static> {
    let scheme = text::name(Cow::Owned(url.scheme().to_owned()));
    let host = match url.host() {
        // `data:…`, `blob:https://…`: what follows is content or an address within the browser.
        None => return bare(scheme),
        Some(Host::Domain(host)) => host.trim_end_matches('.').to_ascii_lowercase(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
    };
    let host = text::printable(text::truncate(Cow::Owned(host), limits::HOST_BYTES));
    Place { scheme, host: masked(host), port: url.port().unwrap_or(0), path: path(url.path()) }
}

/// A path as it is stored: without query and fragment, printable, masked, bounded.
fn path(raw: &str) -> Cow<'static, str> {
    let end = raw.find(['?', '#']).unwrap_or(raw.len());
    // Masked before it is cut, so that half a card number is not left at the end.
    let path = masked(text::printable(Cow::Owned(raw[..end].to_owned())));
    text::truncate(path, limits::PATH_BYTES)
}

fn masked(text: Cow<'static, str>) -> Cow<'static, str> {
    match pan::mask(&text) {
        Some(masked) => Cow::Owned(masked.text),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: (&str, &str, u16, &str)) {
        let place = split(Cow::Borrowed(url)).place;
        let found = (&*place.scheme, &*place.host, place.port, &*place.path);
        assert_eq!(found, expected);
    }

    #[test]
    fn urls_lose_query_fragment_credentials_and_default_port() {
        check("https://U:p@Shop.Example:443/a/b?c=d#e", ("https", "shop.example", 0, "/a/b"));
        check("wss://h.example:8443/s", ("wss", "h.example", 8443, "/s"));
        check("https://bücher.example", ("https", "xn--bcher-kva.example", 0, "/"));
        check("http://[::1]:81/", ("http", "::1", 81, "/"));
        check("https://evil.example./x", ("https", "evil.example", 0, "/x"));
    }

    #[test]
    fn keywords_and_bare_schemes() {
        check("inline", ("inline", "", 0, ""));
        check("wasm-eval", ("wasm-eval", "", 0, ""));
        check("chrome-extension", ("chrome-extension", "", 0, ""));
        check("data:text/plain,4111111111111111", ("data", "", 0, ""));
        check("blob:https://shop.example/1-2", ("blob", "", 0, ""));
        check("", ("", "", 0, ""));
        check("safari-web-extension://UU-ID/a.png", ("safari-web-extension", "uu-id", 0, "/a.png"));
    }

    #[test]
    fn what_cannot_be_parsed_is_kept_without_its_query() {
        check("https://a b/c?d", ("unparsable", "", 0, "https://a b/c"));
    }

    #[test]
    fn card_numbers_are_flagged_and_never_kept() {
        for url in [
            "https://evil.example/c?p=4111111111111111",
            "https://evil.example/4111-1111-1111-1111/x",
            "https://4111111111111111.evil.example/",
            "https://evil.example/#4111111111111111",
            "https://4111111111111111@evil.example/",
        ] {
            let found = split(Cow::Borrowed(url));
            assert!(found.pan, "{url}");
            assert!(!format!("{:?}", found.place).contains("4111"), "{url}");
        }
    }
}

//! A URL of a report, or what browsers report in place of one.

use std::borrow::Cow;

use memchr::memchr2;
use url::{Host, Url};

use super::host::{bounded, without_card};
use super::{cut, plain_url, quirks, redact, text};
use crate::base::display::printable;
use crate::base::{limits, odd_host, page_path};
use crate::config::KeepQuery;
use crate::report::{Place, is_network_scheme};

/// A place, and whether the URL contained a card number.
#[derive(Debug, Default)]
pub(super) struct Split<'a> {
    pub(super) place: Place<'a>,
    pub(super) pan: bool,
}

/// The scheme of a text that looks like a URL and is none; the path has the text.
pub(super) const UNPARSABLE: &str = "unparsable";

/// Splits a URL, and searches it for card numbers: what is cut off is not stored, but it is searched, too.
pub(super) fn split<'a>(text: Cow<'a, str>, keep: &KeepQuery) -> Split<'a> {
    let scanned = &text[..text.floor_char_boundary(limits::URL_SCAN_BYTES)];
    let pan = is_url(&text) && redact::holds_card(scanned);
    Split { place: place(text, keep), pan }
}

/// The place that a URL names, without fragment, credentials and default port; `keep` says what is kept of the query.
///
/// Keywords (`inline`, `eval`, …) and bare schemes (`data`, `blob`, …) become a scheme without a host,
/// as CSP3 (section 5.4, "obtain the blocked URI") defines them.
pub(super) fn place<'a>(text: Cow<'a, str>, keep: &KeepQuery) -> Place<'a> {
    if text.is_empty() {
        return Place::default();
    }
    if text == quirks::ANONYMOUS_CODE {
        return bare(Cow::Borrowed("anonymous-code"));
    }
    if !is_url(&text) {
        return bare(text::name(text));
    }
    let text = if text.len() > limits::URL_BYTES { shortened(&text) } else { text };
    match plain_url::parts(needed(&text, keep)) {
        Some((scheme, host, path_only)) => Place {
            scheme: Cow::Borrowed(scheme),
            host: without_card(bounded(Cow::Owned(host.to_owned()))),
            port: 0,
            path: path(path_only, "", keep),
        },
        None => parsed(&text, keep),
    }
}

/// Whether a text may be a URL, or a piece of one: a file's name, a relative path or a sentence is no keyword.
fn is_url(text: &str) -> bool {
    text.contains([':', '.', '/'])
}

/// A URL that is too long, cut so that what it leads to stays: credentials are no part of that, and WebKit reports them; nor
/// are slashes that a server merges.
fn shortened(url: &str) -> Cow<'static, str> {
    let url = quirks::without_credentials(url);
    let url = &url[..url.floor_char_boundary(limits::URL_SCAN_BYTES)];
    let authority = url.find("://").map_or(0, |at| at + 3);
    let path = authority + url[authority..].find(['/', '?', '#']).unwrap_or(0);
    let end = path + url[path..].find(['?', '#']).unwrap_or(url.len() - path);
    let short = [&url[..path], &page_path::shortened(&url[path..end]), &url[end..]].concat();
    cut::truncate(Cow::Owned(short), limits::URL_BYTES)
}

/// The place that the parser of URLs finds.
fn parsed(text: &str, keep: &KeepQuery) -> Place<'static> {
    if let Ok(url) = Url::parse(needed(text, keep)) {
        return place_of(&url, keep);
    }
    let repaired = quirks::doubled_host(text);
    let parsed = repaired.as_deref().and_then(|repaired| Url::parse(repaired).ok());
    if let Some(url) = parsed {
        return place_of(&url, keep);
    }
    taken_apart(repaired.as_deref().unwrap_or(text), keep).unwrap_or_else(|| {
        let text = quirks::without_credentials(text);
        let end = text.find(['?', '#']).unwrap_or(text.len());
        let path = path(&text[..end], "", &KeepQuery::None);
        Place { path, ..bare(Cow::Borrowed(UNPARSABLE)) }
    })
}

/// The place of a URL whose host the parser refuses, where somebody can have its domain: browsers fetch such URLs.
fn taken_apart(text: &str, keep: &KeepQuery) -> Option<Place<'static>> {
    let (scheme, rest) = needed(text, keep).trim_start().split_once(':')?;
    if !is_network_scheme(&scheme.to_ascii_lowercase()) {
        return None;
    }
    let rest = rest.trim_start_matches(['/', '\\']);
    let (authority, after) = rest.split_at(rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len()));
    let odd = odd_host::of_authority(authority);
    let host = odd_host::with_plain_labels(odd)?;
    // The rest is parsed behind another host. A port that is none is left out.
    let (_, port) = authority.rsplit_once(odd)?;
    let parse = |port| Url::parse(&format!("{scheme}://host{port}{after}")).ok();
    let url = parse(port).or_else(|| parse(""))?;
    Some(Place { host: without_card(bounded(Cow::Owned(host))), ..place_of(&url, keep) })
}

/// What has to be parsed of a URL. Queries are longer than all the rest, and nothing but themselves depends on them. Behind
/// other characters than these it matters that they follow: the parser takes spaces off the end of a URL, and wants a host behind
/// an `@` there.
fn needed<'t>(url: &'t str, keep: &KeepQuery) -> &'t str {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '/';
    match memchr2(b'?', b'#', url.as_bytes()) {
        Some(end) if *keep == KeepQuery::None && url[..end].ends_with(is_plain) => &url[..end],
        _ => url,
    }
}

fn bare(scheme: Cow<'_, str>) -> Place<'_> {
    Place { scheme, ..Place::default() }
}

fn place_of(url: &Url, keep: &KeepQuery) -> Place<'static> {
    let scheme = text::name(Cow::Owned(url.scheme().to_owned()));
    let host = match url.host() {
        // `data:…`, `blob:https://…`: what follows is content or an address within the browser.
        None => return bare(scheme),
        Some(Host::Domain(host)) => host.trim_end_matches('.').to_ascii_lowercase(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
    };
    if host.is_empty() {
        // `https://./` is a URL without a host.
        return bare(scheme);
    }
    let host = without_card(bounded(printable(Cow::Owned(host))));
    let path = path(url.path(), url.query().unwrap_or(""), keep);
    Place { scheme, host, port: url.port().unwrap_or(0), path }
}

/// A path and what is kept of the query: printable, bounded.
fn path(path: &str, query: &str, keep: &KeepQuery) -> Cow<'static, str> {
    let is_long = path.len() > limits::PATH_BYTES && path.starts_with('/');
    let path = if is_long { page_path::shortened(path) } else { path.to_owned() };
    let path = printable(cut::truncate(Cow::Owned(path), limits::PATH_BYTES));
    let kept: Vec<&str> = match keep {
        KeepQuery::None => Vec::new(),
        KeepQuery::Parameters(names) => {
            let is_kept = |pair: &&str| {
                let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
                names.iter().any(|known| known == name)
            };
            query.split('&').filter(is_kept).collect()
        }
        KeepQuery::All => query.split('&').filter(|pair| !pair.is_empty()).collect(),
    };
    if kept.is_empty() {
        return path;
    }
    let query = printable(Cow::Owned(kept.join("&")));
    let query = cut::truncate(query, limits::PATH_BYTES);
    Cow::Owned(format!("{path}?{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_keeping(url: &str, keep: &KeepQuery, expected: (&str, &str, u16, &str)) {
        let place = split(Cow::Borrowed(url), keep).place;
        let found = (&*place.scheme, &*place.host, place.port, &*place.path);
        assert_eq!(found, expected);
    }

    #[track_caller]
    fn check(url: &str, expected: (&str, &str, u16, &str)) {
        check_keeping(url, &KeepQuery::None, expected);
    }

    #[test]
    fn urls_lose_query_fragment_credentials_and_default_port() {
        check("https://U:p@Shop.Example:443/a/b?c=d#e", ("https", "shop.example", 0, "/a/b"));
        check("wss://h.example:8443/s", ("wss", "h.example", 8443, "/s"));
        check("https://bücher.example", ("https", "xn--bcher-kva.example", 0, "/"));
        check("http://[::1]:81/", ("http", "::1", 81, "/"));
        check("https://evil.example./x", ("https", "evil.example", 0, "/x"));
    }

    proptest::proptest! {
        #[test]
        fn nothing_but_the_query_depends_on_the_query(
            before in "(https?:|wss:/|file:|data:|x:)?/{0,3}([a-z.@:0-9\\[\\]%é-]{0,9}|[ -~\t\n]{0,4})/?[ -~\t]{0,9}",
            rest in "[?#][ -~\t\n]{0,12}",
        ) {
            let url = before + &rest;
            let parts = |url: &str| Url::parse(url).map(|url| {
                let (scheme, path) = (url.scheme().to_owned(), url.path().to_owned());
                (scheme, url.host().map(|host| host.to_owned()), url.port(), path)
            });
            proptest::prop_assert_eq!(parts(needed(&url, &KeepQuery::None)), parts(&url));
        }
    }

    #[test]
    fn keywords_and_bare_schemes() {
        check("inline", ("inline", "", 0, ""));
        check("wasm-eval", ("wasm-eval", "", 0, ""));
        check("chrome-extension", ("chrome-extension", "", 0, ""));
        check("<anonymous code>", ("anonymous-code", "", 0, ""));
        check("data:text/plain,4111111111111111", ("data", "", 0, ""));
        check("blob:https://shop.example/1-2", ("blob", "", 0, ""));
        check("", ("", "", 0, ""));
        check("safari-web-extension://UU-ID/a.png", ("safari-web-extension", "uu-id", 0, "/a.png"));
    }

    #[test]
    fn webkits_doubled_hosts_are_undone() {
        check(
            "https://cdn.example:443cdn.example/s/a.js?v=3",
            ("https", "cdn.example", 0, "/s/a.js"),
        );
        check(
            "https://user:pa%20ss@evil.example:443evil.example/p.gif",
            ("https", "evil.example", 0, "/p.gif"),
        );
    }

    #[test]
    fn no_credentials_are_so_long_that_the_host_behind_them_is_lost() {
        for length in [limits::URL_BYTES - 20, limits::URL_BYTES, 9_000, limits::URL_SCAN_BYTES + 9]
        {
            let user = "a".repeat(length);
            for (url, port) in [
                (format!("https://{user}@evil-wk.com:443evil-wk.com/c"), 0),
                (format!("https://u:{user}@evil-wk.com/c?{user}"), 0),
                (format!("http://{user}:{user}@evil-wk.com:8080/c"), 8080),
                (format!("wss://{user}%40good.example@evil-wk.com/c"), 0),
            ] {
                let place = split(Cow::Owned(url), &KeepQuery::None).place;
                assert_eq!((&*place.host, place.port, &*place.path), ("evil-wk.com", port, "/c"));
            }
        }
        let split = split(
            Cow::Owned(format!("https://4111111111111111{}@evil-wk.com/", "a".repeat(9_000))),
            &KeepQuery::None,
        );
        assert_eq!((&*split.place.host, split.pan), ("evil-wk.com", true));
    }

    #[test]
    fn no_spelling_of_a_path_is_so_long_that_its_page_is_lost() {
        let path = |url: String| split(Cow::Owned(url), &KeepQuery::None).place.path.into_owned();
        for count in [1_100, limits::URL_BYTES, 20_000] {
            for (long, short) in [
                (format!("{}Checkout", "/".repeat(count)), "/Checkout"),
                (
                    format!("/shop{}checkout?{}", "/".repeat(count), "q".repeat(count)),
                    "/shop/checkout",
                ),
                (format!("/%2A{}checkout/a%2D", "//".repeat(count)), "/%2A/checkout/a-"),
            ] {
                assert_eq!(path(format!("https://shop.example{long}")), short);
                assert_eq!(path(format!("https://u@shop.example:8443{long}#x")), short);
            }
        }
        let encoded: String = "/de/checkout".bytes().map(|byte| format!("%{byte:02X}")).collect();
        let long = format!("/{}{encoded}", "%61".repeat(400));
        assert_eq!(
            path(format!("https://shop.example{long}")),
            format!("/{}%2Fde%2Fcheckout", "a".repeat(400))
        );
        assert_eq!(path("https://shop.example//Check%6fut".to_owned()), "//Check%6fut");
        assert_eq!(
            path(format!("https://shop.example/{}", "a/".repeat(5_000))).len(),
            limits::PATH_BYTES
        );
    }

    #[test]
    fn what_cannot_be_parsed_is_kept_without_query_and_credentials() {
        check("https://a b/c?d", ("unparsable", "", 0, "https://a b/c"));
        check("https://me:secret@a b/c", ("unparsable", "", 0, "https://a b/c"));
    }

    #[test]
    fn a_host_that_the_parser_refuses_keeps_its_domain() {
        let c = |host| ("http", host, 0, "/c");
        check("http://xn--a.evil-real.com/c", c("xn--a.evil-real.com"));
        check("http://XN--A.Evil-Real.com./c?d", c("xn--a.evil-real.com"));
        check("http://xn--a.com/a/../c#d", c("xn--a.com"));
        check("http://e%20v.evil.com/c", c("invalid.evil.com"));
        check("http://u:p@x.com@a^b|c.xn--a.evil.com/c", c("invalid.xn--a.evil.com"));
        check("http://xn--a.evil.com:80xn--a.evil.com/c", c("xn--a.evil.com"));
        check("http://xn--a.evil.com:99999/c", c("xn--a.evil.com"));
        check("wss://xn--a.evil.com:8443/s", ("wss", "xn--a.evil.com", 8443, "/s"));
        check("HTTPS:\\\\xn--a.evil.com", ("https", "xn--a.evil.com", 0, "/"));
        check("http://4111111111111111.xn--a.evil.com/c", c("{pan}.evil.com"));
        check("http://4111%201111%201111%201111.evil.com/c", c("invalid.evil.com"));
        check("https://e%20v.host/c", ("unparsable", "", 0, "https://e%20v.host/c"));
        check("x-app://a b.evil.com/c", ("unparsable", "", 0, "x-app://a b.evil.com/c"));
        check_keeping(
            "https://xn--a.evil.com/c?page=1#x",
            &KeepQuery::All,
            ("https", "xn--a.evil.com", 0, "/c?page=1"),
        );
    }

    #[test]
    fn configured_parameters_stay() {
        let keep = KeepQuery::Parameters(vec!["page".to_owned(), "mail".to_owned()]);
        let url = "https://a.example/p?page=2&token=x&mail=a@b.example&pagex=1";
        check_keeping(url, &keep, ("https", "a.example", 0, "/p?page=2&mail=a@b.example"));
        check_keeping("https://a.example/p?x=1", &keep, ("https", "a.example", 0, "/p"));
        let all = "https://a.example/p?x=4&y";
        check_keeping(all, &KeepQuery::All, ("https", "a.example", 0, "/p?x=4&y"));
    }

    #[test]
    fn card_numbers_are_flagged() {
        for url in [
            "https://evil.example/c?p=4111111111111111",
            "https://evil.example/c?p=NDExMTExMTExMTExMTExMQ==",
            "https://evil.example/4111-1111-1111-1111/x",
            "https://4111111111111111.evil.example/",
            "https://NDExMTExMTExMTExMTExMQ.evil.example/",
            "https://ndexmtexmtexmtexmtexmq.evil.example/",
            "https://4111.1111.1111.1111.evil.example/",
            "https://evil.example/#4111111111111111",
            "https://4111111111111111@evil.example/",
        ] {
            assert!(split(Cow::Borrowed(url), &KeepQuery::None).pan, "{url}");
        }
    }

    #[test]
    fn only_a_card_number_takes_a_host_away() {
        let host = |url: &'static str| split(Cow::Borrowed(url), &KeepQuery::None).place.host;
        assert_eq!(host("https://4111111111111111.evil.example/"), "{pan}.evil.example");
        assert_eq!(host("https://x.4111111111111111.example/"), "{pan}.{pan}.example");
        assert_eq!(host("https://xkqzjvwpfhbd.example/"), "xkqzjvwpfhbd.example");
    }
}

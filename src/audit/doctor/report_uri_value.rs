//! A word of the directive `report-uri`: whether it is the URL of a collector.

use url::Url;

use super::endpoints::base;

/// What browsers make of a word of `report-uri`, measured with Chromium 148 and Firefox 140.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ReportUri {
    /// They post to this URL.
    Posts(Url),
    /// They do not: it is on http, and the page on https.
    Insecure,
    /// They post to something else than what is meant, or not at all, for this reason.
    Mistaken(&'static str),
}

impl ReportUri {
    /// Parses a word. `page`: the address of the page.
    pub(super) fn parse(word: &str, page: Option<&Url>) -> Self {
        let base = base(page);
        let Ok(url) = base.join(word) else { return Self::Mistaken("this is not a URL") };
        if let Some(why) = mistake(word, &url) {
            return Self::Mistaken(why);
        }
        match url.scheme() {
            "http" if base.scheme() == "https" => Self::Insecure,
            _ => Self::Posts(url),
        }
    }
}

/// Why a word does not mean what it seems to mean. `url`: what browsers make of it.
fn mistake(word: &str, url: &Url) -> Option<&'static str> {
    let is_web = matches!(url.scheme(), "http" | "https");
    let lower = word.to_ascii_lowercase();
    if word.contains(['"', '\'', '`', '<', '>']) {
        return Some(
            "a URL has neither quotes nor brackets here: browsers take them for a part of a path",
        );
    }
    if word.starts_with(['.', '?']) || word.starts_with('/') && !names_host(word) {
        return None;
    }
    if !is_web {
        // `r.example:8443/x` and `localhost:8080/x`: what is before the colon is a host.
        let (_, rest) = word.split_once(':').unwrap_or_default();
        let is_port = rest.starts_with(|c: char| c.is_ascii_digit());
        return Some(match is_port || url.scheme().contains('.') {
            true => "the scheme is missing: browsers take what is before the colon for one",
            false => "browsers post to http and https only",
        });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("the URL has a name or password, and Chromium then posts nothing");
    }
    let after_scheme = lower.strip_prefix("https:").or_else(|| lower.strip_prefix("http:"));
    if let Some(rest) = after_scheme {
        let are_slashes = rest.len() > 2 && rest.bytes().take(2).all(|b| b == b'/' || b == b'\\');
        return (!are_slashes).then_some("there must be two slashes after the colon");
    }
    match word.strip_prefix("//") {
        Some(_) => None,
        None => Some("this is no URL: browsers post to a path of the page's own host"),
    }
}

/// Whether the path of a word begins with what is a host elsewhere: `/r.example/report`.
fn names_host(word: &str) -> bool {
    /// What files at the top of a site end in.
    const FILES: [&str; 12] =
        ["php", "html", "htm", "asp", "aspx", "ashx", "jsp", "cgi", "json", "do", "pl", "py"];
    let first = word.trim_start_matches('/').split(['/', '?', '#', ':']).next().unwrap_or_default();
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let labels: Vec<&str> = first.split('.').collect();
    let last = labels.last().copied().unwrap_or_default().to_ascii_lowercase();
    let is_domain = last.len() > 1 && last.bytes().all(|b| b.is_ascii_alphabetic());
    !word.starts_with("//")
        && labels.len() > 1
        && labels.iter().all(|label| is_label(label))
        && is_domain
        && !FILES.contains(&last.as_str())
}

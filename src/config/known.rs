//! Entries of `known`: destinations that are expected.

use std::fmt;

use super::host_pattern::{HostPattern, host_pattern};
use crate::base::destination::WEBRTC;
use crate::report::reported_directive;

/// A destination that is expected.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownDestination {
    /// Only where this directive was violated; empty: whichever.
    pub directive: String,
    /// Its hosts.
    pub host: HostPattern,
    /// Only this path, or what is below it where it ends with `/`; empty: every path.
    pub path: String,
}

impl KnownDestination {
    /// Whether it names hosts alone.
    pub fn is_whole_host(&self) -> bool {
        self.directive.is_empty() && self.path.is_empty()
    }
}

/// As the configuration spells it.
impl fmt::Display for KnownDestination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { directive, host, path } = self;
        let space = if directive.is_empty() { "" } else { " " };
        write!(formatter, "{directive}{space}{host}{path}")
    }
}

// `Config::rules_digest` is computed from this text: a host alone is written as it was when nothing else was possible.
impl fmt::Debug for KnownDestination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { directive, host, path } = self;
        if self.is_whole_host() {
            return host.fmt(formatter);
        }
        formatter
            .debug_struct("KnownDestination")
            .field("directive", directive)
            .field("host", host)
            .field("path", path)
            .finish()
    }
}

/// `cdn.example`, `*.cdn.example`, `cdn.example/npm/`, `connect-src api.example`, `webrtc`.
pub(super) fn known_destination(text: &str) -> Result<KnownDestination, String> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let (name, place) = match words[..] {
        // A directive without a host is half an entry; `webrtc` is both.
        [word] if word != WEBRTC && directive_named(word).is_ok() => {
            return Err(without_host(word));
        }
        [place] => ("", place),
        [name, place] => (directive_named(name)?, place),
        _ => {
            return Err(format!(
                "\"{text}\" is no destination; write a host, a host with a path, or a directive and one of \
                 these, as in \"connect-src api.vendor.example\""
            ));
        }
    };
    let (host, path) = place.split_at(place.find('/').unwrap_or(place.len()));
    if place.contains("://") || path.contains(['*', '?', '#']) {
        return Err(format!(
            "\"{text}\": write the host and the path alone, as in \"cdn.example/npm/\", without scheme, port, \
             query or \"*\" in the path; a path that ends with \"/\" has everything below it"
        ));
    }
    let path = if path == "/" { "" } else { path };
    Ok(KnownDestination {
        directive: name.to_owned(),
        host: host_pattern(host)?,
        path: path.to_owned(),
    })
}

fn without_host(directive: &str) -> String {
    format!(
        "\"{directive}\" is a directive; write the host after it, as in \"{directive} api.vendor.example\""
    )
}

pub(super) fn directive_named(word: &str) -> Result<&'static str, String> {
    // Only the name itself: what surrounds it in a report has no place here.
    let found = reported_directive(word).filter(|found| found.name.eq_ignore_ascii_case(word));
    found.map(|found| found.name).ok_or_else(|| {
        format!(
            "\"{word}\" is no directive that a report can name; write for example \"connect-src\", or \
             \"connection-allowlist\" for links, forms and frames that a Connection-Allowlist reports"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, directive: &str, host: &str, path: &str) {
        let host = host_pattern(host).expect("a host");
        let expected =
            KnownDestination { directive: directive.to_owned(), host, path: path.to_owned() };
        assert_eq!(known_destination(text), Ok(expected));
    }

    #[test]
    fn hosts_paths_and_directives() {
        check("cdn.example", "", "cdn.example", "");
        check("*.cdn.example/", "", "*.cdn.example", "");
        check("cdn.jsdelivr.net/npm/", "", "cdn.jsdelivr.net", "/npm/");
        check("connect-src api.vendor.example", "connect-src", "api.vendor.example", "");
        check("Script-Src  cdn.example/a.js", "script-src", "cdn.example", "/a.js");
        check(
            "connection-allowlist www.partner.example",
            "connection-allowlist",
            "www.partner.example",
            "",
        );
        check("webrtc", "", "webrtc", "");
        check("visitor-network", "", "visitor-network", "");
        for text in ["connect-src *.api.example/v1/", "cdn.example", "cdn.example/npm/"] {
            assert_eq!(known_destination(text).map(|known| known.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn wrong_ones_say_what_is_right() {
        for (text, said) in [
            ("", "is no destination"),
            ("a b c", "is no destination"),
            ("conect-src api.example", "\"conect-src\" is no directive"),
            ("'connect-src' api.example", "is no directive"),
            ("https://cdn.example/npm/", "without scheme"),
            ("cdn.example/npm/*", "without scheme, port, query or \"*\""),
            ("cdn.example/npm?x", "without scheme"),
            ("connect-src", "write the host after it"),
            ("cdn.example:8443/x", "is not a host"),
            ("*", "is not a host"),
        ] {
            let wrong = known_destination(text).expect_err(text);
            assert!(wrong.contains(said), "{text}: {wrong}");
        }
    }
}

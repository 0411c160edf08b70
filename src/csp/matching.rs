//! Whether a source matches the URL of a report (CSP3, section 6.7.2).
//!
//! A report says less than the browser knew, and browsers differ. So there are three answers, and where
//! the specification, the engines or the report leave a doubt it is [`Match::Maybe`]:
//!
//! - WebSockets by a source of the document's or of an HTTP scheme: Fetch makes HTTP requests of them,
//!   CSP3's table of schemes does not know that, engines changed their minds;
//! - IP addresses: the specification lets none match, engines compare them as text;
//! - `https:` by a source with a port of its own for `http:`: Chromium demands that the port is upgraded
//!   with the scheme, the specification compares numbers;
//! - a path where the report has none (frames, objects, and URLs after redirects are cut down to the origin)
//!   or one that was redacted or cut;
//! - `'self'` where the document has no host, or is sandboxed by the policy.

use std::net::IpAddr;

use super::path::{Match, path};
use super::source::{HostSource, Port, Source};
use crate::report::Place;

/// What a source is compared with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    /// The URL. It has a host.
    pub(super) blocked: &'a Place<'a>,
    /// Whose policy it is.
    pub(super) document: &'a Place<'a>,
    /// The policy gives its document an origin that nothing equals.
    pub(super) is_sandboxed: bool,
}

impl Request<'_> {
    /// Whether a source matches, but for `'strict-dynamic'`, which is about the list.
    pub(super) fn matches(&self, source: &Source) -> Match {
        match source {
            Source::Any => self.any(),
            Source::SelfOrigin => self.self_origin(),
            Source::Scheme(pattern) => scheme(pattern, &self.blocked.scheme),
            Source::Host(source) => self.host_source(source),
            _ => Match::No,
        }
    }

    /// `*`: what goes over the network, and the document's own scheme.
    fn any(&self) -> Match {
        match &*self.blocked.scheme {
            "http" | "https" | "ws" | "wss" => Match::Yes,
            "ftp" => Match::Maybe,
            other if other == self.document.scheme => Match::Yes,
            _ => Match::No,
        }
    }

    fn self_origin(&self) -> Match {
        let (blocked, document) = (self.blocked, self.document);
        if document.host.is_empty() {
            return if is_network(&blocked.scheme) { Match::Maybe } else { Match::No };
        }
        if blocked.host != document.host || blocked.port != document.port {
            return Match::No;
        }
        let scheme = scheme(&document.scheme, &blocked.scheme);
        let is_upgrade = blocked.scheme != document.scheme;
        if self.is_sandboxed || (is_upgrade && blocked.port != 0) {
            return scheme.min(Match::Maybe);
        }
        scheme
    }

    fn host_source(&self, source: &HostSource) -> Match {
        // The host first: it is what differs.
        let host = host(source, &self.blocked.host);
        if host == Match::No {
            return Match::No;
        }
        let scheme = self.scheme_of(source);
        let pattern = source.scheme.as_deref().unwrap_or(&self.document.scheme);
        let port = port(source.port, pattern, self.blocked);
        scheme.min(host).min(port).min(path(&source.path, &self.blocked.path))
    }

    fn scheme_of(&self, source: &HostSource) -> Match {
        match &source.scheme {
            Some(pattern) => scheme(pattern, &self.blocked.scheme),
            None if self.document.host.is_empty() => match &*self.blocked.scheme {
                // Whatever page it belongs to, http or https.
                "https" => Match::Yes,
                other if is_network(other) => Match::Maybe,
                _ => Match::No,
            },
            None => scheme(&self.document.scheme, &self.blocked.scheme),
        }
    }
}

fn is_network(scheme: &str) -> bool {
    matches!(scheme, "http" | "https" | "ws" | "wss")
}

/// "Scheme-part match", section 6.7.2.9: an upgrade matches.
fn scheme(pattern: &str, scheme: &str) -> Match {
    match (pattern, scheme) {
        (a, b) if a == b => Match::Yes,
        ("http", "https") | ("ws", "wss") => Match::Yes,
        ("http", "ws" | "wss") | ("https", "wss") => Match::Maybe,
        ("ws", "http" | "https") | ("wss", "https") => Match::Maybe,
        _ => Match::No,
    }
}

/// "Host-part match", section 6.7.2.10.
fn host(source: &HostSource, host: &str) -> Match {
    let is_match = if source.below { is_below(host, &source.host) } else { host == &*source.host };
    match is_match {
        false => Match::No,
        true if host.parse::<IpAddr>().is_ok() => Match::Maybe,
        true => Match::Yes,
    }
}

/// Whether a host is below another; all are below the empty one.
pub(super) fn is_below(host: &str, parent: &str) -> bool {
    match host.strip_suffix(parent) {
        Some(head) => parent.is_empty() || head.ends_with('.'),
        None => false,
    }
}

/// "Port-part match", section 6.7.2.11. `pattern`: the scheme that the source means.
fn port(port: Port, pattern: &str, blocked: &Place<'_>) -> Match {
    let real = match (blocked.port, &*blocked.scheme) {
        (0, "http" | "ws") => 80,
        (0, "https" | "wss") => 443,
        (0, "ftp") => 21,
        (port, _) => port,
    };
    match port {
        Port::Any => Match::Yes,
        Port::Default if blocked.port == 0 => Match::Yes,
        Port::Default => Match::No,
        Port::Number(number) if number == real && pattern == blocked.scheme => Match::Yes,
        Port::Number(number) if number == real => Match::Maybe,
        // Chromium takes the port for upgraded with the scheme.
        Port::Number(80) if real == 443 => Match::Maybe,
        Port::Number(_) => Match::No,
    }
}

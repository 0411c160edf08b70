//! Words in a URL's place, and schemes.

use super::{Kind, Place, Report, WEBRTC_DIRECTIVE};
use crate::base::destination::WEBRTC;

/// What browsers report in place of a URL for what the page brings along itself: its own code, and content in the address
/// itself or within the browser. Any other word there is a scheme without a destination.
///
/// CSP3 (sections 2.4.1 and 5.4): `inline`, `eval`, `wasm-eval`; Trusted Types: the two of theirs; Firefox before 57:
/// `self`; the rest are local schemes (Fetch, section 2.1) and those that CSP1 listed beside them.
const KEYWORDS: [&str; 13] = [
    "inline",
    "eval",
    "wasm-eval",
    "trusted-types-sink",
    "trusted-types-policy",
    "self",
    "data",
    "blob",
    "about",
    "filesystem",
    "mediastream",
    "javascript",
    "anonymous-code",
];

/// Whether a word is what browsers report in place of a URL for what the page brings along itself.
pub fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// Whether URLs of a scheme lead to a host in the network. All others lead into a program: a browser, one of its extensions,
/// an app.
pub fn is_network_scheme(scheme: &str) -> bool {
    matches!(scheme, "https" | "http" | "wss" | "ws" | "ftp")
}

impl Place<'_> {
    /// Whether it is on a host in the network.
    pub fn is_in_network(&self) -> bool {
        !self.host.is_empty() && is_network_scheme(&self.scheme)
    }
}

impl Report<'_> {
    /// Whether it is about a peer-to-peer connection, by CSP's directive or by a Connection-Allowlist.
    pub fn is_webrtc(&self) -> bool {
        match self.kind {
            Kind::Csp => self.directive == WEBRTC_DIRECTIVE,
            Kind::ConnectionAllowlist => self.blocked.scheme == WEBRTC,
            _ => false,
        }
    }
}

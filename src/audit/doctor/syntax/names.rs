//! The names of directives and keywords that browsers know.

use crate::pipeline::judge::within;

/// Directives that no browser acts on any more, or ever acted on.
pub(super) const DEAD: [&str; 8] = [
    "block-all-mixed-content",
    "navigate-to",
    "plugin-types",
    "prefetch-src",
    "reflected-xss",
    "referrer",
    "require-sri-for",
    "policy-uri",
];
/// All directives that browsers act on.
pub(super) const LIVE: [&str; 27] = [
    "default-src",
    "script-src",
    "script-src-elem",
    "script-src-attr",
    "style-src",
    "style-src-elem",
    "style-src-attr",
    "connect-src",
    "img-src",
    "font-src",
    "media-src",
    "object-src",
    "frame-src",
    "fenced-frame-src",
    "child-src",
    "worker-src",
    "manifest-src",
    "form-action",
    "base-uri",
    "frame-ancestors",
    "sandbox",
    "trusted-types",
    "require-trusted-types-for",
    "upgrade-insecure-requests",
    "report-uri",
    "report-to",
    "webrtc",
];
/// Keywords of lists of sources (CSP3, section 2.3.1, and its extensions), without their quotes.
pub(super) const KEYWORDS: [&str; 14] = [
    "self",
    "none",
    "unsafe-inline",
    "unsafe-eval",
    "unsafe-hashes",
    "strict-dynamic",
    "report-sample",
    "report-sha256",
    "report-sha384",
    "report-sha512",
    "wasm-unsafe-eval",
    "trusted-types-eval",
    "inline-speculation-rules",
    "unsafe-allow-redirects",
];
/// Schemes that people allow, without their colon. `localhost` and other hosts of one label are none of them.
pub(super) const SCHEMES: [&str; 14] = [
    "data",
    "blob",
    "http",
    "https",
    "ws",
    "wss",
    "ftp",
    "file",
    "filesystem",
    "mediastream",
    "about",
    "javascript",
    "chrome-extension",
    "moz-extension",
];
/// The beginnings of nonces and hashes, without the quote.
pub(super) const PREFIXES: [&str; 4] = ["nonce-", "sha256-", "sha384-", "sha512-"];

/// The known name that a word probably means: one that differs by at most two letters, or only by `-src` at its end.
pub(super) fn nearest(word: &str, known: &[&'static str]) -> Option<&'static str> {
    let is_stem = |name: &&&str| name.strip_suffix("-src") == Some(word);
    if let Some(meant) = known.iter().find(is_stem) {
        return Some(meant);
    }
    let errors = |name: &&'static str| Some((within(word.as_bytes(), name.as_bytes(), 2)?, *name));
    known.iter().filter_map(errors).min().map(|(_, name)| name)
}

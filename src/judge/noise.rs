//! Noise: reports that a browser extension or the browser itself caused. They are kept and counted with
//! the rule's id as the reason, and never alert.

use crate::report::Report;

/// Schemes under which browsers run extensions and pages of their own. CSP3 (section 5.4) has browsers
/// report only the scheme; WebKit and old browsers send the whole URL.
const EXTENSION_SCHEMES: &[&str] = &[
    "chrome",
    "chrome-extension",
    "extension",
    "moz-extension",
    "ms-browser-extension",
    "mx",
    "mxaddon-pkg",
    "opera",
    "resource",
    "safari-extension",
    "safari-web-extension",
];

/// The id of the rule that explains a report, if one does.
pub(super) fn rule(report: &Report<'_>) -> Option<&'static str> {
    if EXTENSION_SCHEMES.contains(&&*report.blocked.scheme) {
        return Some("extension-blocked");
    }
    // What was blocked may look like theft; the one who asked for it was an extension.
    if EXTENSION_SCHEMES.contains(&&*report.source.scheme) {
        return Some("extension-source");
    }
    None
}

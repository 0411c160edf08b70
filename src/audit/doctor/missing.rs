//! Checks for directives that no policy of the page has, so that data can leave the page unseen.

use super::Analysis;
use super::finding::{Finding, FindingLevel};
use crate::csp::fallbacks;

/// A directive that some policy must have, or another one that decides in its place.
struct RequiredDirective {
    id: &'static str,
    level: FindingLevel,
    name: &'static str,
    /// The directive and those that decide in its place, in the order in which browsers look for them.
    chain: &'static [&'static str],
    why: &'static str,
    fix: &'static str,
}

const REQUIRED: &[RequiredDirective] = &[
    RequiredDirective {
        id: "no-form-action",
        level: FindingLevel::Weak,
        name: "form-action",
        chain: &["form-action"],
        why: "default-src does not cover it: a fake payment form may post anywhere, and nothing \
            reports it",
        fix: "; form-action 'self'",
    },
    RequiredDirective {
        id: "no-base-uri",
        level: FindingLevel::Weak,
        name: "base-uri",
        chain: &["base-uri"],
        why: "default-src does not cover it: an injected <base> moves every relative script and \
            form of the page to another host",
        fix: "; base-uri 'self'",
    },
    RequiredDirective {
        id: "no-frame-ancestors",
        level: FindingLevel::Advice,
        name: "frame-ancestors",
        chain: &["frame-ancestors"],
        why: "default-src does not cover it: any site may show the page in a frame, and put \
            something on top of it",
        fix: "; frame-ancestors 'self'",
    },
    RequiredDirective {
        id: "no-script-src",
        level: FindingLevel::Weak,
        name: "script-src",
        chain: &["script-src-elem", "script-src", "default-src"],
        why: "scripts may come from anywhere, and inline ones run",
        fix: "; script-src 'self' 'report-sample'",
    },
    RequiredDirective {
        id: "no-object-src",
        level: FindingLevel::Weak,
        name: "object-src",
        chain: &["object-src", "default-src"],
        why: "<object> and <embed> load documents that may send data anywhere",
        fix: "; object-src 'none'",
    },
    RequiredDirective {
        id: "no-connect-src",
        level: FindingLevel::Weak,
        name: "connect-src",
        chain: &["connect-src", "default-src"],
        why: "fetch, XMLHttpRequest, sendBeacon and WebSocket may send data anywhere: most skimmers \
            need nothing else, and Chromium reports none of them by Connection-Allowlist",
        fix: "; connect-src 'self'",
    },
    RequiredDirective {
        id: "no-img-src",
        level: FindingLevel::Weak,
        name: "img-src",
        chain: &["img-src", "default-src"],
        why: "an image's URL can carry a card number to any host",
        fix: "; img-src 'self'",
    },
    RequiredDirective {
        id: "no-frame-src",
        level: FindingLevel::Weak,
        name: "frame-src",
        chain: &["frame-src", "child-src", "default-src"],
        why: "a frame of any host can cover the payment form",
        fix: "; frame-src 'self'",
    },
    RequiredDirective {
        id: "no-default-src",
        level: FindingLevel::Weak,
        name: "default-src",
        chain: &["default-src"],
        why: "it decides about everything without a directive of its own: styles, fonts, media, \
            workers, and <link rel=prefetch>, for which there is none",
        fix: "; default-src 'self'",
    },
];

pub(super) fn findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    let effective = analysis.effective();
    if effective.is_empty() {
        return Vec::new();
    }
    let is_missing = |required: &&RequiredDirective| {
        effective.iter().all(|policy| policy.deciding(required.chain).is_none())
    };
    let finding = |required: &RequiredDirective| {
        let RequiredDirective { id, level, name, why, fix, .. } = *required;
        let has_default = !fallbacks(name).is_empty() && name != "default-src";
        let or_default = if has_default { " or default-src" } else { "" };
        Finding::new(level, id, format!("Content-Security-Policy: {name}"))
            .what(format!("no policy that is enforced or reports has {name}{or_default}"))
            .why(why)
            .fix(format!("`{fix}` in each policy, with the hosts that the page needs"))
    };
    REQUIRED.iter().filter(is_missing).map(finding).collect()
}

//! Directives that no policy of the page has, and what leaves through the gap.

use super::Reading;
use super::finding::{Finding, Level};
use crate::csp::fallbacks;

/// A directive that must be there, or another that decides in its place.
struct Needed {
    id: &'static str,
    level: Level,
    name: &'static str,
    /// Those that decide, where it is none that `default-src` covers.
    chain: &'static [&'static str],
    why: &'static str,
    mend: &'static str,
}

const NEEDED: &[Needed] = &[
    Needed {
        id: "no-form-action",
        level: Level::Weak,
        name: "form-action",
        chain: &["form-action"],
        why: "default-src does not cover it: a fake payment form may post anywhere, and nobody \
            hears of it",
        mend: "; form-action 'self'",
    },
    Needed {
        id: "no-base-uri",
        level: Level::Weak,
        name: "base-uri",
        chain: &["base-uri"],
        why: "default-src does not cover it: an injected <base> moves every relative script and \
            form of the page to another host",
        mend: "; base-uri 'self'",
    },
    Needed {
        id: "no-frame-ancestors",
        level: Level::Advice,
        name: "frame-ancestors",
        chain: &["frame-ancestors"],
        why: "default-src does not cover it: any site may show the page in a frame, with something \
            of its own on top",
        mend: "; frame-ancestors 'self'",
    },
    Needed {
        id: "no-script-src",
        level: Level::Weak,
        name: "script-src",
        chain: &["script-src-elem", "script-src", "default-src"],
        why: "scripts may come from anywhere, and inline ones run",
        mend: "; script-src 'self' 'report-sample'",
    },
    Needed {
        id: "no-object-src",
        level: Level::Weak,
        name: "object-src",
        chain: &["object-src", "default-src"],
        why: "<object> and <embed> load documents that send what they like",
        mend: "; object-src 'none'",
    },
    Needed {
        id: "no-connect-src",
        level: Level::Weak,
        name: "connect-src",
        chain: &["connect-src", "default-src"],
        why: "fetch, XMLHttpRequest, sendBeacon and WebSocket may send anywhere: most skimmers need \
            no more",
        mend: "; connect-src 'self'",
    },
    Needed {
        id: "no-img-src",
        level: Level::Weak,
        name: "img-src",
        chain: &["img-src", "default-src"],
        why: "an image's URL can carry a card number to any host",
        mend: "; img-src 'self'",
    },
    Needed {
        id: "no-frame-src",
        level: Level::Weak,
        name: "frame-src",
        chain: &["frame-src", "child-src", "default-src"],
        why: "a frame of any host can be laid over the payment form",
        mend: "; frame-src 'self'",
    },
    Needed {
        id: "no-default-src",
        level: Level::Weak,
        name: "default-src",
        chain: &["default-src"],
        why: "it decides about all that has no directive of its own: styles, fonts, media, workers, \
            and <link rel=prefetch>, which has none",
        mend: "; default-src 'self'",
    },
];

pub(super) fn findings(reading: &Reading<'_>) -> Vec<Finding> {
    let effective = reading.effective();
    if effective.is_empty() {
        return Vec::new();
    }
    let is_missing =
        |needed: &&Needed| effective.iter().all(|policy| policy.deciding(needed.chain).is_none());
    let finding = |needed: &Needed| {
        let has_default = !fallbacks(needed.name).is_empty() && needed.name != "default-src";
        let and = if has_default { ", and no default-src" } else { "" };
        Finding::new(needed.level, needed.id, format!("Content-Security-Policy: {}", needed.name))
            .what(format!("no policy that is enforced or reports has {}{and}", needed.name))
            .why(needed.why)
            .mend(format!("`{}` in each policy, with the hosts that the page needs", needed.mend))
    };
    NEEDED.iter().filter(is_missing).map(finding).collect()
}

//! What an integrity policy blocks or reports of the page itself: scripts and style sheets without integrity metadata, or
//! without CORS (SRI, section 3.8).
//!
//! Measured with Chromium 148: it requires both of same-origin files too, and of preloads; it has no support for `style`.

use super::super::finding::Finding;
use super::super::html::Subresource;
use super::super::written::display_word;
use super::{IntegrityPolicy, REPORT_ONLY};

/// How many elements a finding names.
const ELEMENTS_SHOWN: usize = 5;

/// What a policy does to the subresources of its page.
pub(super) fn findings(
    header: &str,
    policy: &IntegrityPolicy,
    subresources: &[Subresource],
) -> Vec<Finding> {
    let kinds = [("script", "scripts"), ("style", "style sheets")];
    let named = kinds.into_iter().filter(|(destination, _)| policy.blocks(destination));
    named
        .filter_map(|(destination, things)| {
            let all: Vec<_> =
                subresources.iter().filter(|part| part.destination == destination).collect();
            let bare: Vec<_> =
                all.iter().copied().filter(|part| !part.has_integrity || !part.is_cors).collect();
            let count = Count { bare: &bare, all: all.len(), things };
            (!bare.is_empty()).then(|| count.finding(header, destination))
        })
        .collect()
}

struct Count<'p> {
    bare: &'p [&'p Subresource],
    all: usize,
    things: &'static str,
}

impl Count<'_> {
    fn finding(&self, header: &str, destination: &str) -> Finding {
        match (header == REPORT_ONLY, destination) {
            (true, _) => self.reported(header),
            (false, "script") => self.blocked_scripts(header),
            (false, _) => self.blocked_styles(header),
        }
    }

    /// How many there are, which, and what each of the first few lacks.
    fn text(&self) -> String {
        let lacks = |part: &Subresource| match (part.has_integrity, part.is_cors) {
            (true, _) => "no crossorigin",
            (_, true) => "no valid integrity",
            (false, false) => "neither integrity nor crossorigin",
        };
        let part =
            |part: &&Subresource| format!("{} ({})", display_word(&part.address), lacks(part));
        let shown: Vec<_> = self.bare.iter().take(ELEMENTS_SHOWN).map(part).collect();
        let more = if self.bare.len() > ELEMENTS_SHOWN { ", …" } else { "" };
        format!(
            "{} of the page's {} {}: {}{more}",
            self.bare.len(),
            self.all,
            self.things,
            shown.join(", ")
        )
    }

    fn blocked_scripts(&self, header: &str) -> Finding {
        Finding::weak("integrity-policy-blocks-scripts", header)
            .what(format!("browsers do not load {}", self.text()))
            .why(
                "The enforced header blocks each external script without valid integrity metadata, and each with it that is not \
                 fetched by CORS, those of the page's own host too: the page runs without them",
            )
            .fix(format!(
                "give them integrity=\"sha384-…\" and crossorigin, or send {REPORT_ONLY} until all of them have it"
            ))
    }

    fn blocked_styles(&self, header: &str) -> Finding {
        Finding::advice("integrity-policy-blocks-styles", header)
            .what(format!("the header forbids browsers to load {}", self.text()))
            .why(
                "Browsers that support `style` in blocked-destinations show the page without these style sheets. Chromium does \
                 not support it yet, so nothing happens today, and one day the page breaks",
            )
            .fix("give them integrity=\"sha384-…\" and crossorigin, or remove style from the header")
    }

    fn reported(&self, header: &str) -> Finding {
        Finding::advice("integrity-policy-would-report", format!("{header}: {}", self.things))
            .what(format!("each view of the page reports {}", self.text()))
            .why(
                "They have no valid integrity metadata, or are not fetched by CORS. Chromium and Firefox report each twice, and \
                 an injected script is one more of them",
            )
            .fix("give them integrity=\"sha384-…\" and crossorigin; what cannot have it, approve in the script inventory")
    }
}

//! What the page cannot show, for the people who act on it.

use maud::{Markup, html};

pub(super) fn closing() -> Markup {
    let limits = [
        "Anybody can send reports. A single report may be made up, and so may a tag that is not signed; several engines, \
         networks and signed tags are harder to make up.",
        "Only browsers that report are counted. Reports that are blocked, and pages that were left before the browser sent \
         anything, are missing: the true numbers are as high as these or higher.",
        "A report shows that a page wanted to reach a destination. It does not show what was sent. Only the disposition \
         shows whether the browser stopped it: enforce is stopped, report is not.",
        "DNS prefetch, preconnect, and workers and frames without the headers can carry data out, and no browser reports \
         them. Navigation, window.open and WebRTC can, too: only Chromium reports them, where the page sends \
         Connection-Allowlist. So can a host that the policy allows, or a redirect through one.",
        "An attacker who can edit a page can remove its policy. Then nothing arrives; such hours are among those that were \
         not covered, and the absence of reports in them means nothing.",
        "Coverage is known by the hour: a report of any kind shows that a page group was covered, not that every visitor \
         was.",
        "Visitors are keyed hashes of an address (IPv4) or its /64 (IPv6), not people. Visitors and networks are estimates: \
         exact below 65,536, beyond that within about 1 %. All other figures count what is stored.",
        "Reports over a quota are counted, but not stored. What is stored about a destination is kept for as long as the \
         configured retention says.",
    ];
    html! {
        section class="closing" {
            h2 { "What this cannot show" }
            ul { @for limit in limits { li { (limit) } } }
        }
    }
}

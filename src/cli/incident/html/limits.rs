//! What the page cannot show: whoever acts on it must know. docs/limits.md says it at length.

use maud::{Markup, html};

pub(super) fn closing() -> Markup {
    let limits = [
        "Anybody can send reports. A single report may be made up, and a tag that is not signed as well; several engines, \
         networks and signed tags are harder to make up.",
        "Only browsers that report can tell. Those whose reports are blocked, and pages that were left before the browser \
         sent anything, are not in here: the true numbers are as high as these or higher.",
        "A report says that a page wanted to reach a destination. What was sent, and whether the browser stopped it, only \
         the disposition tells: enforce is stopped, report is not.",
        "Navigation, window.open, WebRTC, DNS prefetch and preconnect can carry data out, and no browser reports them. So \
         can a host that the policy allows, or a redirect through one.",
        "Who can edit a page can take its policy away. Then nothing arrives; such hours are among those that were not \
         covered, and no report in them means nothing.",
        "Coverage is told by the hour: reports of any kind from a page group show that it was heard, not that every visitor \
         was.",
        "Clients are keyed hashes of an address (IPv4) or its /64 (IPv6), not people. Clients and networks are estimates: \
         exact below 65,536, beyond that within about 1 %. All other figures are counts of what is stored.",
        "Reports over a quota are counted elsewhere and stored nowhere. What is stored of a destination is kept for \
         as long as the configured retention says.",
    ];
    html! {
        section class="closing" {
            h2 { "What this cannot show" }
            ul { @for limit in limits { li { (limit) } } }
        }
    }
}

//! What to do about an incident, in which order. The runbook says more.

use maud::{Markup, html};

pub(super) fn steps(name: &str) -> Markup {
    html! {
        h2 { "What to do next" }
        ol {
            li {
                "Find out whether it is a theft: the reasons above and what else changed say most, such as a script with a new hash, \
                 a policy that nobody changed, or a form."
            }
            li {
                "Stop it: take the script off the page, or enforce a policy. Where the disposition is report, the browser stopped \
                 nothing."
            }
            li { "Find out who is affected: the tags below name sessions or orders." }
            li { "Keep evidence before anything is cleaned up: cspwatch evidence." }
            li {
                "Decide with a name and a reason: cspwatch destinations approve or ignore " (name) ". A theft goes on alerting until \
                 it is fixed; then: cspwatch destinations forget " (name) "."
            }
        }
        p class="note" { "The order of work in full: deploy/runbook.md." }
    }
}

//! What to do about an incident, in which order. The runbook says more.

use maud::{Markup, html};

/// Where somebody who reads the page in the console does what it advises; absolute, because the page is kept.
pub struct ConsoleLinks {
    /// The page of the destination, with its decisions.
    pub destination: String,
    /// The tags of the orders and sessions, as a file.
    pub tags: String,
    /// The form of the evidence pack.
    pub evidence: String,
    /// The suggested policy.
    pub policy: String,
}

/// The steps; without a console, by commands.
pub(super) fn steps(name: &str, console: Option<&ConsoleLinks>) -> Markup {
    html! {
        h2 { "What to do next" }
        ol {
            li {
                "Find out whether it is a theft: the reasons above and what else changed say most, such as a script with a new hash, \
                 a policy that nobody changed, or a form."
            }
            @match console {
                Some(links) => (in_console(links)),
                None => (by_commands(name)),
            }
        }
        @if console.is_none() { p class="note" { "The order of work in full: deploy/runbook.md." } }
    }
}

fn in_console(links: &ConsoleLinks) -> Markup {
    html! {
        li {
            "Stop it: take the script off the page, or " a href=(links.policy) { "enforce a policy" }
            ". Where the disposition is report, the browser stopped nothing."
        }
        li { "Find out who is affected: the " a href=(links.tags) { "tags" } " name orders or sessions." }
        li { "Keep evidence before anything is cleaned up: " a href=(links.evidence) { "evidence pack" } "." }
        li {
            "Decide, with a reason, on " a href=(links.destination) { "the page of the destination" }
            ": Approve, Ignore as noise, or This is a theft. A theft goes on alerting until it is fixed; then: It is over."
        }
    }
}

fn by_commands(name: &str) -> Markup {
    html! {
        li {
            "Stop it: take the script off the page, or enforce a policy. Where the disposition is report, the browser stopped \
             nothing."
        }
        li { "Find out who is affected: the tags below name orders or sessions." }
        li { "Keep evidence before anything is cleaned up: cspwatch evidence." }
        li {
            "Decide with a name and a reason: cspwatch destinations approve or ignore " (name) ". A theft goes on alerting until \
             it is fixed; then: cspwatch destinations forget " (name) "."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_in_the_console_needs_no_command_and_any_other_no_link() {
        let text = |name: &str| name.to_owned();
        let links = ConsoleLinks {
            destination: text("https://console.example/destinations/shop/evil.example"),
            tags: text("https://console.example/destinations/shop/evil.example/tags.csv"),
            evidence: text("https://console.example/evidence/shop"),
            policy: text("https://console.example/policy/shop"),
        };
        let page = steps("evil[.]example", Some(&links)).into_string();
        assert!(!page.contains("cspwatch") && !page.contains("runbook"), "{page}");
        for link in [&links.destination, &links.tags, &links.evidence, &links.policy] {
            assert!(page.contains(&format!("href=\"{link}\"")), "{link}\n{page}");
        }
        let page = steps("evil[.]example", None).into_string();
        assert!(page.contains("cspwatch destinations forget evil[.]example"), "{page}");
        assert!(!page.contains("href"), "{page}");
    }
}

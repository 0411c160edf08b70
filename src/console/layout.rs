//! The pages of somebody who is logged in: navigation, news, and who it is; and those that say what went wrong.

use axum::response::Html;
use maud::{Markup, html};

use super::Console;
use super::frame::{NAVIGATION, document};
use super::visitor::Visitor;

/// The part of the navigation that a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Now,
    Reports,
    Sites,
    System,
}

impl Section {
    /// In the order of [`NAVIGATION`].
    const ALL: [Self; 4] = [Self::Now, Self::Reports, Self::Sites, Self::System];
}

/// A page for somebody who is logged in.
pub(super) fn page(
    title: &str,
    section: Section,
    (console, visitor): (&Console, &Visitor),
    body: Markup,
) -> Html<String> {
    let state = console.live.state();
    document(
        title,
        html! {
            (header(Some(section), visitor))
            p id="news" class="news" role="status" hidden { "Something has changed. " a href="" { "Show it" } }
            main id="main" data-state=(state) { (body) p class="note foot" { "All times are UTC." } }
        },
    )
}

/// A page for somebody whose request cannot be answered. Who they are is not known where nobody is logged in; where they may go is.
pub(super) fn error_page(title: &str, visitor: Option<&Visitor>, body: Markup) -> Html<String> {
    let header = match visitor {
        Some(visitor) => header(None, visitor),
        None => html! { header class="top" { (navigation(None)) } },
    };
    document(title, html! { (header) main id="main" class="narrow" { (body) } })
}

fn header(section: Option<Section>, visitor: &Visitor) -> Markup {
    let role = visitor.person.role.as_str();
    html! {
        header class="top" {
            (navigation(section))
            form class="person" method="post" action="/logout" {
                span class="who" { (visitor.person.name) @if *visitor.person.name != *role { " " span class="role" { (role) } } }
                (visitor.form_field())
                button type="submit" class="quiet" { "Log out" }
            }
        }
    }
}

fn navigation(section: Option<Section>) -> Markup {
    html! {
        a class="brand" href="/" { "cspwatch" }
        nav aria-label="Main" {
            @for (own, (address, name)) in Section::ALL.into_iter().zip(NAVIGATION) {
                a href=(address) aria-current=[(Some(own) == section).then_some("page")] { (name) }
            }
        }
    }
}

/// A part of the page that can be folded away. Tables are wider than a phone: they scroll by themselves.
pub(super) fn part(name: &str, content: Markup, is_open: bool) -> Markup {
    html! {
        details class="part" open[is_open] {
            summary { (name) }
            div class="scroll" tabindex="0" role="region" aria-label=(name) { (content) }
        }
    }
}

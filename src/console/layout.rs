//! The pages of somebody who is logged in: navigation, news, and who it is.

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

/// The head of a page that is in no part of the navigation. Nobody is logged in, or it is not known who: where they may go is.
pub(super) fn plain_header(visitor: Option<&Visitor>) -> Markup {
    match visitor {
        Some(visitor) => header(None, visitor),
        None => html! { header class="top" { (navigation(None)) } },
    }
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

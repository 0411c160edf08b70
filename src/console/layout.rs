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
    Decisions,
    Sites,
    System,
}

impl Section {
    /// In the order of [`NAVIGATION`].
    const ALL: [Self; 5] = [Self::Now, Self::Reports, Self::Decisions, Self::Sites, Self::System];
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
            main id="main" data-state=(state) { (body) p class="note foot" { "All times are UTC. " a href="/words" { "What the words mean" } } }
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

/// A field of a filter: one of these values, each with its words, or all of them.
pub(super) fn choice<'a>(
    name: &str,
    words: &str,
    values: impl IntoIterator<Item = (&'a str, &'a str)>,
    chosen: &str,
) -> Markup {
    let values: Vec<_> = values.into_iter().collect();
    // A value that a link brought and the list has not stays chosen.
    let is_foreign = !chosen.is_empty() && values.iter().all(|(value, _)| *value != chosen);
    html! {
        div {
            label for=(name) { (words) }
            select id=(name) name=(name) {
                option value="" { "all" }
                @if is_foreign { option value=(chosen) selected { (chosen) } }
                @for (value, words) in values { option value=(value) selected[value == chosen] { (words) } }
            }
        }
    }
}

/// The ways to the parts of a list before and after the one that is shown. `address`: of the part after that many.
pub(super) fn neighbours(
    (offset, shown, all): (u64, u64, u64),
    address: impl Fn(&str) -> String,
) -> Markup {
    let after = offset + shown;
    html! {
        p class="links" {
            @if offset > 0 {
                a rel="prev" href=(address(&offset.saturating_sub(shown).to_string())) { "Those before" }
            }
            @if after < all { a rel="next" href=(address(&after.to_string())) { "Those after" } }
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

//! The frame of every page: its head, and what it may hold.

use axum::response::Html;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::assets::{script, style};
use crate::base::display::printable;

/// The pages that every page leads to.
pub(super) const NAVIGATION: [(&str, &str); 5] = [
    ("/", "Now"),
    ("/reports", "Reports"),
    ("/decisions", "Decisions"),
    ("/sites", "Sites"),
    ("/system", "System"),
];

/// A page for anybody: the login.
pub(super) fn bare_page(title: &str, body: Markup) -> Html<String> {
    document(
        title,
        html! {
            header class="top" { a class="brand" href="/" { "cspwatch" } }
            main id="main" class="narrow" { (body) }
        },
    )
}

/// A page for somebody whose request cannot be answered.
pub(super) fn error_page(title: &str, header: Markup, body: Markup) -> Html<String> {
    document(title, html! { (header) main id="main" class="narrow" { (body) } })
}

/// No text of a report makes markup (its type is escaped), moves the cursor or turns a line around.
pub(super) fn document(title: &str, body: Markup) -> Html<String> {
    let title = printable(format!("{title} · cspwatch").into()).into_owned();
    let body = PreEscaped(printable(body.into_string().into()).into_owned());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="stylesheet" href=(style().address) integrity=(style().integrity);
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                script src=(script().address) integrity=(script().integrity) defer {}
            }
            body {
                a class="skip" href="#main" { "To the content" }
                (body)
            }
        }
    };
    Html(page.into_string())
}

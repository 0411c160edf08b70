//! What the words on the pages mean.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Html;
use maud::html;

use crate::console::Console;
use crate::console::glossary::{LISTS, anchor};
use crate::console::layout::{Section, page};
use crate::console::visitor::Viewer;

pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    Viewer(visitor): Viewer,
) -> Html<String> {
    let body = html! {
        h1 { "What the words mean" }
        p class="links" {
            @for list in LISTS { a href={ "#" (list.sort) } { (list.name) } " " }
        }
        @for list in LISTS {
            section {
                h2 id=(list.sort) { (list.name) }
                dl class="words" {
                    @for (word, meaning) in list.words {
                        dt id=(anchor(list.sort, word)) { (word) }
                        dd { (meaning) }
                    }
                }
            }
        }
    };
    page("What the words mean", Section::System, (&console, &visitor), body)
}

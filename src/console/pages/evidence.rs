//! The evidence pack of a site: choose a period, read it, keep it.

mod pack;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Html;
use maud::{Markup, html};

use super::check_site;
use super::sites::site_links;
use crate::audit::evidence::chain;
use crate::audit::evidence::{LIMITS, SUPPORTS};
use crate::audit::html::table::{Cell, table};
use crate::base::clock::{Timestamp, days};
use crate::base::display::day;
use crate::console::Console;
use crate::console::answer::{Refusal, sentence};
use crate::console::fields::{Fields, Query};
use crate::console::layout::{Section, page};
use crate::console::links;
use crate::console::visitor::{Viewer, Visitor};

pub(in crate::console) use pack::pack;

/// What the checksum of the pack before must look like.
const CHECKSUM_FORM: &str =
    "the checksum of the pack before has 64 hexadecimal digits: it is in that file's name";

/// The ways to have a pack.
const FORMS: [(&str, &str); 4] = [
    ("html", "page, to read and print"),
    ("json", "JSON"),
    ("csv", "scripts as CSV"),
    ("zip", "whole pack, to keep"),
];

/// The form, and what a pack supports. The query may fill the form in.
pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    Viewer(visitor): Viewer,
    Path(site): Path<String>,
    Query(fields): Query,
) -> Result<Html<String>, Refusal> {
    check_site(&console, &site)?;
    Ok(shown(&console, &visitor, (&site, &fields), None))
}

/// The page; `wrong`: what is wrong with what was filled in, which stays.
fn shown(
    console: &Console,
    visitor: &Visitor,
    (site, fields): (&str, &Fields),
    wrong: Option<&str>,
) -> Html<String> {
    let now = Timestamp::now();
    let body = html! {
        p class="kind" { "Evidence of " a href=(links::path(&["sites", site])) { (site) } }
        h1 { "Evidence of payment page monitoring" }
        (site_links(site, "evidence"))
        @if let Some(wrong) = wrong { p class="wrong" role="alert" { (sentence(wrong)) } }
        (form(site, &console.config.page_groups(site), fields, now))
        (presets(site, now))
        (keeping())
        (supports())
    };
    page("Evidence", Section::Sites, (console, visitor), body)
}

fn form(site: &str, groups: &[&str], fields: &Fields, now: Timestamp) -> Markup {
    let (first, last) = (day((now - days(90)).day()), day(now.day()));
    let filled = |name, other| match fields.text(name) {
        "" => other,
        text => text.to_owned(),
    };
    let is_chosen = |name, value: &str| fields.text(name) == value;
    html! {
        form class="filters" method="get" action=(links::path(&["evidence", site, "pack"])) {
            div {
                label for="from" { "First day (UTC)" }
                input id="from" name="from" type="date" required value=(filled("from", first));
            }
            div {
                label for="to" { "Last day (UTC)" }
                input id="to" name="to" type="date" required value=(filled("to", last));
            }
            div {
                label for="page_group" { "Page group" }
                select id="page_group" name="page_group" {
                    option value="" { "all" }
                    @for group in groups { option value=(group) selected[is_chosen("page_group", group)] { (group) } }
                }
            }
            div {
                label for="form" { "As" }
                select id="form" name="form" {
                    @for (name, words) in FORMS { option value=(name) selected[is_chosen("form", name)] { (words) } }
                }
            }
            div class="wide" {
                label for="previous" { "SHA-256 checksum in the name of the pack before, for the whole pack: 64 hexadecimal digits; may be empty" }
                input id="previous" name="previous" value=(fields.text("previous")) maxlength="64" pattern="[0-9a-fA-F]{64}"
                    title=(CHECKSUM_FORM) autocomplete="off" spellcheck="false";
            }
            div { button type="submit" class="main" { "Put it together" } }
        }
    }
}

/// Periods that fill the form in.
fn presets(site: &str, now: Timestamp) -> Markup {
    let to = day(now.day());
    let own = links::path(&["evidence", site]);
    html! {
        p class="links" {
            "Fill in: "
            @for (words, length) in [("the last 7 days", 6), ("the last 30 days", 29), ("the last 90 days", 89)] {
                a href=(links::with_query(&own, [("from", &*day(now.day() - length)), ("to", &*to)])) { (words) }
            }
        }
    }
}

/// How a pack proves that nobody changed it.
fn keeping() -> Markup {
    html! {
        p class="note" {
            "The whole pack is a ZIP file. It is named after the SHA-256 checksum of the file " code { (chain::SUMS) } " in it, which \
             lists the checksums of the others. That is not the checksum of the ZIP file: unpack it, and "
            code { "sha256sum " (chain::SUMS) } " prints what is in the name. Keep this checksum, or give it to the assessor: it proves \
             that nobody changed the pack later. Write it into the next one as the pack before, and it proves that none of them is \
             missing. " code { "cspwatch evidence --verify" } " checks unpacked packs. " code { "cspwatch evidence --out" }
            " makes packs in the same way, and with the deliveries that Prometheus has."
        }
    }
}

fn supports() -> Markup {
    let rows = SUPPORTS.iter().map(|supported| {
        [supported.requirement, supported.asks, supported.evidence, supported.open].map(Cell::text)
    });
    html! {
        section {
            h2 { "What it supports" }
            p class="note" { "The requirements are in our words; the text of the standard holds." }
            div class="scroll" tabindex="0" role="region" aria-label="What it supports" {
                (table(["PCI DSS", "Asks that", "Evidence in the pack", "Remains open"], rows))
            }
            h2 { "What it cannot show" }
            ul { @for limit in LIMITS { li { (limit) } } }
        }
    }
}

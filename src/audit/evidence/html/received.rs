//! The security headers of the pages, as they were received.

use maud::{Markup, html};

use crate::audit::evidence::{EvidencePack, HeaderPage};
use crate::audit::html::table::{Cell, table};
use crate::audit::html::values::items;
use crate::base::display::day_ranges;
use crate::store::headers::ReceivedHeader;

/// Which pages were looked at on which days, what they had, and what changed.
pub(super) fn headers(pack: &EvidencePack) -> Markup {
    let pages = pack.header_pages();
    html! {
        h2 { "Security headers, as received" }
        @if pages.is_empty() {
            p {
                "Nobody stored what a look from outside receives (cspwatch doctor --watch --store): the pack does not show which \
                 headers the pages had."
            }
        } @else {
            p class="note" {
                "As cspwatch doctor received them from where it ran, without cookies; a server may answer others otherwise. \
                 Without nonces and queries. On a day with an observation, the page was fetched at least once; a change that was \
                 undone between two looks is not seen."
            }
            @if pack.headers_are_cut() {
                p class="note" { "There were more looks than the pack has: those of the last days are missing. Make the period shorter." }
            }
            @for page in &pages { (gaps(page)) }
            (days(&pages))
            (current(&pages))
            (changes(&pages))
            (failures(&pages))
        }
    }
}

/// The days of which nothing is known.
fn gaps(page: &HeaderPage<'_>) -> Markup {
    let unseen = page.unseen_days();
    html! {
        @if !unseen.is_empty() {
            p class="note" { "No headers of " (page.page) " were received on: " (items(day_ranges(&unseen))) "." }
        }
    }
}

fn days(pages: &[HeaderPage<'_>]) -> Markup {
    let rows = pages.iter().flat_map(|page| {
        page.days.iter().map(|day| {
            [
                Cell::text(&day.day),
                Cell::text(page.page_group),
                Cell::text(page.page),
                Cell::text(day.look.as_str()),
                Cell::Number(day.changes as u64),
            ]
        })
    });
    table(["Day", "Page group", "Page", "Observation", "Headers that changed"], rows)
}

fn current(pages: &[HeaderPage<'_>]) -> Markup {
    let rows = pages.iter().flat_map(|page| {
        let last = page.last.into_iter();
        last.flat_map(|row| row.headers.iter().map(move |header| (row.at, header))).map(
            |(at, header)| {
                [
                    Cell::text(page.page),
                    Cell::text(&header.name),
                    Cell::text(&header.value),
                    Cell::Time(at),
                ]
            },
        )
    });
    html! {
        h3 { "The headers that were received last" }
        (table(["Page", "Header", "Value", "Received"], rows))
    }
}

fn changes(pages: &[HeaderPage<'_>]) -> Markup {
    let value = |header: Option<&ReceivedHeader>| {
        Cell::text(header.map_or("(not there)", |header| &header.value))
    };
    let rows: Vec<_> = pages
        .iter()
        .flat_map(|page| page.changes.iter().map(|change| (page.page, change)))
        .map(|(page, change)| {
            [
                Cell::Time(change.at),
                Cell::text(page),
                Cell::text(change.name),
                value(change.before),
                value(change.now),
            ]
        })
        .collect();
    html! {
        h3 { "Changes of headers" }
        @if rows.is_empty() {
            p { "No look within the period saw another header than the one before." }
        } @else {
            (table(["Seen at", "Page", "Header", "Before", "Now"], rows.into_iter()))
        }
    }
}

fn failures(pages: &[HeaderPage<'_>]) -> Markup {
    let rows: Vec<_> = pages
        .iter()
        .flat_map(|page| page.failures.iter().map(|row| (page.page, row)))
        .map(|(page, row)| [Cell::Time(row.at), Cell::text(page), Cell::text(&row.failure)])
        .collect();
    html! {
        @if !rows.is_empty() {
            h3 { "Looks at which the page could not be fetched" }
            (table(["At", "Page", "Why"], rows.into_iter()))
        }
    }
}

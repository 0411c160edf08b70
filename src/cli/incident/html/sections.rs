//! The tables of the page.

use maud::{Markup, html};

use super::super::changes::Change;
use super::super::coverage::Coverage;
use super::super::text::why;
use crate::audit::html::table::{Cell, table};
use crate::base::display::{defanged, defanged_words};
use crate::store::incident::{Incident, Related};

pub(super) fn periods(found: &Incident) -> Markup {
    let rows = found.periods.iter().map(|it| {
        let (from, to) = (Cell::Time(it.period_from), Cell::Time(it.period_to));
        [from, to, Cell::Number(it.reports), Cell::Number(it.clients)]
    });
    html! {
        h2 { "When it was active" }
        (table(["From", "To", "Reports", "Clients"], rows))
    }
}

/// What the reader must not take for innocence.
pub(super) fn silent(coverage: &Coverage) -> Markup {
    let rows = coverage.places.iter().flat_map(|place| {
        place.silent.iter().map(|(from, to)| {
            let hours =
                Cell::Number(u64::try_from((to - from) / super::super::HOUR_MILLIS).unwrap_or(0));
            [
                Cell::text(&place.site),
                Cell::text(&place.page_group),
                Cell::Time(*from),
                Cell::Time(*to),
                hours,
            ]
        })
    });
    html! {
        h2 { "When nobody reported" }
        @if coverage.places.iter().all(|place| place.silent.is_empty()) {
            p { "Between the first and the last report, these pages reported something in every hour." }
        } @else {
            p class="note" {
                "Between the first and the last report these page groups reported nothing at all in these hours: the \
                 collector was down, the policy away, or nobody there. That this destination was not reported then means \
                 nothing."
            }
            (table(["Site", "Pages", "From", "To", "Hours"], rows))
        }
    }
}

pub(super) fn pages(found: &Incident) -> Markup {
    let rows = found.pages.iter().map(|it| {
        let (site, group, path) =
            (Cell::text(&it.site), Cell::text(&it.page_group), Cell::text(&it.path));
        let (reports, clients) = (Cell::Number(it.reports), Cell::Number(it.clients));
        [site, group, path, reports, clients, Cell::Time(it.first_seen), Cell::Time(it.last_seen)]
    });
    html! {
        h2 { "On which pages" }
        (table(["Site", "Pages", "Path", "Reports", "Clients", "First", "Last"], rows))
    }
}

pub(super) fn addresses(found: &Incident) -> Markup {
    let rows = found.scripts.iter().map(|it| {
        let by = match it.source_host.as_str() {
            "" => Cell::text("(the page itself, or not told)"),
            host => Cell::address(host, &it.source_path),
        };
        let to = Cell::address(&it.blocked_host, &it.blocked_path);
        [to, by, Cell::Number(it.reports), Cell::Time(it.first), Cell::Time(it.last)]
    });
    html! {
        h2 { "Which addresses, called by which script" }
        (table(["Address", "Script", "Reports", "First", "Last"], rows))
    }
}

pub(super) fn tags(found: &Incident) -> Markup {
    let rows = found.tags.iter().map(|it| {
        let (first, last) = (Cell::Time(it.first_seen), Cell::Time(it.last_seen));
        let signed = Cell::text(if it.signed { "yes" } else { "no" });
        [Cell::text(&it.tag), signed, first, last, Cell::Number(it.reports), Cell::Number(it.pages)]
    });
    html! {
        h2 { "Whom, by tag" }
        @if found.tags.is_empty() {
            p { "No report carried a tag, so whom it concerned cannot be told." }
        } @else {
            p class="note" {
                "What a tag stands for the site's own records say. One that is not signed anybody can have made up."
            }
            (table(["Tag", "Signed", "First", "Last", "Reports", "Pages"], rows))
        }
    }
}

pub(super) fn related(found: &Incident) -> Markup {
    let rows = found.related.iter().map(|it| {
        let groups = Cell::text(it.page_groups.join(", "));
        let (first, last) = (Cell::Time(it.first_seen), Cell::Time(it.last_seen));
        let why = Cell::text(with_scripts(it));
        [Cell::host(&it.destination), why, groups, Cell::Number(it.reports), first, last]
    });
    html! {
        h2 { "Related destinations" }
        @if found.related.is_empty() {
            p { "No other destination of these sites has anything in common with it." }
        } @else {
            p class="note" {
                "Other destinations of these sites, those with most in common first: called by the same script, active in the \
                 same hours, seen on the same pages, or first seen within a day of it."
            }
            (table(["Destination", "Why", "Pages", "Reports", "First", "Last"], rows))
        }
    }
}

fn with_scripts(it: &Related) -> String {
    let scripts: Vec<String> =
        it.scripts.iter().map(|(host, path)| format!("{}{path}", defanged(host))).collect();
    if scripts.is_empty() {
        return why(it);
    }
    format!("{}; called by {}", why(it), scripts.join(", "))
}

pub(super) fn changes(changes: &[Change]) -> Markup {
    let rows = changes.iter().map(|it| {
        let group = Cell::text(it.page_group.as_deref().unwrap_or_default());
        let (what, text) = (Cell::text(it.what.as_str()), Cell::text(defanged_words(&it.text)));
        [Cell::Time(it.at), what, Cell::text(&it.site), group, text]
    });
    html! {
        h2 { "What else changed then" }
        @if changes.is_empty() {
            p { "From a day before the first report to the last, nothing that reports told of." }
        } @else {
            p class="note" {
                "On these sites, from a day before the first report to the last: policies and scripts as reports told of \
                 them, hours without any report, and what people decided."
            }
            (table(["At", "What", "Site", "Pages", "Change"], rows))
        }
    }
}

pub(super) fn decisions(found: &Incident) -> Markup {
    let rows = found.decisions.iter().map(|it| {
        let until = it.until.map_or_else(|| Cell::text("decided otherwise"), Cell::Time);
        let (by, why) = (Cell::text(&it.by), Cell::text(&it.why));
        [Cell::Time(it.decided_at), Cell::text(&it.site), Cell::text(&it.decision), by, why, until]
    });
    html! {
        h2 { "What people decided" }
        @if found.decisions.is_empty() {
            p { "Nothing yet." }
        } @else {
            (table(["At", "Site", "Decision", "By", "Why", "Until"], rows))
        }
    }
}

//! The parts of the page, each with its heading.

use maud::{Markup, html};

use crate::audit::decided::until;
use crate::audit::html::table::{Cell, table};
use crate::audit::incident::{Coverage, SiteChange, why_with_hours};
use crate::base::display::{self, defanged, defanged_words, severity};
use crate::decisions::standings;
use crate::store::incident::{Incident, IncidentDecision, Related};

/// Why it alerted: how severe, and for which reasons.
pub fn alerts(incident: &Incident) -> Markup {
    let rows = incident.alerts.iter().map(|alert| {
        [
            Cell::Time(alert.raised),
            Cell::text(severity(&alert.severity)),
            Cell::text(display::alert(&alert.alert)),
            Cell::text(&alert.site),
            Cell::text(&alert.page_group),
            Cell::text(defanged_words(&alert.why)),
        ]
    });
    html! {
        h2 { "Why it alerted" }
        @if incident.alerts.is_empty() {
            p { "No alert was raised about it." }
        } @else {
            (table(["At", "Severity", "Alert", "Site", "Page group", "Why"], rows))
        }
    }
}

/// When it was active.
pub fn periods(incident: &Incident) -> Markup {
    let rows = incident.periods.iter().map(|period| {
        [
            Cell::Time(period.period_from),
            Cell::Time(period.period_to),
            Cell::Number(period.reports),
            Cell::Number(period.clients),
        ]
    });
    html! {
        h2 { "When it was active" }
        (table(["From", "To", "Reports", "Visitors"], rows))
    }
}

/// The hours without any report, so that nobody takes them for hours without the destination.
pub fn silent(coverage: &Coverage) -> Markup {
    let rows = coverage.silent_stretches().map(|(group, from, to)| {
        [
            Cell::text(&group.site),
            Cell::text(&group.page_group),
            Cell::Time(from),
            Cell::Time(to),
            Cell::Number(to.since(from).as_secs() / 3_600),
        ]
    });
    html! {
        h2 { "When nobody reported" }
        @if coverage.silent_stretches().next().is_none() {
            p { "Between the first and the last report, these pages reported something in every hour." }
        } @else {
            p class="note" {
                "Between the first and the last report, these page groups reported nothing at all in these hours: the \
                 collector was down, the policy was missing, or the pages had no visitors. That this destination was not \
                 reported then means nothing."
            }
            (table(["Site", "Page group", "From", "To", "Hours"], rows))
        }
    }
}

/// The pages that reported it.
pub fn pages(incident: &Incident) -> Markup {
    let rows = incident.pages.iter().map(|page| {
        [
            Cell::text(&page.site),
            Cell::text(&page.page_group),
            Cell::text(&page.path),
            Cell::Number(page.reports),
            Cell::Number(page.clients),
            Cell::Time(page.first_seen),
            Cell::Time(page.last_seen),
        ]
    });
    html! {
        h2 { "On which pages" }
        (table(["Site", "Page group", "Path", "Reports", "Visitors", "First", "Last"], rows))
    }
}

/// The addresses that were requested, each with the script that requested it.
pub fn addresses(incident: &Incident) -> Markup {
    let rows = incident.scripts.iter().map(|script| {
        let requested_by = match script.source_host.as_str() {
            "" => Cell::text("(the page itself, or not reported)"),
            host => Cell::address(host, &script.source_path),
        };
        [
            Cell::address(&script.blocked_host, &script.blocked_path),
            requested_by,
            Cell::Number(script.reports),
            Cell::Time(script.first),
            Cell::Time(script.last),
        ]
    });
    html! {
        h2 { "Which addresses, requested by which script" }
        (table(["Address", "Script", "Reports", "First", "Last"], rows))
    }
}

/// The tags of the reports.
pub fn tags(incident: &Incident) -> Markup {
    let rows = incident.tags.iter().map(|tag| {
        [
            Cell::text(&tag.tag),
            Cell::text(if tag.signed { "yes" } else { "no" }),
            Cell::Time(tag.first_seen),
            Cell::Time(tag.last_seen),
            Cell::Number(tag.reports),
            Cell::Number(tag.pages),
        ]
    });
    html! {
        h2 { "Tags of orders and sessions" }
        @if incident.tags.is_empty() {
            p { "No report carried a tag, so the orders and sessions are not known." }
        } @else {
            p class="note" {
                "Look a tag up in the site's own records. Anybody can make up a tag that is not signed."
            }
            (table(["Tag", "Signed", "First", "Last", "Reports", "Pages"], rows))
        }
    }
}

/// Other destinations that have something in common with it.
pub fn related(incident: &Incident) -> Markup {
    let rows = incident.related.iter().map(|related| {
        [
            Cell::host(&related.destination),
            Cell::text(why_with_scripts(related)),
            Cell::text(related.page_groups.join(", ")),
            Cell::Number(related.reports),
            Cell::Time(related.first_seen),
            Cell::Time(related.last_seen),
        ]
    });
    html! {
        h2 { "Related destinations" }
        @if incident.related.is_empty() {
            p { "No other destination of these sites has anything in common with it." }
        } @else {
            p class="note" {
                "Other destinations of these sites, those with most in common first: requested by the same script, active in \
                 the same hours, seen on the same pages, or first seen within a day of it."
            }
            (table(["Destination", "Why", "Page groups", "Reports", "First", "Last"], rows))
        }
    }
}

fn why_with_scripts(related: &Related) -> String {
    let scripts: Vec<String> =
        related.scripts.iter().map(|(host, path)| format!("{}{path}", defanged(host))).collect();
    if scripts.is_empty() {
        return why_with_hours(related);
    }
    format!("{}; requested by {}", why_with_hours(related), scripts.join(", "))
}

/// What else changed at that time.
pub fn changes(changes: &[SiteChange]) -> Markup {
    let rows = changes.iter().map(|change| {
        [
            Cell::Time(change.at),
            Cell::text(change.kind.as_str()),
            Cell::text(&change.site),
            Cell::text(change.page_group.as_deref().unwrap_or_default()),
            Cell::text(defanged_words(&change.text)),
        ]
    });
    html! {
        h2 { "What else changed at that time" }
        @if changes.is_empty() {
            p { "From a day before the first report to the last, nothing that reports show." }
        } @else {
            p class="note" {
                "On these sites, from a day before the first report to the last: policies and scripts as reports show them, \
                 hours without any report, and decisions."
            }
            (table(["At", "What", "Site", "Page group", "Change"], rows))
        }
    }
}

/// What people decided about it.
pub fn decisions(incident: &Incident) -> Markup {
    let standings = standings(incident.decisions.iter().map(IncidentDecision::logged));
    let rows = incident.decisions.iter().zip(standings).map(|(decision, standing)| {
        [
            Cell::Time(decision.decided_at),
            Cell::text(&decision.site),
            Cell::text(decision.in_words()),
            Cell::text(&decision.by),
            Cell::text(&decision.why),
            until(standing, decision.until, "the next decision"),
        ]
    });
    html! {
        h2 { "Decisions" }
        @if incident.decisions.is_empty() {
            p { "None yet." }
        } @else {
            (table(["At", "Site", "Decision", "By", "Why", "Until"], rows))
        }
    }
}

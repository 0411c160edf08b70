//! The releases of a site.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{Html, Response};
use maud::{Markup, html};

use super::sites::site_links;
use super::{answered, check_site};
use crate::audit::gate;
use crate::audit::html::table::{Cell, table};
use crate::base::clock::{DAY, HOUR, MINUTE, Timestamp, days};
use crate::base::display::defanged_words;
use crate::base::limits;
use crate::console::Console;
use crate::console::answer::{Refusal, see_other};
use crate::console::layout::{Section, page};
use crate::console::links;
use crate::console::people::Role;
use crate::console::releases::mark;
use crate::console::visitor::{ResponderForm, Viewer};
use crate::store::gate as reported;
use crate::store::inferred_releases::{InferredRelease, inferred_releases};
use crate::store::releases::{self, Release};

const SHOWN: u64 = 200;

pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    Viewer(visitor): Viewer,
    Path(site): Path<String>,
) -> Result<Html<String>, Refusal> {
    check_site(&console, &site)?;
    let now = Timestamp::now();
    let found = releases::releases(&console.client, &site, (now - days(400), now), SHOWN);
    let found = answered(found).await?;
    let inferring = (site.as_str(), &console.config.sites[..]);
    let inferred = inferred_releases(&console.client, inferring, (now - days(400), now), SHOWN);
    let inferred = answered(inferred).await?;
    let rows = found.iter().map(|release| {
        [
            Cell::Time(release.at),
            Cell::text(&release.version),
            Cell::text(&release.environment),
            Cell::text(&release.by),
        ]
    });
    let latest = found.first().filter(|latest| now.is_within(DAY, latest.at));
    let new = match latest {
        Some(latest) => what_is_new(&console, latest, now).await?,
        None => html! {},
    };
    let chars = limits::CONSOLE_NAME_CHARS;
    let body = html! {
        p class="kind" { "Releases of " a href=(links::path(&["sites", &site])) { (site) } }
        h1 { "Releases" }
        (site_links(&site, "releases"))
        (new)
        @if found.is_empty() {
            p class="lead" {
                "None is marked. A pipeline marks one with POST /api/v1/releases, and you below: what changes after a \
                 release may be because of it."
            }
        } @else {
            div class="scroll" tabindex="0" role="region" aria-label="Releases" {
                (table(["At", "Version", "Environment", "By"], rows))
            }
        }
        (without_mark(&inferred))
        @if visitor.may(Role::Responder) {
            section {
                h2 { "Mark a release" }
                form method="post" action=(links::path(&["releases", &site])) {
                    (visitor.form_field())
                    label for="version" { "Version" }
                    input id="version" name="version" required maxlength=(chars);
                    label for="environment" { "Environment, if there are several" }
                    input id="environment" name="environment" maxlength=(chars);
                    button type="submit" class="main" { "Mark it as released now" }
                }
            }
        }
    };
    Ok(page("Releases", Section::Sites, (&console, &visitor), body))
}

/// What looks like releases that nobody marked, apart from those that somebody did.
fn without_mark(inferred: &[InferredRelease]) -> Markup {
    let rows = inferred.iter().map(|release| {
        [
            Cell::Time(release.at),
            Cell::Time(release.until),
            Cell::text(defanged_words(&release.words())),
            Cell::text(defanged_words(&release.scripts.join(", "))),
        ]
    });
    html! {
        @if !inferred.is_empty() {
            section {
                h2 { "Inferred, not marked" }
                p {
                    "Several own scripts had another hash within ten minutes, and nobody marked a release within the hour. \
                     Anybody can report a hash, so nothing follows from these."
                }
                div class="scroll" tabindex="0" role="region" aria-label="Inferred releases" {
                    (table(["From", "To", "What changed", "Scripts"], rows))
                }
            }
        }
    }
}

/// What the latest release broke within its first hour.
async fn what_is_new(
    console: &Console,
    latest: &Release,
    now: Timestamp,
) -> Result<Markup, Refusal> {
    let until = now.min(latest.at + HOUR);
    let comparing = reported::compare(&console.client, &latest.site, (latest.at, until));
    let (rows, traffic) = answered(comparing).await?;
    let (new, traffic) = gate::compare(rows, traffic, until.since(latest.at));
    let rows = new.iter().map(|violation| {
        let example = &violation.example;
        [
            Cell::text(&example.page_group),
            Cell::text(&example.directive),
            Cell::host(&example.what),
            Cell::Number(violation.visitors),
            Cell::text(format!("{:.1}", violation.expected)),
            Cell::text(violation.advice()),
        ]
    });
    const HEAD: [&str; 6] =
        ["Page group", "Directive", "Blocked", "Visitors", "Expected", "What to do"];
    let seen = until.since(latest.at).as_secs() / MINUTE.as_secs();
    Ok(html! {
        section {
            h2 { "New since " (latest.version) }
            @if seen < 60 { p class="note" { "So far: " (seen) " of 60 minutes." } }
            @if !traffic.has_reports {
                p class="warning" {
                    "Nothing can be said: no page has reported anything since. Either nobody looked at one, or reports do not arrive."
                }
            } @else if new.is_empty() {
                p { "Nothing: no violation has more visitors in its first hour than in the same hours before." }
            } @else {
                div class="scroll" tabindex="0" role="region" aria-label="New violations" {
                    (table(HEAD, rows))
                }
            }
        }
    })
}

pub(in crate::console) async fn mark_form(
    State(console): State<Arc<Console>>,
    Path(site): Path<String>,
    ResponderForm(visitor, fields): ResponderForm,
) -> Result<Response, Refusal> {
    let texts = (site.as_str(), fields.text("version"), fields.text("environment"));
    mark(&console, &visitor.person, texts, None).await?;
    Ok(see_other(&links::path(&["releases", &site])))
}

//! All decisions: who decided what, when and why, how far it goes, and whether it still holds. Every filter is a part of the
//! address, so a view is a link.

mod file;
mod filter;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};

use super::{answered, sites};
use crate::audit::html::values::number;
use crate::audit::script_inventory::script_name;
use crate::base::clock::Timestamp;
use crate::base::display::{defanged, safe};
use crate::base::limits;
use crate::console::Console;
use crate::console::answer::Refusal;
use crate::console::fields::Query;
use crate::console::layout::{Section, neighbours, page};
use crate::console::links;
use crate::console::visitor::Viewer;
use crate::console::words::{decision_words, exactly, script_decision_words, when};
use crate::store::all_decisions::{self, MadeDecision, Outcome, Subject};

pub(in crate::console) use file::file;
pub(in crate::console) use filter::{Filter, state};

/// Decisions on a page.
const SHOWN: usize = 50;

struct Shown<'a> {
    filter: Filter<'a>,
    offset: usize,
    all: &'a [MadeDecision],
    sites: Vec<String>,
    now: Timestamp,
}

pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    Viewer(visitor): Viewer,
    Query(fields): Query,
) -> Result<Html<String>, Refusal> {
    let filter = Filter::of(&fields);
    let offset = match fields.text("after") {
        "" => 0,
        text => text.parse().map_err(|_| Refusal::unusable("after must be a number"))?,
    };
    let now = Timestamp::now();
    let _turn = console.large.turn().await?;
    let (all, sites) =
        tokio::try_join!(read(&console, filter.site, now), answered(sites(&console)))?;
    let sites = sites.into_iter().collect();
    let shown = Shown { filter, offset, all: &all, sites, now };
    Ok(page("Decisions", Section::Decisions, (&console, &visitor), shown.markup()))
}

/// The decisions about a site, or about all of them, as far as the list goes back.
pub(in crate::console) async fn read(
    console: &Console,
    site: &str,
    now: Timestamp,
) -> Result<Vec<MadeDecision>, Refusal> {
    let limit = limits::CONSOLE_DECISIONS;
    answered(all_decisions::latest(&console.client, site, limit, now)).await
}

impl Shown<'_> {
    fn markup(&self) -> Markup {
        let found: Vec<&MadeDecision> = self.filter.chosen(self.all).collect();
        let shown: Vec<_> = found.iter().copied().skip(self.offset).take(SHOWN).collect();
        html! {
            h1 { "Decisions" }
            (self.form())
            @if shown.is_empty() { p class="lead" { (self.nothing()) } } @else {
                p class="note" {
                    "Decisions " (number(self.offset as u64 + 1)) " to " (number((self.offset + shown.len()) as u64))
                    " of " (number(found.len() as u64)) ", the newest first."
                }
                p class="links" {
                    a href=(self.filter.address("/decisions/files/decisions.csv", &[])) { "CSV" }
                    a href=(self.filter.address("/decisions/files/decisions.json", &[])) { "JSON" }
                }
                (self.table(&shown))
                (neighbours((self.offset as u64, SHOWN as u64, found.len() as u64), |after| {
                    self.filter.address("/decisions", &[("after", after)])
                }))
            }
            @if self.all.len() as u64 >= limits::CONSOLE_DECISIONS {
                p class="note" {
                    "The list goes back " (number(limits::CONSOLE_DECISIONS)) " decisions about destinations, and as many about \
                     scripts. Evidence packs have those of any period."
                }
            }
        }
    }

    fn nothing(&self) -> &'static str {
        if self.all.is_empty() {
            "Nobody has decided anything yet."
        } else {
            "No decision is like that."
        }
    }

    fn table(&self, shown: &[&MadeDecision]) -> Markup {
        html! {
            div class="scroll" tabindex="0" role="region" aria-label="Decisions" {
                table {
                    thead {
                        tr {
                            @for name in ["When", "By", "Decision", "About", "Why", "Until"] { th scope="col" { (name) } }
                        }
                    }
                    tbody { @for decision in shown { (self.row(decision)) } }
                }
            }
        }
    }

    fn row(&self, decision: &MadeDecision) -> Markup {
        let filtered = |name, value| self.filter.address("/decisions", &[(name, value)]);
        html! {
            tr {
                td data-name="When" { span { (when(decision.decided_at(), self.now)) } }
                td data-name="By" { a href=(filtered("by", decision.by())) { (decision.by()) } }
                td data-name="Decision" {
                    a href=(filtered("decision", decision.kind())) { (words(&decision.subject)) }
                }
                td class="long" data-name="About" {
                    span {
                        (subject(&decision.subject)) " on " a href=(filtered("site", decision.site())) { (decision.site()) }
                    }
                }
                td class="long" data-name="Why" {
                    (decision.why())
                    @if let Subject::Script(script) = &decision.subject {
                        @if !script.owner.is_empty() { br; span class="note" { "Owner: " (script.owner) } }
                    }
                }
                td data-name="Until" { (outcome(decision, self.now)) }
            }
        }
    }
}

/// What was decided, and how far it goes.
fn words(subject: &Subject) -> String {
    match subject {
        Subject::Destination(of) => decision_words(&of.decision, of.undo(), &of.extent()),
        Subject::Script(of) => script_decision_words(of),
    }
}

/// What it is about, with the way to its page.
fn subject(subject: &Subject) -> Markup {
    match subject {
        Subject::Destination(of) => html! {
            a href=(links::destination(&of.site, &of.destination)) { (defanged(&of.destination)) }
        },
        Subject::Script(of) => html! {
            a href=(links::path(&["scripts", &of.site])) {
                (script_name(&defanged(&of.script_host), &safe(&of.script_path), &of.hash))
            }
        },
    }
}

/// Until when it holds, or held.
fn outcome(decision: &MadeDecision, now: Timestamp) -> Markup {
    let until = match &decision.subject {
        Subject::Destination(of) => of.until,
        Subject::Script(_) => None,
    };
    html! {
        @match (&decision.outcome, until) {
            (Outcome::InForce, None) => span class="chip good" { "in force" },
            (Outcome::InForce, Some(until)) => span { span class="chip good" { "in force" } " until " (exactly(until)) },
            (Outcome::Undone { at, by }, _) => span { span class="chip" { "undone" } " by " (by) ", " (exactly(*at)) },
            (Outcome::Over, Some(until)) if until <= now => span { "ended " (exactly(until)) },
            (Outcome::Over, _) => "until a later decision",
            (Outcome::Momentary, _) => {},
        }
    }
}

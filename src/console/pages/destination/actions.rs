//! What a person does about a destination: the forms, and what they send.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};

use super::Destination;
use crate::base::clock::{DAY, Timestamp};
use crate::base::display::day;
use crate::base::limits;
use crate::config::strangers_of;
use crate::console::Console;
use crate::console::answer::{Refusal, see_other};
use crate::console::decide::{self, Wanted};
use crate::console::fields::Fields;
use crate::console::links;
use crate::console::people::Role;
use crate::console::visitor::{ResponderForm, Visitor};

/// Stores the decision of a form, and shows the page again.
pub(in crate::console) async fn decide(
    State(console): State<Arc<Console>>,
    Path((site, destination)): Path<(String, String)>,
    ResponderForm(visitor, fields): ResponderForm,
) -> Result<Response, Refusal> {
    let wanted = Wanted {
        site: &site,
        destination: &destination,
        decision: fields.text("decision"),
        why: fields.text("why"),
        until: until(&fields)?,
        seen: Some(seen(&fields)?),
    };
    let decided = decide::decide(&console, &visitor.person, &wanted).await?;
    let page = links::destination(&decided.site, &decided.destination);
    // Whoever finds a theft needs to know whom it touched.
    let part = if decided.decision == "theft" { "#exposure" } else { "#decisions" };
    Ok(see_other(&format!("{page}{part}")))
}

/// Stores a note, and shows the page again.
pub(in crate::console) async fn note(
    State(console): State<Arc<Console>>,
    Path((site, destination)): Path<(String, String)>,
    ResponderForm(visitor, fields): ResponderForm,
) -> Result<Response, Refusal> {
    decide::note(&console, &visitor.person, (&site, &destination), fields.text("note")).await?;
    Ok(see_other(&format!("{}#notes", links::destination(&site, &destination))))
}

/// The last day of the decision; empty: until the next one.
fn until(fields: &Fields) -> Result<Option<Timestamp>, Refusal> {
    match fields.text("until") {
        "" => Ok(None),
        text => match Timestamp::parse(&format!("{text}T00:00:00Z")) {
            Some(midnight) => Ok(Some(midnight + DAY)),
            None => Err(Refusal::unusable("the last day must be written as 2027-03-31")),
        },
    }
}

/// Which decision the page showed: when it was made, in milliseconds since 1970; 0 for none.
fn seen(fields: &Fields) -> Result<Option<Timestamp>, Refusal> {
    match fields.text("seen").parse() {
        Ok(0) => Ok(None),
        Ok(millis) => Ok(Some(Timestamp::from_millis(millis))),
        Err(_) => Err(Refusal::unusable("the form is not whole; open the page again")),
    }
}

/// One of the three.
struct Action {
    decision: &'static str,
    name: &'static str,
    what: &'static str,
    has_end: bool,
}

const ACTIONS: [Action; 3] = [
    Action {
        decision: "approve",
        name: "Approve",
        what: "The site means to use it. Its alert resolves within seconds on all collectors, and new reports of it are known.",
        has_end: true,
    },
    Action {
        decision: "ignore",
        name: "Ignore as noise",
        what: "It comes from visitors' devices, not from the site. Its alert resolves; new reports are stored as noise.",
        has_end: true,
    },
    Action {
        decision: "theft",
        name: "This is a theft",
        what: "The alert stays, an earlier approval ends, and the exposure report below says whom it touched.",
        has_end: false,
    },
];

impl Destination {
    pub(super) fn actions(&self, visitor: &Visitor) -> Markup {
        if !visitor.may(Role::Responder) {
            return html! { p class="note" { "Deciding needs the role responder." } };
        }
        let address = links::path(&["destinations", &self.site, &self.destination, "decisions"]);
        let today = self.now.day();
        html! {
            @if let Some(example) = strangers_of(&self.destination) {
                p class="note" {
                    "Anybody can have an account at some hosts of this domain, such as " code { (example) } ". A decision covers those \
                     of them that reports named until now, and no others: look at the addresses below before you approve. "
                    "One of them is decided about by its name, with " code { "cspwatch destinations" } "."
                }
            }
            div class="actions" {
                @for action in &ACTIONS {
                    details name="action" class={ "action " (action.decision) } {
                        summary { (action.name) }
                        form method="post" action=(address) {
                            (visitor.form_field())
                            input type="hidden" name="seen" value=(self.newest_decision_at());
                            input type="hidden" name="decision" value=(action.decision);
                            p { (action.what) }
                            @let why = format!("why-{}", action.decision);
                            label for=(why) { "Why (kept with your name)" }
                            textarea id=(why) name="why" rows="2" required maxlength=(limits::DECISION_BYTES / 4) {}
                            @if action.has_end {
                                @let until = format!("until-{}", action.decision);
                                label for=(until) { "Until the end of (UTC); empty: until the next decision" }
                                input id=(until) name="until" type="date" min=(day(today));
                            }
                            button type="submit" class="main" { (action.name) }
                        }
                    }
                }
            }
            @if self.has_decision() {
                details class="action forget" {
                    summary { "Revoke the decision" }
                    form method="post" action=(address) {
                        (visitor.form_field())
                        input type="hidden" name="seen" value=(self.newest_decision_at());
                        input type="hidden" name="decision" value="forget";
                        p { "No decision is in force any more, and the next report alerts like the first one." }
                        label for="why-forget" { "Why (kept with your name)" }
                        textarea id="why-forget" name="why" rows="2" required maxlength=(limits::DECISION_BYTES / 4) {}
                        button type="submit" { "Revoke" }
                    }
                }
            }
        }
    }

    pub(super) fn note_form(&self, visitor: &Visitor) -> Markup {
        let address = links::path(&["destinations", &self.site, &self.destination, "notes"]);
        html! {
            @if visitor.may(Role::Responder) {
                form class="note-form" method="post" action=(address) {
                    (visitor.form_field())
                    label for="note" { "A note, for whoever looks next" }
                    textarea id="note" name="note" rows="2" required maxlength=(limits::DECISION_BYTES / 4) {}
                    button type="submit" { "Add the note" }
                }
            }
        }
    }
}

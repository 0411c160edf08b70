//! What a person does about a destination: the forms, and what they send.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};

use super::Destination;
use super::status::{NO_ALERT, Status};
use crate::audit::incident::ExposureWindow;
use crate::base::clock::{DAY, Timestamp};
use crate::base::display::{day, defanged};
use crate::base::limits;
use crate::config::strangers_of;
use crate::console::Console;
use crate::console::answer::{Refusal, see_other};
use crate::console::decide::{self, Wanted};
use crate::console::fields::Fields;
use crate::console::links;
use crate::console::people::Role;
use crate::console::visitor::{ResponderForm, Visitor};
use crate::console::words::directive_words;
use crate::report::OTHER_DIRECTIVE;

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
        directive: fields.text("directive"),
        page_group: fields.text("page_group"),
        why: fields.text("why"),
        until: until(&fields)?,
        seen: Some(seen(&fields)?),
    };
    let back = |refusal: Refusal| {
        let page = links::destination(&site, &destination);
        refusal.back_to(page, defanged(&destination), wanted.why)
    };
    let decided = decide::decide(&console, &visitor.person, &wanted).await.map_err(back)?;
    // To the top of the page, which says what was decided and what comes next.
    Ok(see_other(&links::destination(&decided.site, &decided.destination)))
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

/// A decision that a person may make, with what it does.
struct Action {
    decision: &'static str,
    name: &'static str,
    /// What it says of the destination.
    what: &'static str,
    /// What it does to an alert, if one is about the destination.
    alert: &'static str,
    /// What its button says.
    button: &'static str,
    has_end: bool,
    has_extent: bool,
}

const ACTIONS: [Action; 3] = [
    Action {
        decision: "approve",
        name: "Approve",
        what: "The site means to use it: new reports of it are known. With a directive or a page group, that holds there alone: \
               what is reported elsewhere alerts as before.",
        alert: "The alert resolves. The pager says so after about a minute.",
        button: "Approve",
        has_end: true,
        has_extent: true,
    },
    Action {
        decision: "ignore",
        name: "Ignore as noise",
        what: "It comes from visitors' devices, not from the site: new reports are stored as noise.",
        alert: "The alert resolves. The pager says so after about a minute.",
        button: "Ignore as noise",
        has_end: true,
        has_extent: false,
    },
    Action {
        decision: "theft",
        name: "This is a theft",
        what: "An earlier approval ends, and the others see that you are on it.",
        alert: "The alert goes on until you say that it is over.",
        button: "This is a theft",
        has_end: false,
        has_extent: false,
    },
];

const OVER: Action = Action {
    decision: "forget",
    name: "It is over",
    what: "The next report alerts like the first one. Use this when the theft is fixed.",
    alert: "The alert ends now.",
    button: "End the alert",
    has_end: false,
    has_extent: false,
};

/// The directives by which pages reach other hosts, those that people limit approvals to first.
const DIRECTIVES: [&str; 10] = [
    "connect-src",
    "script-src",
    "img-src",
    "frame-src",
    "style-src",
    "font-src",
    "form-action",
    "media-src",
    "worker-src",
    "object-src",
];

/// What people give as a reason most often; they may write anything.
const REASONS: [&str; 4] = [
    "a new vendor",
    "a release of ours",
    "an extension in visitors' browsers",
    "not ours, and nobody knows it",
];

impl Destination {
    pub(super) fn actions(&self, visitor: &Visitor) -> Markup {
        if !visitor.may(Role::Responder) {
            return html! { p class="note" { "Deciding needs the role responder." } };
        }
        let status = self.status();
        let in_force = self.newest().map_or("", |newest| newest.decision.as_str());
        let is_decided = matches!(status, Status::Approved | Status::Ignored);
        // What is approved in part can be approved further.
        let is_whole = self.newest().is_some_and(|newest| newest.extent().is_everywhere());
        let is_done = |action: &&Action| is_decided && is_whole && action.decision == in_force;
        let offered = ACTIONS.iter().filter(|action| !is_done(action));
        html! {
            @if let Some(example) = strangers_of(&self.destination) {
                p class="note" {
                    "Anybody can have an account at some hosts of this domain, such as " code { (example) } ". A decision covers those \
                     of them that reports named until now, and no others: look at the addresses below before you approve. "
                    "One of them is decided about by its name, with " code { "cspwatch destinations" } "."
                }
            }
            @if status != Status::Theft && self.own.is_empty() {
                div class="actions" { @for action in offered { (self.action(action, visitor)) } }
            }
            @if matches!(status, Status::Theft | Status::Open { .. }) { (self.action(&OVER, visitor)) }
            (self.undo(visitor))
            datalist id="reasons" { @for reason in REASONS { option value=(reason) {} } }
        }
    }

    /// Takes the newest decision back, and leaves the alert as it is.
    fn undo(&self, visitor: &Visitor) -> Markup {
        let Some(newest) = self.newest().filter(|newest| newest.is_in_force(self.now)) else {
            return Markup::default();
        };
        let is_own = newest.by == *visitor.person.name;
        let name = match is_own {
            true => "Undo my decision".to_owned(),
            false => format!("Undo the decision of {}", newest.by),
        };
        let what = "What held before holds again, and Now lists an alert that is not settled. It ends no alert. Where the decision \
                    has ended one already, the pager's comes back with the next report.";
        self.form(("undo", &name, &name), what, visitor, Markup::default())
    }

    fn action(&self, action: &Action, visitor: &Visitor) -> Markup {
        let until = format!("until-{}", action.decision);
        let today = self.now.day();
        let end = html! {
            @if action.has_extent { (self.extent_fields()) }
            @if action.has_end {
                label for=(until) { "Until the end of (UTC); empty: until the next decision" }
                input id=(until) name="until" type="date" min=(day(today));
            }
        };
        let alert = if self.has_alerted() { action.alert } else { NO_ALERT };
        let what = format!("{} {alert}", action.what);
        self.form((action.decision, action.name, action.button), &what, visitor, end)
    }

    /// How far an approval goes: as far as was reported if that is one directive, or one page group; else the whole site, unless
    /// somebody chooses less.
    fn extent_fields(&self) -> Markup {
        let reported = self.reported_directives();
        let others = DIRECTIVES.iter().filter(|directive| !reported.contains(directive));
        let directive = self.only_directive();
        let page_group = self.only_page_group();
        html! {
            (self.reported_words(&reported))
            label for="directive" { "For which directive" }
            select id="directive" name="directive" {
                option value="" { "everything" }
                @for reported in &reported {
                    option value=(reported) selected[directive == Some(*reported)] { (directive_words(reported)) ", as reported" }
                }
                @for directive in others { option value=(directive) { (directive_words(directive)) } }
            }
            label for="page_group" { "On which page group" }
            select id="page_group" name="page_group" {
                option value="" { "everywhere" }
                @for group in &self.page_groups {
                    option value=(group) selected[page_group == Some(group)] { (group) }
                }
            }
        }
    }

    /// What was reported, before somebody chooses how much of it to approve.
    fn reported_words(&self, directives: &[&str]) -> Markup {
        let directives: Vec<_> = directives.iter().map(|name| directive_words(name)).collect();
        let groups = self.reported_page_groups();
        html! {
            @if !groups.is_empty() {
                p {
                    "Reported until now: "
                    @if directives.is_empty() { "no directive" } @else { (directives.join(", ")) }
                    ", on " (groups.join(", ")) "."
                }
            }
        }
    }

    /// The directives that reports of it name, as far as an approval can be limited to them.
    fn reported_directives(&self) -> Vec<&str> {
        let reported = self.window.as_ref().map(ExposureWindow::directives).unwrap_or_default();
        reported.into_keys().filter(|directive| has_name(directive)).collect()
    }

    fn reported_page_groups(&self) -> &[String] {
        self.window.as_ref().map_or(&[], |window| &window.incident.summary.page_groups)
    }

    /// The directive of all of its reports, if they have one alone.
    fn only_directive(&self) -> Option<&str> {
        let reported = self.window.as_ref()?.directives();
        let only = reported.keys().next().filter(|_| reported.len() == 1)?;
        Some(*only).filter(|directive| has_name(directive))
    }

    /// The page group of all of its reports, if they have one alone.
    fn only_page_group(&self) -> Option<&String> {
        match self.reported_page_groups() {
            [only] => Some(only),
            _ => None,
        }
    }

    fn form(
        &self,
        (decision, name, button): (&str, &str, &str),
        what: &str,
        visitor: &Visitor,
        end: Markup,
    ) -> Markup {
        let address = links::path(&["destinations", &self.site, &self.destination, "decisions"]);
        let why = format!("why-{decision}");
        // What ends an alert is no way out of one that nobody has looked into.
        let is_aside = decision == OVER.decision && self.status() != Status::Theft;
        let ends = if is_aside && self.has_alerted() { ": ends the alert" } else { "" };
        html! {
            details id=(decision) name="action" class={ "action " (decision) @if is_aside { " aside" } } {
                summary { (name) (ends) }
                form method="post" action=(address) {
                    (visitor.form_field())
                    input type="hidden" name="seen" value=(self.newest_decision_at());
                    input type="hidden" name="decision" value=(decision);
                    p { (what) }
                    label for=(why) { "Why, in your own words (kept with your name)" }
                    input id=(why) name="why" list="reasons" placeholder="Type a reason, or choose one to begin with" required autocomplete="off" maxlength=(limits::DECISION_BYTES / 4);
                    (end)
                    button type="submit" class=[(!is_aside).then_some("main")] { (button) }
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

/// Whether it is a directive that CSP has.
fn has_name(directive: &str) -> bool {
    !matches!(directive, "" | OTHER_DIRECTIVE)
}

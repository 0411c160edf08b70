//! Which decisions are shown, and the form that says so.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::Shown;
use crate::console::fields::Fields;
use crate::console::layout::choice;
use crate::console::links;
use crate::store::all_decisions::{MadeDecision, Outcome};

/// Names of people in the form; a link reaches the others.
const PEOPLE: usize = 200;

/// What decisions are about, in words.
const ABOUT: [(&str, &str); 2] = [("destination", "destinations"), ("script", "scripts")];
/// The kinds of decisions, in words.
const KINDS: [(&str, &str); 6] = [
    ("approve", "approve"),
    ("ignore", "ignore as noise"),
    ("theft", "theft"),
    ("forget", "it is over"),
    ("undo", "undo"),
    ("revoke", "revoke, of a script"),
];
/// What became of decisions, in words.
const STATES: [(&str, &str); 3] =
    [("in_force", "in force"), ("undone", "undone"), ("over", "ended or replaced")];

/// Which decisions somebody wants; an empty text: all.
#[derive(Clone, Copy, Debug)]
pub(in crate::console) struct Filter<'a> {
    pub(in crate::console) site: &'a str,
    about: &'a str,
    decision: &'a str,
    by: &'a str,
    state: &'a str,
}

/// What became of a decision, as a filter and a file name it; empty: there is nothing to say.
pub(in crate::console) fn state(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::InForce => "in_force",
        Outcome::Undone { .. } => "undone",
        Outcome::Over => "over",
        Outcome::Momentary => "",
    }
}

impl<'a> Filter<'a> {
    /// What the fields say.
    pub(in crate::console) fn of(fields: &'a Fields) -> Self {
        Self {
            site: fields.text("site"),
            about: fields.text("about"),
            decision: fields.text("decision"),
            by: fields.text("by"),
            state: fields.text("state"),
        }
    }

    /// Those of a list that are wanted.
    pub(in crate::console) fn chosen(
        self,
        all: &[MadeDecision],
    ) -> impl Iterator<Item = &MadeDecision> {
        let is_wanted = |wanted: &str, value: &str| wanted.is_empty() || wanted == value;
        all.iter().filter(move |decision| {
            is_wanted(self.site, decision.site())
                && is_wanted(self.about, decision.about())
                && is_wanted(self.decision, decision.kind())
                && is_wanted(self.by, decision.by())
                && is_wanted(self.state, state(&decision.outcome))
        })
    }

    /// This view at another path, or with other fields.
    pub(super) fn address(&self, path: &str, other: &[(&str, &str)]) -> String {
        let fields = [
            ("site", self.site),
            ("about", self.about),
            ("decision", self.decision),
            ("by", self.by),
            ("state", self.state),
        ];
        let is_other = |name: &str| other.iter().any(|(field, _)| *field == name);
        let kept = fields.into_iter().filter(|(name, _)| !is_other(name));
        links::with_query(path, kept.chain(other.iter().copied()))
    }
}

impl Shown<'_> {
    pub(super) fn form(&self) -> Markup {
        let people: BTreeSet<&str> = self.all.iter().map(MadeDecision::by).collect();
        let itself = |name| (name, name);
        let Filter { site, about, decision, by, state } = self.filter;
        html! {
            form class="filters" method="get" action="/decisions" role="search" {
                (choice("state", "Holds", STATES, state))
                (choice("decision", "Decision", KINDS, decision))
                div { button type="submit" class="main" { "Show" } }
                details class="wide more" open[!(by.is_empty() && site.is_empty() && about.is_empty())] {
                    summary { "More filters" }
                    div class="grid" {
                        (choice("by", "By", people.into_iter().take(PEOPLE).map(itself), by))
                        (choice("site", "Site", self.sites.iter().map(|site| itself(site.as_str())), site))
                        (choice("about", "About", ABOUT, about))
                    }
                }
            }
        }
    }
}

//! The latest visits that reported a destination, with what is known of each. They are what its score is made of.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::ObservedReport;
use super::audience::Reading;
use crate::base::client_id::NetworkId;
use crate::base::clock::{HOUR, Timestamp};
use crate::base::limits;
use crate::journal::Row;
use crate::report::{Cause, Engine, Reason, Verdict};

/// A hash of the page group and of what new destinations have in common (`origins`).
pub(super) type OriginId = u64;

/// The latest visits, the oldest first, at most [`limits::HITS_PER_DESTINATION`].
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Hits(VecDeque<Hit>);

/// One visit: what a network reported of the destination within an hour.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Hit {
    /// When its first report arrived.
    pub(super) at: Timestamp,
    pub(super) network: NetworkId,
    /// The counters of the page group's visitors at that time.
    pub(super) reading: Reading,
    pub(super) traits: Traits,
}

/// What a report adds to the visits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noted {
    /// A visit.
    New,
    /// More of a visit that is known.
    More,
    /// Nothing.
    Same,
}

/// What the reports of a visit show; each is true if one of them shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Traits {
    /// A file of the site's own or of a known host did it.
    pub(super) own_script: bool,
    /// Code within the page did it.
    pub(super) own_markup: bool,
    /// A place in a file did it that code of others runs through.
    pub(super) wrapper: bool,
    /// The browser cannot have extensions.
    pub(super) extensionless: bool,
    /// The report cannot be an extension's.
    pub(super) proven: bool,
    /// It was sent as the browser that it names sends reports.
    pub(super) is_usual: bool,
    /// A form posts there.
    pub(super) form: bool,
    /// A frame shows it.
    pub(super) frame: bool,
    /// Its URL had a card number.
    pub(super) card_number: bool,
    /// The same network reported it on pages without cards, too.
    pub(super) carried: bool,
    /// The script that did it changed within a day.
    pub(super) changed_script: bool,
    /// It is on a page that the configuration has, and not only on a path that looks like one.
    pub(super) configured_page: bool,
    /// This collector took its report: it counts the visitors of the same visits.
    pub(super) taken_here: bool,
    /// The code of [`Engine`].
    pub(super) engine: u8,
}

/// Whether a file of the site's own or of a known host did it.
pub(super) fn is_own_script(row: &Row<'_>) -> bool {
    row.own_source && row.line > 0
}

/// Whether code within the page did it. WebKit names the page where it knows no script.
pub(super) fn is_own_markup(row: &Row<'_>) -> bool {
    row.source_scheme.is_empty() && row.line > 0 && row.engine != Engine::Webkit
}

/// Whether a form posts to a stranger. A form to a host that the policy allows was redirected by that host, because browsers
/// report where it began; and a form to the visitor's own network is a filter's or a portal's. Neither is a thief's mailbox.
pub(super) fn is_strange_form(row: &Row<'_>, reason: &Reason<'_>) -> bool {
    let is_harmless = row.verdict != Verdict::Unknown || reason.cause == Cause::LocalAddress;
    row.directive == "form-action" && !is_harmless
}

impl Traits {
    pub(super) fn of(report: &ObservedReport<'_>, reason: &Reason<'_>) -> Self {
        let row = report.row;
        Self {
            own_script: is_own_script(row),
            own_markup: is_own_markup(row),
            wrapper: false,
            extensionless: report.extensionless,
            proven: !reason.is_unproven(),
            is_usual: reason.oddities.is_empty(),
            form: is_strange_form(row, reason),
            frame: matches!(row.directive, "frame-src" | "child-src"),
            card_number: row.pan_in_url,
            carried: false,
            changed_script: false,
            configured_page: true,
            taken_here: !report.taken_elsewhere,
            engine: row.engine.code(),
        }
    }

    /// The same where code of others runs through the place in the script.
    pub(super) fn through_wrapper(self) -> Self {
        Self { own_script: false, wrapper: true, changed_script: false, ..self }
    }

    fn merge(&mut self, other: Self) {
        self.own_script |= other.own_script;
        self.own_markup |= other.own_markup;
        self.wrapper |= other.wrapper;
        self.extensionless |= other.extensionless;
        self.proven |= other.proven;
        self.is_usual |= other.is_usual;
        self.form |= other.form;
        self.frame |= other.frame;
        self.card_number |= other.card_number;
        self.carried |= other.carried;
        self.taken_here |= other.taken_here;
        self.changed_script |= other.changed_script;
        self.configured_page |= other.configured_page;
    }
}

impl Hits {
    /// Notes a report of the destination.
    pub(super) fn add(
        &mut self,
        network: NetworkId,
        traits: Traits,
        reading: Reading,
        now: Timestamp,
    ) -> Noted {
        let is_same = |hit: &&mut Hit| hit.network == network && now.is_within(HOUR, hit.at);
        if let Some(hit) = self.0.iter_mut().rev().find(is_same) {
            let before = hit.traits;
            hit.traits.merge(traits);
            return if hit.traits == before { Noted::Same } else { Noted::More };
        }
        if self.0.len() >= limits::HITS_PER_DESTINATION {
            self.0.pop_front();
        }
        self.0.push_back(Hit { at: now, network, reading, traits });
        Noted::New
    }

    /// How many are remembered.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether a network is among the latest visits.
    pub(super) fn has(&self, network: NetworkId) -> bool {
        self.0.iter().any(|hit| hit.network == network)
    }

    /// The visits since then, the oldest first.
    pub(super) fn since(&self, since: Option<Timestamp>) -> impl DoubleEndedIterator<Item = &Hit> {
        self.0.iter().filter(move |hit| Some(hit.at) >= since)
    }

    /// Notes that the script changed that did it.
    pub(super) fn set_changed_script(&mut self) {
        for hit in &mut self.0 {
            // Through a wrapper, code of others may have done it, which did not change.
            hit.traits.changed_script |= !hit.traits.wrapper;
        }
    }
}

/// When the second network reported it, of these visits; the first one's time where it is alone. A single report of long
/// before, which anybody can forge, makes nothing old. `None`: there is no visit.
pub(super) fn began<'h>(hits: impl IntoIterator<Item = &'h Hit>) -> Option<Timestamp> {
    let mut hits = hits.into_iter();
    let first = hits.next()?;
    Some(hits.find(|hit| hit.network != first.network).unwrap_or(first).at)
}

/// The networks of some visits, each once.
pub(super) fn distinct_networks<'h>(hits: impl IntoIterator<Item = &'h Hit>) -> Vec<NetworkId> {
    let hits = hits.into_iter();
    let mut networks = Vec::with_capacity(hits.size_hint().1.unwrap_or(0));
    for hit in hits {
        if !networks.contains(&hit.network) {
            networks.push(hit.network);
        }
    }
    networks
}

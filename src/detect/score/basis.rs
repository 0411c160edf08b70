//! What a score is made of.

use super::super::audience::{Audience, Reading};
use super::super::hits::Hit;
use crate::base::clock::Timestamp;

/// What a score is made of.
pub(in crate::detect) struct Basis<'a, U> {
    /// The visits that reported the destination, the oldest first.
    pub(in crate::detect) hits: &'a [&'a Hit],
    /// The visitors of the page group.
    pub(in crate::detect) audience: &'a Audience,
    /// How many times as many visitors there are as were counted: other collectors count the rest.
    pub(in crate::detect) visitors: f64,
    /// What it did before; `None`: it is new.
    pub(in crate::detect) history: Option<History>,
    /// How many visits there usually are from then until now, where that is known.
    pub(in crate::detect) usual: U,
    /// What is known of the destination and of the site.
    pub(in crate::detect) known: Known,
    pub(in crate::detect) now: Timestamp,
}

/// What is known of the destination and of the site, beside the visits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::detect) struct Known {
    /// Its name resembles another.
    pub(in crate::detect) look_alike: bool,
    /// A threat list has it.
    pub(in crate::detect) threat: bool,
    /// There is no better explanation.
    pub(in crate::detect) unexplained: bool,
    /// The explanation is of a host where anybody can have an account, and a script of the site itself contacts it.
    pub(in crate::detect) of_shared_service: bool,
    /// It is in the visitors' own network.
    pub(in crate::detect) local: bool,
    /// Most visitors of one network report it, by a script of the site's own.
    pub(in crate::detect) of_network: bool,
    /// Cards are entered on these pages.
    pub(in crate::detect) payment: bool,
    /// Cards are entered on these pages, and few visitors of pages without cards report it.
    pub(in crate::detect) few_elsewhere: bool,
    /// The page group changed within a day.
    pub(in crate::detect) changed_page: bool,
    /// Buyers' banks come by the dozen on this page group: a form to a stranger is nothing special.
    pub(in crate::detect) has_issuers: bool,
}

/// What a destination did before a window: an extension that many have was always reported by many.
#[derive(Clone, Copy, Debug)]
pub(in crate::detect) struct History {
    /// The counters of the page group's visitors when it was first reported.
    pub(in crate::detect) first: Reading,
    /// The networks that reported it since. Networks, and not visits: one network alone cannot make it look common.
    pub(in crate::detect) networks: usize,
    /// Those of them whose reports neither are odd nor can be an extension's.
    pub(in crate::detect) credible: usize,
}

//! The page where cards are entered that a document was opened from, as its referrer says.
//!
//! A thief who puts a frame of the home page into the payment page, and sends from there, has reports that name the home page. Their
//! referrer names the payment page. Nothing of a referrer is kept but the name of the page group.

use std::sync::Arc;

use super::JudgingRules;
use super::decode::WireReport;
use super::judge::{Attribution, Endpoint, Judgement, PageGroup};
use super::normalise::place_without_query;
use crate::report::Verdict;

/// A page group of a site where cards are entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opener {
    pub(super) site: Arc<str>,
    pub(super) group: Arc<str>,
}

impl Opener {
    /// The name of the page group, where it says of a judged report what its own page does not: the page of `owner` is in another
    /// group, without cards, and what it contacted is nothing that anybody expects.
    pub(super) fn of(
        &self,
        judgement: &Judgement<'_>,
        owner: &Attribution,
        group: &PageGroup,
    ) -> Option<String> {
        let is_contact = matches!(judgement.verdict, Verdict::Unknown | Verdict::Impossible)
            && !judgement.destination.is_empty();
        let says_more = is_contact && !group.payment && self.site == owner.site.name;
        says_more.then(|| self.group.to_string())
    }
}

impl JudgingRules {
    /// The page group with cards that a report's referrer is a page of; `None` where it is of none.
    pub(super) fn opener(&self, wire: &WireReport<'_>, endpoint: Endpoint<'_>) -> Option<Opener> {
        let referrer = wire.body.referrer.text();
        // Without configured sites there are no page groups, and no referrer makes a site known.
        if referrer.is_empty() || self.sites.configured().next().is_none() {
            return None;
        }
        let place = place_without_query(referrer);
        if place.host.is_empty() {
            return None;
        }
        let owner = self.sites.attribute(endpoint, &place.host);
        let group = owner.site.page_group(&place.path);
        (group.payment && !owner.is_foreign)
            .then(|| Opener { site: Arc::clone(&owner.site.name), group: Arc::clone(&group.name) })
    }
}

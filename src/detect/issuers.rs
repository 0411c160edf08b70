//! Whether a page group sends its buyers on to their banks. With 3-D Secure, the page shows the bank's page in a frame and
//! posts a form to it; each bank has an address of its own. Then a form to a stranger is nothing special, and only the share
//! of visitors says whether the page does it to all.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::destinations::{DestinationHash, DestinationKey};
use super::distinct::Distinct;
use crate::base::client_id::NetworkId;
use crate::base::clock::{HOUR, Timestamp, days};
use crate::base::collections::{HashMap, HashSet};
use crate::base::limits;

/// How long a destination of a form or a frame counts.
const LEARN: Duration = days(14);

/// More destinations than this, each of one or two buyers, are banks: a page has few forms and frames.
const FEW: usize = 5;

/// So many of them must be forms: adware shows frames, and posts no forms to them.
const FORMS: usize = 3;

/// Buyers of one bank since there were last many. What more buyers go to is no bank, but what the page does to all of them.
const BUYERS: usize = 2;

/// From so many buyers on, what more than half of all buyers are sent to is no bank. Nobody who invents banks has more of them
/// than he has networks, so that he hides a theft for as many victims at most.
const MAJORITY_FROM: usize = 5;

/// Access-control servers that many banks share, by registrable domain. A form to one of them is no strong reason; nor is it
/// known, because a thief can be a customer too.
///
/// Sources: the form-action and frame-src lists that Adobe Commerce ships for card payments, and those of shops that follow
/// them (all but the next three); RSA's, Touch Tech's and Wibmo's challenge addresses in merchants' code and referrer lists
/// (rsa3dsauth.co.uk, touch.tech, wibmo.com).
const ACCESS_CONTROL: [&str; 11] = [
    "arcot.com",
    "cardcomplete.com",
    "cardinalcommerce.com",
    "rsa3dsauth.co.uk",
    "rsa3dsauth.com",
    "securesuite.co.uk",
    "sia.eu",
    "touch.tech",
    "touchtechpayments.com",
    "wibmo.com",
    "wlp-acs.com",
];

/// Whether a registrable domain is that of a known access-control server.
pub(super) fn is_access_control(destination: &str) -> bool {
    ACCESS_CONTROL.contains(&destination)
}

/// How often there is a ticket about new issuers, all of them together.
const NEWS_EVERY: Duration = days(7);

/// The new issuers of the page groups since the last ticket about them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct NewIssuers(Vec<NewIssuer>);

#[derive(Debug, Serialize, Deserialize)]
struct NewIssuer {
    key: DestinationKey,
    came: Timestamp,
}

impl NewIssuers {
    /// Notes a destination that a page group with issuers did not have before.
    pub(super) fn note(&mut self, key: &DestinationKey, now: Timestamp) {
        if self.0.len() < limits::ISSUERS_PER_PAGE_GROUP && !self.has(key) {
            self.0.push(NewIssuer { key: key.clone(), came: now });
        }
    }

    /// Whether a destination waits for the ticket about new issuers.
    pub(super) fn has(&self, key: &DestinationKey) -> bool {
        self.0.iter().any(|new| new.key == *key)
    }

    /// The new issuers of a page group whose week is over.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<Vec<DestinationKey>> {
        let first = self.0.first().filter(|first| !now.is_within(NEWS_EVERY, first.came))?;
        let group = Arc::clone(&first.key.page_group);
        let (due, others) =
            std::mem::take(&mut self.0).into_iter().partition(|new| new.key.page_group == group);
        self.0 = others;
        let due: Vec<NewIssuer> = due;
        Some(due.into_iter().map(|new| new.key).collect())
    }
}

/// The destinations of forms and frames of a page group.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Issuers {
    all: HashMap<DestinationHash, Issuer>,
    /// When there were last many.
    many: Option<Timestamp>,
    /// Networks that forms were posted from, since `counted_since` and in the time before that.
    buyers: [Distinct; 2],
    counted_since: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
struct Issuer {
    last: Timestamp,
    /// A form posts there, and not only a frame shows it.
    is_form: bool,
    /// Buyers since there were last many banks.
    networks: Vec<NetworkId>,
}

impl Issuers {
    /// Notes a form or a frame.
    pub(super) fn note(
        &mut self,
        to: DestinationHash,
        is_form: bool,
        network: NetworkId,
        now: Timestamp,
    ) {
        if self.all.len() >= limits::ISSUERS_PER_PAGE_GROUP && !self.all.contains_key(&to) {
            self.all.retain(|_, issuer| issuer.is_form && now.is_within(LEARN, issuer.last));
            if self.all.len() >= limits::ISSUERS_PER_PAGE_GROUP {
                return;
            }
        }
        if is_form {
            self.count_buyer(network, now);
        }
        let new = || Issuer { last: now, is_form: false, networks: Vec::new() };
        let issuer = self.all.entry(to).or_insert_with(new);
        if !now.is_within(LEARN, issuer.last) {
            issuer.networks.clear();
        }
        issuer.last = issuer.last.max(now);
        let mut is_news = is_form && !issuer.is_form;
        issuer.is_form |= is_form;
        if issuer.networks.len() <= BUYERS && !issuer.networks.contains(&network) {
            issuer.networks.push(network);
            is_news = true;
        }
        // Counting looks at all of them.
        let is_due = self.many.is_none_or(|at| !now.is_within(HOUR, at));
        if is_news && is_due && self.count_many(now) {
            self.many = Some(now);
            // With the years, every bank has many buyers: those of before say nothing of whether there are many banks now.
            self.all.values_mut().for_each(|issuer| issuer.networks.clear());
        }
    }

    fn count_buyer(&mut self, network: NetworkId, now: Timestamp) {
        if !now.is_within(LEARN, self.counted_since) {
            self.buyers.rotate_right(1);
            self.buyers[0] = Distinct::default();
            self.counted_since = now;
        }
        self.buyers[0].add(u64::from(network.0));
    }

    /// Whether most buyers of the last weeks are among so many networks that were sent to one destination.
    pub(super) fn are_most(&self, networks: usize) -> bool {
        let all = self.buyers.iter().map(Distinct::count).max().unwrap_or(0);
        networks >= MAJORITY_FROM && 2 * networks > all
    }

    /// Whether there are many, or were lately.
    pub(super) fn are_many(&self, now: Timestamp) -> bool {
        self.many.is_some_and(|at| now.is_within(LEARN, at))
    }

    /// Whether there are many now. The networks must differ, or one skimmer could name as many.
    fn count_many(&self, now: Timestamp) -> bool {
        let (mut buyers, mut forms) = (HashSet::default(), HashSet::default());
        for issuer in self.all.values() {
            let is_bank = now.is_within(LEARN, issuer.last) && issuer.networks.len() <= BUYERS;
            let Some(first) = issuer.networks.first().filter(|_| is_bank) else { continue };
            buyers.insert(*first);
            if issuer.is_form {
                forms.insert(*first);
            }
        }
        buyers.len() > FEW && forms.len() >= FORMS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGAN: Timestamp = Timestamp::from_seconds(1_800_000_000);

    /// A year of so many buyers a day, each sent on to one of so many banks, the first of which have most.
    fn days_with_banks(buyers_a_day: u32, banks: u64) -> Vec<bool> {
        let mut issuers = Issuers::default();
        let mut random = 1_u64;
        let mut next = |below: u64| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % below
        };
        let mut after = |day: u32| {
            for buyer in 0..buyers_a_day {
                // The smaller of two: the first banks are drawn more often.
                let bank = next(banks).min(next(banks));
                let now = BEGAN + days(day) + HOUR * 24 * buyer / buyers_a_day;
                issuers.note(bank, buyer % 2 == 0, NetworkId(day * 1_000 + buyer), now);
            }
            issuers.are_many(BEGAN + days(day + 1))
        };
        (0..365).map(&mut after).collect()
    }

    #[test]
    fn banks_stay_learnt_when_each_had_many_buyers() {
        for (buyers_a_day, banks, until) in
            [(2, 300, 30), (40, 300, 2), (400, 300, 2), (400, 3_000, 2)]
        {
            let days = days_with_banks(buyers_a_day, banks);
            let (begin, rest) = days.split_at(until);
            assert!(rest.iter().all(|are_many| *are_many), "{buyers_a_day} a day, {banks} banks");
            assert!(buyers_a_day > 2 || begin.iter().any(|are_many| !are_many));
        }
    }

    #[test]
    fn most_buyers_are_more_than_half_of_them() {
        let mut issuers = Issuers::default();
        for network in 0..6 {
            issuers.note(u64::from(network), true, NetworkId(network), BEGAN);
        }
        assert!(issuers.are_many(BEGAN));
        for victims in 1..20 {
            issuers.note(99, true, NetworkId(1_000 + victims), BEGAN);
            assert_eq!(issuers.are_most(victims as usize), victims > 6, "{victims}");
        }
        // Who was there two weeks ago counts for two weeks more.
        issuers.note(99, true, NetworkId(1), BEGAN + days(15));
        assert!(!issuers.are_most(12));
    }

    #[test]
    fn few_destinations_of_all_buyers_are_no_banks() {
        for destinations in [1, 3, 5] {
            let days = days_with_banks(40, destinations);
            assert!(days.iter().all(|are_many| !are_many), "{destinations} destinations");
        }
    }
}

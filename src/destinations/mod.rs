//! What is known about every unknown destination of every site and page group: since when, how often, by
//! whom. Learns of a report as soon as it is durable, long before its segment is sealed.
//!
//! Bounded: a site has at most [`limits::DESTINATIONS_PER_SITE`] of them. Where there are more, those
//! that only one network reported go first, and of these the ones of the network that has most: who forges
//! reports pushes out what it forged.

mod severity;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub use severity::Severity;

use crate::accept::network_of;
use crate::clock::Timestamp;
use crate::journal::Row;
use crate::judge::UNPROVEN;
use crate::limits;
use crate::metrics::StateTable;
use crate::report::{Channel, Verdict};

/// The destinations of all sites.
#[derive(Debug, Default)]
pub struct Destinations {
    sites: HashMap<Arc<str>, SiteDestinations>,
}

/// The destinations of one site.
#[derive(Debug, Default)]
pub struct SiteDestinations {
    seen: HashMap<Key, Seen>,
    /// Destinations that came when more than are exported were there already.
    overflow: u64,
    /// Destinations that others pushed out.
    forgotten: u64,
}

/// What a series is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The page group.
    pub page_group: Arc<str>,
    /// The registrable domain, or the IP address.
    pub destination: Box<str>,
    /// What it could do.
    pub channel: Channel,
}

/// What is known of one destination on one page group.
#[derive(Debug)]
pub struct Seen {
    /// When the first report arrived.
    pub first: Timestamp,
    /// When the last one did.
    pub last: Timestamp,
    /// How many there were.
    pub reports: u64,
    /// Whether the page group takes cards.
    pub payment: bool,
    /// A reason that makes one report enough.
    pub strong: bool,
    /// All reports of it look like noise that a thief could imitate.
    pub unproven_noise: bool,
    clients: HashSet<u64>,
    /// Keyed hashes of the first two networks.
    networks: [Option<u32>; 2],
}

impl Destinations {
    /// Learns of a report that is durable. Only sightings of unknown destinations leave a trace.
    pub fn observe(&mut self, row: &Row<'_>, client: u64, received: Timestamp) {
        if !matches!(row.verdict, Verdict::Unknown | Verdict::Impossible)
            || row.destination.is_empty()
        {
            return;
        }
        if !self.sites.contains_key(row.site) {
            self.sites.insert(Arc::from(row.site), SiteDestinations::default());
        }
        if let Some(site) = self.sites.get_mut(row.site) {
            site.observe(row, client, received);
        }
    }

    /// How many there are.
    pub fn state(&self) -> StateTable {
        StateTable {
            name: "destinations",
            entries: self.sites.values().map(|site| site.seen.len()).sum(),
            limit: limits::DESTINATIONS_PER_SITE * self.sites.len(),
            overflow: self.sites.values().map(|site| site.forgotten).sum(),
        }
    }

    /// All sites that have destinations.
    pub fn sites(&self) -> impl Iterator<Item = (&Arc<str>, &SiteDestinations)> {
        self.sites.iter()
    }
}

impl SiteDestinations {
    fn observe(&mut self, row: &Row<'_>, client: u64, received: Timestamp) {
        let key = Key {
            page_group: Arc::from(row.page_group),
            destination: Box::from(row.destination),
            channel: row.channel,
        };
        if !self.seen.contains_key(&key) {
            if self.seen.len() >= limits::DESTINATION_SERIES_PER_SITE {
                self.overflow += 1;
            }
            if self.seen.len() >= limits::DESTINATIONS_PER_SITE {
                self.make_room();
            }
        }
        let seen = self.seen.entry(key).or_insert_with(|| Seen::new(row.payment, received));
        seen.last = seen.last.max(received);
        seen.reports += 1;
        seen.payment |= row.payment;
        seen.strong |= severity::is_strong(row);
        seen.unproven_noise &= row.reason.starts_with(UNPROVEN);
        seen.count_client(client);
    }

    /// Forgets a tenth of the destinations, so that a flood pays for the work only now and then.
    fn make_room(&mut self) {
        let mut crowds: HashMap<u32, usize> = HashMap::new();
        for seen in self.seen.values() {
            *crowds.entry(seen.network()).or_default() += 1;
        }
        let mut order: Vec<(bool, Reverse<usize>, Timestamp, Key)> = self
            .seen
            .iter()
            .map(|(key, seen)| {
                let crowd = crowds.get(&seen.network()).copied().unwrap_or(0);
                (seen.is_proven(), Reverse(crowd), seen.last, key.clone())
            })
            .collect();
        let count = (order.len() / 10).max(1);
        order.select_nth_unstable_by_key(count - 1, |(is_proven, crowd, last, _)| {
            (*is_proven, *crowd, *last)
        });
        self.forgotten += count as u64;
        for (.., key) in &order[..count] {
            self.seen.remove(key);
        }
    }

    /// The destinations to export, at most `count`: pages before tickets, to which a fifth of the places is
    /// left all the same; of each severity the latest of each network before the second latest of any.
    pub fn foremost(&self, count: usize) -> Vec<(&Key, &Seen)> {
        let mut pages = self.of_severity(Severity::Page);
        let tickets = self.of_severity(Severity::Ticket);
        pages.truncate(count - tickets.len().min(count / 5));
        pages.into_iter().chain(tickets).take(count).collect()
    }

    fn of_severity<'s>(&'s self, severity: Severity) -> Vec<(&'s Key, &'s Seen)> {
        let mut latest: Vec<(&Key, &Seen)> =
            self.seen.iter().filter(|(_, seen)| seen.severity() == severity).collect();
        latest.sort_unstable_by_key(|(_, seen)| Reverse(seen.last));
        let mut ranks: HashMap<u32, usize> = HashMap::new();
        let rank = |(key, seen): (&'s Key, &'s Seen)| {
            let rank = ranks.entry(seen.network()).or_default();
            *rank += 1;
            (*rank, key, seen)
        };
        let mut ranked: Vec<_> = latest.into_iter().map(rank).collect();
        // Stable: of the same rank the latest stay first.
        ranked.sort_by_key(|(rank, ..)| *rank);
        ranked.into_iter().map(|(_, key, seen)| (key, seen)).collect()
    }

    /// How many destinations are remembered.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Destinations that came when more than are exported were there already.
    pub fn overflow(&self) -> u64 {
        self.overflow
    }
}

impl Seen {
    fn new(payment: bool, received: Timestamp) -> Self {
        Self {
            first: received,
            last: received,
            reports: 0,
            payment,
            strong: false,
            unproven_noise: true,
            clients: HashSet::new(),
            networks: [None; 2],
        }
    }

    fn count_client(&mut self, client: u64) {
        if self.clients.len() < limits::CLIENTS_PER_DESTINATION {
            self.clients.insert(client);
        }
        let network = Some(network_of(client));
        match &mut self.networks {
            [first @ None, _] => *first = network,
            [first, second @ None] if *first != network => *second = network,
            _ => {}
        }
    }

    /// Keyed hash of the network that reported it first.
    fn network(&self) -> u32 {
        self.networks[0].unwrap_or(0)
    }

    /// Distinct clients, exact up to [`limits::CLIENTS_PER_DESTINATION`].
    pub fn clients(&self) -> usize {
        self.clients.len()
    }

    /// Whether two networks reported it: one client alone can claim anything.
    pub fn is_proven(&self) -> bool {
        self.networks[1].is_some()
    }

    /// Whether somebody must be woken up.
    pub fn severity(&self) -> Severity {
        let is_proven = self.is_proven() && !self.unproven_noise;
        if self.payment && (self.strong || is_proven) { Severity::Page } else { Severity::Ticket }
    }
}

#[cfg(test)]
mod tests;

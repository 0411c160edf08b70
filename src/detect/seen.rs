//! What is known of one unknown destination on one page group.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::alert::{Episode, Severity};
use crate::accept::network_of;
use crate::clock::Timestamp;
use crate::journal::Row;
use crate::judge::UNPROVEN;
use crate::limits;
use crate::report::{Channel, Verdict};

/// What is known of one destination on one page group.
#[derive(Debug, Serialize, Deserialize)]
pub struct Seen {
    /// When the first report arrived.
    pub first: Timestamp,
    /// When the last one did.
    pub last: Timestamp,
    /// How many there were.
    pub reports: u64,
    /// Whether the page group takes cards.
    pub payment: bool,
    /// The severity of the present episode.
    pub severity: Severity,
    /// By what it could do.
    channels: [Option<ChannelSeen>; Channel::ALL.len()],
    clients: HashSet<u64>,
    /// Keyed hashes of the networks that reported it as unknown, in the order in which they did.
    networks: Vec<u32>,
    /// When each of them did last.
    network_times: Vec<Timestamp>,
    /// Days since 1970 on which it was reported.
    days: BTreeSet<i64>,
    pub(super) traits: Traits,
    /// The script that reached it last: host and path.
    pub(super) script: Option<(Box<str>, Box<str>)>,
    pub(super) episode: Episode,
    /// Milliseconds of silence before the present episode.
    pub(super) silence: Option<i64>,
}

/// What its reports say about it, all of them together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Traits {
    /// A form of the page posts there.
    pub(super) form_action: bool,
    /// A card number stood in its URL.
    pub(super) card_number: bool,
    /// What it resembles.
    pub(super) look_alike: Option<Box<str>>,
    /// A script that changed lately reached it.
    pub(super) changed_script: bool,
    /// A script of the site's own reached it.
    pub(super) own_script: bool,
    /// Some report of it says on which page it was: workers and frames without an address do not.
    pub(super) on_page: bool,
    /// Some report of it could not be an extension's.
    pub(super) proven: bool,
    /// Some report of it has no better explanation: neither is it allowed for something else, nor does a
    /// known destination share its domain, nor does the policy allow what it says was blocked.
    pub(super) unexplained: bool,
}

/// Reports by one channel.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChannelSeen {
    /// When the last one arrived.
    pub last: Timestamp,
    /// How many there were.
    pub reports: u64,
    clients: HashSet<u64>,
}

impl Seen {
    pub(super) fn new(payment: bool, received: Timestamp) -> Self {
        Self {
            first: received,
            last: received,
            reports: 0,
            payment,
            severity: Severity::Ticket,
            channels: Default::default(),
            clients: HashSet::new(),
            networks: Vec::new(),
            network_times: Vec::new(),
            days: BTreeSet::new(),
            traits: Traits::default(),
            script: None,
            episode: Episode::default(),
            silence: None,
        }
    }

    /// One more report.
    pub(super) fn add(&mut self, row: &Row<'_>, client: u64, received: Timestamp) {
        if self.episode.renew(received) {
            self.silence = Some(received.0 - self.last.0);
            self.severity = Severity::Ticket;
        }
        self.last = self.last.max(received);
        self.reports += 1;
        self.payment |= row.payment;
        count_client(&mut self.clients, client);
        if self.days.len() < limits::ACTIVE_DAYS {
            self.days.insert(received.day());
        }
        let channel = self.channels[row.channel as usize].get_or_insert_with(|| ChannelSeen {
            last: received,
            reports: 0,
            clients: HashSet::new(),
        });
        channel.last = channel.last.max(received);
        channel.reports += 1;
        count_client(&mut channel.clients, client);
        self.traits.add(row);
        if row.verdict == Verdict::Unknown {
            self.add_network(network_of(client), received);
        }
        if !row.source_host.is_empty() {
            self.script = Some((Box::from(row.source_host), Box::from(row.source_path)));
        }
    }

    fn add_network(&mut self, network: u32, now: Timestamp) {
        match self.networks.iter().position(|known| *known == network) {
            Some(place) => self.network_times[place] = now,
            None if self.networks.len() < limits::CLIENTS_PER_DESTINATION => {
                self.networks.push(network);
                self.network_times.push(now);
            }
            None => {}
        }
    }

    /// Networks that reported it since then.
    pub(super) fn networks_since(&self, since: Timestamp) -> usize {
        self.network_times.iter().filter(|last| **last >= since).count()
    }

    /// Distinct clients, exact up to [`limits::CLIENTS_PER_DESTINATION`].
    pub fn clients(&self) -> usize {
        self.clients.len()
    }

    /// Distinct networks that reported it as unknown, as far as they are counted.
    pub fn networks(&self) -> &[u32] {
        &self.networks
    }

    /// The network that reported it first; 0 where none did as unknown.
    pub(super) fn first_network(&self) -> u32 {
        self.networks.first().copied().unwrap_or(0)
    }

    /// The channels by which it was reported.
    pub fn channels(&self) -> impl Iterator<Item = (Channel, &ChannelSeen)> {
        let all = Channel::ALL.iter().zip(&self.channels);
        all.filter_map(|(channel, seen)| Some((*channel, seen.as_ref()?)))
    }

    /// Days on which it was reported, and days since the first one, that one included.
    pub(super) fn days(&self) -> (usize, i64) {
        (self.days.len(), self.last.day() - self.first.day() + 1)
    }

    /// Whether there is anything to tell. That a policy allows what it is said to have blocked may be one client's
    /// mistake.
    pub(super) fn is_evidence(&self) -> bool {
        !self.networks.is_empty() || self.clients.len() > 1
    }

    /// Whether it has more behind it than one network's word.
    pub(super) fn is_proven(&self) -> bool {
        self.networks.len() > 1
    }
}

impl ChannelSeen {
    /// Distinct clients, exact up to [`limits::CLIENTS_PER_DESTINATION`].
    pub fn clients(&self) -> usize {
        self.clients.len()
    }
}

impl Traits {
    fn add(&mut self, row: &Row<'_>) {
        self.form_action |= row.directive == "form-action";
        self.on_page |= !row.document_host.is_empty();
        self.card_number |= row.pan_in_url;
        self.own_script |= row.own_source;
        self.proven |= !row.reason.starts_with(UNPROVEN);
        let (reason, more) = row.reason.split_once(' ').unwrap_or((row.reason, ""));
        self.unexplained |= row.verdict == Verdict::Unknown && reason == "unlisted";
        let like = more.split(' ').find_map(|word| word.strip_prefix("look-alike:"));
        if let (Some(like), None) = (like, &self.look_alike) {
            self.look_alike = Some(Box::from(like));
        }
    }
}

fn count_client(clients: &mut HashSet<u64>, client: u64) {
    if clients.len() < limits::CLIENTS_PER_DESTINATION {
        clients.insert(client);
    }
}

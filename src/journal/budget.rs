//! How many bytes of rows one network, and one site, may make in a day (UTC). A quota of reports bounds how often somebody
//! writes, and not how much: what is reported may be long, and no two of it alike.
//!
//! Evidence has room of its own. Of a network's bytes only sightings may use the last quarter, and of that only the first
//! sighting of a destination on a page group the last half. What is over a budget is counted as limited, and detection
//! learns of it all the same: so whoever fills a budget loses rows, and hides nothing.

use super::batch::{Batch, Entry};
use crate::base::client_id::NetworkId;
use crate::base::clock::{DAY, Timestamp};
use crate::base::collections::{HashMap, HashSet};
use crate::base::limits;
use crate::base::occupancy::StateTable;
use crate::config::DailyBytes;

/// What was spent since midnight.
#[derive(Debug, Default)]
pub(super) struct Budgets {
    limits: DailyBytes,
    midnight: Timestamp,
    networks: HashMap<NetworkId, Spent>,
    sites: HashMap<Box<str>, u64>,
    /// Policies that are paid for: the same text, sent again, becomes one row.
    policies: HashSet<u64>,
    /// First sightings since their networks had spent what is for all sightings.
    firsts: HashSet<u64>,
    /// Bytes of the journal's reserve that each network has, since it was begun.
    of_reserve: HashMap<NetworkId, u64>,
    /// How often a key found its table full.
    overflow: [u64; 2],
}

/// What a network spent. As small as it can be: a flood has every network that there is.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    bytes: u64,
    /// Of these, those of policies; at 4 GiB it gets no more of them.
    policies: u32,
    /// First sightings that were over a quota, and kept.
    over_quota: u32,
}

const _: () = assert!(size_of::<(NetworkId, Spent)>() <= 24);
const _: () = assert!(limits::BUDGET_NETWORKS + NetworkId::GROUPS <= (1 << 20) / 8 * 7);

/// For what a network's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Share {
    All,
    Sightings,
    FirstSightings,
}

impl Share {
    /// How many of a network's bytes may be spent before it gets no more.
    fn of(self, bytes: u64) -> u64 {
        match self {
            Self::All => bytes / 4 * 3,
            Self::Sightings => bytes / 8 * 7,
            Self::FirstSightings => bytes,
        }
    }
}

impl Budgets {
    /// Goes on with these limits; from midnight on with whole budgets.
    pub(super) fn go_on(&mut self, limits: DailyBytes, now: Timestamp) {
        self.limits = limits;
        let midnight = now.floor(DAY);
        if midnight != self.midnight {
            self.midnight = midnight;
            (self.networks, self.sites) = Default::default();
            (self.policies, self.firsts) = Default::default();
        }
    }

    /// Whether a report is kept, and pays for it. `is_new`: the segment does not hold its violation yet.
    pub(super) fn takes_report(&mut self, batch: &Batch, entry: &Entry, is_new: bool) -> bool {
        let bytes = bytes_of(batch, entry, is_new);
        let is_sighting = entry.row.sighting_bytes() > 0;
        if !is_sighting && !self.site_takes(entry) {
            return false;
        }
        if entry.is_over_quota && !(is_sighting && self.takes_over_quota(batch, entry)) {
            return false;
        }
        let is_kept = self.network_takes(batch.client.network(), entry, bytes);
        if is_kept && self.limits.per_site.is_some() {
            *self.sites.entry(entry.row.row().site.into()).or_default() += bytes;
        }
        is_kept
    }

    /// Whether a sighting that is over its quota is kept: the first of its network, unless that has had many.
    fn takes_over_quota(&mut self, batch: &Batch, entry: &Entry) -> bool {
        let network = batch.client.network();
        let key = self.bounded(network);
        let had = self.networks.get(&key).map_or(0, |spent| spent.over_quota);
        let is_kept = had < limits::SIGHTINGS_OVER_QUOTA && self.is_first(network, entry);
        if is_kept {
            self.networks.entry(key).or_default().over_quota += 1;
        }
        is_kept
    }

    fn site_takes(&self, entry: &Entry) -> bool {
        let spent = || self.sites.get(entry.row.row().site).copied().unwrap_or(0);
        self.limits.per_site.is_none_or(|bytes| spent() < bytes)
    }

    /// Somebody who has a byte left may spend more than that: a row is small, and the first sighting must fit.
    fn network_takes(&mut self, network: NetworkId, entry: &Entry, bytes: u64) -> bool {
        let Some(budget) = self.limits.per_network else { return true };
        let key = self.bounded(network);
        let account = self.networks.entry(key).or_default();
        let spent = account.bytes;
        let may_spend = |share: Share| spent < share.of(budget);
        let is_sighting = entry.row.sighting_bytes() > 0;
        if may_spend(Share::All) || (is_sighting && may_spend(Share::Sightings)) {
            account.bytes += bytes;
            return true;
        }
        let is_kept =
            is_sighting && may_spend(Share::FirstSightings) && self.is_first(network, entry);
        if is_kept {
            self.networks.entry(key).or_default().bytes += bytes;
        }
        is_kept
    }

    /// Networks beyond the bound share the budget of their group.
    fn bounded(&mut self, network: NetworkId) -> NetworkId {
        if self.networks.len() < limits::BUDGET_NETWORKS || self.networks.contains_key(&network) {
            return network;
        }
        self.overflow[0] += 1;
        network.group()
    }

    /// Whether a policy is kept, and pays for it. `key` is the same for each report that carries it.
    pub(super) fn takes_policy(&mut self, network: NetworkId, key: u64, bytes: u64) -> bool {
        let Some(budget) = self.limits.per_network else { return true };
        if self.policies.contains(&key) {
            return true;
        }
        let network = self.bounded(network);
        let spent = self.networks.entry(network).or_default();
        let budget_of_policies = u32::try_from(budget / 8).unwrap_or(u32::MAX);
        if spent.policies >= budget_of_policies || spent.bytes >= Share::All.of(budget) {
            return false;
        }
        spent.policies = spent.policies.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
        spent.bytes += bytes;
        if self.policies.len() < limits::BUDGET_KEYS {
            self.policies.insert(key);
        } else {
            self.overflow[1] += 1;
        }
        true
    }

    /// Whether a network reports this destination on this page group for the first time since it is asked, as far as is known:
    /// a full table takes nothing from anybody. What a network may have by it is bounded wherever this is asked.
    fn is_first(&mut self, network: NetworkId, entry: &Entry) -> bool {
        let row = entry.row.row();
        let key = (network, row.site, row.page_group, row.destination, row.kind);
        let key = self.firsts.hasher().hash_one(key);
        if self.firsts.len() < limits::BUDGET_KEYS {
            return self.firsts.insert(key);
        }
        let is_known = self.firsts.contains(&key);
        self.overflow[1] += u64::from(!is_known);
        !is_known
    }

    /// Whether a request may use the journal's reserve, and pays for it: it brings the first sighting of a destination, and
    /// its network has not used up its share.
    pub(super) fn takes_of_reserve(&mut self, batch: &Batch, reserve: u64) -> bool {
        let network = batch.client.network();
        let spent = self.of_reserve.get(&network).copied().unwrap_or(0);
        let is_known = spent > 0 || self.of_reserve.len() < limits::BUDGET_KEYS;
        if !is_known || spent >= reserve / limits::RESERVE_SHARES {
            return false;
        }
        let sightings = batch.entries.iter().filter(|entry| entry.row.sighting_bytes() > 0);
        // All of them are looked at, so that each is known the next time.
        if sightings.filter(|entry| self.is_first(network, entry)).count() == 0 {
            return false;
        }
        let bytes: u64 = batch.entries.iter().map(|entry| bytes_of(batch, entry, true)).sum();
        self.of_reserve.insert(network, spent + bytes.max(1));
        true
    }

    /// The journal has room again: the next reserve is a whole one.
    pub(super) fn leave_reserve(&mut self) {
        if !self.of_reserve.is_empty() {
            self.of_reserve = HashMap::default();
            self.firsts = HashSet::default();
        }
    }

    /// How full the tables are.
    pub(super) fn tables(&self) -> [StateTable; 2] {
        [
            StateTable {
                name: "budget_networks",
                entries: self.networks.len(),
                limit: limits::BUDGET_NETWORKS,
                overflow: self.overflow[0],
            },
            StateTable {
                name: "budget_firsts",
                entries: self.firsts.len().max(self.policies.len()),
                limit: limits::BUDGET_KEYS,
                overflow: self.overflow[1],
            },
        ]
    }
}

#[cfg(test)]
impl Budgets {
    /// Tables that others have filled.
    pub(super) fn fill(&mut self) {
        let networks = (0..u32::MAX).rev().take(limits::BUDGET_NETWORKS).map(NetworkId);
        self.networks = networks.map(|network| (network, Spent::default())).collect();
        self.firsts = (0..).take(limits::BUDGET_KEYS).collect();
    }
}

/// Bytes that a report takes on all disks: at the most, those of its frame in the journal until that is sent, or those of its
/// rows in ClickHouse afterwards, which compresses them.
fn bytes_of(batch: &Batch, entry: &Entry, is_new: bool) -> u64 {
    let row = if is_new { entry.row.encoded_bytes() + limits::ROW_BYTES_AROUND } else { 0 };
    let bytes = limits::REPORT_BYTES_AROUND + batch.tag.len() + entry.row.sighting_bytes() + row;
    bytes as u64
}

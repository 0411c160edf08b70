//! Destinations that are another for each victim: what they have in common is the script that reaches them, or the address on
//! them. A skimmer that takes a new domain for every victim never has two networks for one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::alert::Episode;
use super::audience::Reading;
use super::destinations::{DestinationHash, DestinationKey};
use super::hits::{Hits, OriginId, Traits, is_own_script};
use crate::base::client_id::NetworkId;
use crate::base::clock::{HOUR, Timestamp};
use crate::base::collections::HashMap;
use crate::base::limits;
use crate::base::sip::sip;
use crate::journal::Row;

/// How long a destination is new.
const NEW_FOR: Duration = HOUR;

/// Bytes of a path that is no accident: shorter ones are the same on many hosts.
const PATH_BYTES_MIN: usize = 6;

/// A visit that reports a destination.
pub(super) type Visit = (NetworkId, Traits, Reading);

/// The origins of new destinations on all page groups of a site.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Origins(HashMap<OriginId, Origin>);

/// New destinations that have their origin in common.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Origin {
    last: Timestamp,
    /// The visits that reported one of them.
    pub(super) hits: Hits,
    /// Who reports which of them.
    pub(super) witnesses: Vec<(NetworkId, DestinationHash)>,
    /// The first of them.
    pub(super) destinations: Vec<Box<str>>,
    episode: Episode,
}

impl Origins {
    /// Notes a report of a destination that was first seen at `first`. Returns the origin, if it has several destinations.
    pub(super) fn note(
        &mut self,
        origin: OriginId,
        key: &DestinationKey,
        first: Timestamp,
        visit: Visit,
        now: Timestamp,
    ) -> Option<&mut Origin> {
        if !now.is_within(NEW_FOR, first) {
            return None;
        }
        if self.0.len() >= limits::ORIGINS_PER_SITE && !self.0.contains_key(&origin) {
            let oldest = self.0.iter().min_by_key(|(_, origin)| origin.last).map(|(id, _)| *id);
            self.0.remove(&oldest?);
        }
        let found = self.0.entry(origin).or_default();
        if found.episode.renew(now) {
            *found = Origin::default();
            found.episode.renew(now);
        }
        found.last = now;
        let (network, traits, reading) = visit;
        found.hits.add(network, traits, reading, now);
        let witness = (network, key.hash_of_destination());
        if found.witnesses.len() < limits::NETWORKS_PER_FINDING
            && !found.witnesses.contains(&witness)
        {
            found.witnesses.push(witness);
        }
        if found.destinations.len() < limits::DESTINATIONS_PER_ORIGIN
            && !found.destinations.contains(&key.destination)
        {
            found.destinations.push(key.destination.clone());
        }
        (found.destinations.len() > 1).then_some(found)
    }
}

/// What destinations have in common: the place in a script, else the address. A script may be one long line.
pub(super) fn origin(row: &Row<'_>) -> Option<OriginId> {
    let group = row.page_group;
    if is_own_script(row) {
        Some(sip((group, row.source_host, row.source_path, row.line, row.column)))
    } else if row.blocked_path.len() >= PATH_BYTES_MIN {
        Some(sip((group, row.directive, row.blocked_path)))
    } else {
        None
    }
}

//! What the configuration expects and the page's own policy forbids, on pages where cards are entered: a vendor that somebody
//! forgot in the policy, or a thief who uses a host that `known` has for others. One ticket says so, if most visitors report it.
//!
//! Such reports may come with every page view, so a report costs two lookups, and a score is made of new visits only.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ObservedReport;
use super::alert::Episode;
use super::audience::Reading;
use super::channel_state::ChannelState;
use super::hits::{Hits, Noted, Traits};
use crate::base::clock::Timestamp;
use crate::base::collections::HashMap;
use crate::base::limits;
use crate::decisions::SeenAt;
use crate::journal::Row;
use crate::report::Channel;

/// Visits of a host until its share of the page's visitors is looked at, and how often that happens.
pub(super) const VISITS_MIN: usize = 5;
const LOOKED_AT_EVERY: Duration = Duration::from_secs(10);

/// The hosts of a site that its policies forbid, by page group.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Forbidden(HashMap<Arc<str>, HashMap<Box<str>, ForbiddenHost>>);

/// A host that the policy of a page group forbids.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ForbiddenHost {
    /// The registrable domain.
    pub(super) destination: Box<str>,
    pub(super) hits: Hits,
    /// The code of the channel.
    channel: u8,
    /// Its reports.
    pub(super) state: ChannelState,
    pub(super) episode: Episode,
    looked_at: Timestamp,
}

impl Forbidden {
    /// Notes a report. Returns the host if its share is to be looked at.
    pub(super) fn note(
        &mut self,
        group: &Arc<str>,
        report: &ObservedReport<'_>,
        (traits, reading): (Traits, Reading),
    ) -> Option<&mut ForbiddenHost> {
        let ObservedReport { row, client, received: now, .. } = *report;
        if !self.0.contains_key(group) {
            self.0.insert(Arc::clone(group), HashMap::default());
        }
        let hosts = self.0.get_mut(group)?;
        if !hosts.contains_key(row.blocked_host) {
            if hosts.len() >= limits::FORBIDDEN_HOSTS {
                // Wildcards expect whatever somebody invents: those that came once make room.
                hosts.retain(|_, host| host.hits.since(None).count() > 1);
            }
            if hosts.len() >= limits::FORBIDDEN_HOSTS {
                return None;
            }
            hosts.insert(Box::from(row.blocked_host), ForbiddenHost::new(row, now));
        }
        let host = hosts.get_mut(row.blocked_host)?;
        host.state.add(client, u64::from(!report.taken_elsewhere), now);
        host.episode.renew(now);
        let is_new = host.hits.add(client.network(), traits, reading, now) == Noted::New;
        let is_due = is_new
            && host.episode.raised().is_none()
            && host.hits.since(None).count() >= VISITS_MIN
            && !now.is_within(LOOKED_AT_EVERY, host.looked_at);
        if !is_due {
            return None;
        }
        host.looked_at = now;
        Some(host)
    }

    /// How many had a ticket within a day.
    pub(super) fn reported_lately(&self, now: Timestamp) -> usize {
        self.reported().filter(|(_, host)| host.episode.is_active(now)).count()
    }

    /// Whether a host of this domain had a ticket within a day: one ticket is enough.
    pub(super) fn is_reported(&self, group: &Arc<str>, destination: &str, now: Timestamp) -> bool {
        self.reported().any(|(of, host)| {
            of == group && *host.destination == *destination && host.episode.is_active(now)
        })
    }

    /// Those that have a ticket, with their page groups.
    pub(super) fn reported(&self) -> impl Iterator<Item = (&Arc<str>, &ForbiddenHost)> {
        self.0.iter().flat_map(|(group, hosts)| {
            let reported = hosts.values().filter(|host| host.episode.raised().is_some());
            reported.map(move |host| (group, host))
        })
    }

    /// Forgets the destinations that somebody decided about.
    pub(super) fn forget(&mut self, is_forgotten: impl Fn(&str, SeenAt<'_>) -> bool) {
        for (page_group, hosts) in &mut self.0 {
            hosts.retain(|_, host| {
                let seen = SeenAt { directives: &[], page_group, last: host.state.last };
                !is_forgotten(&host.destination, seen)
            });
        }
    }
}

impl ForbiddenHost {
    pub(super) fn channel(&self) -> Channel {
        Channel::from_code(self.channel).unwrap_or(Channel::Other)
    }

    fn new(row: &Row<'_>, now: Timestamp) -> Self {
        Self {
            destination: Box::from(row.destination),
            hits: Hits::default(),
            channel: row.channel.code(),
            state: ChannelState::new(now),
            episode: Episode::default(),
            looked_at: Timestamp::from_millis(0),
        }
    }
}

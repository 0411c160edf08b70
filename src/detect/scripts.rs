//! The content of scripts, by the hashes that browsers report (CSP3, `report-sha256`). Another hash for the same URL is the
//! only sign of a changed script that browsers report by themselves.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::alert::{Episode, QUIET, Severity};
use super::script_hashes::ScriptHashes;
use crate::base::client_id::NetworkId;
use crate::base::clock::Timestamp;
use crate::base::collections::{HashMap, HashSet};
use crate::base::limits;
use crate::journal::Row;

/// The scripts of a site.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Scripts {
    scripts: HashMap<ScriptKey, KnownScript>,
    /// Changes of scripts, by page group and host.
    episodes: HashMap<(Arc<str>, Box<str>), Episode>,
    /// When a script of each page group changed last.
    changed: HashMap<Arc<str>, Timestamp>,
    /// Scripts that had to make room.
    pub(super) forgotten: u64,
}

/// Page group, host and path.
type ScriptKey = (Arc<str>, Box<str>, Box<str>);

#[derive(Debug, Serialize, Deserialize)]
struct KnownScript {
    hashes: ScriptHashes,
    changed: Option<Timestamp>,
    last: Timestamp,
}

/// A script whose content changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ChangedScript {
    /// It is the first of this host and page group within a day.
    pub(super) starts_episode: bool,
}

impl Scripts {
    /// Learns the hash of a script. It counts when a second network reports it. The first hash of a URL is no change.
    pub(super) fn learn(
        &mut self,
        group: &Arc<str>,
        row: &Row<'_>,
        network: NetworkId,
        now: Timestamp,
    ) -> Option<ChangedScript> {
        if row.detail.is_empty() || row.blocked_host.is_empty() {
            return None;
        }
        let key = (Arc::clone(group), Box::from(row.blocked_host), Box::from(row.blocked_path));
        if self.scripts.len() >= limits::SCRIPTS_PER_SITE && !self.scripts.contains_key(&key) {
            self.make_room();
        }
        let script = self.scripts.entry(key).or_insert_with(|| KnownScript {
            hashes: ScriptHashes::default(),
            changed: None,
            last: now,
        });
        script.last = now;
        if !script.hashes.learn(row.detail, network, now) {
            return None;
        }
        script.changed = Some(now);
        self.changed.insert(Arc::clone(group), now);
        let key = (Arc::clone(group), Box::from(row.blocked_host));
        let episode = self.episodes.entry(key).or_default();
        Some(ChangedScript { starts_episode: episode.record(Severity::Ticket, now) })
    }

    /// Whether a script changed within a day.
    pub(super) fn changed_lately(
        &self,
        group: &Arc<str>,
        host: &str,
        path: &str,
        now: Timestamp,
    ) -> bool {
        let key = (Arc::clone(group), Box::from(host), Box::from(path));
        let changed = self.scripts.get(&key).and_then(|script| script.changed);
        changed.is_some_and(|changed| now.is_within(QUIET, changed))
    }

    /// Whether a script of a page group changed within a day.
    pub(super) fn any_changed_lately(&self, group: &str, now: Timestamp) -> bool {
        self.changed.get(group).is_some_and(|changed| now.is_within(QUIET, *changed))
    }

    /// When scripts of a host changed last, by page group and host.
    pub(super) fn changes(&self) -> impl Iterator<Item = (&Arc<str>, &str, Timestamp)> {
        self.episodes
            .iter()
            .filter_map(|((group, host), episode)| Some((group, &**host, episode.last()?)))
    }

    pub(super) fn len(&self) -> usize {
        self.scripts.len()
    }

    /// Forgets a tenth of the scripts: first those whose content one network alone has reported, because anybody can invent
    /// scripts, and then those that were last seen longest ago.
    fn make_room(&mut self) {
        let rank = |script: &KnownScript| (script.hashes.is_known(), script.last);
        let mut seen: Vec<_> = self.scripts.values().map(rank).collect();
        let tenth = seen.len() / 10;
        let (_, limit, _) = seen.select_nth_unstable(tenth);
        let limit = *limit;
        let before = self.scripts.len();
        self.scripts.retain(|_, script| rank(script) > limit);
        self.forgotten += (before - self.scripts.len()) as u64;
        let left: HashSet<(&str, &str)> =
            self.scripts.keys().map(|(group, host, _)| (&**group, &**host)).collect();
        self.episodes.retain(|(group, host), _| left.contains(&(&**group, &**host)));
    }
}

//! The content of scripts, by the hashes that browsers report (CSP3, `report-sha256`). Another hash for the same URL is the
//! only sign of a changed script that browsers report by themselves.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::alert::{Episode, QUIET, Severity};
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
    hashes: Vec<Box<str>>,
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
    /// Learns the hash of a script. The first hash of a URL is no change. A URL that has another content every time is
    /// ignored after some of them.
    pub(super) fn learn(
        &mut self,
        group: &Arc<str>,
        row: &Row<'_>,
        now: Timestamp,
    ) -> Option<ChangedScript> {
        if row.detail.is_empty() || row.blocked_host.is_empty() {
            return None;
        }
        if self.scripts.len() >= limits::SCRIPTS_PER_SITE {
            self.make_room();
        }
        let key = (Arc::clone(group), Box::from(row.blocked_host), Box::from(row.blocked_path));
        let script = self.scripts.entry(key).or_insert_with(|| KnownScript {
            hashes: vec![Box::from(row.detail)],
            changed: None,
            last: now,
        });
        script.last = now;
        let is_known = script.hashes.iter().any(|hash| **hash == *row.detail);
        if is_known || script.hashes.len() >= limits::HASHES_PER_SCRIPT {
            return None;
        }
        script.hashes.push(Box::from(row.detail));
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

    /// Forgets the tenth of the scripts that was last seen longest ago.
    fn make_room(&mut self) {
        let mut seen: Vec<Timestamp> = self.scripts.values().map(|script| script.last).collect();
        let tenth = seen.len() / 10;
        let (_, limit, _) = seen.select_nth_unstable(tenth);
        let limit = *limit;
        let before = self.scripts.len();
        self.scripts.retain(|_, script| script.last > limit);
        self.forgotten += (before - self.scripts.len()) as u64;
        let left: HashSet<(&str, &str)> =
            self.scripts.keys().map(|(group, host, _)| (&**group, &**host)).collect();
        self.episodes.retain(|(group, host), _| left.contains(&(&**group, &**host)));
    }
}

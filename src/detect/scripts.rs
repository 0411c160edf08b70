//! What scripts hold: the hashes that browsers tell of them (CSP3, `report-sha256`). One URL whose hash is
//! another than it was is the only sign of a changed script that browsers give by themselves.

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
    scripts: HashMap<Place, Script>,
    episodes: HashMap<(Arc<str>, Box<str>), Episode>,
    pub(super) forgotten: u64,
}

/// Page group, host and path.
type Place = (Arc<str>, Box<str>, Box<str>);

#[derive(Debug, Serialize, Deserialize)]
struct Script {
    hashes: Vec<Box<str>>,
    changed: Option<Timestamp>,
    last: Timestamp,
}

/// A script that changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Changed {
    /// The first of this host and page group for a day.
    pub(super) is_news: bool,
}

impl Scripts {
    /// Learns a hash. What is seen first of a URL is what it held before; a URL that never holds the same twice
    /// is given up.
    pub(super) fn learn(
        &mut self,
        group: &Arc<str>,
        row: &Row<'_>,
        now: Timestamp,
    ) -> Option<Changed> {
        if row.detail.is_empty() || row.blocked_host.is_empty() {
            return None;
        }
        if self.scripts.len() >= limits::SCRIPTS_PER_SITE {
            self.make_room();
        }
        let place = (Arc::clone(group), Box::from(row.blocked_host), Box::from(row.blocked_path));
        let script = self.scripts.entry(place).or_insert_with(|| Script {
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
        let key = (Arc::clone(group), Box::from(row.blocked_host));
        let episode = self.episodes.entry(key).or_default();
        Some(Changed { is_news: episode.record(Severity::Ticket, now) })
    }

    /// Whether a script changed within a day.
    pub(super) fn changed_lately(
        &self,
        group: &Arc<str>,
        host: &str,
        path: &str,
        now: Timestamp,
    ) -> bool {
        let place = (Arc::clone(group), Box::from(host), Box::from(path));
        let changed = self.scripts.get(&place).and_then(|script| script.changed);
        changed.is_some_and(|changed| now.is_within(QUIET, changed))
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

    /// Forgets the tenth that was not seen for longest.
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

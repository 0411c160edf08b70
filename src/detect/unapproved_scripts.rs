//! Scripts of payment pages that nobody approved, on sites that approve scripts (PCI DSS 4.0.1, 6.4.3: each script on a
//! payment page is authorised).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::alert::{Episode, QUIET, Severity};
use crate::base::client_id::NetworkId;
use crate::base::clock::{HOUR, Timestamp};
use crate::base::collections::{HashMap, HashSet};
use crate::base::limits;
use crate::decisions::{ApprovalTarget, INLINE, is_inline};

/// The unapproved scripts of a site.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct UnapprovedScripts {
    /// When each script was reported last.
    scripts: HashMap<UnapprovedScript, Timestamp>,
    episodes: HashMap<(Arc<str>, Box<str>), Episode>,
    /// Inline scripts that one network reported, and which.
    #[serde(skip)]
    doubtful: HashMap<UnapprovedScript, NetworkId>,
}

#[derive(Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct UnapprovedScript {
    page_group: Arc<str>,
    host: Box<str>,
    path: Box<str>,
    hash: Box<str>,
}

impl UnapprovedScripts {
    /// Notes that an unapproved script was reported. Returns true when it is the first of its host and page group within a
    /// day. An inline script counts once two networks report it: extensions put such scripts into the pages of their users.
    pub(super) fn record(
        &mut self,
        page_group: &Arc<str>,
        target: ApprovalTarget<'_>,
        network: NetworkId,
        now: Timestamp,
    ) -> bool {
        let script = UnapprovedScript {
            page_group: Arc::clone(page_group),
            host: Box::from(target.host),
            path: Box::from(target.path),
            hash: Box::from(target.hash),
        };
        if !self.scripts.contains_key(&script) {
            if self.scripts.len() >= limits::SCRIPTS_PER_SITE {
                return false;
            }
            if target.is_inline() && !self.is_confirmed(&script, network) {
                self.doubt(script, network);
                return false;
            }
        }
        let key = (Arc::clone(page_group), Box::from(target.host));
        self.scripts.insert(script, now);
        self.episodes.entry(key).or_default().record(Severity::Ticket, now)
    }

    /// Whether another network reported an inline script before.
    fn is_confirmed(&self, script: &UnapprovedScript, network: NetworkId) -> bool {
        self.doubtful.get(script).is_some_and(|first| *first != network)
    }

    /// Remembers which network reported an inline script; when too many wait for a second one, all begin anew.
    fn doubt(&mut self, script: UnapprovedScript, network: NetworkId) {
        if self.doubtful.len() >= limits::SCRIPTS_PER_SITE {
            self.doubtful.clear();
        }
        self.doubtful.entry(script).or_insert(network);
    }

    /// Forgets the scripts that are approved now.
    pub(super) fn forget(&mut self, site: &str, is_approved: impl Fn(ApprovalTarget<'_>) -> bool) {
        self.scripts.retain(|script, _| {
            let UnapprovedScript { page_group, host, path, hash } = script;
            !is_approved(ApprovalTarget { site, page_group, host, path, hash })
        });
        self.forget_episodes();
    }

    /// Forgets the scripts that were not reported for two days, to have room.
    pub(super) fn forget_old(&mut self, now: Timestamp) {
        self.scripts.retain(|_, last| now.is_within(2 * QUIET + HOUR, *last));
        self.forget_episodes();
    }

    fn forget_episodes(&mut self) {
        let left: HashSet<(&str, &str)> =
            self.scripts.keys().map(|script| (&*script.page_group, &*script.host)).collect();
        self.episodes.retain(|(group, host), _| left.contains(&(&**group, &**host)));
    }

    /// When a script was last reported, by page group and host; of inline scripts the host is [`INLINE`].
    pub(super) fn latest(&self) -> impl Iterator<Item = ((&Arc<str>, &str), Timestamp)> {
        let mut latest: BTreeMap<(&Arc<str>, &str), Timestamp> = BTreeMap::new();
        for (script, last) in &self.scripts {
            let host = if is_inline(&script.host, &script.path) { INLINE } else { &script.host };
            let at = latest.entry((&script.page_group, host)).or_insert(*last);
            *at = (*at).max(*last);
        }
        latest.into_iter()
    }
}

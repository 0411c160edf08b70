//! Releases that people and pipelines noted, for the words of alerts: what began soon after one may be because of it. They weigh
//! nothing, because anybody may release something when a theft begins.

use std::time::Duration;

use crate::base::clock::Timestamp;

/// How long after a release something is said to follow it.
const FOLLOWS: Duration = Duration::from_hours(6);

/// A release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotedRelease {
    /// When it was released.
    pub at: Timestamp,
    /// The version, as people call it.
    pub version: String,
}

/// The latest releases of a site, in no order.
#[derive(Debug, Default)]
pub(super) struct NotedReleases(pub(super) Vec<NotedRelease>);

impl NotedReleases {
    /// The latest one that something follows which began then, and after how long.
    pub(super) fn before(&self, began: Timestamp) -> Option<(&NotedRelease, Duration)> {
        let before = self.0.iter().filter(|release| release.at <= began);
        let latest = before.max_by_key(|release| release.at)?;
        let after = began.since(latest.at);
        (after <= FOLLOWS).then_some((latest, after))
    }
}

/// Minutes below an hour, else hours.
pub(super) fn in_words(after: Duration) -> String {
    match after.as_secs() / 60 {
        minutes @ ..60 => format!("{minutes} min"),
        minutes => format!("{} h", minutes / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::{HOUR, MINUTE};

    #[test]
    fn what_begins_soon_after_a_release_follows_the_latest() {
        let at = Timestamp::from_seconds(1_800_000_000);
        let release = |at, version: &str| NotedRelease { at, version: version.to_owned() };
        let releases = NotedReleases(vec![release(at + HOUR, "2"), release(at, "1")]);
        let version = |began| releases.before(began).map(|(of, after)| (&*of.version, after));
        assert_eq!(version(at - MINUTE), None);
        assert_eq!(version(at + 4 * MINUTE), Some(("1", 4 * MINUTE)));
        assert_eq!(version(at + HOUR), Some(("2", Duration::ZERO)));
        assert_eq!(version(at + 8 * HOUR), None);
        assert_eq!(in_words(4 * MINUTE), "4 min");
        assert_eq!(in_words(3 * HOUR - MINUTE), "2 h");
    }
}

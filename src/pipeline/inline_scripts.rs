//! Which inline scripts are listed by their hash. A page that writes something of each visitor into its scripts has other
//! hashes in each view; nobody can decide about those one by one, and they must not fill the inventory. So the first of a day
//! are listed, and the rest of the page group is one line with a count.

use std::borrow::Cow;
use std::sync::Arc;

use super::judge::{Attribution, PageGroup};
use crate::base::clock::{DAY, Timestamp};
use crate::base::collections::{HashMap, HashSet};
use crate::base::limits;
use crate::base::lock::Mutex;
use crate::base::sip::sip;
use crate::report::{Kind, Report, UNLISTED_INLINE};

/// The inline scripts of the last days, by site and page group. A collector that starts again begins a day.
#[derive(Debug, Default)]
pub(super) struct ListedInlineScripts(Mutex<HashMap<[Arc<str>; 2], Listed>>);

/// Those of a page group: of this day, and of the day before.
#[derive(Debug, Default)]
struct Listed {
    young: HashSet<u64>,
    old: HashSet<u64>,
    turned: Timestamp,
}

impl ListedInlineScripts {
    /// Takes the hash out of a report of an inline script that is not listed. Other reports stay as they are.
    pub(super) fn limit(
        &self,
        report: &mut Report<'_>,
        owner: &Attribution,
        group: &PageGroup,
        now: Timestamp,
    ) {
        if report.kind != Kind::InlineHash || report.detail.is_empty() {
            return;
        }
        let key = [Arc::clone(&owner.site.name), Arc::clone(&group.name)];
        let hash = sip(&*report.detail);
        // Pages of others must not take the room of the site's own.
        let is_listed = !owner.is_foreign && self.0.lock().entry(key).or_default().takes(hash, now);
        if !is_listed {
            report.detail = Cow::Borrowed(UNLISTED_INLINE);
            report.sample = Cow::Borrowed("");
        }
    }
}

impl Listed {
    /// Whether a script is listed: it was already, or there is room for another one today.
    fn takes(&mut self, hash: u64, now: Timestamp) -> bool {
        if !now.is_within(DAY, self.turned) {
            self.old = std::mem::take(&mut self.young);
            self.turned = now;
        }
        if self.young.contains(&hash) {
            return true;
        }
        // What was there the day before has as much room again, so that a flood does not push out what stays.
        let room = if self.old.contains(&hash) { 2 } else { 1 };
        let is_listed = self.young.len() < room * limits::INLINE_SCRIPTS_LISTED;
        if is_listed {
            self.young.insert(hash);
        }
        is_listed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn the_first_of_a_day_are_listed_and_stay_listed_the_next_day() {
        let mut listed = Listed::default();
        let most = limits::INLINE_SCRIPTS_LISTED as u64;
        let count = |listed: &mut Listed, hashes: std::ops::Range<u64>, now| {
            hashes.filter(|hash| listed.takes(*hash, now)).count() as u64
        };
        assert_eq!(count(&mut listed, 0..10 * most, NOW), most);
        assert_eq!(count(&mut listed, 0..most, NOW), most, "those are listed already");
        let tomorrow = NOW + DAY + DAY;
        assert_eq!(count(&mut listed, 20 * most..30 * most, tomorrow), most, "new ones");
        assert_eq!(count(&mut listed, 0..most, tomorrow), most, "those of the day before");
        assert!(listed.young.len() as u64 <= 2 * most);
    }
}

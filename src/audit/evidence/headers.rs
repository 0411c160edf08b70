//! The security headers of each page as `cspwatch doctor --watch --store` received them: on which days somebody looked, and what
//! changed. A day without a look is not a day without a change.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::clock::{MILLISECOND, Timestamp};
use crate::base::display;
use crate::store::headers::{HeaderRow, ReceivedHeader};

/// A page that was looked at within the period.
pub struct HeaderPage<'a> {
    /// Name of its group.
    pub page_group: &'a str,
    /// Its host and path.
    pub page: &'a str,
    /// Each day of the period.
    pub days: Vec<HeaderDay>,
    /// The headers at the first look that succeeded; `None` where none did.
    pub first: Option<&'a HeaderRow>,
    /// The headers that were received last; `None` where no look succeeded.
    pub last: Option<&'a HeaderRow>,
    /// What changed from look to look, in the order of time.
    pub changes: Vec<HeaderChange<'a>>,
    /// When the page could not be fetched, and why.
    pub failures: Vec<&'a HeaderRow>,
}

/// What is known of the headers of a page on a day.
pub struct HeaderDay {
    /// Written 2026-11-01.
    pub day: String,
    /// Whether somebody looked.
    pub look: Look,
    /// How many headers changed.
    pub changes: usize,
}

/// Whether somebody looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The page was fetched at least once.
    Received,
    /// Somebody looked, and the page could not be fetched.
    Failed,
    /// Nobody looked: nothing is known.
    None,
}

impl Look {
    /// Its public name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Failed => "unreachable",
            Self::None => "no observation",
        }
    }
}

/// A header that came, changed or went.
#[derive(Debug, PartialEq, Eq)]
pub struct HeaderChange<'a> {
    /// When the change was seen.
    pub at: Timestamp,
    /// Name of the header.
    pub name: &'a str,
    /// What it was; `None`: the page did not have it.
    pub before: Option<&'a ReceivedHeader>,
    /// What it is now; `None`: the page does not have it any more.
    pub now: Option<&'a ReceivedHeader>,
}

impl HeaderPage<'_> {
    /// The days on which nothing was received, whether somebody looked or not.
    pub fn unseen_days(&self) -> Vec<&str> {
        let unseen = self.days.iter().filter(|day| day.look != Look::Received);
        unseen.map(|day| day.day.as_str()).collect()
    }
}

/// Each page of `rows`, which are in the order of time, with every day from `from` until before `end`.
pub fn header_pages(rows: &[HeaderRow], from: Timestamp, end: Timestamp) -> Vec<HeaderPage<'_>> {
    let mut pages: BTreeMap<(&str, &str), Vec<&HeaderRow>> = BTreeMap::new();
    for row in rows {
        pages.entry((&row.page_group, &row.page)).or_default().push(row);
    }
    pages.into_iter().map(|(page, rows)| header_page(page, &rows, (from, end))).collect()
}

fn header_page<'a>(
    (page_group, page): (&'a str, &'a str),
    rows: &[&'a HeaderRow],
    (from, end): (Timestamp, Timestamp),
) -> HeaderPage<'a> {
    let (received, failures): (Vec<&HeaderRow>, Vec<&HeaderRow>) =
        rows.iter().partition(|row| row.failure.is_empty());
    let changes: Vec<_> =
        received.windows(2).flat_map(|pair| differences(pair[0], pair[1])).collect();
    let numbers = from.day()..=(end - MILLISECOND).day();
    let is_on = |day: i64| move |row: &&HeaderRow| row.at.day() == day;
    let days = numbers.map(|day| HeaderDay {
        day: display::day(day),
        look: match day {
            _ if received.iter().any(is_on(day)) => Look::Received,
            _ if failures.iter().any(is_on(day)) => Look::Failed,
            _ => Look::None,
        },
        changes: changes.iter().filter(|change| change.at.day() == day).count(),
    });
    HeaderPage {
        page_group,
        page,
        days: days.collect(),
        first: received.first().copied(),
        last: received.last().copied(),
        changes,
        failures,
    }
}

/// What differs between two looks, by the name of the header.
fn differences<'a>(before: &'a HeaderRow, now: &'a HeaderRow) -> Vec<HeaderChange<'a>> {
    let names = before.headers.iter().chain(&now.headers).map(|header| header.name.as_str());
    let names: BTreeSet<&str> = names.collect();
    let changes = names.into_iter().filter_map(|name| {
        let [before, after] =
            [before, now].map(|row| row.headers.iter().find(|header| header.name == name));
        let hash = |header: Option<&'a ReceivedHeader>| header.map(|header| &header.sha256);
        (hash(before) != hash(after)).then_some(HeaderChange {
            at: now.at,
            name,
            before,
            now: after,
        })
    });
    changes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::{DAY, HOUR};

    fn row(at: Timestamp, failure: &str, headers: &[(&str, &str)]) -> HeaderRow {
        let header = |&(name, value): &(&str, &str)| ReceivedHeader {
            name: name.to_owned(),
            value: value.to_owned(),
            sha256: value.to_owned(),
        };
        HeaderRow {
            site: "shop".to_owned(),
            page_group: "payment".to_owned(),
            page: "shop.example/checkout".to_owned(),
            at,
            failure: failure.to_owned(),
            headers: headers.iter().map(header).collect(),
        }
    }

    #[test]
    fn each_day_says_whether_somebody_looked_and_what_changed() {
        let begin = Timestamp::from_day(20_000);
        let (policy, other) = (("content-security-policy", "a"), ("content-security-policy", "b"));
        let frames = ("x-frame-options", "deny");
        let rows = [
            row(begin + HOUR, "", &[policy, frames]),
            row(begin + 2 * HOUR, "refused", &[]),
            row(begin + 3 * HOUR, "", &[policy, frames]),
            row(begin + 2 * DAY, "refused", &[]),
            row(begin + 3 * DAY, "", &[other]),
        ];
        let pages = header_pages(&rows, begin, begin + 4 * DAY);
        let [page] = &pages[..] else { panic!("one page") };
        let days: Vec<_> = page.days.iter().map(|day| (day.look, day.changes)).collect();
        let expected =
            [(Look::Received, 0), (Look::None, 0), (Look::Failed, 0), (Look::Received, 2)];
        assert_eq!(days, expected);
        assert_eq!(page.unseen_days().len(), 2);
        let changed: Vec<_> = page
            .changes
            .iter()
            .map(|change| {
                let value =
                    |header: Option<&ReceivedHeader>| header.map(|header| header.value.clone());
                (change.name, value(change.before), value(change.now))
            })
            .collect();
        let text = |text: &str| Some(text.to_owned());
        let expected = [
            ("content-security-policy", text("a"), text("b")),
            ("x-frame-options", text("deny"), None),
        ];
        assert_eq!(changed, expected);
        assert_eq!(
            (page.failures.len(), page.first, page.last),
            (2, Some(&rows[0]), Some(&rows[4]))
        );
    }
}

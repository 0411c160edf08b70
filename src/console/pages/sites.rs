//! The sites, and one of them: its page groups, its policies as browsers carried them, and what would break if they were
//! enforced.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Html;
use maud::{Markup, html};

use super::{answered, check_site, sites};
use crate::audit::html::table::{Cell, table};
use crate::base::clock::{Timestamp, days};
use crate::base::display::{DISPOSITIONS, count, day, day_ranges};
use crate::console::Console;
use crate::console::answer::Refusal;
use crate::console::layout::{Section, page, part};
use crate::console::links;
use crate::console::sparkline::sparkline;
use crate::console::visitor::Viewer;
use crate::console::words::ago;
use crate::csp::{differ_in_reporting_alone, differences};
use crate::report::Verdict;
use crate::store::console::{self as stored, BlockableDay, HeardPageGroup};
use crate::store::evidence::{self, CollectorDay, EvidencePolicy, EvidenceQuery};

/// The range of policies and of readiness.
const RANGE: std::time::Duration = days(30);

pub(in crate::console) async fn list(
    State(console): State<Arc<Console>>,
    Viewer(visitor): Viewer,
) -> Result<Html<String>, Refusal> {
    let now = Timestamp::now();
    let (names, groups) = answered(async {
        tokio::try_join!(sites(&console), stored::page_groups(&console.client, "", now))
    })
    .await?;
    let of = |site: &str| groups.iter().filter(|group| group.site == site).collect::<Vec<_>>();
    let body = html! {
        h1 { "Sites" }
        @if names.is_empty() { p { "No site is configured, and none has reported." } }
        ul class="sites" {
            @for site in &names {
                @let groups = of(site);
                @let silent = groups.iter().filter(|group| group.last_minute.is_none()).count();
                @let last = groups.iter().filter_map(|group| group.last_minute).max().unwrap_or_default();
                li {
                    h2 { a href=(links::path(&["sites", site])) { (site) } }
                    p {
                        @if groups.is_empty() { "Nothing reported within a month." }
                        @else if last > 0 { "Reported " (ago(Timestamp::from_seconds(last.into()), now)) "." }
                        @else { "Silent for a day." }
                        @if silent > 0 && last > 0 { " " (silent) " page groups are silent." }
                    }
                    (site_links(site, ""))
                }
            }
        }
    };
    Ok(page("Sites", Section::Sites, (&console, &visitor), body))
}

/// The pages of a site. `current`: the one that they are on.
pub(in crate::console) fn site_links(site: &str, current: &str) -> Markup {
    let own = [
        ("policy", "Policy"),
        ("scripts", "Scripts"),
        ("releases", "Releases"),
        ("evidence", "Evidence"),
    ];
    let unknown = [("site", site), ("verdict", Verdict::Unknown.as_str()), ("range", "30d")];
    html! {
        nav class="links" aria-label={ "Pages of " (site) } {
            @for (part, name) in own {
                a href=(links::path(&[part, site])) aria-current=[(part == current).then_some("page")] { (name) }
            }
            a href=(links::with_query("/reports", [("site", site)])) { "Reports" }
            a href=(links::with_query("/reports", unknown)) { "Unknown destinations" }
            a href=(links::with_query("/decisions", [("site", site)])) { "Decisions" }
        }
    }
}

pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    Viewer(visitor): Viewer,
    Path(site): Path<String>,
) -> Result<Html<String>, Refusal> {
    check_site(&console, &site)?;
    let now = Timestamp::now();
    let query = EvidenceQuery { site: &site, page_group: "", from: now - RANGE, to: now };
    let client = &console.client;
    let (groups, policies, blockable, collectors) = answered(async {
        tokio::try_join!(
            stored::page_groups(client, &site, now),
            evidence::policies(client, query),
            stored::would_be_blocked(client, &site, (now - RANGE, now)),
            evidence::collectors(client, (now - RANGE, now)),
        )
    })
    .await?;
    let body = html! {
        p class="kind" { "Site" }
        h1 { (site) }
        (site_links(&site, ""))
        (page_groups(&groups, now))
        (readiness(&blockable, &watched(&collectors), now))
        (carried(&policies))
    };
    Ok(page(&site, Section::Sites, (&console, &visitor), body))
}

fn page_groups(groups: &[HeardPageGroup], now: Timestamp) -> Markup {
    html! {
        section {
            h2 { "Page groups" }
            @if groups.is_empty() {
                p class="warning" {
                    "Nothing was reported within a month. " code { "cspwatch doctor URL" } " says what keeps browsers silent."
                }
            }
            ul class="lines" {
                @for group in groups {
                    li {
                        strong { (group.page_group) } ": " (a_day(group.reports_a_day)) ", "
                        @if let Some(minute) = group.last_minute {
                            "last " (ago(Timestamp::from_seconds(minute.into()), now))
                        } @else {
                            span class="chip urgent" { "silent" } " last on " (day(Timestamp::from_seconds(group.last_day.into()).day()))
                        }
                    }
                }
            }
        }
    }
}

/// How many reports a day, on the mean of many days.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of counts")]
fn a_day(mean: f64) -> String {
    match mean.round() as u64 {
        0 => "less than 1 report a day".to_owned(),
        reports => format!("about {} a day", count(reports, "report")),
    }
}

/// The days on which a collector noted that it worked.
fn watched(collectors: &[CollectorDay]) -> BTreeSet<i64> {
    collectors.iter().map(|worked| worked.day.into()).collect()
}

/// Of the last 30 days and today, those that nobody watched, as ranges.
fn unwatched(watched: &BTreeSet<i64>, now: Timestamp) -> Vec<String> {
    let days = (now - RANGE).day()..=now.day();
    let names: Vec<String> = days.filter(|number| !watched.contains(number)).map(day).collect();
    day_ranges(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// On how many of the days that somebody watched nothing would have been stopped; `bars`: how much, from day `first` on.
fn quiet_days(bars: &[u64], first: i64, watched: &BTreeSet<i64>) -> u64 {
    let quiet = (first..).zip(bars).filter(|(day, bar)| **bar == 0 && watched.contains(day));
    quiet.count() as u64
}

/// What browsers reported without stopping it: what would break if the policy were enforced, day by day.
fn readiness(days: &[BlockableDay], watched: &BTreeSet<i64>, now: Timestamp) -> Markup {
    let first = (now - RANGE).day();
    let mut groups: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for reported in days {
        let bars = groups.entry(&reported.page_group).or_insert_with(|| vec![0; 31]);
        let place = usize::try_from(i64::from(reported.day) - first).unwrap_or_default();
        if let Some(bar) = bars.get_mut(place) {
            *bar += reported.reports;
        }
    }
    let unwatched = unwatched(watched, now);
    let of_all =
        count((first..=now.day()).filter(|day| watched.contains(day)).count() as u64, "day");
    html! {
        section {
            h2 { "Readiness to enforce" }
            p class="note" {
                "Reports of a policy that only reports, of what is no noise, in the last 30 days: what an enforcing policy \
                 would have stopped. Days without any, on which a collector worked, are what to wait for."
            }
            @if !unwatched.is_empty() {
                p class="note" { "No collector is known to have worked on " (unwatched.join(", ")) ": what these days lack shows nothing." }
            }
            @if groups.is_empty() { p { "Nothing was reported that would have been stopped." } }
            ul class="lines" {
                @for (group, bars) in &groups {
                    li {
                        strong { (group) } ": " (count(bars.iter().sum(), "report")) "; quiet on "
                        (quiet_days(bars, first, watched)) " of " (of_all) " with a collector"
                        (sparkline(bars, "Reports that an enforcing policy would have stopped, by day"))
                    }
                }
            }
        }
    }
}

/// The policies by page group, each with what differs from the one before it.
fn carried(policies: &[EvidencePolicy]) -> Markup {
    let rows = policies.iter().enumerate().map(|(place, policy)| {
        let same = |other: &&EvidencePolicy| {
            other.page_group == policy.page_group && other.disposition == policy.disposition
        };
        let earlier = || policies[..place].iter().rev().filter(same);
        let is_twin =
            earlier().any(|other| differ_in_reporting_alone(&other.policy, &policy.policy));
        let before = earlier().next().filter(|_| !is_twin);
        let changes = before.map(|before| {
            let (differences, _) =
                differences([before.policy.as_str()].into_iter(), &policy.policy);
            differences.join("; ")
        });
        [
            Cell::text(&policy.page_group),
            Cell::text(&policy.disposition),
            Cell::Time(policy.first),
            Cell::Time(policy.last),
            Cell::text(changes.unwrap_or_default()),
            Cell::text(&policy.policy),
        ]
    });
    html! {
        section {
            h2 { "Policies as browsers carried them" }
            @if policies.is_empty() {
                p { "No report of the last 30 days carried a policy." }
            } @else {
                p class="note" { (DISPOSITIONS) }
                (part("In the last 30 days", table(["Page group", "Disposition", "First", "Last", "Changed", "Policy"], rows), true))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_said_as_people_say_it() {
        let said = [0.2, 1.0, 1_234.4].map(a_day);
        assert_eq!(
            said,
            ["less than 1 report a day", "about 1 report a day", "about 1,234 reports a day"]
        );
    }

    #[test]
    fn only_days_with_a_collector_count() {
        let now = Timestamp::from_day(100);
        let mut bars = vec![0; 31];
        bars[30] = 3;
        let quiet = |watched: &BTreeSet<i64>| quiet_days(&bars, (now - RANGE).day(), watched);
        let today = BTreeSet::from([100]);
        assert_eq!(quiet(&today), 0, "reported today, and nobody watched before");
        assert_eq!(unwatched(&today, now), ["1970-03-12 to 1970-04-10"]);
        let all = (70..=100).collect();
        assert_eq!(quiet(&all), 30);
        assert_eq!(unwatched(&all, now), [""; 0]);
        assert_eq!(quiet(&BTreeSet::from([98, 100])), 1);
    }
}

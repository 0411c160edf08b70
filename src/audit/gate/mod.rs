//! What a release broke: violations that many more visitors report since then than in the same hours before.
//!
//! A violation is *new* if chance alone would bring so many visitors less than once in a thousand releases, and if they are at
//! least twice as many as expected. How many are expected follows from how many there were before, and from how much traffic
//! there is now. Page views say that where there is a census, else the violations that were there before.

mod chance;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::clock::{HOUR, SECOND};
use crate::base::display::{defanged, safe};
use crate::store::gate::{GateRow, GateTraffic};

/// How often all violations of a release together may look new by chance.
const FALSE_ALARMS: f64 = 1e-3;

/// The smallest number of visitors that says anything: two may be a family with an extension.
const VISITORS_MIN: u64 = 3;

/// How much more than expected is a change that somebody should look at.
const TIMES_MIN: f64 = 2.0;

/// How many visitors of violations that were there before weigh as much as the clock, when traffic is compared.
const TRAFFIC_MIN: f64 = 20.0;

/// A violation that a release brought.
#[derive(Debug, Clone, PartialEq)]
pub struct NewViolation {
    /// Page group, directive, script and so on, of the engine that reported most.
    pub example: GateRow,
    /// Visitors since the release, by engine, the most first.
    pub engines: Vec<(String, u64)>,
    /// Visitors since the release.
    pub visitors: u64,
    /// How many were expected.
    pub expected: f64,
    /// How many might have been expected, in 95 of 100 cases at most.
    pub expected_most: f64,
}

impl NewViolation {
    /// What to do about it, for people.
    pub fn advice(&self) -> String {
        let example = &self.example;
        let directive = safe(&example.directive);
        if directive.is_empty() {
            return "if the release does not mean it, roll back".to_owned();
        }
        match example.scheme.as_str() {
            "https" | "http" | "wss" | "ws"
                if example.verdict == "known" || example.verdict == "own" =>
            {
                format!(
                    "the policy lost {}: add it to {directive}, or roll back",
                    defanged(&example.what)
                )
            }
            "https" | "http" | "wss" | "ws" => format!(
                "nobody expects {0}: find out who put it there; if you did, add it to {directive} and to `known`, else roll back",
                defanged(&example.what)
            ),
            "inline" | "eval" | "wasm-eval" => {
                format!(
                    "the release has code that {directive} does not allow: move it to a file, give it a nonce or a hash, or roll back"
                )
            }
            _ => format!("allow it in {directive} if the release means it, or roll back"),
        }
    }
}

/// The traffic since a release, as a share of the traffic before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traffic {
    /// Since, divided by before.
    pub share: f64,
    /// Page views since the release, where a census counts them.
    pub views: Option<u64>,
    /// Whether the pages reported anything since the release. Where they did not, there is nothing to compare.
    pub has_reports: bool,
}

/// Compares what was reported for `since`, taken as a second at least, with what was before.
pub fn compare(
    rows: Vec<GateRow>,
    traffic: GateTraffic,
    since: Duration,
) -> (Vec<NewViolation>, Traffic) {
    let mut violations: BTreeMap<_, Vec<GateRow>> = BTreeMap::new();
    for row in rows {
        let GateRow { page_group, kind, directive, what, .. } = &row;
        let key = [page_group, kind, directive, what].map(Clone::clone);
        violations.entry(key).or_default().push(row);
    }
    let counts = violations.values().map(|rows| Visitors::of(rows)).collect::<Vec<_>>();
    let traffic = share(&counts, traffic, since.max(SECOND));
    let bound = FALSE_ALARMS / counts.len().max(1) as f64;
    let all = violations.into_values().zip(counts);
    let new =
        all.filter_map(|(rows, visitors)| new_violation(rows, visitors, traffic.share, bound));
    let mut new: Vec<NewViolation> = new.collect();
    new.sort_by_key(|violation| std::cmp::Reverse(violation.visitors));
    (new, traffic)
}

/// Visitors who reported a violation.
#[derive(Debug, Clone, Copy)]
struct Visitors {
    before: u64,
    after: u64,
}

impl Visitors {
    fn of(rows: &[GateRow]) -> Self {
        let sum = |of: fn(&GateRow) -> u64| rows.iter().map(of).sum();
        Self { before: sum(|row| row.before), after: sum(|row| row.after) }
    }
}

/// How much traffic there is since the release. A violation that grew fourfold counts as fourfold and no more, because what the
/// release broke says nothing about traffic.
fn share(counts: &[Visitors], traffic: GateTraffic, since: Duration) -> Traffic {
    let has_reports = traffic.has_reports;
    if traffic.views_before > 0 && traffic.views_after > 0 {
        let share = traffic.views_after as f64 / traffic.views_before as f64;
        return Traffic { share, views: Some(traffic.views_after), has_reports };
    }
    let of_time = since.as_secs_f64() / (traffic.hours.max(1) as f64 * HOUR.as_secs_f64());
    let before: u64 = counts.iter().map(|visitors| visitors.before).sum();
    let after: f64 = counts
        .iter()
        .map(|visitors| (visitors.after as f64).min(4.0 * of_time * visitors.before as f64))
        .sum();
    let share = (of_time * TRAFFIC_MIN + after) / (TRAFFIC_MIN + before as f64);
    Traffic { share, views: None, has_reports }
}

fn new_violation(
    mut rows: Vec<GateRow>,
    visitors: Visitors,
    share: f64,
    bound: f64,
) -> Option<NewViolation> {
    let Visitors { before, after } = visitors;
    let expected = before as f64 * share;
    let is_new = after >= VISITORS_MIN
        && after as f64 >= TIMES_MIN * expected
        && chance::at_least(after, before, share) < bound;
    if !is_new {
        return None;
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.after));
    let engines = rows.iter().filter(|row| row.after > 0);
    Some(NewViolation {
        engines: engines.map(|row| (row.engine.clone(), row.after)).collect(),
        visitors: after,
        expected,
        expected_most: chance::most(before) * share,
        example: rows.swap_remove(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::MINUTE;

    fn row(what: &str, engine: &str, before: u64, after: u64) -> GateRow {
        GateRow {
            page_group: "payment".to_owned(),
            kind: "csp".to_owned(),
            directive: "connect-src".to_owned(),
            what: what.to_owned(),
            engine: engine.to_owned(),
            verdict: "unknown".to_owned(),
            enforced: true,
            scheme: "https".to_owned(),
            path: "/".to_owned(),
            page: "/checkout".to_owned(),
            script: "shop.example/app.js".to_owned(),
            before,
            after,
        }
    }

    fn new(rows: Vec<GateRow>, hours: u64) -> Vec<String> {
        let traffic = GateTraffic { hours, has_reports: true, ..GateTraffic::default() };
        let (new, _) = compare(rows, traffic, 3 * MINUTE);
        new.into_iter()
            .map(|violation| format!("{} {}", violation.example.what, violation.visitors))
            .collect()
    }

    #[test]
    fn what_nobody_reported_before_is_new_from_the_third_visitor() {
        let old = || row("old.example", "chromium", 400, 2);
        assert_eq!(new(vec![old(), row("a.example", "chromium", 0, 3)], 15), ["a.example 3"]);
        assert!(new(vec![old(), row("a.example", "chromium", 0, 2)], 15).is_empty());
        let both = vec![old(), row("a.example", "chromium", 0, 2), row("a.example", "gecko", 0, 1)];
        assert_eq!(new(both, 15), ["a.example 3"], "two engines are one violation");
    }

    #[test]
    fn an_hour_of_history_needs_more_visitors_than_a_week() {
        assert!(new(vec![row("a.example", "chromium", 0, 2)], 1).is_empty());
        assert_eq!(new(vec![row("a.example", "chromium", 0, 4)], 1), ["a.example 4"]);
    }

    #[test]
    fn what_was_there_before_is_new_when_it_grows_more_than_the_rest() {
        // Three minutes of fifteen hours: a three-hundredth of what was before is expected.
        let steady = || row("steady.example", "chromium", 6_000, 20);
        assert!(new(vec![steady(), row("b.example", "chromium", 3_000, 12)], 15).is_empty());
        assert_eq!(
            new(vec![steady(), row("b.example", "chromium", 3_000, 60)], 15),
            ["b.example 60"]
        );
        // A campaign brings three times the visitors, of everything.
        let campaign = vec![
            row("steady.example", "chromium", 6_000, 60),
            row("b.example", "chromium", 3_000, 30),
        ];
        assert!(new(campaign, 15).is_empty());
    }

    #[test]
    fn page_views_say_how_much_traffic_there_is() {
        let rows = vec![row("b.example", "chromium", 100, 100)];
        let traffic =
            GateTraffic { hours: 15, views_before: 10_000, views_after: 9_000, has_reports: true };
        let (new, traffic) = compare(rows, traffic, 3 * MINUTE);
        assert!(new.is_empty() && traffic.views == Some(9_000), "{new:?}");
    }
}

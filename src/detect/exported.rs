//! Which destinations of a site are exported as metrics: those with an alert, each with the finding that it is part of.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::alert::Severity;
use super::destination_state::DestinationState;
use super::destinations::{DestinationKey, SiteDestinations, by_rank};
use crate::base::clock::Timestamp;

/// How often the leader of a finding may have become part of another one before nobody looks further.
const FINDINGS_JOINED: usize = 4;

/// The finding that a destination is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FindingOf<'s> {
    /// The destination that leads it: the alert has its name. A destination that is alone leads itself.
    pub leader: &'s str,
    /// How urgent the finding is; `None`: it has no alert.
    pub severity: Option<Severity>,
    /// Whether its page was raised again, because more than before confirms it.
    pub is_confirmed: bool,
    /// Whether the leader is remembered; people may have decided about it.
    has_leader: bool,
}

/// A finding that has an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenFinding<'s> {
    /// The pages that report it.
    pub page_group: &'s Arc<str>,
    /// How urgent it is.
    pub severity: Severity,
    /// What leads it.
    pub leader: &'s str,
    /// When it was last reported.
    pub last: Timestamp,
}

impl SiteDestinations {
    /// The finding that a destination is part of. It is as urgent as the leader; where that is gone, as the destination.
    pub fn finding_of<'s>(
        &'s self,
        key: &'s DestinationKey,
        state: &'s DestinationState,
    ) -> FindingOf<'s> {
        let (mut leader, mut of) = (&*key.destination, state);
        let mut severity = state.severity;
        let of_leader = |leader, of: &DestinationState, severity, has_leader| FindingOf {
            leader,
            severity,
            is_confirmed: severity == Some(Severity::Page) && of.is_confirmed(),
            has_leader,
        };
        for _ in 0..FINDINGS_JOINED {
            let Some(next) = of.finding.as_deref() else { break };
            leader = next;
            let Some(state) = self.get(&DestinationKey::new(&key.page_group, next)) else {
                return of_leader(leader, of, severity, false);
            };
            severity = severity.max(state.severity);
            of = state;
        }
        of_leader(leader, of, severity, true)
    }

    /// The destinations to export, at most `count`. Those that page come first, but a fifth of the places is for tickets. Of
    /// each severity, those that lead a finding come before its other destinations, and the latest destination of every
    /// network before the second latest of any.
    pub fn foremost(&self, count: usize) -> Vec<(&DestinationKey, &DestinationState)> {
        let mut pages = self.of_severity(Severity::Page);
        let tickets = self.of_severity(Severity::Ticket);
        pages.truncate(count - tickets.len().min(count / 5));
        pages.into_iter().chain(tickets).take(count).collect()
    }

    /// How many findings of each severity none of these stands for, by page group and leader.
    pub fn findings_beside(&self, shown: &HashSet<(&str, &str)>) -> [(Severity, f64); 2] {
        let mut beside: [(Severity, HashSet<(&str, &str)>); 2] =
            [Severity::Page, Severity::Ticket].map(|severity| (severity, HashSet::new()));
        for (key, state) in self.iter().filter(|(_, state)| state.is_reportable()) {
            let finding = self.finding_of(key, state);
            let name = (&*key.page_group, finding.leader);
            let of = beside.iter_mut().find(|(severity, _)| finding.severity == Some(*severity));
            if let Some((_, findings)) = of
                && !shown.contains(&name)
            {
                findings.insert(name);
            }
        }
        beside.map(|(severity, findings)| (severity, count(findings.len())))
    }

    /// The findings that have an alert: those that page first, of each severity the newest, at most `count`.
    pub(super) fn newest_findings(&self, count: usize) -> Vec<SeenFinding<'_>> {
        let mut latest = BTreeMap::new();
        for (key, state) in self.iter().filter(|(_, state)| state.is_reportable()) {
            let FindingOf { leader, severity, .. } = self.finding_of(key, state);
            if let Some(severity) = severity {
                let known = latest.entry((&key.page_group, severity, leader)).or_insert(state.last);
                *known = state.last.max(*known);
            }
        }
        let seen = |((page_group, severity, leader), last)| SeenFinding {
            page_group,
            severity,
            leader,
            last,
        };
        let mut findings: Vec<SeenFinding<'_>> = latest.into_iter().map(seen).collect();
        findings.sort_by_key(|finding| Reverse((finding.severity, finding.last)));
        findings.truncate(count);
        findings
    }

    fn of_severity(&self, severity: Severity) -> Vec<(&DestinationKey, &DestinationState)> {
        let mut leaders = Vec::new();
        let mut others = Vec::new();
        for (key, state) in self.iter().filter(|(_, state)| state.is_reportable()) {
            let finding = self.finding_of(key, state);
            if finding.severity == Some(severity) {
                let is_first = !finding.has_leader || *finding.leader == *key.destination;
                if is_first { &mut leaders } else { &mut others }.push((key, state));
            }
        }
        for destinations in [&mut leaders, &mut others] {
            destinations.sort_unstable_by_key(|(_, state)| Reverse(state.last));
        }
        by_rank(leaders).into_iter().chain(by_rank(others)).collect()
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts stay exact in f64 up to 2^53")]
fn count(findings: usize) -> f64 {
    findings as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Destinations of one page group, each with its own severity and the leader of its finding.
    fn site(destinations: &[(&str, Option<Severity>, Option<&str>)]) -> SiteDestinations {
        let mut site = SiteDestinations::default();
        for (destination, severity, finding) in destinations {
            let (state, _) = site.get_or_insert(&key(destination), true, Timestamp::default());
            (state.severity, state.finding) = (*severity, finding.map(Box::from));
        }
        site
    }

    fn key(destination: &str) -> DestinationKey {
        DestinationKey { page_group: Arc::from("payment"), destination: Box::from(destination) }
    }

    #[track_caller]
    fn check(site: &SiteDestinations, destination: &str, leader: &str, severity: Option<Severity>) {
        let key = key(destination);
        let finding = site.finding_of(&key, site.get(&key).expect("it is there"));
        assert_eq!((finding.leader, finding.severity), (leader, severity), "{destination}");
    }

    #[test]
    fn every_destination_of_a_finding_is_as_urgent_as_its_leader() {
        let page = Some(Severity::Page);
        let ticket = Some(Severity::Ticket);
        let site = site(&[
            ("leader", page, None),
            ("member", ticket, Some("leader")),
            ("weak", None, Some("leader")),
            ("of-member", None, Some("member")),
            ("alone", ticket, None),
            ("quiet", None, None),
        ]);
        for destination in ["leader", "member", "weak", "of-member"] {
            check(&site, destination, "leader", page);
        }
        check(&site, "alone", "alone", ticket);
        check(&site, "quiet", "quiet", None);
    }

    #[test]
    fn findings_without_a_place_are_counted() {
        let (page, ticket) = (Some(Severity::Page), Some(Severity::Ticket));
        let mut site = site(&[
            ("a", page, None),
            ("of-a", ticket, Some("a")),
            ("b", page, None),
            ("c", ticket, None),
            ("quiet", None, None),
        ]);
        for destination in ["a", "of-a", "b", "c", "quiet"] {
            site.get_mut(&key(destination)).expect("it is there").make_reportable();
        }
        let shown = HashSet::from([("payment", "a")]);
        let beside = [(Severity::Page, 1.0), (Severity::Ticket, 1.0)];
        assert_eq!(site.findings_beside(&shown), beside);
    }

    #[test]
    fn a_finding_keeps_its_name_when_people_decided_about_its_leader() {
        let ticket = Some(Severity::Ticket);
        let site = site(&[("member", ticket, Some("gone")), ("weak", None, Some("gone"))]);
        check(&site, "member", "gone", ticket);
        check(&site, "weak", "gone", None);
    }

    #[test]
    fn findings_that_joined_each_other_end_the_search() {
        let page = Some(Severity::Page);
        let site = site(&[("one", page, Some("other")), ("other", page, Some("one"))]);
        check(&site, "one", "one", page);
        check(&site, "other", "other", page);
    }
}

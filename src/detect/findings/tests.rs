use std::ops::RangeInclusive;
use std::sync::Arc;

use super::*;
use crate::base::clock::{HOUR, MINUTE};
use crate::detect::hits::OriginId;
use crate::detect::score::{StrongReason, StrongReasons};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn key(destination: &str) -> DestinationKey {
    DestinationKey { page_group: Arc::from("payment"), destination: Box::from(destination) }
}

/// A destination that is placed.
#[derive(Clone)]
struct Case<'c> {
    name: &'c str,
    networks: Vec<u32>,
    /// How many of them take part in the census.
    corroborated: usize,
    severity: Severity,
    strong: Option<StrongReason>,
    began: Timestamp,
    now: Timestamp,
    /// The share of all visitors who report the finding that it is compared with.
    share: f64,
    /// Where in a script it comes from, if it is another for each victim.
    origin: Option<OriginId>,
}

/// A page that these networks report, in a shop where a hundred times as many visitors came.
fn page<'c>(name: &'c str, networks: &[u32]) -> Case<'c> {
    Case {
        name,
        networks: networks.to_vec(),
        corroborated: 0,
        severity: Severity::Page,
        strong: None,
        began: NOW,
        now: NOW,
        share: 0.01,
        origin: None,
    }
}

impl Case<'_> {
    /// The same, which began then and is placed then.
    fn at(self, after: Duration) -> Self {
        Self { began: NOW + after, now: NOW + after, ..self }
    }

    fn place(&self, findings: &mut Findings) -> Placed {
        let networks: Vec<NetworkId> = self.networks.iter().copied().map(NetworkId).collect();
        let key = key(self.name);
        let candidate = Candidate {
            key: &key,
            hash: key.hash_of_destination(),
            severity: self.severity,
            strong: StrongReasons::of(self.strong.map(|reason| (reason, true))),
            began: self.began,
            networks: &networks,
            corroborated: &networks[..self.corroborated],
            has_census: true,
            origin: self.origin,
            of_origin: &[],
        };
        findings.place(candidate, None, |_| self.share, self.now)
    }
}

fn place(findings: &mut Findings, name: &str, networks: &[u32]) -> Placed {
    page(name, networks).place(findings)
}

fn joins(leader: &str) -> Placed {
    Placed::Joins(Box::from(leader))
}

/// A finding that all visitors report: ten of them, one a minute.
fn tag_of_all_visitors() -> Findings {
    let mut findings = Findings::default();
    for minute in 1..=10 {
        let networks: Vec<u32> = (1..=minute).collect();
        let seen = Case { now: NOW + minute * MINUTE, ..page("tag.example", &networks) };
        assert_eq!(seen.place(&mut findings), Placed::Leads);
    }
    findings
}

#[test]
fn what_the_same_networks_report_is_one_finding_until_two_others_report_it() {
    let mut findings = Findings::default();
    assert_eq!(place(&mut findings, "a.example", &[1, 2]), Placed::Leads);
    assert_eq!(place(&mut findings, "b.example", &[1, 2]), joins("a.example"));
    assert_eq!(place(&mut findings, "b.example", &[1, 2, 3]), joins("a.example"));
    assert_eq!(place(&mut findings, "b.example", &[1, 2, 3, 4]), Placed::Leads);
    assert_eq!(place(&mut findings, "a.example", &[1, 2, 9]), Placed::Leads);
}

#[test]
fn networks_in_common_say_nothing_where_all_visitors_report_the_finding_before() {
    let theft = |after: Duration| Case { share: 1.0, ..page("theft.example", &[5, 6]) }.at(after);
    for after in [50 * MINUTE, 2 * HOUR, 30 * HOUR, 100 * HOUR] {
        // The tag is still reported.
        let mut findings = tag_of_all_visitors();
        let tag = Case { now: NOW + after, ..page("tag.example", &[1, 5, 6]) };
        assert_eq!(tag.place(&mut findings), Placed::Leads);
        assert_eq!(theft(after).place(&mut findings), Placed::Leads, "{after:?}");
    }
}

#[test]
fn what_a_script_names_in_each_browser_from_the_beginning_stays_one_finding() {
    let mut findings = tag_of_all_visitors();
    let named = Case { share: 1.0, ..page("named.example", &[1, 2]) };
    assert_eq!(named.place(&mut findings), joins("tag.example"));
    let later = Case { networks: (1..=10).collect(), now: NOW + 3 * HOUR, ..named };
    assert_eq!(later.place(&mut findings), joins("tag.example"));
    // Of many visits the first are forgotten, and it did begin with the finding.
    let much_later = Case { began: NOW + 5 * HOUR, now: NOW + 6 * HOUR, ..later };
    assert_eq!(much_later.place(&mut findings), joins("tag.example"));
}

#[test]
fn networks_in_common_say_something_where_few_visitors_report_the_finding() {
    let joins_with = |share, networks: RangeInclusive<u32>, severity| {
        let mut findings = tag_of_all_visitors();
        let networks: Vec<u32> = networks.collect();
        let late = Case { share, severity, ..page("late.example", &networks) };
        late.at(5 * HOUR).place(&mut findings) != Placed::Leads
    };
    assert!(joins_with(0.05, 1..=2, Severity::Page));
    assert!(!joins_with(0.2, 1..=2, Severity::Page), "4 % have both by chance");
    assert!(joins_with(0.2, 1..=3, Severity::Page));
    assert!(!joins_with(0.05, 1..=5, Severity::Page), "a decoy among those to be robbed");
    assert!(joins_with(0.05, 1..=5, Severity::Ticket));
    assert!(!joins_with(1.0, 1..=5, Severity::Ticket));
}

#[test]
fn what_one_network_alone_says_is_one_finding_for_hours() {
    let mut findings = Findings::default();
    assert_eq!(place(&mut findings, "a.example", &[1]), Placed::Leads);
    for (name, strong) in [("b.example", None), ("c.example", Some(StrongReason::Form))] {
        let later = Case { strong, share: 1.0, ..page(name, &[1]) }.at(5 * HOUR);
        assert_eq!(later.place(&mut findings), joins("a.example"));
    }
    let theft = Case { share: 1.0, ..page("c.example", &[1, 2]) }.at(5 * HOUR);
    assert_eq!(theft.place(&mut findings), Placed::Leads);
}

#[test]
fn a_strong_reason_that_the_finding_lacks_leads() {
    use StrongReason::{CardNumber, ChangedScript, Form, ThreatList};
    for reason in [Form, CardNumber, ThreatList, ChangedScript] {
        let strong = Some(reason);
        let mut findings = Findings::default();
        place(&mut findings, "tag.example", &[1, 2]);
        let theft = Case { strong, ..page("theft.example", &[1, 2]) };
        assert_eq!(theft.place(&mut findings), Placed::Leads, "{reason:?}");
        let mut findings = Findings::default();
        Case { strong, ..page("form.example", &[1, 2]) }.place(&mut findings);
        assert_eq!(theft.place(&mut findings), joins("form.example"), "{reason:?}");
    }
}

/// A finding of destinations from the place 7 of a script, reported by seven networks; it lists so many.
fn finding_of_a_place(destinations: u32) -> Findings {
    let mut findings = Findings::default();
    let origin = Some(7);
    let key = key("first.example");
    let networks = [1, 2, 3, 4, 5, 6, 7].map(NetworkId);
    let of_origin = networks.map(|network| (network, u64::from(network.0)));
    let first = Candidate {
        key: &key,
        hash: key.hash_of_destination(),
        severity: Severity::Page,
        strong: StrongReasons::default(),
        began: NOW,
        networks: &networks,
        corroborated: &[],
        has_census: true,
        origin,
        of_origin: &of_origin,
    };
    assert_eq!(findings.place(first, None, |_| 1.0, NOW), Placed::Leads);
    let others: Vec<DestinationKey> =
        (1..destinations).map(|number| super::tests::key(&format!("{number}.example"))).collect();
    findings.list(&key, &others);
    findings
}

/// What comes from that place later, of so many networks; the finding's are first.
fn from_that_place(share: f64, networks: u32) -> Case<'static> {
    let networks: Vec<u32> = (1..=networks).collect();
    Case { share, origin: Some(7), ..page("next.example", &networks) }.at(30 * MINUTE)
}

#[test]
fn what_comes_from_the_place_of_a_finding_that_all_report_leads_by_its_second_network() {
    let mut findings = finding_of_a_place(1);
    let another = Case { networks: vec![9], ..from_that_place(1.0, 1) };
    assert_eq!(another.place(&mut findings), joins("first.example"), "another for each victim");
    assert_eq!(from_that_place(1.0, 2).place(&mut findings), Placed::Leads);
}

#[test]
fn what_few_report_out_of_a_place_that_names_many_is_one_more_of_them() {
    for (share, networks, leads) in
        [(1.0, 3, false), (1.0, 4, true), (0.5, 4, false), (0.5, 12, false), (0.5, 13, true)]
    {
        let mut findings = finding_of_a_place(5);
        let placed = from_that_place(share, networks).place(&mut findings);
        assert_eq!(placed == Placed::Leads, leads, "{networks} networks, {share} of all visitors");
    }
}

#[test]
fn forged_names_from_the_place_of_a_theft_hold_it_no_longer_than_chance() {
    // The finding's seven networks are no victims of the theft.
    let theft = |share, networks: u32| Case {
        networks: (100..100 + networks).collect(),
        ..from_that_place(share, networks)
    };
    for (named, share, networks, leads) in [
        (100, 1.0, 2, false),
        (100, 0.5, 3, true),
        (100, 0.3, 3, false),
        (100, 0.3, 4, true),
        (100, 0.1, 4, false),
        (100, 0.1, 6, true),
        (20, 0.5, 4, true),
        (20, 0.3, 4, false),
        (5, 1.0, 4, true),
        (5, 0.5, 8, false),
    ] {
        let mut findings = finding_of_a_place(named);
        let placed = theft(share, networks).place(&mut findings);
        let case = format!("{networks} networks, {share} of all visitors, {named} names");
        assert_eq!(placed == Placed::Leads, leads, "{case}");
    }
    // Those who report others of the finding, too, say nothing for it: a script names ten of a hundred in each visit.
    let mut findings = finding_of_a_place(100);
    assert_eq!(from_that_place(0.3, 8).place(&mut findings), joins("first.example"));
}

#[test]
fn a_page_takes_over_the_ticket_that_the_same_networks_report() {
    let place_as = |findings: &mut Findings, severity, name, networks: &[u32]| {
        Case { severity, ..page(name, networks) }.place(findings)
    };
    let mut findings = Findings::default();
    let (ticket, page) = (Severity::Ticket, Severity::Page);
    assert_eq!(place_as(&mut findings, ticket, "junk.example", &[1, 2]), Placed::Leads);
    assert_eq!(place_as(&mut findings, ticket, "other.example", &[7, 8]), Placed::Leads);
    assert_eq!(place_as(&mut findings, page, "thief.example", &[1, 2]), Placed::Leads);
    let again = place_as(&mut findings, ticket, "junk.example", &[1, 2]);
    assert_eq!(again, joins("thief.example"));
    assert_eq!(place_as(&mut findings, ticket, "other.example", &[7, 8]), Placed::Leads);
    let later = place_as(&mut findings, ticket, "junk.example", &[1, 2, 3, 4]);
    assert_eq!(later, Placed::Leads, "two others report it");
}

/// Two findings, each of so many networks.
fn crowd(of: u32) -> Findings {
    let mut findings = Findings::default();
    for (number, name) in (0..).zip(["a.example", "b.example"]) {
        let networks: Vec<u32> = (1000 * number..1000 * number + of).collect();
        assert_eq!(place(&mut findings, name, &networks), Placed::Leads);
    }
    findings
}

#[test]
fn a_crowd_holds_no_longer_what_four_networks_set_apart_however_many_report_the_crowd() {
    for of in [1, 2, 10, 35, 400] {
        let mut findings = crowd(of);
        assert_eq!(place(&mut findings, "theft.example", &[50_001]), joins("b.example"));
        let three = [50_001, 50_002, 50_003];
        assert_eq!(place(&mut findings, "theft.example", &three), joins("b.example"), "{of}");
        // The crowd goes on to grow.
        let more: Vec<u32> = (0..of + 9).collect();
        place(&mut findings, "a.example", &more);
        let four = [50_001, 50_002, 50_003, 50_004];
        assert_eq!(place(&mut findings, "theft.example", &four), Placed::Leads, "{of}");
    }
}

#[test]
fn two_whole_visits_stand_apart_from_a_crowd() {
    let mut findings = crowd(2);
    let theft = Case { corroborated: 2, ..page("theft.example", &[50_001, 50_002]) };
    assert_eq!(theft.place(&mut findings), Placed::Leads);
}

#[test]
fn what_a_thief_names_beside_holds_nothing_back_in_a_crowd() {
    let mut findings = crowd(2);
    let networks = [50_001, 50_002, 50_003, 50_004];
    for count in 1..=3 {
        for name in ["theft.example", "beside.example"] {
            assert_eq!(place(&mut findings, name, &networks[..count]), joins("b.example"));
        }
    }
    assert_eq!(place(&mut findings, "theft.example", &networks), Placed::Leads);
    assert_eq!(place(&mut findings, "beside.example", &networks), joins("theft.example"));
}

#[test]
fn visitors_who_were_here_before_stand_apart_from_a_crowd_when_they_are_sixteen() {
    let mut findings = Findings::default();
    let networks: Vec<u32> = (1..=30).collect();
    for (after, name) in [(Duration::ZERO, "tag.example"), (20 * MINUTE, "other-tag.example")] {
        let tag = Case { share: 1.0, ..page(name, &networks) }.at(after);
        assert_eq!(tag.place(&mut findings), Placed::Leads);
    }
    let theft = |count: u32| {
        let networks: Vec<u32> = (1..=count).collect();
        Case { share: 1.0, ..page("theft.example", &networks) }.at(5 * HOUR)
    };
    assert_eq!(theft(15).place(&mut findings), joins("other-tag.example"));
    assert_eq!(theft(16).place(&mut findings), Placed::Leads);
}

/// How many findings a forger begins who invents destinations, each reported by the networks that `networks` names, one after
/// another and so far apart.
fn forged(destinations: u32, apart: Duration, networks: impl Fn(u32) -> Vec<u32>) -> usize {
    let mut findings = Findings::default();
    let names: Vec<String> = (0..destinations).map(|number| format!("{number}.example")).collect();
    let mut leading = 0;
    for (number, name) in (0..).zip(&names) {
        let networks = networks(number);
        let after = number * apart;
        for count in 1..=networks.len() {
            let case = Case { share: 0.01, ..page(name, &networks[..count]) }.at(after);
            leading +=
                usize::from(case.place(&mut findings) == Placed::Leads && count == networks.len());
        }
    }
    leading
}

#[test]
fn a_forger_who_invents_a_thousand_destinations_makes_few_pages() {
    let second = Duration::from_secs(1);
    assert_eq!(forged(1000, second, |_| vec![1]), 1, "one network");
    assert_eq!(forged(1000, MINUTE, |number| vec![number]), 2, "another network for each");
    let two_of_200 = |number: u32| vec![number * 7 % 200, (number * 13 + 1) % 200];
    assert_eq!(forged(1000, second, two_of_200), 2, "each of two of 200 networks");
    let five_of_200 = |number: u32| (0..5).map(|which| (number * 5 + which) * 37 % 200).collect();
    let pages = forged(1000, second, five_of_200);
    assert!(pages <= 6, "{pages} pages of five of 200 networks each, within minutes");
    let pages = forged(720, MINUTE, five_of_200);
    assert!(pages <= 12, "{pages} pages of five of 200 networks each, within half a day");
}

#[test]
fn findings_that_stand_apart_come_the_slower_the_more_there_are_and_faster_again_after_hours() {
    let mut findings = crowd(2);
    let mut first = 100;
    let mut needed_at = |after: Duration| {
        first += 100;
        let name = format!("{first}.example");
        let is_enough = |count: &u32| {
            let networks: Vec<u32> = (first..first + count).collect();
            page(&name, &networks).at(after).place(&mut findings) == Placed::Leads
        };
        (1..=40).find(is_enough)
    };
    assert_eq!([0; 3].map(|_| needed_at(MINUTE)), [Some(4), Some(8), Some(12)]);
    assert_eq!(needed_at(3 * HOUR), Some(4));
    let later = [0; 12].map(|_| needed_at(3 * HOUR + MINUTE));
    assert_eq!(later[11], Some(30), "no crowd holds back what thirty report");
}

#[test]
fn a_destination_in_a_crowd_waits_for_its_networks_part_in_the_census() {
    let mut findings = Findings::default();
    place(&mut findings, "a.example", &[1, 2]);
    place(&mut findings, "b.example", &[3, 4]);
    Case { corroborated: 1, ..page("theft.example", &[5, 6]) }.place(&mut findings);
    let mut waiting = |network| findings.waiting_for(NetworkId(network), NOW);
    assert_eq!(waiting(1), []);
    assert_eq!(waiting(5), [key("theft.example")]);
}

#[test]
fn a_decision_about_the_leader_ends_the_finding() {
    let mut findings = Findings::default();
    place(&mut findings, "a.example", &[1, 2]);
    findings.forget(|leader, _| *leader.destination == *"a.example");
    assert_eq!(place(&mut findings, "b.example", &[1, 2]), Placed::Leads);
}

use std::sync::Arc;

use super::*;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn key(destination: &str) -> DestinationKey {
    DestinationKey { page_group: Arc::from("payment"), destination: Box::from(destination) }
}

/// Places a destination that these networks report, of which so many take part in the census.
fn place(findings: &mut Findings, name: &str, networks: &[u32], corroborated: usize) -> Placed {
    let networks: Vec<NetworkId> = networks.iter().copied().map(NetworkId).collect();
    let key = key(name);
    let candidate = Candidate {
        key: &key,
        hash: key.hash_of_destination(),
        severity: Severity::Page,
        networks: &networks,
        corroborated,
        has_census: true,
        origin: None,
        of_origin: &[],
    };
    findings.place(candidate, None, NOW)
}

fn joins(leader: &str) -> Placed {
    Placed::Joins(Box::from(leader))
}

#[test]
fn what_the_same_networks_report_is_one_finding_until_two_others_report_it() {
    let mut findings = Findings::default();
    assert_eq!(place(&mut findings, "a.example", &[1, 2], 0), Placed::Leads);
    assert_eq!(place(&mut findings, "b.example", &[1, 2], 0), joins("a.example"));
    assert_eq!(place(&mut findings, "b.example", &[1, 2, 3], 0), joins("a.example"));
    assert_eq!(place(&mut findings, "b.example", &[1, 2, 3, 4], 0), Placed::Leads);
    assert_eq!(place(&mut findings, "a.example", &[1, 2, 9], 0), Placed::Leads);
}

#[test]
fn a_page_takes_over_the_ticket_that_the_same_networks_report() {
    let place_as = |findings: &mut Findings, severity, name: &str, networks: &[u32]| {
        let networks: Vec<NetworkId> = networks.iter().copied().map(NetworkId).collect();
        let key = key(name);
        let hash = key.hash_of_destination();
        let candidate = Candidate {
            key: &key,
            hash,
            severity,
            networks: &networks,
            corroborated: 0,
            has_census: true,
            origin: None,
            of_origin: &[],
        };
        findings.place(candidate, None, NOW)
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

#[test]
fn a_crowd_hides_nothing_that_stands_apart() {
    let mut findings = Findings::default();
    for (number, name) in (0..).zip(["a.example", "b.example"]) {
        let networks = [10 * number, 10 * number + 1];
        assert_eq!(place(&mut findings, name, &networks, 0), Placed::Leads);
    }
    assert_eq!(place(&mut findings, "theft.example", &[50, 51], 0), joins("b.example"));
    assert_eq!(place(&mut findings, "theft.example", &[50, 51], 2), Placed::Leads, "whole visits");
    assert_eq!(place(&mut findings, "other.example", &[60, 61], 0), joins("theft.example"));
    let five = [60, 61, 62, 63, 64];
    assert_eq!(place(&mut findings, "other.example", &five, 0), Placed::Leads, "more than most");
}

#[test]
fn a_destination_in_a_crowd_waits_for_its_networks_part_in_the_census() {
    let mut findings = Findings::default();
    place(&mut findings, "a.example", &[1, 2], 0);
    place(&mut findings, "b.example", &[3, 4], 0);
    place(&mut findings, "theft.example", &[5, 6], 1);
    let mut waiting = |network| findings.waiting_for(NetworkId(network), NOW);
    assert_eq!(waiting(1), []);
    assert_eq!(waiting(5), [key("theft.example")]);
}

#[test]
fn a_decision_about_the_leader_ends_the_finding() {
    let mut findings = Findings::default();
    place(&mut findings, "a.example", &[1, 2], 0);
    findings.forget(|leader, _| leader == "a.example");
    assert_eq!(place(&mut findings, "b.example", &[1, 2], 0), Placed::Leads);
}

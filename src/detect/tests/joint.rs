//! Several page groups where cards are entered, and one thief.

use super::places::{detector, hash_of, pages};
use super::*;

const MINUTE: i64 = 60_000;

/// A shop with a checkout for each country.
fn countries(count: usize) -> String {
    let group = |number: usize| {
        format!(
            "[[site.page_group]]\nname = \"pay{number}\"\npaths = [\"/c{number}/checkout*\"]\npayment = true\n"
        )
    };
    let groups: String = (0..count).map(group).collect();
    format!("[[site]]\nname = \"shop\"\nhosts = [\"shop.example\"]\n{groups}")
}

/// The alerts about what buyers report, each on another country's checkout, after so many buyers who report hashes only. `says`:
/// what the report of each is.
fn alerts_of<'a>(
    buyers: u32,
    others: u32,
    says: impl Fn(&'a str) -> Row<'a>,
    groups: &'a [String],
) -> Vec<Alert> {
    let mut detector = detector(&countries(groups.len()));
    let mut alerts = Vec::new();
    let mut elsewhere = groups.iter().cycle();
    for (buyer, group) in (0..buyers).zip(groups.iter().cycle()) {
        let at = i64::from(buyer) * 20 * MINUTE;
        for other in 0..others {
            let page_group = elsewhere.next().expect("an endless cycle");
            let hash = Row { page_group, ..hash_of(row("")) };
            let visitor = client(1_000 + 100 * buyer + other, 1);
            observe(&mut detector, &hash, visitor, at + i64::from(other) * 10_000);
        }
        let hash = Row { page_group: group, ..hash_of(row("")) };
        observe(&mut detector, &hash, client(buyer + 1, 1), at + 10 * MINUTE);
        alerts.extend(observe(&mut detector, &says(group), client(buyer + 1, 1), at + 11 * MINUTE));
    }
    alerts
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("pay{number}")).collect()
}

fn theft(group: &str) -> Row<'_> {
    Row { page_group: group, own_source: true, line: 3, ..row("thief.example") }
}

#[test]
fn one_victim_on_each_of_several_checkouts_is_a_page_that_names_them() {
    for count in [2_u8, 12] {
        let groups = names(usize::from(count));
        let alerts = alerts_of(u32::from(count), 0, theft, &groups);
        assert_eq!(pages(&alerts), [("pay1", "thief.example")], "one page for all of them");
        let words = "2 page groups report it, and were counted together: pay0, pay1";
        assert!(alerts[0].reasons.iter().any(|reason| reason == words), "{:?}", alerts[0]);
    }
}

#[test]
fn adware_that_few_buyers_of_each_checkout_have_is_no_page() {
    let adware = |group| Row { own_source: false, line: 0, ..theft(group) };
    let groups = names(12);
    assert_eq!(pages(&alerts_of(24, 40, adware, &groups)), []);
    assert_eq!(pages(&alerts_of(12, 0, adware, &groups)).len(), 1, "all buyers report it");
}

#[test]
fn one_network_on_many_checkouts_is_one_witness() {
    let groups = names(12);
    let mut detector = detector(&countries(12));
    for (group, time) in groups.iter().zip(0..) {
        let alerts = observe(&mut detector, &theft(group), client(1, 1), time * 30 * MINUTE);
        assert_eq!(alerts, []);
    }
}

#[test]
fn a_site_with_one_payment_group_remembers_nothing_twice() {
    let mut detector = detector(&countries(1));
    observe(&mut detector, &theft("pay0"), client(1, 1), 0);
    let (_, site) = detector.sites().next().expect("one site");
    assert_eq!(site.joint_len(), 0);
}

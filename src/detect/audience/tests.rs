use std::time::Duration;

use super::*;
use crate::base::clock::HOUR;
use crate::base::limits;
use crate::detect::visit_count::LAG;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn visits_since(audience: &Audience, start: Reading, now: Timestamp) -> (u32, CountedBy) {
    let counted_by = audience.counted_by(now);
    (counted_by.visits(start, audience.reading(now)), counted_by)
}

#[test]
fn a_network_is_one_visit_an_hour_and_counts_after_the_lag() {
    let mut audience = Audience::default();
    let start = audience.reading(NOW);
    for network in [1, 2, 1, 1] {
        audience.record(NetworkId(network), (Counts::Hash, false), NOW);
    }
    assert_eq!(visits_since(&audience, start, NOW), (0, CountedBy::Hashes));
    assert_eq!(visits_since(&audience, start, NOW + LAG), (2, CountedBy::Hashes));
    audience.record(NetworkId(1), (Counts::Hash, false), NOW + HOUR);
    assert_eq!(visits_since(&audience, start, NOW + HOUR + LAG), (3, CountedBy::Hashes));
}

#[test]
fn a_flood_that_outnumbers_a_census_leaves_it_to_those_who_took_part() {
    let mut audience = Audience::default();
    audience.record(NetworkId(1), (Counts::Hash, false), NOW);
    assert!(audience.has_census(NOW));
    for network in 2..200 {
        audience.record(NetworkId(network), (Counts::Report, false), NOW);
    }
    assert_eq!(audience.counted_by(NOW), CountedBy::Reports);
    assert!(audience.has_census(NOW));
    assert!(audience.is_counted(NetworkId(1), NOW) && !audience.is_counted(NetworkId(2), NOW));
    assert!(!audience.has_census(NOW + DAY));
}

#[test]
fn reports_count_where_there_is_no_census() {
    let mut audience = Audience::default();
    let start = audience.reading(NOW);
    audience.record(NetworkId(1), (Counts::Report, false), NOW);
    assert_eq!(visits_since(&audience, start, NOW + LAG), (1, CountedBy::Reports));
    audience.record(NetworkId(2), (Counts::Hash, false), NOW);
    assert_eq!(visits_since(&audience, start, NOW + LAG), (1, CountedBy::Hashes));
    assert_eq!(visits_since(&audience, start, NOW + DAY), (2, CountedBy::Reports));
}

#[test]
fn many_networks_are_counted_by_a_sample() {
    let mut audience = Audience::default();
    let start = audience.reading(NOW);
    let networks = 20 * u32::try_from(limits::NETWORKS_PER_HOUR).expect("few");
    for index in 0..networks {
        let network = NetworkId(index.wrapping_mul(0x9E37_79B9).reverse_bits());
        audience.record(
            network,
            (Counts::Hash, false),
            NOW + Duration::from_millis(u64::from(index)),
        );
    }
    let (visits, _) = visits_since(&audience, start, NOW + HOUR);
    assert!(visits.abs_diff(networks) * 10 < networks, "{visits} of {networks}");
}

/// A report of the client script from each of so many networks.
fn view(audience: &mut Audience, networks: std::ops::Range<u32>, one_of: i64, at: Timestamp) {
    let one_of = OneOf::new(one_of).expect("a sample");
    for network in networks {
        audience.record(NetworkId(network), (Counts::View(one_of), false), at);
    }
}

#[test]
fn a_view_of_a_sample_stands_for_many_once_most_networks_say_so() {
    let mut audience = Audience::default();
    let voices = u32::try_from(limits::CENSUS_VOICES).expect("few");
    view(&mut audience, 0..voices, 10, NOW);
    let start = audience.reading(NOW + LAG);
    view(&mut audience, 100..105, 10, NOW + 2 * LAG);
    view(&mut audience, 100..101, 10, NOW + 2 * LAG);
    let (visits, counted_by) = visits_since(&audience, start, NOW + 3 * LAG);
    assert_eq!((visits, counted_by), (50, CountedBy::Views(10)));
    assert_eq!(counted_by.uncounted(), 9);
}

#[test]
fn one_network_that_claims_a_small_sample_is_one_visit() {
    let mut audience = Audience::default();
    let start = audience.reading(NOW);
    view(&mut audience, 1..41, 1, NOW);
    for minute in 0..60 {
        view(&mut audience, 50..51, 100, NOW + Duration::from_mins(minute));
    }
    let found = visits_since(&audience, start, NOW + HOUR);
    assert_eq!(found, (41, CountedBy::Views(1)));
}

#[test]
fn a_census_of_few_of_those_who_report_is_none() {
    for counts in [Counts::Hash, Counts::View(OneOf::ALL)] {
        let mut audience = Audience::default();
        for network in 0..10 {
            audience.record(NetworkId(network), (Counts::Report, false), NOW);
        }
        for network in 100..104 {
            audience.record(NetworkId(network), (counts, false), NOW);
        }
        assert_eq!(audience.counted_by(NOW), CountedBy::Reports, "{counts:?}");
        for network in 104..120 {
            audience.record(NetworkId(network), (counts, false), NOW);
        }
        assert!(audience.counted_by(NOW).is_census(), "{counts:?}");
    }
}

#[test]
fn a_census_that_is_new_counts_when_it_counts_most() {
    let mut audience = Audience::default();
    for hour in 0..72 {
        for network in 0..10 {
            audience.record(NetworkId(network), (Counts::Report, false), NOW + hour * HOUR);
        }
        if hour >= 24 {
            view(&mut audience, 100..130, 1, NOW + hour * HOUR);
        }
    }
    assert_eq!(audience.counted_by(NOW + 72 * HOUR), CountedBy::Views(1));
    assert_eq!(audience.counted_by(NOW + 96 * HOUR), CountedBy::Reports, "no news of it");
}

#[test]
fn what_a_sample_usually_counts_is_known_after_days() {
    let mut audience = Audience::default();
    for hour in 0..10 * 24 {
        view(&mut audience, 0..40, 10, NOW + hour * HOUR);
    }
    let now = NOW + 10 * DAY;
    let usual = audience.usual_views(now - HOUR, now).expect("it is known");
    assert!((usual - 400.0).abs() < 1.0, "{usual}");
}

#[test]
fn odd_reports_say_nothing_where_most_are_odd() {
    let mut audience = Audience::default();
    assert!(!audience.is_mostly_odd());
    let mut record = |networks: std::ops::Range<u32>, is_odd, now| {
        networks.for_each(|network| {
            audience.record(NetworkId(network), (Counts::Report, is_odd), now);
        });
        audience.is_mostly_odd()
    };
    assert!(!record(0..10, false, NOW));
    assert!(!record(10..20, true, NOW), "half of them");
    assert!(record(20..21, true, NOW));
    assert!(!record(0..10, false, NOW + HOUR));
    // What was before the day before counts no more.
    assert!(!record(30..31, false, NOW + 2 * DAY));
    assert!(record(40..60, true, NOW + 3 * DAY + HOUR));
}

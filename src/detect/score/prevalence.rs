//! Whether so many visitors report a destination that the page must be the cause: a generalised likelihood ratio (Lorden,
//! 1971; Willsky and Jones, 1976) over the windows that begin at the latest visits. So a new wave counts anew, and a first
//! sighting of long ago costs nothing.

use super::super::audience::CountedBy;
use super::super::hits::{Hit, distinct_networks};
use super::basis::{Basis, History};
use super::weights::{HISTORY_ROOM, HISTORY_VISITS, Shares};
use crate::base::client_id::NetworkId;
use crate::base::clock::Timestamp;

/// The window that makes the page the likeliest cause.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::detect) struct Prevalence {
    /// The weight; 0 or more.
    pub(in crate::detect) weight: f64,
    /// Networks that report the destination in this window.
    pub(in crate::detect) networks: usize,
    /// What these count as: some count less than others.
    pub(in crate::detect) witnesses: f64,
    /// Visits of the page group in this window, at least as many.
    pub(in crate::detect) visits: f64,
    /// The likeliest share of visitors if the page does it, and their share if it does not.
    pub(in crate::detect) shares: (f64, f64),
    /// How many windows this is the best of.
    pub(in crate::detect) windows: usize,
    /// When it begins.
    pub(in crate::detect) since: Timestamp,
    /// What the visits were counted by.
    pub(in crate::detect) counted_by: CountedBy,
}

impl History {
    /// The share of the visitors who reported it before the window of this visit, with some room; `None`: too few visitors
    /// came before it.
    #[allow(clippy::cast_precision_loss, reason = "counts of networks are small")]
    fn share(self, in_window: usize, hit: &Hit, counted_by: CountedBy, scale: f64) -> Option<f64> {
        let counted = counted_by.visits(self.first, hit.reading);
        let visits = f64::from(counted) * scale;
        let before = self.networks.saturating_sub(in_window);
        (counted >= HISTORY_VISITS).then(|| HISTORY_ROOM * before as f64 / visits)
    }
}

/// The best window. `weigh`: how much a visit counts, at most 1.
pub(super) fn prevalence<U: Fn(Timestamp) -> Option<f64>>(
    basis: &Basis<'_, U>,
    counted_by: CountedBy,
    shares: &Shares,
    weigh: impl Fn(&Hit) -> f64,
) -> Option<Prevalence> {
    let Basis { hits, audience, visitors, history, usual, now, .. } = basis;
    let mut best: Option<Prevalence> = None;
    let mut networks: Vec<NetworkId> = Vec::with_capacity(hits.len());
    let (mut witnesses, mut is_counted_here) = (0.0, false);
    // The window is chosen among as many as have two networks.
    let windows = distinct_networks(hits.iter().copied()).len().saturating_sub(1).max(1);
    let penalty = (windows as f64).ln();
    let present = audience.reading(*now);
    let mut background = shares.without_past;
    let mut hypotheses = hypotheses_of(shares, background);
    for hit in hits.iter().rev() {
        if networks.contains(&hit.network) {
            continue;
        }
        networks.push(hit.network);
        witnesses += weigh(hit);
        is_counted_here |= hit.traits.taken_here;
        if networks.len() < 2 || !is_counted_here {
            continue;
        }
        let counted = counted_by.visits(hit.reading, present) + counted_by.uncounted();
        let mut visits = f64::from(counted) * visitors;
        // Whoever invents visitors makes a share smaller, but not for less than what is usual.
        if let Some(usual) = usual(hit.at) {
            visits = visits.min(visitors * (2.0 * usual + 10.0));
        }
        let visits = visits.max(networks.len() as f64);
        let share_before =
            |history: &History| history.share(networks.len(), hit, counted_by, *visitors);
        let before = history.as_ref().and_then(share_before);
        let usual_share = before.map_or(shares.without_past, |before| {
            shares.background.max(before.min(shares.past_max))
        });
        if usual_share.to_bits() != background.to_bits() {
            background = usual_share;
            hypotheses = hypotheses_of(shares, background);
        }
        let (share, ratio) = likeliest(witnesses, visits, &hypotheses);
        let weight = ratio - penalty;
        if best.is_none_or(|best| weight > best.weight) {
            best = Some(Prevalence {
                weight,
                networks: networks.len(),
                witnesses,
                visits,
                shares: (share, background),
                windows,
                since: hit.at,
                counted_by,
            });
        }
    }
    best.map(|best| Prevalence { weight: best.weight.max(0.0), ..best })
}

/// A share of visitors that the page's own doing may have, against the share that it has otherwise.
#[derive(Clone, Copy)]
struct Hypothesis {
    share: f64,
    /// How much likelier it makes a visitor who reports the destination, and one who does not: logarithms.
    of_witness: f64,
    of_other: f64,
}

fn hypotheses_of(shares: &Shares, background: f64) -> [Hypothesis; 4] {
    shares.hypotheses.map(|share| {
        // A smaller share than usual is no sign that the page does it: it counts like the usual one.
        let compared = share.max(background);
        Hypothesis {
            share,
            of_witness: (compared / background).ln(),
            of_other: ((1.0 - compared) / (1.0 - background)).ln(),
        }
    })
}

/// The share of visitors that is the likeliest if the page does it, and how much likelier so many of the visits are then than
/// by their usual share.
fn likeliest(witnesses: f64, visits: f64, hypotheses: &[Hypothesis]) -> (f64, f64) {
    let others = visits - witnesses;
    let of = |one: &Hypothesis| (one.share, witnesses * one.of_witness + others * one.of_other);
    let all = hypotheses.iter().map(of);
    all.reduce(|best, one| if one.1 > best.1 { one } else { best }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::super::audience::{Audience, Counts, Reading};
    use super::super::super::hits::Traits;
    use super::super::super::visit_count::LAG;
    use super::super::basis::Known;
    use super::super::weights::{OF_REPORTERS, OF_VISITORS};
    use super::*;
    use crate::base::clock::HOUR;

    const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    /// The weight where so many networks report a destination and so many others do not.
    fn weight(witnesses: u32, others: u32, is_census: bool) -> f64 {
        weight_after(0, witnesses, others, is_census, None)
    }

    /// The same where so many visitors came before.
    fn weight_after(
        before: u32,
        witnesses: u32,
        others: u32,
        is_census: bool,
        history: Option<History>,
    ) -> f64 {
        let mut audience = Audience::default();
        let counts = if is_census { Counts::Hash } else { Counts::Report };
        for network in 0..before {
            audience.record(NetworkId(1_000 + network), (counts, false), START);
        }
        let mut hits = Vec::new();
        let traits = Traits { is_usual: true, taken_here: true, ..Traits::default() };
        for network in 0..witnesses {
            let at = START + 2 * HOUR;
            let (network, reading) = (NetworkId(network), audience.reading(at));
            hits.push(Hit { at, network, reading, traits });
        }
        for network in 0..witnesses + others {
            audience.record(NetworkId(network), (counts, false), START + 2 * HOUR);
        }
        let hits: Vec<&Hit> = hits.iter().collect();
        let basis = Basis {
            hits: &hits,
            audience: &audience,
            visitors: 1.0,
            history,
            usual: |_| None,
            known: Known::default(),
            now: START + 2 * HOUR + LAG,
        };
        let shares = if is_census { &OF_VISITORS } else { &OF_REPORTERS };
        prevalence(&basis, audience.counted_by(basis.now), shares, |_| 1.0)
            .map_or(0.0, |best| best.weight)
    }

    #[track_caller]
    fn check(weight: f64, expected: f64) {
        assert!((weight - expected).abs() < 0.01, "{weight} is not {expected}");
    }

    #[test]
    fn a_weight_can_be_computed_by_hand() {
        check(weight(1, 0, true), 0.0);
        // 90 % of all against 4 % of all, for each of two.
        check(weight(2, 0, true), 2.0 * (0.9_f64 / 0.04).ln());
        // The window is one of two: those of the latest two networks and of all three.
        check(weight(3, 0, true), 3.0 * (0.9_f64 / 0.04).ln() - 2.0_f64.ln());
        // 90 % of those who report anything against 12 % of them.
        check(weight(2, 0, false), 2.0 * (0.9_f64 / 0.12).ln());
        // 45 % are likelier than 90 % where one of three does not report it.
        let two_of_three = 2.0 * (0.45_f64 / 0.04).ln() + (0.55_f64 / 0.96).ln();
        check(weight(2, 1, true), two_of_three);
        check(weight(2, 200, true), 0.0);
    }

    #[test]
    fn a_sample_of_the_visitors_needs_more_witnesses_than_a_census_of_all() {
        let of = |one_of: u32, witnesses: u32, counted: u32| {
            let shares = hypotheses_of(&OF_VISITORS, OF_VISITORS.background);
            let visits = f64::from(counted * one_of + CountedBy::Views(one_of).uncounted());
            let visits = visits.max(f64::from(witnesses));
            likeliest(f64::from(witnesses), visits, &shares).1
        };
        check(of(1, 2, 2), 2.0 * (0.9_f64 / 0.04).ln());
        // Nobody of the sample came between two witnesses: 9 visits, probably.
        check(of(10, 2, 0), 2.0 * (0.2_f64 / 0.04).ln() + 7.0 * (0.8_f64 / 0.96).ln());
        assert!(of(10, 2, 0) < 3.5 && of(10, 5, 0) > 5.0);
    }

    #[test]
    fn what_many_always_report_needs_more_than_before() {
        let of =
            |networks| Some(History { first: Reading::default(), networks, credible: networks });
        let rare = weight_after(200, 2, 0, true, of(3));
        check(rare, weight(2, 0, true));
        // 20 of 200 reported it before, and half as many more may do so another day: 15 %.
        let common = weight_after(200, 2, 0, true, of(22));
        check(common, 2.0 * (0.9_f64 / 0.15).ln());
        // Of few visitors, nobody knows what is usual.
        check(weight_after(50, 2, 0, true, of(22)), weight(2, 0, true));
    }
}

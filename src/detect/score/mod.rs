//! How likely it is that the page contacts a destination, and not a device of some of its visitors.
//!
//! A page, or a script of it, does the same to a share of all its visitors, whatever their devices. An extension, adware or
//! a proxy does it to the few who have it, wherever they go. The score is the sum of what is known; each part has its
//! weight ([`weights`]) and its words, so that a person can add it up again. docs/detection.md explains it to people.

mod basis;
mod part;
mod prevalence;
mod strong;
pub(super) mod weights;

pub(super) use basis::{Basis, History, Known};
use part::Part;
use prevalence::Prevalence;
use smallvec::SmallVec;
pub(super) use strong::{StrongReason, StrongReasons};

use super::alert::Evidence;
use super::audience::{Audience, CountedBy};
use super::hits::Hit;
use super::visit_count::LAG;
use crate::base::clock::Timestamp;
use crate::report::Engine;
use weights::{
    CARD_NUMBER, CARRIED_ALONG, CHANGED_PAGE, CHANGED_SCRIPT, COMMON, EXPLAINED,
    EXPLAINED_OF_STRANGERS, EXTENSIONLESS, EXTENSIONLESS_MAX, FEW_VISITORS, FORM, FURTHER_ENGINE,
    LIKE_EXTENSION, LOOK_ALIKE, ODD_REPORT, OF_REPORTERS, OF_VISITORS, OWN_MARKUP, OWN_SCRIPT,
    SCATTERED_NETWORKS, SCATTERED_OF_REPORTERS, SCATTERED_OF_VISITORS, THREAT_LIST, UNCORROBORATED,
};

/// A score and its parts.
#[derive(Clone, Debug, Default)]
pub(super) struct Score {
    pub(super) total: f64,
    pub(super) parts: SmallVec<[(Part, f64); 8]>,
    /// The parts of which one is reason enough for one network to page.
    pub(super) strong: StrongReasons,
    /// Whether it leads into the visitors' own network, where no thief is.
    pub(super) is_local: bool,
    /// Whether most visitors of one network report it.
    pub(super) is_of_network: bool,
    /// Whether its name resembles another.
    pub(super) is_look_alike: bool,
    /// Whether it may be a page at all: what has a harmless explanation is a ticket.
    pub(super) may_page: bool,
}

impl Score {
    /// How much of it is due to the number of visitors.
    pub(super) fn prevalence(&self) -> f64 {
        let of_visitors = self.parts.iter().find(|(part, _)| matches!(part, Part::Prevalence(_)));
        of_visitors.map_or(0.0, |(_, weight)| *weight)
    }

    /// Whether at least half of the visitors in its best window report it, and so many networks.
    pub(super) fn is_of_most(&self, networks: usize) -> bool {
        self.parts.iter().any(|(part, _)| {
            matches!(part, Part::Prevalence(best) if best.networks >= networks && 2.0 * best.witnesses >= best.visits)
        })
    }

    /// When the window begins in which so many visits brought a destination of their own.
    pub(super) fn scattered_since(&self) -> Option<Timestamp> {
        self.parts.iter().find_map(|(part, _)| match part {
            Part::Scattered(best) => Some(best.since),
            _ => None,
        })
    }

    /// Its parts, as alerts print them.
    pub(super) fn evidence(&self) -> Vec<Evidence> {
        let parts = self.parts.iter().map(|(part, weight)| Evidence {
            part: part.name().to_owned(),
            weight: *weight,
            text: part.to_string(),
        });
        parts.collect()
    }

    fn add(&mut self, part: Part, weight: f64) {
        if weight != 0.0 {
            self.total += weight;
            self.parts.push((part, weight));
        }
    }
}

/// Adds up what is known.
pub(super) fn score<U: Fn(Timestamp) -> Option<f64>>(basis: &Basis<'_, U>) -> Score {
    let mut score = Score::default();
    let Basis { hits, audience, known, now, .. } = basis;
    // By whom the visitors are counted is asked once: it looks through what they said.
    let counted_by = audience.counted_by(*now);
    let weigh = |hit: &Hit| weight_of(hit, (audience, counted_by), *now);
    let shares = if counted_by.is_census() { &OF_VISITORS } else { &OF_REPORTERS };
    if let Some(best) = most_prevalent(basis, counted_by, shares, weigh) {
        score.add(Part::Prevalence(best), best.weight);
    }
    // Banks' frames and forms are opened by the shop's own script, in all browsers.
    let is_issuer = |hit: &&Hit| hit.traits.form || hit.traits.frame;
    if !(known.has_issuers && hits.iter().all(is_issuer)) {
        add_scripts(&mut score, hits);
        add_devices(&mut score, hits);
    }
    if known.few_elsewhere {
        add_carried(&mut score, hits);
    } else if !known.payment && score.prevalence() < COMMON {
        score.add(Part::FewVisitors, FEW_VISITORS);
    }
    if known.changed_page {
        score.add(Part::ChangedPage, CHANGED_PAGE);
    }
    add_strong(&mut score, hits, known, weigh);
    if !known.unexplained {
        let of_strangers = known.of_shared_service;
        score.add(Part::Explained, if of_strangers { EXPLAINED_OF_STRANGERS } else { EXPLAINED });
    }
    if !hits.is_empty() && !hits.iter().any(|hit| hit.traits.proven) {
        score.add(Part::LikeExtension, LIKE_EXTENSION);
    }
    score.may_page &= hits.iter().any(|hit| hit.traits.configured_page);
    score
}

/// The best window of all visits, or of the credible ones alone if that is the better: what is odd, and what can be an
/// extension's, makes a destination look neither more usual nor more often looked at to those whose reports are neither.
fn most_prevalent<U: Fn(Timestamp) -> Option<f64>>(
    basis: &Basis<'_, U>,
    counted_by: CountedBy,
    shares: &weights::Shares,
    weigh: impl Fn(&Hit) -> f64,
) -> Option<Prevalence> {
    let best = prevalence::prevalence(basis, counted_by, shares, &weigh);
    let of_all = basis.history.as_ref().is_none_or(|of| of.credible == of.networks);
    let is_credible = |hit: &&&Hit| hit.traits.is_usual && hit.traits.proven;
    let hits: SmallVec<[&Hit; 32]> = basis.hits.iter().filter(is_credible).copied().collect();
    if of_all && hits.len() == basis.hits.len() {
        return best;
    }
    let credible = Basis {
        hits: &hits,
        history: basis.history.map(|of| History { networks: of.credible, ..of }),
        usual: &basis.usual,
        audience: basis.audience,
        visitors: basis.visitors,
        known: basis.known,
        now: basis.now,
    };
    let of_credible = prevalence::prevalence(&credible, counted_by, shares, weigh);
    let is_better = |one: &Prevalence| best.is_none_or(|best| one.weight > best.weight);
    of_credible.filter(is_better).or(best)
}

/// Adds up what is known of visits that bring a destination of their own each: how many they are, and little else, because
/// all that differs between their devices differs between extensions, too. Without a census it is a ticket at most.
pub(super) fn score_of_scattered<U: Fn(Timestamp) -> Option<f64>>(basis: &Basis<'_, U>) -> Score {
    let mut score = Score::default();
    let Basis { hits, audience, known, now, .. } = basis;
    let counted_by = audience.counted_by(*now);
    let shares =
        if counted_by.is_census() { &SCATTERED_OF_VISITORS } else { &SCATTERED_OF_REPORTERS };
    let weigh = |hit: &Hit| if hit.traits.is_usual { 1.0 } else { ODD_REPORT };
    let best = prevalence::prevalence(basis, counted_by, shares, weigh);
    let Some(best) = best.filter(|best| best.networks >= SCATTERED_NETWORKS) else { return score };
    score.add(Part::Scattered(best), best.weight);
    if known.changed_page {
        score.add(Part::ChangedPage, CHANGED_PAGE);
    }
    if !hits.iter().any(|hit| hit.traits.proven) {
        score.add(Part::LikeExtension, LIKE_EXTENSION);
    }
    score.may_page = counted_by.is_census();
    score
}

/// How much a visit counts: anybody can post anything, and forging all that a browser does takes more than a script.
fn weight_of(hit: &Hit, (audience, counted_by): (&Audience, CountedBy), now: Timestamp) -> f64 {
    let mut weight = if hit.traits.is_usual { 1.0 } else { ODD_REPORT };
    let could = [Engine::Chromium.code(), Engine::Webkit.code()].contains(&hit.traits.engine);
    // The reports of hashes arrive up to a lag later than others.
    if could
        && !now.is_within(LAG, hit.at)
        && counted_by == CountedBy::Hashes
        && !audience.is_counted(hit.network, now)
    {
        weight *= UNCORROBORATED;
    }
    weight
}

/// Adds what did it.
fn add_scripts(score: &mut Score, hits: &[&Hit]) {
    if hits.iter().any(|hit| hit.traits.own_script) {
        score.add(Part::OwnScript, OWN_SCRIPT);
    } else if hits.iter().any(|hit| hit.traits.own_markup) {
        score.add(Part::OwnMarkup, OWN_MARKUP);
    } else if hits.iter().any(|hit| hit.traits.wrapper) {
        score.add(Part::Wrapper, OWN_MARKUP);
    }
}

/// Adds what the browsers of those who report it say.
#[allow(clippy::cast_precision_loss, reason = "at most the limit of hits")]
fn add_devices(score: &mut Score, hits: &[&Hit]) {
    let without = hits.iter().filter(|hit| hit.traits.extensionless).count();
    let (of_page, of_extension) = EXTENSIONLESS;
    let with = hits.len() - without;
    let weight = without as f64 * (of_page / of_extension).ln()
        + with as f64 * ((1.0 - of_page) / (1.0 - of_extension)).ln();
    if without > 0 {
        score.add(
            Part::Extensionless { without, of: hits.len() },
            weight.clamp(0.0, EXTENSIONLESS_MAX),
        );
    }
    let engines = [Engine::Chromium, Engine::Firefox, Engine::Webkit];
    let has = |engine: &&Engine| hits.iter().any(|hit| hit.traits.engine == engine.code());
    let count = engines.iter().filter(has).count();
    if count > 1 {
        score.add(Part::Engines(count), FURTHER_ENGINE * (count - 1) as f64);
    }
}

/// Adds how many of the visitors reported it on other pages, too. Others cannot invent that: it takes their networks.
#[allow(clippy::cast_precision_loss, reason = "at most the limit of hits")]
fn add_carried(score: &mut Score, hits: &[&Hit]) {
    let carried = hits.iter().filter(|hit| hit.traits.carried).count();
    if carried > 0 {
        let share = carried as f64 / hits.len() as f64;
        score.add(Part::CarriedAlong { carried, of: hits.len() }, CARRIED_ALONG * share);
    }
}

/// Adds the reasons of which one is nearly enough.
fn add_strong(score: &mut Score, hits: &[&Hit], known: &Known, weigh: impl Fn(&Hit) -> f64) {
    let has = |trait_of: fn(&Hit) -> bool| {
        let weights = hits.iter().filter(|hit| trait_of(hit)).map(|hit| weigh(hit));
        weights.fold(0.0, f64::max)
    };
    let form = if known.has_issuers { 0.0 } else { has(|hit| hit.traits.form) };
    let card = has(|hit| hit.traits.card_number);
    let changed = has(|hit| hit.traits.changed_script);
    score.add(Part::Form, FORM * form);
    score.add(Part::CardNumber, CARD_NUMBER * card);
    if known.threat {
        score.add(Part::ThreatList, THREAT_LIST);
    }
    if known.unexplained {
        score.add(Part::ChangedScript, CHANGED_SCRIPT * changed);
        if known.look_alike {
            score.add(Part::LookAlike, LOOK_ALIKE);
        }
    }
    let is_changed = known.unexplained && changed >= 1.0;
    score.strong = StrongReasons::of([
        (StrongReason::Form, form >= 1.0),
        (StrongReason::CardNumber, card >= 1.0),
        (StrongReason::ThreatList, known.threat),
        (StrongReason::ChangedScript, is_changed),
    ]);
    score.is_local = known.local;
    score.is_of_network = known.of_network && known.unexplained;
    score.is_look_alike = known.look_alike && known.unexplained;
    score.may_page = known.unexplained || known.of_shared_service || !score.strong.is_empty();
}

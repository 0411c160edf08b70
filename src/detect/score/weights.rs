//! What each part of a score weighs. All of it is public: an attacker who reads it must not gain by it.
//!
//! A weight is a natural logarithm: how much likelier it is to see this if the page does it than if the visitors' devices
//! do. 1 is 2.7 times, 3 is 20 times, 5 is 150 times. Where a share is known the weight follows from it; the others are set
//! by the traces and years of `bench/detection`, whose figures are in `bench/RESULTS.md`.

/// From here on it is a page, if cards are entered on the pages that report it and two networks report it.
pub(in crate::detect) const PAGE: f64 = 5.0;

/// From here on it is a ticket. Below, it is in the list and in the day's digest.
pub(in crate::detect) const TICKET: f64 = 3.5;

/// From here on code in a page that its policy does not allow is a page, if half of the visitors report it, and
/// [`CODE_NETWORKS`]: shops have such code, and so have extensions.
pub(in crate::detect) const CODE_PAGE: f64 = 10.0;

/// So many networks.
pub(in crate::detect) const CODE_NETWORKS: usize = 3;

/// So many visitors of one network, and at least half of its visitors, are a ticket if a script of the site's own does it: more
/// than a household or a small office has, and few of those behind a carrier's gateway.
pub(in crate::detect) const NETWORK_WITNESSES: usize = 8;

/// The share of a page group's visitors that the most common extension has, and the shares that a page's own doing may
/// have. A thief who spares most visitors reaches few of them.
pub(super) const OF_VISITORS: Shares =
    Shares { background: 0.04, hypotheses: [0.1, 0.2, 0.45, 0.9] };

/// The same among the visitors who report anything at all: fewer, and more of them have extensions.
pub(super) const OF_REPORTERS: Shares =
    Shares { background: 0.12, hypotheses: [0.2, 0.35, 0.6, 0.9] };

/// Visitors who must have come before the share of them who reported a destination replaces the background.
pub(super) const HISTORY_VISITS: u32 = 100;
/// The background is so much more than that share: it is not the same every day.
pub(super) const HISTORY_ROOM: f64 = 1.5;
/// The most that it may be.
pub(super) const HISTORY_MAX: f64 = 0.5;

/// Shares of visitors.
pub(super) struct Shares {
    pub(super) background: f64,
    pub(super) hypotheses: [f64; 4],
}

/// A file of the site's own, or of a host that it knows, did it: extensions run code of their own.
pub(super) const OWN_SCRIPT: f64 = 5.0;
/// Code within the page's markup did it. Extensions put code there, too.
pub(super) const OWN_MARKUP: f64 = 1.0;
/// The share of browsers without extensions (Chrome on Android) among a shop's visitors, and among those of an extension:
/// some browsers call themselves what they are not.
pub(super) const EXTENSIONLESS: (f64, f64) = (0.35, 0.03);
/// The most that this may weigh.
pub(super) const EXTENSIONLESS_MAX: f64 = 3.0;
/// Each further engine: an extension or an app is made for one, few for two.
pub(super) const FURTHER_ENGINE: f64 = 0.7;
/// The same visitors reported it on pages without cards before, and few others did: they bring it along.
pub(super) const CARRIED_ALONG: f64 = -2.0;
/// From this weight of their number on, visitors of pages without cards are not few.
pub(in crate::detect) const COMMON: f64 = 1.0;
/// On pages without cards: few of their visitors report it.
pub(super) const FEW_VISITORS: f64 = -1.5;
/// A script, a hash or the policy of the page group changed within a day.
pub(super) const CHANGED_PAGE: f64 = 0.5;
/// The script that did it changed within a day.
pub(super) const CHANGED_SCRIPT: f64 = 5.0;
/// A form posts there.
pub(super) const FORM: f64 = 6.0;
/// Its URL had a card number.
pub(super) const CARD_NUMBER: f64 = 8.0;
/// A threat list has it.
pub(super) const THREAT_LIST: f64 = 6.0;
/// Its name resembles another by a letter or two.
pub(super) const LOOK_ALIKE: f64 = 4.5;
/// There is a better explanation: a known destination shares its domain, the policy allows it, or allows it for something
/// else.
pub(super) const EXPLAINED: f64 = -2.0;
/// The same where anybody can have an account, and a script of the site itself contacts it: half, because a vendor's next host
/// and a thief's account look the same there.
pub(super) const EXPLAINED_OF_STRANGERS: f64 = -1.0;
/// Every report could be an extension's, by the name that its script gives itself.
pub(super) const LIKE_EXTENSION: f64 = -2.0;
/// A report counts this much if it was not sent as the browser that it names sends reports.
pub(super) const ODD_REPORT: f64 = 0.25;
/// A report counts this much if its browser takes no part in the census, though it could.
pub(super) const UNCORROBORATED: f64 = 0.5;

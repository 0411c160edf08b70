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
pub(super) const OF_VISITORS: Shares = Shares {
    background: 0.04,
    without_past: 0.04,
    past_max: 0.5,
    hypotheses: [0.1, 0.2, 0.45, 0.9],
};

/// The same among the visitors who report anything at all: fewer, and more of them have extensions.
pub(super) const OF_REPORTERS: Shares = Shares {
    background: 0.12,
    without_past: 0.12,
    past_max: 0.5,
    hypotheses: [0.2, 0.35, 0.6, 0.9],
};

/// The share of visitors who bring a destination that nobody else reports. Before a page group's past is known, all that
/// extensions and adware reach is new: a quarter of visitors carry something (the share of browsers with extensions that
/// reach strangers, in the years of `bench/detection`).
pub(super) const SCATTERED_OF_VISITORS: Shares = Shares {
    background: 0.04,
    without_past: 0.25,
    past_max: 0.85,
    hypotheses: [0.1, 0.2, 0.45, 0.9],
};

/// The same of those who report anything: many of them do because they carry something.
pub(super) const SCATTERED_OF_REPORTERS: Shares = Shares {
    background: 0.3,
    without_past: 0.7,
    past_max: 0.85,
    hypotheses: [0.45, 0.6, 0.75, 0.9],
};

/// So many networks must bring a destination of their own: fewer can be one forger's, who needs two for a page of another kind.
pub(in crate::detect) const SCATTERED_NETWORKS: usize = 5;

/// Visitors who must have come before the share of them who reported a destination replaces the background.
pub(super) const HISTORY_VISITS: u32 = 100;
/// The background is so much more than that share: it is not the same every day.
pub(super) const HISTORY_ROOM: f64 = 1.5;

/// Shares of visitors.
pub(super) struct Shares {
    /// The least share that devices are taken to have.
    pub(super) background: f64,
    /// The same before enough visitors came to know the past.
    pub(super) without_past: f64,
    /// The most that the past may make of it.
    pub(super) past_max: f64,
    pub(super) hypotheses: [f64; 4],
}

/// A file of the site's own, or of a host that it knows, did it: extensions run code of their own.
pub(super) const OWN_SCRIPT: f64 = 5.0;
/// A place in a script is one that code of others runs through once so many destinations were reached from it, each for so
/// few networks, first by as many different ones, on so many days. Fewer are what a tag and a release or two come to.
pub(in crate::detect) const WRAPPED_DESTINATIONS: usize = 6;
/// See [`WRAPPED_DESTINATIONS`].
pub(in crate::detect) const WRAPPED_NETWORKS_EACH: usize = 2;
/// See [`WRAPPED_DESTINATIONS`].
pub(in crate::detect) const WRAPPED_DAYS: usize = 4;
/// The most visitors that it may do this to, all destinations together: the least share that a page's own doing is taken to
/// have.
pub(in crate::detect) const WRAPPER_OF_VISITORS: f64 = 0.1;
/// The same of those who report anything.
pub(in crate::detect) const WRAPPER_OF_REPORTERS: f64 = 0.35;
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

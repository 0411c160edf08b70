//! How much an unknown destination matters, and why.

use std::fmt;

use super::alert::Severity;
use super::seen::Seen;

/// What of its surroundings decides about a destination.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Surroundings {
    /// The networks that name it are believed.
    pub(super) is_believed: bool,
    /// Pages without cards reach it too, and by hands of their own: no script of the site's does it.
    pub(super) is_everywhere: bool,
    /// At least half of the networks that reported on this page group within a day name it.
    pub(super) is_common: bool,
}

/// A page where cards are entered, and either one report is reason enough or two networks say the same.
pub(super) fn severity(seen: &Seen, around: Surroundings) -> Severity {
    if !seen.payment || !around.is_believed {
        return Severity::Ticket;
    }
    if is_strong(seen) {
        return Severity::Page;
    }
    let is_told_by_two = seen.networks().count() > 1;
    // What visitors carry along, adware and extensions, shows on all pages of few; what a site's pages carry
    // shows to all.
    let is_carried_along = around.is_everywhere && !around.is_common;
    let traits = &seen.traits;
    if is_told_by_two && traits.proven && traits.unexplained && !is_carried_along {
        return Severity::Page;
    }
    Severity::Ticket
}

/// Whether one report is reason enough.
fn is_strong(seen: &Seen) -> bool {
    let traits = &seen.traits;
    traits.form_action
        || traits.card_number
        || (traits.changed_script && traits.unexplained)
        || (traits.look_alike.is_some() && traits.unexplained && traits.proven)
        || (traits.threat.is_some() && traits.proven)
}

/// One reason of an alert about a destination. Its text is for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reason<'s> {
    PaymentPage,
    FormAction,
    CardNumber,
    ChangedScript,
    LookAlike(&'s str),
    ThreatList(&'s str),
    OneClient,
    Clients { clients: usize, networks: usize },
    ExtensionLike,
    AllowedElsewhere,
    CarriedAlong,
    Disbelieved,
    NotBlocked,
    Intermittent { active: usize, since: i64 },
    Back(i64),
}

impl Reason<'_> {
    /// The labels of all, in the order of [`Reason::code`].
    pub(super) const LABELS: [&'static str; 15] = [
        "on a page where cards are entered",
        "a form posts there",
        "a card number stood in its URL",
        "reached by a script that changed within a day",
        "its name resembles another",
        "it stands on a threat list",
        "one client alone says so",
        "several clients say so",
        "looks like an extension's, which a script can imitate",
        "the policy or the configuration allows it for something else",
        "few visitors bring it along to all pages",
        "reported amid many invented destinations",
        "not blocked: the policy only reports",
        "active on some days only",
        "back after a silence",
    ];

    /// Its place among [`Reason::LABELS`].
    pub(super) fn code(&self) -> u8 {
        match self {
            Self::PaymentPage => 0,
            Self::FormAction => 1,
            Self::CardNumber => 2,
            Self::ChangedScript => 3,
            Self::LookAlike(_) => 4,
            Self::ThreatList(_) => 5,
            Self::OneClient => 6,
            Self::Clients { .. } => 7,
            Self::ExtensionLike => 8,
            Self::AllowedElsewhere => 9,
            Self::CarriedAlong => 10,
            Self::Disbelieved => 11,
            Self::NotBlocked => 12,
            Self::Intermittent { .. } => 13,
            Self::Back(_) => 14,
        }
    }
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LookAlike(like) => write!(f, "its name resembles {like}"),
            Self::ThreatList(list) => write!(f, "it stands on the threat list {list}"),
            Self::Clients { clients, networks } => {
                write!(f, "{clients} clients in {networks} networks say so")
            }
            Self::Intermittent { active, since } => write!(f, "active on {active} of {since} days"),
            Self::Back(silence) => write!(f, "back after {} of silence", duration(*silence)),
            plain => f.write_str(Self::LABELS[usize::from(plain.code())]),
        }
    }
}

/// Why it matters.
pub(super) fn reasons(seen: &Seen, around: Surroundings) -> Vec<Reason<'_>> {
    let traits = &seen.traits;
    let (clients, networks) = (seen.clients(), seen.distinct_networks());
    let (active, since) = seen.days();
    let told = if clients > 1 { Reason::Clients { clients, networks } } else { Reason::OneClient };
    let all = [
        seen.payment.then_some(Reason::PaymentPage),
        traits.form_action.then_some(Reason::FormAction),
        traits.card_number.then_some(Reason::CardNumber),
        traits.changed_script.then_some(Reason::ChangedScript),
        traits.look_alike.as_deref().map(Reason::LookAlike),
        traits.threat.as_deref().map(Reason::ThreatList),
        Some(told),
        (!traits.proven).then_some(Reason::ExtensionLike),
        (!traits.unexplained).then_some(Reason::AllowedElsewhere),
        (around.is_everywhere && !around.is_common).then_some(Reason::CarriedAlong),
        (!around.is_believed).then_some(Reason::Disbelieved),
        (traits.let_pass && !traits.blocked).then_some(Reason::NotBlocked),
        (since > 1).then_some(Reason::Intermittent { active, since }),
        seen.silence.map(Reason::Back),
    ];
    all.into_iter().flatten().collect()
}

fn duration(millis: i64) -> String {
    let hours = millis / 3_600_000;
    if hours < 48 { format!("{hours} hours") } else { format!("{} days", hours / 24) }
}

//! How much an unknown destination matters, and why.

use std::fmt;
use std::time::Duration;

use super::alert::Severity;
use super::destination_state::DestinationState;

/// It is a page if cards are entered on the page group, and either one report is reason enough or two networks report the
/// destination.
pub(super) fn severity(seen: &DestinationState) -> Severity {
    let context = seen.context;
    if !seen.payment || !context.is_credible {
        return Severity::Ticket;
    }
    if is_strong(seen) {
        return Severity::Page;
    }
    let has_two_networks = seen.networks().count() > 1;
    // Adware and extensions of a few visitors show on all pages that these open; what the site's pages load shows to all
    // visitors.
    let is_carried_along = context.is_everywhere && !context.is_common;
    let evidence = &seen.evidence;
    if has_two_networks && evidence.proven && evidence.unexplained && !is_carried_along {
        return Severity::Page;
    }
    Severity::Ticket
}

/// Whether one report is reason enough.
fn is_strong(seen: &DestinationState) -> bool {
    let evidence = &seen.evidence;
    evidence.form_action
        || evidence.card_number
        || (evidence.changed_script && evidence.unexplained)
        || (evidence.look_alike.is_some() && evidence.unexplained && evidence.proven)
        || (evidence.threat.is_some() && evidence.proven)
}

/// One reason of an alert about a destination, to be read by people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AlertReason<'s> {
    PaymentPage,
    FormAction,
    CardNumber,
    ChangedScript,
    LookAlike(&'s str),
    ThreatList(&'s str),
    OneClient,
    Clients { clients: usize, networks: usize },
    ExtensionLike,
    Allowed,
    AllowedElsewhere,
    Related,
    Local,
    CarriedAlong,
    Disbelieved,
    NotBlocked,
    Intermittent { active: usize, since: i64 },
    Back(Duration),
}

impl AlertReason<'_> {
    /// The reason without names and numbers: one of a closed set.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::PaymentPage => "on a page where cards are entered",
            Self::FormAction => "a form posts there",
            Self::CardNumber => "a card number stood in its URL",
            Self::ChangedScript => "reached by a script that changed within a day",
            Self::LookAlike(_) => "its name resembles another",
            Self::ThreatList(_) => "it stands on a threat list",
            Self::OneClient => "one client alone says so",
            Self::Clients { .. } => "several clients say so",
            Self::ExtensionLike => "looks like an extension's, which a script can imitate",
            Self::Allowed => "the policy allows it, as where a redirect begins",
            Self::AllowedElsewhere => "the policy allows it for something else",
            Self::Related => "it shares its domain with a known destination",
            Self::Local => "it is in the visitor's own network",
            Self::CarriedAlong => "few visitors bring it along to all pages",
            Self::Disbelieved => "reported amid many invented destinations",
            Self::NotBlocked => "not blocked: the policy only reports",
            Self::Intermittent { .. } => "active on some days only",
            Self::Back(_) => "back after a silence",
        }
    }
}

impl fmt::Display for AlertReason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LookAlike(like) => write!(f, "its name resembles {like}"),
            Self::ThreatList(list) => write!(f, "it stands on the threat list {list}"),
            // Networks count only where they report it as unknown.
            Self::Clients { clients, networks: 0 } => write!(f, "{clients} clients say so"),
            Self::Clients { clients, networks: 1 } => {
                write!(f, "{clients} clients in one network say so")
            }
            Self::Clients { clients, networks } => {
                write!(f, "{clients} clients in {networks} networks say so")
            }
            Self::Intermittent { active, since } => write!(f, "active on {active} of {since} days"),
            Self::Back(silence) => write!(f, "back after {} of silence", duration(*silence)),
            plain => f.write_str(plain.label()),
        }
    }
}

/// Why a destination has its severity, as labels of a closed set.
pub fn labels(seen: &DestinationState) -> impl Iterator<Item = &'static str> {
    reasons(seen).map(|reason| reason.label())
}

/// Why a destination has its severity.
pub(super) fn reasons(seen: &DestinationState) -> impl Iterator<Item = AlertReason<'_>> {
    let (evidence, context) = (&seen.evidence, seen.context);
    let (clients, networks) = (seen.clients(), seen.distinct_networks());
    let (active, since) = seen.days();
    let claim = if clients > 1 {
        AlertReason::Clients { clients, networks }
    } else {
        AlertReason::OneClient
    };
    let all = [
        seen.payment.then_some(AlertReason::PaymentPage),
        evidence.form_action.then_some(AlertReason::FormAction),
        evidence.card_number.then_some(AlertReason::CardNumber),
        evidence.changed_script.then_some(AlertReason::ChangedScript),
        evidence.look_alike.as_deref().map(AlertReason::LookAlike),
        evidence.threat.as_deref().map(AlertReason::ThreatList),
        Some(claim),
        (!evidence.proven).then_some(AlertReason::ExtensionLike),
        (evidence.allowed && !evidence.unexplained).then_some(AlertReason::Allowed),
        (evidence.allowed_elsewhere && !evidence.unexplained)
            .then_some(AlertReason::AllowedElsewhere),
        (evidence.related && !evidence.unexplained).then_some(AlertReason::Related),
        evidence.local.then_some(AlertReason::Local),
        (context.is_everywhere && !context.is_common).then_some(AlertReason::CarriedAlong),
        (!context.is_credible).then_some(AlertReason::Disbelieved),
        (evidence.let_pass && !evidence.blocked).then_some(AlertReason::NotBlocked),
        (since > 1).then_some(AlertReason::Intermittent { active, since }),
        seen.silence().map(AlertReason::Back),
    ];
    all.into_iter().flatten()
}

fn duration(length: Duration) -> String {
    let hours = length.as_secs() / 3_600;
    if hours < 48 { format!("{hours} hours") } else { format!("{} days", hours / 24) }
}

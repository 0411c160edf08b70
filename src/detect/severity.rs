//! How much an unknown destination matters, and why.

use std::fmt;
use std::time::Duration;

use super::alert::Severity;
use super::destination_state::DestinationState;
use super::score::Score;
use super::score::weights::{CODE_NETWORKS, CODE_PAGE, PAGE, TICKET};

/// The severity that a score amounts to; `None`: no alert. A page, and a ticket too, needs two networks or a strong reason;
/// for a ticket, a name that resembles another is enough, and so are most visitors of one network.
pub(super) fn of(score: &Score, networks: usize, payment: bool) -> Option<Severity> {
    if score.is_local {
        return None;
    }
    if score.strong.is_empty() && networks < 2 {
        let is_of_network = score.is_of_network && score.total >= TICKET;
        return (score.is_look_alike || is_of_network).then_some(Severity::Ticket);
    }
    if payment && score.total >= PAGE && score.may_page {
        return Some(Severity::Page);
    }
    (score.total >= TICKET).then_some(Severity::Ticket)
}

/// The same of code in a page. `after_new_policy`: it was first reported within a day of a new policy; then
/// the code may be older than the policy.
pub(super) fn of_code(score: &Score, networks: usize, after_new_policy: bool) -> Option<Severity> {
    match of(score, networks, true) {
        Some(Severity::Page)
            if score.total < CODE_PAGE || !score.is_of_most(CODE_NETWORKS) || after_new_policy =>
        {
            Some(Severity::Ticket)
        }
        severity => severity,
    }
}

/// One reason of an alert about a destination, to be read by people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AlertReason<'s> {
    EachAnother,
    PaymentPage,
    FormAction,
    CardNumber,
    ChangedScript,
    LookAlike(&'s str),
    ThreatList(&'s str),
    Confirmed,
    OneClient,
    Clients { clients: usize, networks: usize },
    MostOfNetwork,
    ExtensionLike,
    Allowed,
    AllowedElsewhere,
    Related,
    SharedService,
    Local,
    LikePaymentPage,
    OtherPage,
    NotBlocked,
    Intermittent { active: usize, since: i64 },
    Back(Duration),
}

impl AlertReason<'_> {
    /// The reason without names and numbers: one of a closed set.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::EachAnother => "each visitor reports another host",
            Self::PaymentPage => "on a page where cards are entered",
            Self::FormAction => "a form posts there",
            Self::CardNumber => "a card number stood in its URL",
            Self::ChangedScript => "reached by a script that changed within a day",
            Self::LookAlike(_) => "its name resembles another",
            Self::ThreatList(_) => "it stands on a threat list",
            Self::Confirmed => "others, or a further strong reason, confirm what was a page before",
            Self::OneClient => "one visitor alone says so",
            Self::Clients { .. } => "several visitors say so",
            Self::MostOfNetwork => "most visitors of one network say so, by a script of the site",
            Self::ExtensionLike => "looks like an extension's, which a script can imitate",
            Self::Allowed => "the policy allows it, as where a redirect begins",
            Self::AllowedElsewhere => "the policy allows it for something else",
            Self::Related => "it shares its domain with a known destination",
            Self::SharedService => "anybody can have an account there",
            Self::Local => "it is in the visitor's own network",
            Self::LikePaymentPage => {
                "its path looks like a payment page's, and no page group has it: add a pattern to paths"
            }
            Self::OtherPage => {
                "the report names another page, or none, than the payment page that its sender had opened"
            }
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
            Self::Clients { clients, networks: 0 } => write!(f, "{clients} visitors say so"),
            Self::Clients { clients, networks: 1 } => {
                write!(f, "{clients} visitors in one network say so")
            }
            Self::Clients { clients, networks } => {
                write!(f, "{clients} visitors in {networks} networks say so")
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

/// Why a destination has its severity, the strongest reason first: some lists show that one alone.
pub(super) fn reasons(seen: &DestinationState) -> impl Iterator<Item = AlertReason<'_>> {
    let evidence = &seen.evidence;
    let (clients, networks) = (seen.clients(), seen.distinct_networks());
    let (active, since) = seen.days();
    let claim = if clients > 1 {
        AlertReason::Clients { clients, networks }
    } else {
        AlertReason::OneClient
    };
    let all = [
        seen.is_scattered.then_some(AlertReason::EachAnother),
        evidence.form_action.then_some(AlertReason::FormAction),
        evidence.card_number.then_some(AlertReason::CardNumber),
        evidence.changed_script.then_some(AlertReason::ChangedScript),
        evidence.look_alike.as_deref().map(AlertReason::LookAlike),
        evidence.threat.as_deref().map(AlertReason::ThreatList),
        seen.payment.then_some(AlertReason::PaymentPage),
        seen.is_confirmed().then_some(AlertReason::Confirmed),
        (!seen.is_scattered).then_some(claim),
        evidence.of_network.then_some(AlertReason::MostOfNetwork),
        (!evidence.proven).then_some(AlertReason::ExtensionLike),
        (evidence.allowed && !evidence.unexplained).then_some(AlertReason::Allowed),
        (evidence.allowed_elsewhere && !evidence.unexplained)
            .then_some(AlertReason::AllowedElsewhere),
        (evidence.related && !evidence.unexplained).then_some(AlertReason::Related),
        evidence.of_shared_service.then_some(AlertReason::SharedService),
        evidence.local.then_some(AlertReason::Local),
        evidence.placed_by_likeness.then_some(AlertReason::LikePaymentPage),
        evidence.placed_by_sender.then_some(AlertReason::OtherPage),
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

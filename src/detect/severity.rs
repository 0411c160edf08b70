//! How much an unknown destination matters, and why.

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
    let is_told_by_two = seen.networks().len() > 1;
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
}

/// Why, in words.
pub(super) fn reasons(seen: &Seen, around: Surroundings) -> Vec<String> {
    let traits = &seen.traits;
    let mut reasons = Vec::new();
    let mut when = |holds: bool, reason: &str| {
        if holds {
            reasons.push(reason.to_owned());
        }
    };
    when(seen.payment, "on a page where cards are entered");
    when(traits.form_action, "a form posts there");
    when(traits.card_number, "a card number stood in its URL");
    when(traits.changed_script, "reached by a script that changed within a day");
    if let Some(like) = &traits.look_alike {
        when(true, &format!("its name resembles {like}"));
    }
    let (clients, networks) = (seen.clients(), seen.networks().len());
    when(clients == 1, "one client alone says so");
    when(clients > 1, &format!("{clients} clients in {networks} networks say so"));
    when(!traits.proven, "looks like an extension's, which a script can imitate");
    when(!traits.unexplained, "the policy or the configuration allows it for something else");
    when(around.is_everywhere && !around.is_common, "few visitors bring it along to all pages");
    when(!around.is_believed, "reported amid many invented destinations");
    let (active, since) = seen.days();
    when(since > 1, &format!("active on {active} of {since} days"));
    if let Some(silence) = seen.silence {
        when(true, &format!("back after {} of silence", duration(silence)));
    }
    reasons
}

fn duration(millis: i64) -> String {
    let hours = millis / 3_600_000;
    if hours < 48 { format!("{hours} hours") } else { format!("{} days", hours / 24) }
}

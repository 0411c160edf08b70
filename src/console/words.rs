//! What pages say in words: kinds of alerts, times, decisions.

use maud::{Markup, html};

use crate::audit::html::values::{count, moment};
use crate::base::clock::{DAY, HOUR, MINUTE, Timestamp};
use crate::base::display;
use crate::store::decisions::StoredDecision;

/// What an alert is about, for people.
pub(super) fn alert_words(alert: &str) -> String {
    let words = match alert {
        "unknown_destination" => "data may leave for an unknown destination",
        "card_data_in_url" => "a card number in a URL",
        "integrity" => "a script failed its integrity check, or has no integrity metadata",
        "script_changed" => "a script has changed",
        "script_unapproved" => "a payment page runs a script that nobody approved",
        "policy_changed" => "the policy of pages has changed",
        "site_silent" => "pages that used to report are silent",
        "report_flood" => "more new destinations than there can be",
        "inline_script" => "a payment page runs code that its policy does not allow",
        "destinations_digest" => "the day's new destinations",
        "drill" => "a drill: a theft that nobody commits",
        "host_not_configured" => "pages report that are on a host that is not configured",
        other => return other.replace('_', " "),
    };
    words.to_owned()
}

/// How urgent an alert is.
pub(super) fn severity_words(is_page: bool) -> &'static str {
    if is_page { "urgent" } else { "ticket" }
}

/// How long ago, with the exact time for those who need it.
pub(super) fn ago(at: Timestamp, now: Timestamp) -> Markup {
    let exact = display::seconds(at);
    html! { time datetime=(exact) title={ (moment(at)) " UTC" } { (ago_words(at, now)) } }
}

/// When something was, for people who write it down: "2026-11-29 20:04:00 UTC (3 minutes ago)".
pub(super) fn when(at: Timestamp, now: Timestamp) -> Markup {
    html! { time datetime=(display::seconds(at)) { (moment(at)) " UTC" } " (" (ago_words(at, now)) ")" }
}

pub(super) fn ago_words(at: Timestamp, now: Timestamp) -> String {
    let age = now.since(at);
    let whole = |unit: std::time::Duration| age.as_secs() / unit.as_secs();
    match age {
        _ if age < MINUTE => "just now".to_owned(),
        _ if age < 2 * HOUR => format!("{} ago", count(whole(MINUTE), "minute")),
        _ if age < 2 * DAY => format!("{} ago", count(whole(HOUR), "hour")),
        _ => format!("{} ago", count(whole(DAY), "day")),
    }
}

/// Who decided what: "ada approved it at 2026-11-01 10:00:00 UTC: ours".
pub(super) fn decided(decided: &StoredDecision) -> String {
    let is_undone = decided.is_undone();
    let StoredDecision { by, decision, why, decided_at, until, .. } = decided;
    let until = until
        .filter(|_| !is_undone)
        .map_or_else(String::new, |until| format!(", until {} UTC", moment(until)));
    let words = decision_words(decision, is_undone);
    let extent = decided.extent().in_words();
    format!("{by} {words}{extent} at {} UTC{until}: {why}", moment(*decided_at))
}

/// What was done to a destination, after the name of whoever did it.
pub(super) fn decision_words(decision: &str, is_undone: bool) -> &str {
    match decision {
        _ if is_undone => "took the decision back",
        "approve" => "approved it",
        "ignore" => "ignored it as noise",
        "forget" => "said that it is over",
        "theft" => "called it a theft",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let said = |seconds: u32| ago_words(now - seconds * crate::base::clock::SECOND, now);
        assert_eq!(
            [5, 60, 7_199, 7_200, 172_800].map(said),
            ["just now", "1 minute ago", "119 minutes ago", "2 hours ago", "2 days ago"]
        );
        assert_eq!(ago_words(now + HOUR, now), "just now", "a clock may be ahead");
    }
}

//! What pages say in words: kinds of alerts, times, decisions.

use maud::{Markup, html};

use crate::audit::html::values::{count, moment};
use crate::base::clock::{DAY, HOUR, MINUTE, Timestamp};
use crate::base::display;
pub(super) use crate::base::display::alert as alert_words;
use crate::decisions::{Extent, Undo, extent_words};
use crate::store::decisions::StoredDecision;
use crate::store::scripts::RecordedScriptDecision;

/// How urgent an alert is.
pub(super) fn severity_words(is_page: bool) -> &'static str {
    if is_page { "urgent" } else { "ticket" }
}

/// How long ago, with the exact time for those who need it.
pub(super) fn ago(at: Timestamp, now: Timestamp) -> Markup {
    let exact = display::seconds(at);
    html! { time datetime=(exact) title={ (moment(at)) " UTC" } { (ago_words(at, now)) } }
}

/// When something was or will be: "2026-11-29 20:04:00 UTC".
pub(super) fn exactly(at: Timestamp) -> Markup {
    html! { time datetime=(display::seconds(at)) { (moment(at)) " UTC" } }
}

/// When something was, for people who write it down: "2026-11-29 20:04:00 UTC (3 minutes ago)".
pub(super) fn when(at: Timestamp, now: Timestamp) -> Markup {
    html! { (exactly(at)) " (" (ago_words(at, now)) ")" }
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
    let StoredDecision { by, decision, why, decided_at, until, .. } = decided;
    let undo = decided.undo();
    let until = until
        .filter(|_| undo != Undo::ToNothing)
        .map_or_else(String::new, |until| format!(", until {} UTC", moment(until)));
    let words = decision_words(decision, undo, &decided.extent());
    format!("{by} {words} at {} UTC{until}: {why}", moment(*decided_at))
}

/// What was done to a destination, after the name of whoever did it, and how far it goes.
pub(super) fn decision_words(decision: &str, undo: Undo, extent: &Extent) -> String {
    let extent = extent.in_words();
    let words = match (undo, decision) {
        (Undo::ToNothing, _) => "undid the decision",
        (Undo::ToItself, other) => {
            return format!("undid the decision: {other}{extent} holds again");
        }
        (Undo::No, "approve") => "approved it",
        (Undo::No, "ignore") => "ignored it as noise",
        (Undo::No, "forget") => "said that it is over",
        (Undo::No, "theft") => "called it a theft",
        (Undo::No, other) => other,
    };
    format!("{words}{extent}")
}

/// What was decided about a script, after the name of whoever did it, and how far it goes.
pub(super) fn script_decision_words(decided: &RecordedScriptDecision) -> String {
    let words = match decided.decision.as_str() {
        "approve" if decided.hash.is_empty() => "approved it, whatever it holds",
        "approve" => "approved it",
        "revoke" => "revoked its approval",
        other => other,
    };
    format!("{words}{}", extent_words("", &decided.page_group))
}

/// The violated directives that people meet, each with what it is about.
const DIRECTIVES: [(&str, &str); 18] = [
    ("connect-src", "data sent by scripts"),
    ("script-src", "scripts"),
    ("script-src-elem", "scripts loaded"),
    ("script-src-attr", "code in attributes"),
    ("img-src", "images"),
    ("frame-src", "frames"),
    ("child-src", "frames and workers"),
    ("style-src", "styles"),
    ("style-src-elem", "style sheets loaded"),
    ("style-src-attr", "styles in attributes"),
    ("font-src", "fonts"),
    ("form-action", "forms sent"),
    ("media-src", "sound and video"),
    ("worker-src", "workers"),
    ("manifest-src", "the manifest"),
    ("object-src", "plug-ins"),
    ("base-uri", "the base of addresses"),
    ("default-src", "anything else"),
];

/// A directive with what it is about: `script-src-elem (scripts loaded)`.
pub(super) fn directive_words(directive: &str) -> String {
    match DIRECTIVES.iter().find(|(known, _)| *known == directive) {
        Some((_, words)) => format!("{directive} ({words})"),
        None => directive.to_owned(),
    }
}

/// Whether the browser stopped what a report is about.
pub(super) fn disposition_words(disposition: &str) -> &str {
    match disposition {
        "enforce" => "blocked",
        "report" => "only reported, not blocked",
        "unknown" => "not known whether blocked",
        other => other,
    }
}

/// A browser engine with its version, where that is known.
pub(super) fn engine_words(engine: &str, version: u16) -> String {
    let name = if engine == "other" { "another engine" } else { engine };
    if version == 0 { name.to_owned() } else { format!("{name} {version}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_left_out() {
        assert_eq!(engine_words("chromium", 150), "chromium 150");
        assert_eq!(engine_words("gecko", 0), "gecko");
        assert_eq!(engine_words("other", 0), "another engine");
        assert_eq!(directive_words("script-src-elem"), "script-src-elem (scripts loaded)");
        assert_eq!(directive_words("connection-allowlist"), "connection-allowlist");
        assert_eq!(disposition_words("report"), "only reported, not blocked");
    }

    #[test]
    fn what_undoes_a_decision_is_no_decision_of_its_own() {
        let said = |undo| decision_words("approve", undo, &Extent::of("img-src", ""));
        assert_eq!(said(Undo::No), "approved it for img-src");
        assert_eq!(said(Undo::ToNothing), "undid the decision for img-src");
        assert_eq!(said(Undo::ToItself), "undid the decision: approve for img-src holds again");
    }

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

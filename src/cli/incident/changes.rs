//! What else changed on the sites that a destination touched, from a day before its first report to its last.

use super::DAY_MILLIS;
use super::coverage::Coverage;
use crate::csp::{Effect, differences};
use crate::store::incident::{Decided, Incident, NewScript, SeenPolicy};

/// One of them.
pub(super) struct Change {
    /// In milliseconds since 1970.
    pub(super) at: i64,
    /// Where it lasted.
    pub(super) until: Option<i64>,
    pub(super) what: What,
    pub(super) site: String,
    pub(super) page_group: Option<String>,
    /// What it did to the protection, where that can be told.
    pub(super) effect: Option<Effect>,
    /// Hosts in it are not defanged.
    pub(super) text: String,
}

/// What changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Policy,
    Script,
    Decision,
    Silence,
}

impl What {
    /// Its public name.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Script => "script",
            Self::Decision => "decision",
            Self::Silence => "silence",
        }
    }
}

/// All of them, in the order of time.
pub(super) fn of(found: &Incident, coverage: &Coverage) -> Vec<Change> {
    let time = found.summary.first_seen - DAY_MILLIS..=found.summary.last_seen;
    let mut changes: Vec<Change> = Vec::new();
    for seen in &found.policies {
        changes.extend(seen.has_appeared.then(|| appeared(seen)));
        changes.extend(seen.is_gone.then(|| seen_last(seen)));
    }
    changes.extend(found.new_scripts.iter().map(script));
    changes.extend(found.decisions.iter().map(decision));
    changes.extend(silences(coverage));
    changes.retain(|it| time.contains(&it.at));
    changes.sort_by_key(|it| it.at);
    changes
}

fn appeared(seen: &SeenPolicy) -> Change {
    let before = seen.before.iter().filter(|policy| !policy.is_empty());
    let (differences, effect) = differences(before.map(String::as_str), &seen.policy);
    let text = match &differences[..] {
        _ if seen.before.is_empty() => "the first policy that is known here".to_owned(),
        [] => "another policy; how it differs cannot be told".to_owned(),
        told => format!("another policy: {}", told.join("; ")),
    };
    policy(seen, seen.first, effect, &text)
}

fn seen_last(seen: &SeenPolicy) -> Change {
    policy(seen, seen.last, None, "a policy was seen here for the last time")
}

fn policy(seen: &SeenPolicy, at: i64, effect: Option<Effect>, text: &str) -> Change {
    Change {
        at,
        until: None,
        what: What::Policy,
        site: seen.site.clone(),
        page_group: Some(seen.page_group.clone()),
        effect,
        text: format!("{text} ({})", seen.disposition),
    }
}

fn script(new: &NewScript) -> Change {
    let name = match new.script_host.as_str() {
        "" => "an inline script".to_owned(),
        host => format!("{host}{}", new.script_path),
    };
    let hash = if new.hash.is_empty() { "without a hash" } else { &new.hash };
    let is = if new.earlier > 0 { "has another hash now" } else { "was told of first" };
    Change {
        at: new.first,
        until: None,
        what: What::Script,
        site: new.site.clone(),
        page_group: Some(new.page_group.clone()),
        effect: None,
        text: format!("{name} {is}: {hash}"),
    }
}

fn decision(decided: &Decided) -> Change {
    Change {
        at: decided.decided_at,
        until: decided.until,
        what: What::Decision,
        site: decided.site.clone(),
        page_group: None,
        effect: None,
        text: format!("{} by {}: {}", decided.decision, decided.by, decided.why),
    }
}

fn silences(coverage: &Coverage) -> impl Iterator<Item = Change> {
    coverage.places.iter().flat_map(|place| {
        place.silent.iter().map(|(from, to)| Change {
            at: *from,
            until: Some(*to),
            what: What::Silence,
            site: place.site.clone(),
            page_group: Some(place.page_group.clone()),
            effect: None,
            text: format!("no report of any kind for {} h", (to - from) / super::HOUR_MILLIS),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(policy: &str, before: &[&str]) -> SeenPolicy {
        SeenPolicy {
            site: "shop".to_owned(),
            page_group: "payment".to_owned(),
            disposition: "enforce".to_owned(),
            policy: policy.to_owned(),
            before: before.iter().map(|&text| text.to_owned()).collect(),
            first: 1,
            last: 2,
            has_appeared: true,
            is_gone: false,
        }
    }

    #[test]
    fn a_policy_is_told_by_the_one_before_that_it_is_most_like() {
        let first = appeared(&seen("img-src 'self'", &[]));
        assert_eq!(first.text, "the first policy that is known here (enforce)");
        let other = appeared(&seen(
            "img-src 'self'; connect-src 'self' evil.example",
            &["", "script-src 'none'", "img-src 'self'; connect-src 'self'"],
        ));
        let text = "another policy: connect-src has evil.example now: weakens the policy (enforce)";
        assert_eq!((other.text.as_str(), other.effect), (text, Some(Effect::Weakens)));
        let long = appeared(&seen("", &["img-src 'self'"]));
        assert_eq!(long.text, "another policy; how it differs cannot be told (enforce)");
    }
}

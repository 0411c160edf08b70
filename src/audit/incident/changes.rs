//! What else changed on the sites that a destination touched, from a day before its first report to its last.

use super::coverage::Coverage;
use crate::base::clock::{DAY, Timestamp};
use crate::csp::{Effect, differ_in_reporting_alone, differences};
use crate::store::incident::{Incident, IncidentDecision, IncidentPolicy, NewScript};
use crate::store::inferred_releases::InferredRelease;
use crate::store::releases::Release;

/// One change.
pub struct SiteChange {
    /// When.
    pub at: Timestamp,
    /// The end of what lasts: of a silence, or of a decision that expires.
    pub until: Option<Timestamp>,
    /// What changed.
    pub kind: ChangeKind,
    /// On which site.
    pub site: String,
    /// On which pages; `None` for the whole site.
    pub page_group: Option<String>,
    /// Whether a policy protects more or less than the one before, where that is known.
    pub effect: Option<Effect>,
    /// A description; hosts in it are not defanged.
    pub text: String,
}

/// What changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// A policy appeared, or was seen for the last time.
    Policy,
    /// A page group ran a script for the first time, or with another hash.
    Script,
    /// Somebody decided about the destination.
    Decision,
    /// A release of the site that somebody marked.
    Release,
    /// A release that nobody marked, as scripts that changed together show it.
    InferredRelease,
    /// A page group began to report nothing at all.
    Silence,
}

impl ChangeKind {
    /// Its public name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Script => "script",
            Self::Decision => "decision",
            Self::Release => "release",
            Self::InferredRelease => "inferred_release",
            Self::Silence => "silence",
        }
    }
}

/// All changes, in the order of time.
pub(super) fn changes(incident: &Incident, coverage: &Coverage) -> Vec<SiteChange> {
    let time = incident.summary.first_seen - DAY..=incident.summary.last_seen;
    let mut changes: Vec<SiteChange> = Vec::new();
    for policy in &incident.policies {
        changes.extend((policy.has_appeared && !is_twin(policy)).then(|| appeared(policy)));
        changes.extend(policy.is_gone.then(|| seen_last(policy)));
    }
    changes.extend(incident.new_scripts.iter().map(script));
    changes.extend(incident.decisions.iter().map(decision));
    let began = incident.summary.first_seen;
    changes.extend(incident.releases.iter().map(|release| released(release, began)));
    changes.extend(incident.inferred.iter().map(|release| inferred(release, began)));
    changes.extend(silences(coverage));
    changes.retain(|change| time.contains(&change.at));
    changes.sort_by_key(|change| change.at);
    changes
}

/// Whether one before it allows the same and only reports in another way: pages send both, and neither is a change.
fn is_twin(policy: &IncidentPolicy) -> bool {
    policy.before.iter().any(|before| differ_in_reporting_alone(before, &policy.policy))
}

fn appeared(policy: &IncidentPolicy) -> SiteChange {
    let before = policy.before.iter().filter(|text| !text.is_empty());
    let (differences, effect) = differences(before.map(String::as_str), &policy.policy);
    let text = match &differences[..] {
        _ if policy.before.is_empty() => "the first policy that is known here".to_owned(),
        [] => "another policy; the difference is unknown".to_owned(),
        differences => format!("another policy: {}", differences.join("; ")),
    };
    policy_change(policy, policy.first, effect, &text)
}

fn seen_last(policy: &IncidentPolicy) -> SiteChange {
    policy_change(policy, policy.last, None, "a policy was seen here for the last time")
}

fn policy_change(
    policy: &IncidentPolicy,
    at: Timestamp,
    effect: Option<Effect>,
    text: &str,
) -> SiteChange {
    SiteChange {
        at,
        until: None,
        kind: ChangeKind::Policy,
        site: policy.site.clone(),
        page_group: Some(policy.page_group.clone()),
        effect,
        text: format!("{text} ({})", policy.disposition),
    }
}

fn script(script: &NewScript) -> SiteChange {
    let name = match script.script_host.as_str() {
        "" => "an inline script".to_owned(),
        host => format!("{host}{}", script.script_path),
    };
    let hash = if script.hash.is_empty() { "without a hash" } else { &script.hash };
    let event = if script.earlier > 0 { "has another hash now" } else { "was reported first" };
    SiteChange {
        at: script.first,
        until: None,
        kind: ChangeKind::Script,
        site: script.site.clone(),
        page_group: Some(script.page_group.clone()),
        effect: None,
        text: format!("{name} {event}: {hash}"),
    }
}

fn decision(decision: &IncidentDecision) -> SiteChange {
    SiteChange {
        at: decision.decided_at,
        until: decision.until.filter(|_| !decision.is_undone()),
        kind: ChangeKind::Decision,
        site: decision.site.clone(),
        page_group: None,
        effect: None,
        text: format!("{} by {}: {}", decision.in_words(), decision.by, decision.why),
    }
}

fn released(release: &Release, began: Timestamp) -> SiteChange {
    let environment = match release.environment.as_str() {
        "" => String::new(),
        environment => format!(" ({environment})"),
    };
    let before = before(release.at, began);
    SiteChange {
        at: release.at,
        until: None,
        kind: ChangeKind::Release,
        site: release.site.clone(),
        page_group: None,
        effect: None,
        text: format!("{}{environment} by {}{before}", release.version, release.by),
    }
}

fn inferred(release: &InferredRelease, began: Timestamp) -> SiteChange {
    let before = before(release.at, began);
    SiteChange {
        at: release.at,
        until: Some(release.until),
        kind: ChangeKind::InferredRelease,
        site: release.site.clone(),
        page_group: None,
        effect: None,
        text: format!("inferred, nobody marked it: {}{before}", release.words()),
    }
}

/// How long before the first report something happened, in words; empty for what came later.
fn before(at: Timestamp, began: Timestamp) -> String {
    match began.since(at).as_secs() {
        _ if at > began => String::new(),
        seconds @ 0..7_200 => format!(", {} min before the first report", seconds / 60),
        seconds => format!(", {} h before the first report", seconds / 3_600),
    }
}

fn silences(coverage: &Coverage) -> impl Iterator<Item = SiteChange> {
    coverage.silent_stretches().map(|(group, from, to)| SiteChange {
        at: from,
        until: Some(to),
        kind: ChangeKind::Silence,
        site: group.site.clone(),
        page_group: Some(group.page_group.clone()),
        effect: None,
        text: format!("no report of any kind for {} h", to.since(from).as_secs() / 3_600),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str, before: &[&str]) -> IncidentPolicy {
        IncidentPolicy {
            site: "shop".to_owned(),
            page_group: "payment".to_owned(),
            disposition: "enforce".to_owned(),
            policy: text.to_owned(),
            before: before.iter().map(|&text| text.to_owned()).collect(),
            first: Timestamp::from_hour(1),
            last: Timestamp::from_hour(2),
            has_appeared: true,
            is_gone: false,
        }
    }

    #[test]
    fn a_release_says_how_long_after_it_the_first_report_came() {
        let text = |environment: &str, seconds: i64| {
            let release = Release {
                site: "shop".to_owned(),
                version: "1.42".to_owned(),
                environment: environment.to_owned(),
                at: Timestamp::from_seconds(100_000 - seconds),
                by: "pipeline".to_owned(),
            };
            released(&release, Timestamp::from_seconds(100_000)).text
        };
        assert_eq!(text("", 250), "1.42 by pipeline, 4 min before the first report");
        assert_eq!(text("live", 7_200), "1.42 (live) by pipeline, 2 h before the first report");
        assert_eq!(text("", -60), "1.42 by pipeline");
    }

    #[test]
    fn an_inferred_release_says_that_nobody_marked_it() {
        let release = InferredRelease {
            site: "shop".to_owned(),
            domain: "shop.example".to_owned(),
            at: Timestamp::from_seconds(99_700),
            until: Timestamp::from_seconds(99_800),
            changed: 6,
            scripts: Vec::new(),
        };
        let change = inferred(&release, Timestamp::from_seconds(100_000));
        let text = "inferred, nobody marked it: 6 scripts of shop.example changed together, 5 min before the first report";
        assert_eq!((change.kind.as_str(), &*change.text), ("inferred_release", text));
        assert_eq!(change.until, Some(release.until));
    }

    #[test]
    fn a_policy_that_only_reports_in_another_way_is_no_change() {
        let policy = |before: &[&str]| policy("img-src 'self';report-to;", before);
        assert!(is_twin(&policy(&["script-src 'self';", "img-src 'self';report-uri;"])));
        assert!(!is_twin(&policy(&["img-src 'self' a.example;report-uri;"])));
        assert!(!is_twin(&policy(&[""])), "its text is too long");
        assert!(!is_twin(&policy(&[])), "the first one");
    }

    #[test]
    fn a_policy_is_compared_with_the_most_similar_one_before() {
        let first = appeared(&policy("img-src 'self'", &[]));
        assert_eq!(first.text, "the first policy that is known here (enforce)");
        let other = appeared(&policy(
            "img-src 'self'; connect-src 'self' evil.example",
            &["", "script-src 'none'", "img-src 'self'; connect-src 'self'"],
        ));
        let text = "another policy: connect-src has evil.example now: weakens the policy (enforce)";
        assert_eq!((other.text.as_str(), other.effect), (text, Some(Effect::Weakens)));
        let long = appeared(&policy("", &["img-src 'self'"]));
        assert_eq!(long.text, "another policy; the difference is unknown (enforce)");
    }
}

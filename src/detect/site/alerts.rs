//! The alerts about destinations and about code, in words.

use super::super::alert::{Alert, AlertKind, Severity};
use super::super::destinations::DestinationKey;
use super::super::noted_releases::in_words;
use super::super::score::Score;
use super::super::severity;
use super::assessment::Subject;
use super::{SiteState, ticket};

/// The reason that only drills have.
const DRILL: &str = "a drill, which `cspwatch drill` or `cspwatch doctor` began: nothing left";

impl SiteState {
    /// The alert about a finding. `others`: its destinations beside the leader.
    pub(super) fn alert<'d>(
        &self,
        subject: Subject,
        key: &DestinationKey,
        severity: Severity,
        score: &Score,
        others: impl Iterator<Item = &'d Box<str>>,
    ) -> Alert {
        let (kind, destination, states) = match subject {
            Subject::Destination => {
                (AlertKind::UnknownDestination, &*key.destination, &self.destinations)
            }
            Subject::Code => (AlertKind::InlineScript, "", &self.code),
            Subject::Drill => (AlertKind::Drill, &*key.destination, &self.drills),
        };
        let mut alert = Alert {
            severity,
            score: Some(score.total),
            evidence: score.evidence(),
            reasons: Vec::new(),
            ..ticket(kind, &key.page_group, destination, 0, "")
        };
        let Some(state) = states.get(key) else { return alert };
        alert.reports = state.reports;
        alert.clients = state.clients();
        alert.pages = state.pages().to_vec();
        alert.reasons = severity::reasons(state).map(|reason| reason.to_string()).collect();
        if let Some((release, after)) = self.releases.before(state.first) {
            let after = in_words(after);
            alert
                .reasons
                .push(format!("first reported {after} after the release {}", release.version));
        }
        match subject {
            Subject::Code => {
                alert.reasons.extend(state.code.as_deref().map(str::to_owned));
                alert.reasons.push(format!("finding {}", key.destination));
            }
            Subject::Drill => alert.reasons.push(DRILL.to_owned()),
            Subject::Destination => {
                if state.evidence.card_number && severity == Severity::Page {
                    alert.kind = AlertKind::CardDataInUrl;
                }
                alert.destinations = listed(key, others);
            }
        }
        alert
    }
}

/// The destinations of a finding, the leader first; empty where it is alone.
fn listed<'d>(leader: &DestinationKey, others: impl Iterator<Item = &'d Box<str>>) -> Vec<String> {
    let mut all: Vec<String> = vec![leader.destination.to_string()];
    for name in others {
        if !all.contains(&name.to_string()) {
            all.push(name.to_string());
        }
    }
    if all.len() > 1 { all } else { Vec::new() }
}

//! The reasons of a suggestion in words.

use super::build::{BroadSource, TrialState};
use super::draft::{DraftSource, Rationale, source_text};
use super::navigation::OutgoingLink;
use super::trust::{Distrust, Trust};
use crate::base::display::{moment, safe};
use crate::csp::Source;
use crate::store::policy::{PagePolicy, PolicyDecision};
use crate::store::scripts::RecordedScriptDecision;

/// Why a source is in a draft.
pub fn rationale(source: &DraftSource) -> String {
    let is_host = matches!(source.source, Source::Host(_));
    let taken_over = |from: &str, reason: &Option<Trust>| match reason {
        Some(reason) => format!("{from}; {}", trust(reason)),
        None if is_host => format!("{from}; neither configured nor approved"),
        None => from.to_owned(),
    };
    safe(&match &source.rationale {
        Rationale::Current(reason) => taken_over("the current policy has it", reason),
        Rationale::Tried(hash, reason) => {
            taken_over(&format!("the policy {hash}, which was tried, has it"), reason)
        }
        Rationale::Reported(reason) => trust(reason),
        Rationale::ApprovedScript(approval) => script_approval(approval),
        Rationale::Embedded => {
            "the page contains it: no code, and no data leaves the page by it".to_owned()
        }
        Rationale::StartingPoint => "a policy starts with it if nothing is known".to_owned(),
        Rationale::Replacement => "it replaces something broad".to_owned(),
        Rationale::Diagnostic => "it makes browsers report more".to_owned(),
    })
}

/// Who expects a host.
pub fn trust(reason: &Trust) -> String {
    match reason {
        Trust::Own(Some(pattern)) => format!("own: site.hosts has \"{pattern}\""),
        Trust::Own(None) => "own".to_owned(),
        Trust::Known(pattern) => format!("known: \"{pattern}\" is in known"),
        Trust::Approved(approval) => format!("approved by {}", decision(approval)),
    }
}

/// What is said of a host that the pages lead to, and whether the list has it.
pub fn link(link: &OutgoingLink) -> String {
    match &link.assessment {
        Ok(reason) => trust(reason),
        Err(Distrust::Unknown) if link.is_listed => {
            "unknown as a link; the list has it for something else".to_owned()
        }
        Err(reason) => distrust(reason),
    }
}

/// Why nobody does.
pub fn distrust(reason: &Distrust) -> String {
    match reason {
        Distrust::Unknown => "unknown".to_owned(),
        Distrust::Ignored(ignored) => format!("ignored by {}", decision(ignored)),
        Distrust::Listed(list) => format!("on the threat list {list}"),
    }
}

fn decision(decision: &PolicyDecision) -> String {
    let until =
        decision.until.map_or_else(String::new, |until| format!(", until {} UTC", moment(until)));
    format!("{} on {} UTC: {}{until}", decision.by, moment(decision.at), decision.why)
}

/// Who approved a script, when and why.
pub fn script_approval(approval: &RecordedScriptDecision) -> String {
    let RecordedScriptDecision { by, decided_at, justification, .. } = approval;
    format!("approved by {by} on {} UTC: {justification}", moment(*decided_at))
}

/// What is broad, and why it stays.
pub fn broad(broad: &BroadSource) -> String {
    let directive = &broad.directive;
    let what = match &broad.source {
        Some(source) => format!("{directive} {}", source_text(source)),
        None => format!("{directive} is missing, and no other directive decides in its place"),
    };
    let state = match broad.state {
        TrialState::Untried => "no policy that forbids it was in force over the range".to_owned(),
        TrialState::InUse(reports) => {
            format!("it is in use: {reports} reports of a policy that forbids it")
        }
    };
    safe(&format!("{what}: {state}"))
}

/// Which policy counts as the current one.
pub fn current(current: Option<&PagePolicy>) -> String {
    match current {
        None => "unknown".to_owned(),
        Some(supplied) if supplied.is_supplied() => "the one from --current".to_owned(),
        Some(seen) => format!(
            "{} ({}), carried by reports from {} to {} UTC, {} of them in the last tenth of the range; if that is wrong, give \
             cspwatch policy the right one with --current",
            safe(&seen.hash),
            seen.disposition.as_str(),
            moment(seen.first_seen),
            moment(seen.last_seen),
            seen.recent,
        ),
    }
}

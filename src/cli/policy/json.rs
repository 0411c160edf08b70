//! The suggestion as JSON; docs/commands/policy.md describes it.

use serde_json::{Value, json};

use super::{PolicyReport, inline};
use crate::audit::policy_advice::{
    Advice, AllowlistEntry, BroadSource, ConnectionAdvice, Distrust, DraftSource, DroppedSource,
    IntegrityStatus, MaskedSource, Obstacle, Occurrences, OmittedSources, OutgoingLink,
    PolicyDraft, Rationale, ReplayedReport, TrialState, Trust, UntrustedUse, reasons, source_text,
};
use crate::csp::{PolicyChange, Source};
use crate::store::policy::{PagePolicy, PolicyDecision};

pub(super) fn of(report: &PolicyReport<'_>) -> Value {
    let groups = report.groups.iter().map(|(name, advice)| match advice {
        Some(advice) => page_group(name, advice),
        None => json!({ "page_group": **name, "has_reports": false }),
    });
    json!({
        "site": *report.site.name,
        "from": report.from.to_string(),
        "to": report.to.to_string(),
        "truncated": report.is_truncated,
        "page_groups": groups.collect::<Vec<_>>(),
    })
}

fn page_group(name: &str, advice: &Advice<'_>) -> Value {
    let suggestion = &advice.suggestion;
    let headers = advice.headers.iter();
    let headers = headers.map(|header| json!({ "name": header.name, "value": header.value }));
    let changes = advice.changes().unwrap_or_default();
    let without_nonce = suggestion.without_nonce.iter();
    let without_nonce = without_nonce.map(|source| draft_source("script-src", source));
    json!({
        "page_group": name,
        "has_reports": true,
        "present": advice.current.map(current),
        "may_enforce": suggestion.may_enforce,
        "headers": headers.collect::<Vec<_>>(),
        "policy": suggestion.now.text(),
        "sources": draft_sources(&suggestion.now),
        "trial": suggestion.strict.text(),
        "trial_sources": draft_sources(&suggestion.strict),
        "broad": suggestion.broad.iter().map(broad).collect::<Vec<_>>(),
        "without_nonce": without_nonce.collect::<Vec<_>>(),
        "omitted": suggestion.omitted.iter().map(omitted).collect::<Vec<_>>(),
        "masked": suggestion.masked.iter().map(masked).collect::<Vec<_>>(),
        "dropped": suggestion.dropped.iter().map(dropped).collect::<Vec<_>>(),
        "left_out": suggestion.untrusted.iter().map(untrusted).collect::<Vec<_>>(),
        "history": advice.replay.iter().map(replayed).collect::<Vec<_>>(),
        "differences": changes.iter().map(change).collect::<Vec<_>>(),
        "integrity": integrity(advice.integrity),
        "inline_scripts": inline::json(&advice.inline),
        "connection_allowlist": connections(&advice.connections),
    })
}

/// The current policy. What only reports can show is null for a supplied one.
fn current(policy: &PagePolicy) -> Value {
    let seen = (!policy.is_supplied()).then_some(policy);
    json!({
        "is_given": seen.is_none(),
        "policy_hash": seen.map(|policy| &policy.hash),
        "disposition": seen.map(|policy| policy.disposition.as_str()),
        "first_seen": seen.map(|policy| policy.first_seen.to_string()),
        "last_seen": seen.map(|policy| policy.last_seen.to_string()),
        "reports_lately": seen.map(|policy| policy.recent),
    })
}

fn draft_sources(draft: &PolicyDraft) -> Vec<Value> {
    let directives = draft.directives.iter();
    let sources = directives.flat_map(|directive| {
        directive.sources.iter().map(|source| draft_source(&directive.name, source))
    });
    sources.collect()
}

fn draft_source(directive: &str, source: &DraftSource) -> Value {
    let because = match &source.rationale {
        Rationale::Current(_) => "present",
        Rationale::Tried(..) => "tried",
        Rationale::Reported(_) => "reported",
        Rationale::ApprovedScript(_) => "approved",
        Rationale::Embedded => "carried",
        Rationale::StartingPoint => "beginning",
        Rationale::Replacement => "instead",
        Rationale::Diagnostic => "telling",
    };
    let reason = match &source.rationale {
        Rationale::Reported(reason)
        | Rationale::Current(Some(reason))
        | Rationale::Tried(_, Some(reason)) => Some(trust(reason)),
        _ => None,
    };
    let seen = source.occurrences;
    json!({
        "directive": directive,
        "source": source_text(&source.source),
        "because": because,
        "vouched": reason,
        "why": reasons::rationale(source),
        "reports": seen.map(|seen| seen.reports),
        "first_seen": seen.map(|seen| seen.first_seen.to_string()),
        "last_seen": seen.map(|seen| seen.last_seen.to_string()),
    })
}

fn trust(reason: &Trust) -> Value {
    match reason {
        Trust::Own(pattern) => json!({ "verdict": "own", "key": "site.hosts", "pattern": pattern }),
        Trust::Known(pattern) => {
            json!({ "verdict": "known", "key": "site.known", "pattern": pattern })
        }
        Trust::Approved(approval) => {
            json!({ "verdict": "approved", "decision": decision(approval) })
        }
    }
}

fn distrust(reason: &Distrust) -> Value {
    match reason {
        Distrust::Unknown => json!({ "verdict": "unknown" }),
        Distrust::Ignored(ignored) => {
            json!({ "verdict": "ignored", "decision": decision(ignored) })
        }
        Distrust::Listed(list) => json!({ "verdict": "listed", "threat_list": list }),
    }
}

fn decision(decision: &PolicyDecision) -> Value {
    json!({
        "by": decision.by,
        "why": decision.why,
        "at": decision.at.to_string(),
        "until": decision.until.map(|until| until.to_string()),
    })
}

fn broad(broad: &BroadSource) -> Value {
    let uses = match broad.state {
        TrialState::InUse(reports) => Some(reports),
        TrialState::Untried => None,
    };
    json!({
        "directive": broad.directive,
        "source": broad.source.as_ref().map(Source::to_string),
        "is_tried": uses.is_some(),
        "uses": uses,
    })
}

fn omitted(omitted: &OmittedSources) -> Value {
    json!({ "directive": omitted.directive, "sources": omitted.sources })
}

fn masked(masked: &MaskedSource) -> Value {
    json!({ "directive": masked.directive, "source": masked.source })
}

fn dropped(dropped: &DroppedSource) -> Value {
    json!({
        "directive": dropped.directive,
        "source": source_text(&dropped.source),
        "doubt": distrust(&dropped.distrust),
    })
}

fn untrusted(untrusted: &UntrustedUse) -> Value {
    let seen = untrusted.occurrences;
    json!({
        "directive": untrusted.directive,
        "what": untrusted.what,
        "doubt": untrusted.distrust.as_ref().map(distrust),
        "reports": seen.reports,
        "first_seen": seen.first_seen.to_string(),
        "last_seen": seen.last_seen.to_string(),
    })
}

fn replayed(replayed: &ReplayedReport<'_>) -> Value {
    let (report, seen) = (replayed.report, replayed.occurrences);
    let assessment = replayed.assessment.as_ref();
    json!({
        "fate": replayed.fate.as_str(),
        "directive": report.directive,
        "scheme": report.blocked.scheme,
        "host": report.blocked.host,
        "port": report.blocked.port,
        "path": report.blocked.path,
        "document_host": report.document_host,
        "verdict": report.verdict.as_str(),
        "said": assessment.map(|assessment| assessment.as_ref().map_or_else(distrust, trust)),
        "reports": seen.reports,
        "first_seen": seen.first_seen.to_string(),
        "last_seen": seen.last_seen.to_string(),
    })
}

fn change(change: &PolicyChange<'_>) -> Value {
    json!({ "change": change.to_string(), "effect": change.effect().as_str() })
}

fn integrity(status: IntegrityStatus) -> Value {
    let (state, reports) = match status {
        IntegrityStatus::NoReports => ("unheard", 0),
        IntegrityStatus::Missing(reports) => ("lacking", reports),
        IntegrityStatus::Complete => ("complete", 0),
    };
    json!({ "state": state, "reports": reports })
}

fn connections(advice: &ConnectionAdvice) -> Value {
    let navigation = &advice.navigation;
    let reports = |seen: Option<Occurrences>| seen.map_or(0, |seen| seen.reports);
    json!({
        "entries": advice.entries.iter().map(entry).collect::<Vec<_>>(),
        "omitted": advice.omitted,
        "inexpressible": advice.inexpressible,
        "unconfirmed": advice.unconfirmed,
        "links": navigation.links.iter().map(link).collect::<Vec<_>>(),
        "redirects": reports(navigation.redirects),
        "app_links": reports(navigation.app_links),
        "webrtc": reports(navigation.peers),
        "obstacles": advice.obstacles.iter().map(obstacle).collect::<Vec<_>>(),
    })
}

fn entry(entry: &AllowlistEntry) -> Value {
    let seen = entry.occurrences;
    json!({
        "pattern": entry.pattern,
        "vouched": trust(&entry.trust),
        "why": reasons::trust(&entry.trust),
        "reports": seen.map(|seen| seen.reports),
        "first_seen": seen.map(|seen| seen.first_seen.to_string()),
        "last_seen": seen.map(|seen| seen.last_seen.to_string()),
    })
}

fn link(link: &OutgoingLink) -> Value {
    let seen = link.occurrences;
    json!({
        "host": link.host,
        "is_listed": link.is_listed,
        "said": link.assessment.as_ref().map_or_else(distrust, trust),
        "reports": seen.reports,
        "first_seen": seen.first_seen.to_string(),
        "last_seen": seen.last_seen.to_string(),
    })
}

fn obstacle(obstacle: &Obstacle) -> Value {
    json!({
        "obstacle": obstacle.as_str(),
        "reports": obstacle.reports(),
        "why": obstacle.words(),
    })
}

//! The suggestion for machines; docs/commands/policy.md describes it.

use serde_json::{Value, json};

use super::{Advice, Told, words};
use crate::audit::policy_advice::{
    Because, Carried, Decided, Doubt, Draft, Entry, Integrity, Judged, LeftOut, State, Vouch, Wide,
    spelled,
};
use crate::csp::Source;

pub(super) fn of(told: &Told<'_>) -> Value {
    let groups = told.groups.iter().map(|(name, advice)| match advice {
        Some(advice) => group(name, advice),
        None => json!({ "page_group": **name, "is_heard": false }),
    });
    json!({
        "site": *told.site.name,
        "from": told.from.to_string(),
        "to": told.to.to_string(),
        "is_cut": told.is_cut,
        "page_groups": groups.collect::<Vec<_>>(),
    })
}

fn group(name: &str, advice: &Advice<'_>) -> Value {
    let suggestion = &advice.suggestion;
    let headers = advice.headers.iter().map(|it| json!({ "name": it.name, "value": it.value }));
    let policy = suggestion.now.policy();
    let changes = advice.present.map(|present| present.policy.diff(&policy));
    let changes = changes
        .iter()
        .flatten()
        .map(|it| json!({ "change": it.to_string(), "effect": it.effect().as_str() }));
    json!({
        "page_group": name,
        "is_heard": true,
        "present": advice.present.map(present),
        "may_enforce": suggestion.may_enforce,
        "headers": headers.collect::<Vec<_>>(),
        "policy": suggestion.now.text(),
        "sources": sources(&suggestion.now),
        "trial": suggestion.strict.text(),
        "trial_sources": sources(&suggestion.strict),
        "broad": suggestion.wide.iter().map(wide).collect::<Vec<_>>(),
        "without_nonce": suggestion.without_nonce.iter().map(|it| entry("script-src", it)).collect::<Vec<_>>(),
        "beyond": suggestion.beyond.iter().map(|(directive, sources)| {
            json!({ "directive": directive, "sources": sources })
        }).collect::<Vec<_>>(),
        "dropped": suggestion.dropped.iter().map(|(directive, source, said)| {
            json!({ "directive": directive, "source": spelled(source), "doubt": doubt(said) })
        }).collect::<Vec<_>>(),
        "left_out": suggestion.left_out.iter().map(left_out).collect::<Vec<_>>(),
        "history": advice.history.iter().map(judged).collect::<Vec<_>>(),
        "differences": changes.collect::<Vec<_>>(),
        "integrity": integrity(advice.integrity),
    })
}

fn present(it: &Carried) -> Value {
    let is_given = it.hash.is_empty();
    json!({
        "is_given": is_given,
        "policy_hash": (!is_given).then_some(&it.hash),
        "disposition": (!is_given).then(|| it.disposition.as_str()),
        "first_seen": (!is_given).then(|| it.first_seen.to_string()),
        "last_seen": (!is_given).then(|| it.last_seen.to_string()),
        "reports_lately": (!is_given).then_some(it.recent),
    })
}

fn sources(draft: &Draft) -> Vec<Value> {
    let lists = draft.lists.iter();
    lists.flat_map(|list| list.entries.iter().map(|it| entry(&list.directive, it))).collect()
}

fn entry(directive: &str, it: &Entry) -> Value {
    let because = match &it.because {
        Because::Present(_) => "present",
        Because::Tried(..) => "tried",
        Because::Reported(_) => "reported",
        Because::Carried => "carried",
        Because::Beginning => "beginning",
        Because::Instead => "instead",
        Because::Telling => "telling",
    };
    let said = match &it.because {
        Because::Reported(said) | Because::Present(Some(said)) | Because::Tried(_, Some(said)) => {
            Some(vouch(said))
        }
        _ => None,
    };
    json!({
        "directive": directive,
        "source": spelled(&it.source),
        "because": because,
        "vouched": said,
        "why": words::because(it),
        "reports": it.told.map(|told| told.reports),
        "first_seen": it.told.map(|told| told.first_seen.to_string()),
        "last_seen": it.told.map(|told| told.last_seen.to_string()),
    })
}

fn vouch(said: &Vouch) -> Value {
    match said {
        Vouch::Own(pattern) => json!({ "verdict": "own", "key": "site.hosts", "pattern": pattern }),
        Vouch::Known(pattern) => {
            json!({ "verdict": "known", "key": "site.known", "pattern": pattern })
        }
        Vouch::Approved(it) => json!({ "verdict": "approved", "decision": decided(it) }),
    }
}

fn doubt(said: &Doubt) -> Value {
    match said {
        Doubt::Unknown => json!({ "verdict": "unknown" }),
        Doubt::Ignored(it) => json!({ "verdict": "ignored", "decision": decided(it) }),
        Doubt::Listed(list) => json!({ "verdict": "listed", "threat_list": list }),
    }
}

fn decided(it: &Decided) -> Value {
    json!({
        "by": it.by,
        "why": it.why,
        "at": it.at.to_string(),
        "until": it.until.map(|until| until.to_string()),
    })
}

fn wide(it: &Wide) -> Value {
    json!({
        "directive": it.directive,
        "source": it.source.as_ref().map(Source::to_string),
        "is_tried": matches!(it.state, State::InUse(_)),
        "uses": match it.state { State::InUse(reports) => Some(reports), State::Untried => None },
    })
}

fn left_out(it: &LeftOut) -> Value {
    json!({
        "directive": it.directive,
        "what": it.what,
        "doubt": it.doubt.as_ref().map(doubt),
        "reports": it.told.reports,
        "first_seen": it.told.first_seen.to_string(),
        "last_seen": it.told.last_seen.to_string(),
    })
}

fn judged(it: &Judged<'_>) -> Value {
    let blocked = &it.reported.blocked;
    json!({
        "fate": it.fate.as_str(),
        "directive": it.reported.directive,
        "scheme": blocked.scheme,
        "host": blocked.host,
        "port": blocked.port,
        "path": blocked.path,
        "document_host": it.reported.document_host,
        "verdict": it.reported.verdict.as_str(),
        "said": match &it.said { Some(Ok(said)) => Some(vouch(said)), Some(Err(said)) => Some(doubt(said)), None => None },
        "reports": it.told.reports,
        "first_seen": it.told.first_seen.to_string(),
        "last_seen": it.told.last_seen.to_string(),
    })
}

fn integrity(it: Integrity) -> Value {
    let state = match it {
        Integrity::Unheard => "unheard",
        Integrity::Lacking(_) => "lacking",
        Integrity::Complete => "complete",
    };
    json!({ "state": state, "reports": match it { Integrity::Lacking(reports) => reports, _ => 0 } })
}

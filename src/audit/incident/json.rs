//! The exposure window for machines. The names are public.

use serde_json::{Value, json};

use super::{Coverage, ExposureWindow, SiteChange};
use crate::audit::decided::with_marks;
use crate::base::display::{day, time};
use crate::csp::Effect;
use crate::decisions::standings;
use crate::store::incident::{
    ActivePeriod, IncidentAlert, IncidentDecision, IncidentPage, IncidentScript, IncidentTag,
    Related,
};

/// The whole window as one object; docs/commands/incident.md describes it.
pub fn as_json(window: &ExposureWindow) -> Value {
    let incident = &window.incident;
    let summary = &incident.summary;
    json!({
        "destination": window.destination,
        "site": window.only_site(),
        "sites": summary.sites,
        "page_groups": summary.page_groups,
        "first_seen": time(summary.first_seen),
        "last_seen": time(summary.last_seen),
        "reports": summary.reports,
        "reports_without_tag": summary.without_tag,
        "redelivered": incident.redelivered,
        "clients": summary.clients,
        "networks": summary.networks,
        "estimates": { "fields": ["clients", "networks"], "exact_below": 65_536, "error_beyond": 0.01 },
        "active_days": summary.active_days.iter().copied().map(day).collect::<Vec<_>>(),
        "active_periods": list(&incident.periods, period),
        "pages": list(&incident.pages, page),
        "channels": window.channels(),
        "dispositions": window.dispositions(),
        "directives": window.directives(),
        "engines": window.engines(),
        "scripts": list(&incident.scripts, script),
        "tags": list(&incident.tags, tag),
        "alerts": list(&incident.alerts, alert),
        "decisions": decisions(&incident.decisions),
        "related": list(&incident.related, related),
        "changes": list(&window.changes, change),
        "coverage": coverage(&window.coverage),
    })
}

fn list<T>(items: &[T], as_json: fn(&T) -> Value) -> Vec<Value> {
    items.iter().map(as_json).collect()
}

fn period(period: &ActivePeriod) -> Value {
    json!({
        "from": time(period.period_from),
        "to": time(period.period_to),
        "reports": period.reports,
        "clients": period.clients,
    })
}

fn page(page: &IncidentPage) -> Value {
    json!({
        "site": page.site,
        "page_group": page.page_group,
        "path": page.path,
        "reports": page.reports,
        "clients": page.clients,
        "first_seen": time(page.first_seen),
        "last_seen": time(page.last_seen),
    })
}

fn script(script: &IncidentScript) -> Value {
    json!({
        "blocked_host": script.blocked_host,
        "blocked_path": script.blocked_path,
        "source_host": script.source_host,
        "source_path": script.source_path,
        "reports": script.reports,
        "first_seen": time(script.first),
        "last_seen": time(script.last),
    })
}

fn tag(tag: &IncidentTag) -> Value {
    json!({
        "tag": tag.tag,
        "signed": tag.signed,
        "first_seen": time(tag.first_seen),
        "last_seen": time(tag.last_seen),
        "reports": tag.reports,
        "pages": tag.pages,
    })
}

fn alert(alert: &IncidentAlert) -> Value {
    json!({
        "at": time(alert.raised),
        "alert": alert.alert,
        "severity": alert.severity,
        "site": alert.site,
        "page_group": alert.page_group,
        "score": alert.score,
        "clients": alert.visitors,
        "why": alert.why,
    })
}

fn decisions(decisions: &[IncidentDecision]) -> Vec<Value> {
    let standings = standings(decisions.iter().map(IncidentDecision::logged));
    with_marks(decisions.iter().map(decision), standings)
}

fn decision(decision: &IncidentDecision) -> Value {
    json!({
        "at": time(decision.decided_at),
        "site": decision.site,
        "decision": decision.decision,
        "directive": decision.directive,
        "page_group": decision.page_group,
        "by": decision.by,
        "why": decision.why,
        "until": decision.until.map(time),
    })
}

fn related(related: &Related) -> Value {
    let scripts = related.scripts.iter();
    json!({
        "destination": related.destination,
        "why": related.why(),
        "first_seen": time(related.first_seen),
        "last_seen": time(related.last_seen),
        "reports": related.reports,
        "page_groups": related.page_groups,
        "scripts": scripts
            .map(|(host, path)| json!({"source_host": host, "source_path": path})).collect::<Vec<_>>(),
        "pages": related.pages,
        "hours": {
            "shared": related.hours.shared,
            "of": related.hours.its,
            "others": related.hours.others,
        },
    })
}

fn change(change: &SiteChange) -> Value {
    json!({
        "at": time(change.at),
        "until": change.until.map(time),
        "what": change.kind.as_str(),
        "site": change.site,
        "page_group": change.page_group,
        "effect": change.effect.map(Effect::as_str),
        "text": change.text,
    })
}

fn coverage(coverage: &Coverage) -> Value {
    let groups = coverage.page_groups.iter().map(|group| {
        let silent = group.silent.iter();
        json!({
            "site": group.site,
            "page_group": group.page_group,
            "hours": group.hours,
            "hours_without_reports": group.silent_hours(),
            "silent": silent
                .map(|(from, to)| json!({"from": time(*from), "to": time(*to)})).collect::<Vec<_>>(),
        })
    });
    json!({ "page_groups": groups.collect::<Vec<_>>() })
}

//! The exposure window for machines.

use serde_json::{Value, json};

use super::super::time;
use super::changes::Change;
use super::coverage::Coverage;
use super::sums;
use crate::base::display::day;
use crate::csp::Effect;
use crate::store::incident::{Incident, Related};

/// The public form; docs/commands/incident.md describes it.
pub(super) fn as_json(
    destination: &str,
    site: &str,
    found: &Incident,
    coverage: &Coverage,
    changes: &[Change],
) -> Value {
    let summary = &found.summary;
    let site = match (site, &summary.sites[..]) {
        ("", [only]) => Some(only.as_str()),
        ("", _) => None,
        (site, _) => Some(site),
    };
    let directives = || found.directives.iter();
    json!({
        "destination": destination,
        "site": site,
        "sites": summary.sites,
        "page_groups": summary.page_groups,
        "first_seen": time(summary.first_seen),
        "last_seen": time(summary.last_seen),
        "reports": summary.reports,
        "redelivered": found.redelivered,
        "clients": summary.clients,
        "networks": summary.networks,
        "estimates": { "fields": ["clients", "networks"], "exact_below": 65_536, "error_beyond": 0.01 },
        "active_days": summary.active_days.iter().copied().map(day).collect::<Vec<_>>(),
        "active_periods": found.periods.iter().map(|period| json!({
            "from": time(period.period_from),
            "to": time(period.period_to),
            "reports": period.reports,
            "clients": period.clients,
        })).collect::<Vec<_>>(),
        "pages": found.pages.iter().map(|page| json!({
            "site": page.site,
            "page_group": page.page_group,
            "path": page.path,
            "reports": page.reports,
            "clients": page.clients,
            "first_seen": time(page.first_seen),
            "last_seen": time(page.last_seen),
        })).collect::<Vec<_>>(),
        "channels": sums(directives().map(|it| (it.channel.as_str(), it.reports))),
        "dispositions": sums(directives().map(|it| (it.disposition.as_str(), it.reports))),
        "directives": sums(directives().map(|it| (it.directive.as_str(), it.reports))),
        "engines": sums(found.engines.iter().map(|it| (it.engine.as_str(), it.reports))),
        "scripts": found.scripts.iter().map(|script| json!({
            "blocked_host": script.blocked_host,
            "blocked_path": script.blocked_path,
            "source_host": script.source_host,
            "source_path": script.source_path,
            "reports": script.reports,
            "first_seen": time(script.first),
            "last_seen": time(script.last),
        })).collect::<Vec<_>>(),
        "tags": found.tags.iter().map(|tag| json!({
            "tag": tag.tag,
            "signed": tag.signed,
            "first_seen": time(tag.first_seen),
            "last_seen": time(tag.last_seen),
            "reports": tag.reports,
            "pages": tag.pages,
        })).collect::<Vec<_>>(),
        "decisions": found.decisions.iter().map(|it| json!({
            "at": time(it.decided_at),
            "site": it.site,
            "decision": it.decision,
            "by": it.by,
            "why": it.why,
            "until": it.until.map(time),
        })).collect::<Vec<_>>(),
        "related": found.related.iter().map(related).collect::<Vec<_>>(),
        "changes": changes.iter().map(change).collect::<Vec<_>>(),
        "coverage": coverage.as_json(),
    })
}

fn related(it: &Related) -> Value {
    json!({
        "destination": it.destination,
        "why": it.why(),
        "first_seen": time(it.first_seen),
        "last_seen": time(it.last_seen),
        "reports": it.reports,
        "page_groups": it.page_groups,
        "scripts": it.scripts.iter()
            .map(|(host, path)| json!({"source_host": host, "source_path": path})).collect::<Vec<_>>(),
        "pages": it.pages,
        "hours": { "shared": it.hours.shared, "of": it.hours.its, "others": it.hours.others },
    })
}

fn change(it: &Change) -> Value {
    json!({
        "at": time(it.at),
        "until": it.until.map(time),
        "what": it.what.as_str(),
        "site": it.site,
        "page_group": it.page_group,
        "effect": it.effect.map(Effect::as_str),
        "text": it.text,
    })
}

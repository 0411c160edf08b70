//! The pack for machines; docs/commands/evidence.md describes it.

use serde_json::{Value, json};

use super::super::{scripts, time};
use super::words::{LIMITS, SUPPORTS};
use super::{Pack, operation};
use crate::audit::script_inventory::changes;

pub(super) fn of(pack: &Pack<'_>) -> Value {
    let changes = changes(&pack.scripts, &pack.decided, (pack.from.0, pack.to.0));
    let scripts = scripts::json(pack.site, &pack.scripts, &changes);
    let found = &pack.found;
    json!({
        "site": pack.site,
        "page_group": (!pack.page_group.is_empty()).then_some(pack.page_group),
        "from": pack.from.to_string(),
        "to": pack.to.to_string(),
        "made_at": pack.made_at.to_string(),
        "made_by": concat!("cspwatch ", env!("CARGO_PKG_VERSION")),
        "database": pack.database,
        "supports_evidence_for": SUPPORTS.iter().map(|it| json!({
            "standard": "PCI DSS 4.0.1",
            "requirement": it.requirement,
            "asks": it.asks,
            "evidence": it.evidence,
            "open": it.open,
        })).collect::<Vec<_>>(),
        "limits": LIMITS,
        "scripts": scripts["scripts"],
        "script_changes": scripts["changes"],
        "alerts": found.alerts.iter().map(|it| json!({
            "at": time(it.told_at),
            "alert": it.alert,
            "severity": it.severity,
            "page_group": it.page_group,
            "destination": it.destination,
            "reasons": it.reasons,
            "collectors": it.collectors,
        })).collect::<Vec<_>>(),
        "decisions": found.decisions.iter().map(|it| json!({
            "at": time(it.decided_at),
            "destination": it.destination,
            "decision": it.decision,
            "by": it.by,
            "why": it.why,
            "until": it.until.map(time),
        })).collect::<Vec<_>>(),
        "policies": found.policies.iter().map(|it| json!({
            "page_group": it.page_group,
            "policy_hash": it.policy_hash,
            "disposition": it.disposition,
            "first_seen": time(it.first),
            "last_seen": time(it.last),
            "policy": it.policy,
        })).collect::<Vec<_>>(),
        "operation": operation::days(pack).iter().map(|day| json!({
            "day": day.day,
            "page_groups": day.heard.iter().map(|it| json!({
                "page_group": it.page_group,
                "reports": it.reports,
                "pages": it.pages,
                "hours_with_reports": it.hours,
            })).collect::<Vec<_>>(),
            "collectors": day.collectors.iter().map(|it| json!({
                "collector": it.collector,
                "version": it.version,
                "rules": it.rules,
                "hours": it.hours,
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "notifications": pack.deliveries.as_ref().map(|deliveries| {
            deliveries.iter().map(|((day, integration), (sent, failed))| json!({
                "day": day,
                "integration": integration,
                "tried": sent,
                "failed": failed,
            })).collect::<Vec<_>>()
        }),
    })
}

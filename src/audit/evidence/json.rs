//! The pack for machines. The names are public.

use serde_json::{Value, json};

use super::{
    DUTIES, EvidencePack, HeaderPage, LIMITS, OperationDay, SAQ_A, SUPPORTS, SupportedRequirement,
};
use crate::audit::decided::with_marks;
use crate::audit::script_inventory;
use crate::base::display::time;
use crate::decisions::{Undo, standings};
use crate::store::drills::Drill;
use crate::store::evidence::{EvidenceAlert, EvidenceDecision, EvidencePolicy};
use crate::store::headers::ReceivedHeader;

/// The whole pack as one object; docs/commands/evidence.md describes it.
pub fn as_json(pack: &EvidencePack) -> Value {
    let scripts = script_inventory::json(&pack.site, &pack.scripts, &pack.script_changes());
    let records = &pack.records;
    json!({
        "site": pack.site,
        "page_group": (!pack.page_group.is_empty()).then_some(&pack.page_group),
        "from": pack.from.to_string(),
        "to": pack.to.to_string(),
        "made_at": pack.made_at.to_string(),
        "made_by": concat!("cspwatch ", env!("CARGO_PKG_VERSION")),
        "database": pack.database,
        "supports_evidence_for": SUPPORTS.iter().map(supported).collect::<Vec<_>>(),
        "limits": LIMITS,
        "scripts": scripts["scripts"],
        "script_changes": scripts["changes"],
        "alerts": records.alerts.iter().map(alert).collect::<Vec<_>>(),
        "decisions": decisions(&records.decisions),
        "policies": records.policies.iter().map(policy).collect::<Vec<_>>(),
        "operation": pack.days().iter().map(operation).collect::<Vec<_>>(),
        "headers": pack.header_pages().iter().map(header_page).collect::<Vec<_>>(),
        "headers_truncated": pack.headers_are_cut(),
        "drills": records.drills.iter().map(drill).collect::<Vec<_>>(),
        "duties": DUTIES.iter().map(|duty| json!({
            "requirement": duty.requirement,
            "part": duty.part,
            "merchant": duty.merchant,
            "cspwatch": duty.cspwatch,
            "provider": duty.provider,
        })).collect::<Vec<_>>(),
        "saq_a": SAQ_A.map(|point| json!({"question": point.question, "answer": point.answer, "evidence": point.evidence})),
        "notifications": pack.notifications.as_ref().map(|counts| {
            counts.iter().map(|(day, integration, count)| json!({
                "day": day,
                "integration": integration,
                "tried": count.tried,
                "failed": count.failed,
            })).collect::<Vec<_>>()
        }),
    })
}

fn header_page(page: &HeaderPage<'_>) -> Value {
    let days = page.days.iter();
    let changes = page.changes.iter();
    let failures = page.failures.iter();
    json!({
        "page_group": page.page_group,
        "page": page.page,
        "first_received": page.first.map(|row| time(row.at)),
        "last_received": page.last.map(|row| time(row.at)),
        "headers": page.last.map(|row| row.headers.iter().map(header).collect::<Vec<_>>()),
        "days": days.map(|day| json!({
            "day": day.day,
            "observation": day.look.as_str(),
            "changes": day.changes,
        })).collect::<Vec<_>>(),
        "changes": changes.map(|change| json!({
            "at": time(change.at),
            "name": change.name,
            "before": change.before.map(header),
            "now": change.now.map(header),
        })).collect::<Vec<_>>(),
        "unreachable": failures.map(|row| json!({"at": time(row.at), "why": row.failure})).collect::<Vec<_>>(),
    })
}

fn header(header: &ReceivedHeader) -> Value {
    json!({"name": header.name, "value": header.value, "sha256": header.sha256})
}

fn drill(drill: &Drill) -> Value {
    let stages = drill.stages.iter();
    json!({
        "at": time(drill.at),
        "page_group": drill.page_group,
        "passed": drill.passed,
        "stages": stages.map(|(stage, seconds)| json!({"stage": stage, "seconds": seconds})).collect::<Vec<_>>(),
        "why": drill.why,
        "by": drill.by,
    })
}

fn supported(supported: &SupportedRequirement) -> Value {
    json!({
        "standard": "PCI DSS 4.0.1",
        "requirement": supported.requirement,
        "asks": supported.asks,
        "evidence": supported.evidence,
        "open": supported.open,
    })
}

fn alert(alert: &EvidenceAlert) -> Value {
    json!({
        "at": time(alert.told_at),
        "alert": alert.alert,
        "severity": alert.severity,
        "page_group": alert.page_group,
        "destination": alert.destination,
        "reasons": alert.reasons,
        "collectors": alert.collectors,
    })
}

/// The decisions of the period, each with when and by whom it was undone within it.
pub fn decisions(decisions: &[EvidenceDecision]) -> Vec<Value> {
    let standings = standings(decisions.iter().map(EvidenceDecision::logged));
    with_marks(decisions.iter().map(decision), standings)
}

/// A decision about a destination.
pub fn decision(decision: &EvidenceDecision) -> Value {
    json!({
        "at": time(decision.decided_at),
        "destination": decision.destination,
        "decision": decision.decision,
        "directive": decision.directive,
        "page_group": decision.page_group,
        "by": decision.by,
        "why": decision.why,
        "until": decision.until.map(time),
        "is_undo": decision.undo() != Undo::No,
    })
}

fn policy(policy: &EvidencePolicy) -> Value {
    json!({
        "page_group": policy.page_group,
        "policy_hash": policy.policy_hash,
        "disposition": policy.disposition,
        "first_seen": time(policy.first),
        "last_seen": time(policy.last),
        "policy": policy.policy,
    })
}

fn operation(day: &OperationDay<'_>) -> Value {
    let page_groups = day.reported.iter().map(|group| {
        json!({
            "page_group": group.page_group,
            "reports": group.reports,
            "pages": group.pages,
            "hours_with_reports": group.hours,
        })
    });
    let collectors = day.collectors.iter().map(|collector| {
        json!({
            "collector": collector.collector,
            "version": collector.version,
            "rules": collector.rules,
            "hours": collector.hours,
        })
    });
    json!({
        "day": day.day,
        "page_groups": page_groups.collect::<Vec<_>>(),
        "collectors": collectors.collect::<Vec<_>>(),
    })
}

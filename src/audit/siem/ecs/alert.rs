//! An alert as an event.

use serde_json::json;

use super::{Core, Event, EventKind, EventLevel, destination, filled, identity};
use crate::base::display::defanged;
use crate::store::export::ExportedAlert;

/// The identity of an alert: the key of the table `alerts`.
pub(crate) fn key(alert: &ExportedAlert) -> u128 {
    let at = alert.told_at.millis().to_string();
    identity([
        "alert",
        &at,
        &alert.collector,
        &alert.site,
        &alert.page_group,
        &alert.alert,
        &alert.destination,
        &alert.severity,
    ])
}

/// The event of an alert that one collector raised.
pub fn alert(alert: &ExportedAlert) -> Event {
    let is_page = alert.severity == "page";
    let rule = rule(&alert.alert, is_page);
    let (category, types): (&[&str], &[&str]) = match alert.alert.as_str() {
        "unknown_destination" => (&["network", "intrusion_detection"], &["info"]),
        "policy_changed" => (&["configuration"], &["change"]),
        _ => (&["intrusion_detection"], &["info"]),
    };
    let core = Core {
        kind: EventKind::Alert,
        level: if is_page { EventLevel::Page } else { EventLevel::Ticket },
        id: format!("{:032x}", key(alert)),
        at: alert.told_at,
        site: &alert.site,
        page_group: &alert.page_group,
        category,
        types,
        action: &alert.alert.replace('_', "-"),
        message: message(alert),
        collector: &alert.collector,
    };
    let host = alert.destination.as_str();
    // The leader is the first of several.
    let others = alert.destinations.iter().map(String::as_str).filter(|other| *other != host);
    let hosts = filled(std::iter::once(host).chain(others));
    core.event(json!({
        "destination": destination(host, host, 0),
        "related": { "hosts": hosts },
        "event": { "reason": alert.reasons.join("; ") },
        "rule": {
            "name": rule,
            "category": alert.alert,
            "reference": rule.map(|rule| format!("deploy/runbook.md#{}", rule.to_lowercase())),
        },
        "cspwatch": {
            "alert": alert.alert,
            "severity": alert.severity,
            "destination": host,
            "destinations": alert.destinations,
            "score": alert.score.map(|score| (100.0 * score).round() / 100.0),
            "reasons": alert.reasons,
            "pages": alert.pages,
            "reports": alert.reports,
            "clients": alert.clients,
            "collector": alert.collector,
        },
    }))
}

/// The rule of deploy/prometheus/rules for the same alert; `None` for an alert of a newer version.
fn rule(alert: &str, is_page: bool) -> Option<&'static str> {
    Some(match alert {
        "unknown_destination" if is_page => "CspwatchUnknownDestinationOnPaymentPage",
        "unknown_destination" => "CspwatchUnknownDestination",
        "card_data_in_url" => "CspwatchCardDataInUrl",
        "integrity" => "CspwatchIntegrityFailure",
        "script_changed" => "CspwatchScriptChanged",
        "script_unapproved" => "CspwatchScriptUnapproved",
        "policy_changed" => "CspwatchPolicyChanged",
        "site_silent" => "CspwatchSiteSilent",
        "report_flood" => "CspwatchReportFlood",
        "host_not_configured" => "CspwatchHostNotConfigured",
        "inline_script" => "CspwatchInlineScript",
        "destinations_digest" => "CspwatchDestinationsDigest",
        "drill" => "CspwatchUnknownDestinationOnPaymentPage",
        _ => return None,
    })
}

fn message(alert: &ExportedAlert) -> String {
    let mut text = format!("{}: {}", alert.severity, alert.alert.replace('_', " "));
    if !alert.destination.is_empty() {
        text += &format!(" {}", defanged(&alert.destination));
    }
    text += &format!(" at {}", alert.site);
    if !alert.page_group.is_empty() {
        text += &format!(", page group {}", alert.page_group);
    }
    if !alert.reasons.is_empty() {
        text += &format!(": {}", alert.reasons.join("; "));
    }
    text
}

//! A sighting as an event: one report that may be evidence.

use serde_json::json;

use super::{Core, Event, EventKind, EventLevel, destination, filled, identity};
use crate::base::display::defanged;
use crate::store::export::ExportedSighting;

/// The event of a sighting. `place` is the number of earlier sightings of its batch with the same violation, received and
/// seen in the same milliseconds. So the id needs neither client nor tag, and stays the same when these are removed.
pub fn sighting(sighting: &ExportedSighting, place: u32) -> Event {
    let (category, types): (&[&str], &[&str]) = match sighting.disposition.as_str() {
        "enforce" => (&["network", "intrusion_detection"], &["denied"]),
        "report" => (&["network", "intrusion_detection"], &["allowed"]),
        _ => (&["network", "intrusion_detection"], &["info"]),
    };
    let core = Core {
        kind: EventKind::Sighting,
        level: EventLevel::Sighting,
        id: id(sighting, place),
        at: sighting.seen_at,
        site: &sighting.site,
        page_group: &sighting.page_group,
        category,
        types,
        action: action(sighting),
        message: message(sighting),
        collector: sighting.batch_id.split('-').next().unwrap_or_default(),
    };
    let version = sighting.engine_version;
    let hosts = [&sighting.blocked_host, &sighting.document_host, &sighting.source_host];
    let host = match sighting.blocked_host.as_str() {
        "" => &sighting.destination,
        host => host,
    };
    core.event(json!({
        "destination": destination(host, &sighting.destination, sighting.blocked_port),
        "url": { "domain": sighting.document_host, "path": sighting.document_path },
        "related": { "hosts": filled(hosts.map(String::as_str)) },
        "user_agent": {
            "name": sighting.engine,
            "version": if version == 0 { String::new() } else { version.to_string() },
        },
        "event": { "created": sighting.received_at.to_string(), "reason": sighting.reason },
        "cspwatch": cspwatch(sighting),
    }))
}

fn cspwatch(sighting: &ExportedSighting) -> serde_json::Value {
    let number = |number: u32| (number != 0).then_some(number);
    json!({
        "kind": sighting.kind,
        "directive": sighting.directive,
        "disposition": sighting.disposition,
        "channel": sighting.channel,
        "verdict": sighting.verdict,
        "reason": sighting.reason,
        "destination": sighting.destination,
        "blocked": {
            "scheme": sighting.blocked_scheme,
            "host": sighting.blocked_host,
            "path": sighting.blocked_path,
        },
        "script": {
            "scheme": sighting.source_scheme,
            "host": sighting.source_host,
            "path": sighting.source_path,
            "line": number(sighting.line),
            "column": number(sighting.column),
        },
        "sample": sighting.sample,
        "detail": sighting.detail,
        "policy_hash": sighting.policy_hash,
        "pan_in_url": sighting.pan_in_url,
        // Not a number: readers of JSON round those of 64 bits.
        "client": if sighting.client == 0 { String::new() } else { sighting.client.to_string() },
        "tag": sighting.tag,
        "tag_signed": sighting.tag_signed,
        "verified": sighting.verified,
        "batch_id": sighting.batch_id,
        "fingerprint": sighting.fingerprint.to_string(),
    })
}

fn id(sighting: &ExportedSighting, place: u32) -> String {
    let numbers = [
        sighting.fingerprint.to_string(),
        sighting.received_at.millis().to_string(),
        sighting.seen_at.millis().to_string(),
        place.to_string(),
    ];
    let parts = ["sighting", &sighting.batch_id].into_iter();
    format!("{:032x}", identity(parts.chain(numbers.iter().map(String::as_str))))
}

fn action(sighting: &ExportedSighting) -> &'static str {
    match (sighting.kind.as_str(), sighting.verdict.as_str()) {
        ("integrity", _) => "integrity-missing",
        ("sri_failure", _) => "integrity-failure",
        (_, "impossible") => "impossible-destination",
        _ => "unknown-destination",
    }
}

fn message(sighting: &ExportedSighting) -> String {
    let mut text = action(sighting).replace('-', " ");
    if !sighting.destination.is_empty() {
        text += &format!(" {}", defanged(&sighting.destination));
    }
    if !sighting.directive.is_empty() {
        text += &format!(" by {}", sighting.directive);
    }
    text + &format!(" on {} of {}", sighting.document_path, sighting.site)
}

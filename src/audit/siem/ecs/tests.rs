//! Events against the schema.

use std::collections::BTreeMap;

use serde_json::Value;

use super::*;
use crate::base::clock::{MILLISECOND, Timestamp};
use crate::store::export::{ExportedAlert, ExportedDecision, ExportedSighting};

/// The fields of ECS 8.17 that events may have, with their types (elastic.co/docs/reference/ecs/ecs-field-reference).
const FIELDS: [(&str, Type); 36] = [
    ("@timestamp", Type::Date),
    ("message", Type::Text),
    ("ecs.version", Type::Text),
    ("event.kind", Type::Text),
    ("event.category", Type::Texts),
    ("event.type", Type::Texts),
    ("event.action", Type::Text),
    ("event.id", Type::Text),
    ("event.severity", Type::Long),
    ("event.module", Type::Text),
    ("event.dataset", Type::Text),
    ("event.reason", Type::Text),
    ("event.created", Type::Date),
    ("observer.vendor", Type::Text),
    ("observer.product", Type::Text),
    ("observer.type", Type::Text),
    ("observer.version", Type::Text),
    ("observer.name", Type::Text),
    ("destination.address", Type::Text),
    ("destination.domain", Type::Text),
    ("destination.registered_domain", Type::Text),
    ("destination.ip", Type::Ip),
    ("destination.port", Type::Long),
    ("url.domain", Type::Text),
    ("url.path", Type::Text),
    ("related.hosts", Type::Texts),
    ("related.user", Type::Texts),
    ("rule.name", Type::Text),
    ("rule.category", Type::Text),
    ("rule.reference", Type::Text),
    ("user.name", Type::Text),
    ("user_agent.name", Type::Text),
    ("user_agent.version", Type::Text),
    // Objects of the user's own keys, whose values are keywords.
    ("labels.site", Type::Text),
    ("labels.page_group", Type::Text),
    ("tags", Type::Texts),
];

/// Which values of `event.type` are allowed with which `event.category` (ECS categorization fields).
const TYPES: [(&str, &[&str]); 3] = [
    ("configuration", &["access", "change", "creation", "deletion", "info"]),
    ("intrusion_detection", &["allowed", "denied", "info"]),
    ("network", &["access", "allowed", "connection", "denied", "end", "info", "protocol", "start"]),
];

#[derive(Clone, Copy)]
enum Type {
    Text,
    Texts,
    Long,
    Date,
    Ip,
}

impl Type {
    fn holds(self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::Text => text.is_some(),
            Self::Texts => {
                value.as_array().is_some_and(|values| values.iter().all(Value::is_string))
            }
            Self::Long => value.is_i64(),
            Self::Date => text.is_some_and(|text| Timestamp::parse(text).is_some()),
            Self::Ip => text.is_some_and(|text| text.parse::<std::net::IpAddr>().is_ok()),
        }
    }
}

#[track_caller]
fn check(event: &Event) -> Value {
    let fields: BTreeMap<_, _> = FIELDS.into_iter().collect();
    let line = event.line(64 * 1024, Charset::Printable);
    let json: Value = serde_json::from_str(&line).unwrap();
    let mut flat = Vec::new();
    flatten("", &json, &mut flat);
    for (name, value) in flat {
        if !name.starts_with("cspwatch.") {
            let expected = fields.get(name.as_str());
            assert!(
                expected.is_some_and(|expected| expected.holds(value)),
                "{name}: {value} in {json:#}"
            );
        }
    }
    assert!(["alert", "event"].contains(&json["event"]["kind"].as_str().unwrap()));
    let texts = |name: &str| {
        let values = json["event"][name].as_array().unwrap().iter();
        values.map(|value| value.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for category in texts("category") {
        let allowed = TYPES.iter().find(|(name, _)| *name == category).unwrap().1;
        for kind in texts("type") {
            assert!(allowed.contains(&kind.as_str()), "{category} {kind}");
        }
    }
    assert_eq!(json["event"]["id"], event.id.as_str());
    json
}

fn flatten<'a>(name: &str, value: &'a Value, flat: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(fields) => {
            for (inner, value) in fields {
                let name = if name.is_empty() { inner.clone() } else { format!("{name}.{inner}") };
                flatten(&name, value, flat);
            }
        }
        value => flat.push((name.to_owned(), value)),
    }
}

fn a_sighting() -> ExportedSighting {
    ExportedSighting {
        received_at: Timestamp::from_millis(1_795_000_000_123),
        seen_at: Timestamp::from_millis(1_795_000_000_000),
        site: "shop".into(),
        page_group: "payment".into(),
        destination: "evil.example".into(),
        directive: "connect-src".into(),
        disposition: "report".into(),
        verdict: "unknown".into(),
        kind: "csp".into(),
        document_path: "/checkout".into(),
        client: u64::MAX,
        tag: "order-1".into(),
        batch_id: "00000000000000ab-0000000007".into(),
        fingerprint: u128::MAX,
        blocked_host: "a.evil.example".into(),
        blocked_port: 8443,
        document_host: "shop.example".into(),
        engine: "firefox".into(),
        engine_version: 140,
        line: 7,
        ..ExportedSighting::default()
    }
}

fn an_alert(alert: &str, severity: &str) -> ExportedAlert {
    ExportedAlert {
        told_at: Timestamp::from_millis(1_795_000_000_123),
        collector: "00000000000000ab".into(),
        site: "shop".into(),
        page_group: "payment".into(),
        alert: alert.into(),
        destination: "evil.example".into(),
        severity: severity.into(),
        reports: 3,
        clients: 2,
        pages: vec!["/checkout".into()],
        reasons: vec!["it is new".into(), "on a payment page".into()],
        score: Some(6.390_000_000_1),
        destinations: vec!["evil.example".into(), "other.example".into()],
    }
}

fn a_decision(about: &str) -> ExportedDecision {
    let is_script = about == "script";
    let only = |is: bool, text: &str| if is { text.to_owned() } else { String::new() };
    ExportedDecision {
        decided_at: Timestamp::from_millis(1_795_000_000_123),
        about: about.into(),
        site: "shop".into(),
        destination: only(!is_script, "evil.example"),
        script_host: only(is_script, "cdn.example"),
        script_path: only(is_script, "/pay.js"),
        decision: "approve".into(),
        by: "ada".into(),
        why: "ours".into(),
        until: (!is_script).then_some(Timestamp::from_millis(1_800_000_000_000)),
        ..ExportedDecision::default()
    }
}

#[test]
fn a_sighting_has_the_fields_of_the_schema() {
    let json = check(&sighting(&a_sighting(), 0));
    for (path, expected) in [
        ("/@timestamp", "2026-11-18T11:06:40Z"),
        ("/event/created", "2026-11-18T11:06:40.123Z"),
        ("/event/kind", "event"),
        ("/event/action", "unknown-destination"),
        ("/event/dataset", "cspwatch.sighting"),
        ("/destination/domain", "a.evil.example"),
        ("/destination/registered_domain", "evil.example"),
        ("/url/domain", "shop.example"),
        ("/url/path", "/checkout"),
        ("/user_agent/name", "firefox"),
        ("/observer/name", "00000000000000ab"),
        ("/cspwatch/client", "18446744073709551615"),
        ("/cspwatch/tag", "order-1"),
        ("/message", "unknown destination evil[.]example by connect-src on /checkout of shop"),
    ] {
        assert_eq!(json.pointer(path).and_then(Value::as_str), Some(expected), "{path}: {json:#}");
    }
    assert_eq!(json["event"]["severity"], 21);
    assert_eq!(json["cspwatch"]["tag_signed"], false);
    assert_eq!(json["cspwatch"].get("sample"), None, "what is empty is left out");
}

#[test]
fn an_ip_address_is_no_domain() {
    for (host, ip) in [("203.0.113.7", "203.0.113.7"), ("[2001:db8::1]", "2001:db8::1")] {
        let (blocked_host, destination) = (host.to_owned(), host.to_owned());
        let json =
            check(&sighting(&ExportedSighting { blocked_host, destination, ..a_sighting() }, 0));
        assert_eq!(json["destination"]["ip"], ip);
        assert_eq!(json["destination"].get("domain"), None);
    }
}

#[test]
fn an_alert_names_its_rule_and_its_urgency() {
    let runbook = include_str!("../../../../deploy/runbook.md").to_lowercase();
    let rules = include_str!("../../../../deploy/prometheus/rules/cspwatch.yml");
    for kind in [
        "unknown_destination",
        "card_data_in_url",
        "integrity",
        "script_changed",
        "script_unapproved",
        "policy_changed",
        "site_silent",
        "report_flood",
        "host_not_configured",
        "inline_script",
        "destinations_digest",
    ] {
        for (severity, number) in [("page", 99), ("ticket", 47)] {
            let json = check(&alert(&an_alert(kind, severity)));
            assert_eq!(json["event"]["severity"], number);
            assert_eq!(json["event"]["kind"], "alert");
            let rule = json["rule"]["name"].as_str().unwrap();
            assert!(rules.contains(&format!("alert: {rule}\n")), "{rule}");
            let anchor = json["rule"]["reference"].as_str().unwrap().split('#').nth(1).unwrap();
            assert!(runbook.contains(&format!("## {anchor}\n")), "{anchor}");
        }
    }
    let json = check(&alert(&an_alert("of a newer version", "ticket")));
    assert_eq!(json["rule"].get("name"), None);
}

#[test]
fn a_decision_names_the_person_and_the_reason() {
    let json = check(&decision(&a_decision("destination")));
    assert_eq!(json["user"]["name"], "ada");
    assert_eq!(json["event"]["action"], "approve-destination");
    assert_eq!(json["cspwatch"]["until"], "2027-01-15T08:00:00Z");
    let json = check(&decision(&a_decision("script")));
    assert_eq!(json["event"]["action"], "approve-script");
    assert_eq!(json["destination"]["domain"], "cdn.example");
    assert_eq!(json["cspwatch"]["is_undo"], false);
}

#[test]
fn what_undoes_a_decision_says_so() {
    let why = "undid \"theft\" of ada: a mistake";
    let made = ExportedDecision { why: why.into(), ..a_decision("destination") };
    let json = check(&decision(&made));
    assert_eq!(json["cspwatch"]["is_undo"], true);
    let said = "ada undid the decision, so that approve holds again, about the destination evil[.]example at shop: ";
    assert_eq!(json["message"], format!("{said}{why}"));
    let json = check(&decision(&ExportedDecision { until: Some(made.decided_at), ..made }));
    let said = "ada undid the decision about the destination evil[.]example at shop: ";
    assert_eq!(
        (&json["message"], &json["cspwatch"]["is_undo"]),
        (&format!("{said}{why}").into(), &true.into())
    );
}

#[test]
fn an_id_identifies_an_event_and_stays_the_same() {
    let id = |change: fn(&mut ExportedSighting), place| {
        let mut changed = a_sighting();
        change(&mut changed);
        sighting(&changed, place).id
    };
    let same = id(|_| {}, 0);
    assert_eq!(
        same,
        id(|row| (row.client, row.tag) = (0, String::new()), 0),
        "when the person is removed"
    );
    assert_eq!(same.len(), 32);
    for other in [
        id(|_| {}, 1),
        id(|row| row.fingerprint = 1, 0),
        id(|row| row.batch_id += "1", 0),
        id(|row| row.seen_at = row.seen_at + MILLISECOND, 0),
    ] {
        assert_ne!(same, other);
    }
    let ids = [an_alert("integrity", "page"), an_alert("integrity", "ticket")];
    let [page, ticket] = ids.map(|row| alert(&row).id);
    assert_ne!(page, ticket);
    let mut later = a_decision("script");
    later.decided_at = later.decided_at + MILLISECOND;
    assert_ne!(decision(&a_decision("script")).id, decision(&later).id);
}

#[test]
fn a_line_holds_no_control_characters() {
    let sample = "a\u{1b}[31m\u{202e}b\u{9b}ü\n💳".to_owned();
    let event = sighting(&ExportedSighting { sample: sample.clone(), ..a_sighting() }, 0);
    let printable = event.line(64 * 1024, Charset::Printable);
    assert!(printable.contains("\\u202eb\\u009bü\\n💳"), "{printable}");
    let ascii = event.line(64 * 1024, Charset::Ascii);
    assert!(ascii.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{ascii}");
    for line in [printable, ascii] {
        let json: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(json["cspwatch"]["sample"], sample.as_str());
    }
}

#[test]
fn a_long_line_is_truncated_and_marked() {
    let mut long = an_alert("integrity", "page");
    long.reasons = vec!["ü".repeat(2_000); 60];
    let event = alert(&long);
    for bytes_max in [100_000, 64 * 1024, 8 * 1024, 2_500] {
        let line = event.line(bytes_max, Charset::Ascii);
        assert!(line.len() <= bytes_max, "{} > {bytes_max}", line.len());
        let json: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(json["cspwatch"]["truncated"], true);
        assert_eq!(json["event"]["id"], event.id.as_str());
    }
    assert_eq!(check(&alert(&an_alert("integrity", "page")))["cspwatch"].get("truncated"), None);
}

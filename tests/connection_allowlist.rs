//! Connection-Allowlist: which of its reports raise an alert.

use serde_json::{Value, json};

use crate::support::collector::{SHOP, cspwatch};

/// The shop has one outgoing link on its payment pages.
fn shop_with_a_link() -> String {
    SHOP.replace(
        "payment = true",
        "payment = true\nknown = [\"connection-allowlist www.partner.example\"]",
    )
}

/// A report as Chromium 156 sends it.
fn report(body: &Value) -> String {
    let page = "https://www.shop.example/checkout";
    json!([{ "age": 1, "type": "connection-allowlist", "url": page, "body": body }]).to_string()
}

/// The alerts of a trace in which clients of two networks report each of these bodies.
fn alerts_of(bodies: &[Value]) -> Vec<Value> {
    let place = tempfile::tempdir().unwrap();
    let (config, trace) = (place.path().join("c.toml"), place.path().join("trace.ndjson"));
    std::fs::write(&config, shop_with_a_link()).unwrap();
    let mut lines = String::new();
    for body in bodies {
        for client in ["203.0.113.7", "198.51.100.9"] {
            let line = json!({
                "at": "2026-11-01T10:00:00Z", "client": client, "site": "shop", "headers": {}, "body": report(body),
            });
            lines += &format!("{line}\n");
        }
    }
    std::fs::write(&trace, lines).unwrap();
    let arguments = ["backtest", "--config", config.to_str().unwrap(), trace.to_str().unwrap()];
    let (code, text) = cspwatch(&arguments);
    assert_eq!(code, Some(0), "{text}");
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.filter(|line: &Value| line.get("summary").is_none()).collect()
}

#[test]
fn strangers_raise_an_alert_and_redirects_mail_and_own_links_do_not() {
    let quiet = [
        json!({"connection": "https://www.shop.example/redir?to=https://evil.example/", "disposition": "report"}),
        json!({"connection": "", "disposition": "report"}),
        json!({"connection": "https://www.partner.example/offer", "disposition": "report"}),
        json!({"connection": "https://psp.example/r", "disposition": "report", "allowlist": ["https://www.shop.example", "https://psp.example"]}),
    ];
    assert_eq!(alerts_of(&quiet), Vec::<Value>::new());
    for (connection, destination) in [
        ("webrtc", "webrtc"),
        ("https://go.evil.example/?card=1", "evil.example"),
        ("https://pay.evil.test/form", "evil.test"),
    ] {
        let loud = json!({"connection": connection, "disposition": "report"});
        let alerts = alerts_of(&[&quiet[..], &[loud]].concat());
        let raised = alerts.iter().map(|alert| (&alert["destination"], &alert["severity"]));
        let expected = [(json!(destination), json!("ticket")), (json!(destination), json!("page"))];
        let expected = expected.iter().map(|(destination, severity)| (destination, severity));
        assert!(raised.eq(expected), "{alerts:#?}");
    }
}

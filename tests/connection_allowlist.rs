//! Connection-Allowlist: which of its reports raise an alert, in a trace and with a real browser.

use hyper::Response;
use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::certificates::Authority;
use crate::support::collector::{Collector, SHOP, cspwatch};
use crate::support::http;
use crate::support::monitoring::Monitoring;
use crate::support::server::{Received, Server};
use crate::support::until;

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

/// The alerts of a trace in which clients of three networks report each of these bodies.
fn alerts_of(bodies: &[Value]) -> Vec<Value> {
    let place = tempfile::tempdir().unwrap();
    let (config, trace) = (place.path().join("c.toml"), place.path().join("trace.ndjson"));
    std::fs::write(&config, shop_with_a_link()).unwrap();
    let mut lines = String::new();
    for body in bodies {
        for client in ["203.0.113.7", "198.51.100.9", "192.0.2.9"] {
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

/// The checkout: opens a peer-to-peer connection, posts a form to a stranger, follows a link of the shop's own, and one to another
/// stranger, each in a frame of its own, so that the page stays.
const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>Checkout</title>
<iframe name="a" hidden></iframe><iframe name="b" hidden></iframe><iframe name="c" hidden></iframe>
<form id="pay" method="post" action="https://evil-form.example.net:PORT/pay" target="a"><input name="n" value="1"></form>
<a id="own" href="https://www.partner.example:PORT/offer" target="b">an offer</a>
<a id="evil" href="https://evil-link.example.org:PORT/?n=1" target="c">a prize</a>
<script>
  new RTCPeerConnection();
  document.getElementById("pay").submit();
  document.getElementById("own").click();
  document.getElementById("evil").click();
</script>"#;

const HOSTS: [&str; 4] =
    ["www.shop.example", "evil-form.example.net", "evil-link.example.org", "www.partner.example"];

fn answer(request: &Received, endpoint: &str) -> Response<String> {
    let response = Response::builder();
    let response = match (request.host.as_str(), request.target.as_str()) {
        ("www.shop.example", "/checkout") => response
            .header("content-type", "text/html")
            .header("connection-allowlist-report-only", "(response-origin);report-to=ca")
            .header("reporting-endpoints", format!("ca=\"{endpoint}\""))
            .body(PAGE.replace("PORT", &request.port)),
        ("www.shop.example", _) => response.status(404).body(String::new()),
        _ => response.header("content-type", "text/html").body("<!doctype html>".to_owned()),
    };
    response.unwrap()
}

/// What the page does, as Chromium 156 reports it; the last is the shop's own link.
fn reports() -> [String; 4] {
    [
        "webrtc",
        "https://evil-form.example.net/pay",
        "https://evil-link.example.org/",
        "https://www.partner.example/offer",
    ]
    .map(|connection| report(&json!({"connection": connection, "disposition": "report"})))
}

/// Chromium before 152 has no reports of this header: then recorded ones take their place.
const FIRST_VERSION: u32 = 152;

#[test]
fn chromium_reports_peers_forms_and_links_and_strangers_page() {
    let authority = Authority::new();
    let collector = Collector::build()
        .config(&shop_with_a_link())
        .behind_proxy()
        .tls(&authority.issue(&["reports.example"]))
        .start();
    let monitoring = Monitoring::of(&collector);
    let endpoint = format!("https://reports.example:{}/report/shop", collector.https().port());
    let acceptor = authority.issue(&HOSTS).acceptor();
    let shop = Server::start(Some(acceptor), move |request| answer(request, &endpoint));
    let page = format!("https://www.shop.example:{}/checkout", shop.address().port());
    let _window = Browser::Chromium.open(&page, &authority);
    until("Chromium has been to the strangers, and to the shop's own link", || {
        let received = shop.received();
        HOSTS.iter().all(|host| received.iter().any(|request| request.host == *host))
    });
    if Browser::Chromium.version() < FIRST_VERSION {
        for body in reports() {
            assert_eq!(collector.post_as("203.0.113.7", &body).status, 204);
        }
    }

    let verdicts = |verdict: &str| {
        collector.metric(&format!("cspwatch_verdicts_total{{site=\"shop\",verdict=\"{verdict}\"}}"))
    };
    until("all strangers and the shop's own link are reported", || {
        verdicts("known") >= Some(1.0) && verdicts("unknown") >= Some(3.0)
    });
    // Shoppers in two other networks meet the same.
    for client in ["198.51.100.9", "192.0.2.9"] {
        for body in reports() {
            assert_eq!(collector.post_as(client, &body).status, 204);
        }
    }
    // The same shoppers report all three, so that they are one finding.
    let alert = monitoring.wait_for(&[
        ("alertname", "CspwatchUnknownDestinationOnPaymentPage"),
        ("severity", "page"),
        ("page_group", "payment"),
    ]);
    let leader = alert["labels"]["destination"].as_str().unwrap();
    for destination in ["webrtc", "example.net", "example.org"] {
        let clients = format!(
            "cspwatch_unknown_destination_clients{{site=\"shop\",page_group=\"payment\",destination=\"{destination}\",\
             channel=\"send\",severity=\"page\",finding=\"{leader}\"}}"
        );
        assert_eq!(collector.metric(&clients), Some(3.0), "{destination}");
    }
    let firing = monitoring.firing();
    assert!(!firing.iter().any(|alert| alert.to_string().contains("partner")), "{firing:#?}");
    let alerts = http::request(collector.admin(), "GET", "/alerts", "").unwrap().body;
    assert!(alerts.contains("\"webrtc\"") && !alerts.contains("partner"), "{alerts}");
}

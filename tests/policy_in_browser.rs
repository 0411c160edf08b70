//! Chromium under a suggested policy: it loads what is approved, and blocks and reports everything else.

use std::sync::Arc;

use hyper::Response;
use serde_json::Value;

use cspwatch::base::lock::Mutex;

use crate::support::browser::Browser;
use crate::support::certificates::Authority;
use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP};
use crate::support::server::{Received, Server};
use crate::support::until;

const HOSTS: [&str; 3] = ["shop.example", "cdn.pay.example", "evil.example"];

/// A checkout page with scripts of all three hosts, under a policy that the test sets. The query of each script is the number
/// of the visit.
struct Shop {
    server: Server,
    /// The header, its value, and the visit.
    sent: Arc<Mutex<(&'static str, String, u32)>>,
}

impl Shop {
    fn open(authority: &Authority) -> Self {
        let sent = Arc::new(Mutex::new(("x-none", String::new(), 0)));
        let acceptor = authority.issue(&HOSTS).acceptor();
        let shown = Arc::clone(&sent);
        let server = Server::start(Some(acceptor), move |request| {
            let (header, policy, visit) = shown.lock().clone();
            page(request, header, &policy, visit)
        });
        Self { server, sent }
    }

    fn send(&self, header: &'static str, policy: String, visit: u32) {
        *self.sent.lock() = (header, policy, visit);
    }

    fn address(&self) -> String {
        format!("https://shop.example:{}/checkout", self.server.address().port())
    }

    fn was_asked(&self, host: &str, target: &str) -> bool {
        self.server
            .received()
            .iter()
            .any(|request| request.host == host && request.target == target)
    }
}

fn page(request: &Received, header: &str, policy: &str, visit: u32) -> Response<String> {
    if request.target != "/checkout" {
        let script = Response::builder().header("content-type", "text/javascript");
        return script.body(String::new()).unwrap();
    }
    let scripts = HOSTS.map(|host| {
        format!("<script src=\"https://{host}:{}/a.js?{visit}\"></script>", request.port)
    });
    let html = format!("<!doctype html><link rel=icon href=\"data:,\">{}", scripts.concat());
    let response = Response::builder().header("content-type", "text/html");
    response.header(header, policy).body(html).unwrap()
}

#[test]
fn chromium_loads_what_was_approved_and_reports_the_rest() {
    let authority = Authority::new();
    let (clickhouse, database) = (ClickHouse::shared(), ClickHouse::shared().fresh_database());
    let leaf = authority.issue(&["reports.example"]);
    let collector =
        Collector::build().config(SHOP).clickhouse(&clickhouse.url(), &database).tls(&leaf).start();
    let origin = format!("https://reports.example:{}", collector.https().port());
    let hosts = |disposition: &str| {
        let sql = format!(
            "SELECT DISTINCT blocked_host FROM {database}.reports WHERE disposition = '{disposition}' \
             AND directive = 'script-src-elem' ORDER BY ALL"
        );
        clickhouse.try_query(&sql).unwrap_or_default()
    };
    let shop = Shop::open(&authority);

    // Nothing is known: all is forbidden, and only reported.
    let begin = format!("default-src 'none'; report-uri {origin}/report/shop");
    shop.send("content-security-policy-report-only", begin, 1);
    let mut window = Browser::Chromium.open(&shop.address(), &authority);
    let all = "cdn.pay.example\nevil.example\nshop.example";
    window.service.until("all three are reported", || hosts("report") == all);
    drop(window);
    let by = ["--site", "shop", "--by", "ada", "--why", "our PSP"];
    let (code, text) =
        collector.command(&[&["destinations", "approve", "pay.example"][..], &by].concat());
    assert_eq!(code, Some(0), "{text}");

    let (code, answer) = collector.command(&["policy", "shop", "--endpoint", &origin, "--json"]);
    assert_eq!(code, Some(0), "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let suggested = answer["page_groups"][0]["headers"][0]["value"].as_str().unwrap();
    shop.send("content-security-policy", suggested.to_owned(), 2);
    let mut window = Browser::Chromium.open(&shop.address(), &authority);
    window.service.until("the unknown one is reported", || hosts("enforce") == "evil.example");
    for host in ["shop.example", "cdn.pay.example"] {
        until("what is expected loads", || shop.was_asked(host, "/a.js?2"));
    }
    assert!(!shop.was_asked("evil.example", "/a.js?2"), "{suggested}");
    assert!(shop.was_asked("evil.example", "/a.js?1"), "it would have loaded");
}

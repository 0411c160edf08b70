//! Integrity in real browsers: what they report by themselves, and what only the client script reports.

use cspwatch::accept::client_script::SRI_JS;
use hyper::Response;

use crate::support::browser::Browser;
use crate::support::certificates::Authority;
use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP};
use crate::support::server::{Received, Server};
use crate::support::until;

/// The content of every script of the shop.
const SCRIPT: &str = "document.title = 'shop';\n";

/// Its hash: `openssl dgst -sha256 -binary | base64`.
const SCRIPT_HASH: &str = "sha256-PFdOndCQw1Byc2VmJG10Ikssmb1cZnUxxH8mj8TB6N8=";

/// A right hash of something else: of a file before somebody changed it, or of one that is gone.
const OTHER_HASH: &str = "sha384-cSAPNzoBq6jAePrEGwrtGsMu40cY9jpAnNFqs2PFq7e6UtG2xTo3hJNfWio5vAxl";

/// A page with a changed file, a missing file, a file without a hash, and a policy in a `<meta>` element that
/// an image breaks.
fn page(collector: &str, endpoint: &str, port: &str) -> String {
    let integrity = &SRI_JS.integrity;
    format!(
        r#"<!doctype html><title>shop</title>
<meta http-equiv="Content-Security-Policy" content="img-src 'self'">
<script src="{collector}/sri.js" data-report="{endpoint}" data-csp integrity="{integrity}" crossorigin></script>
<script src="/js/changed.js" integrity="{OTHER_HASH}" crossorigin></script>
<script src="/js/missing.js" integrity="{OTHER_HASH}" crossorigin></script>
<script src="/js/plain.js"></script>
<img src="https://evil-img.example.com:{port}/pixel.gif">"#
    )
}

fn answer(request: &Received, collector: &str, endpoint: &str) -> Response<String> {
    let response = Response::builder();
    match request.target.as_str() {
        "/checkout" => response
            .header("content-type", "text/html")
            .header("reporting-endpoints", format!("reports=\"{endpoint}\""))
            .header(
                "integrity-policy-report-only",
                "blocked-destinations=(script), endpoints=(reports)",
            )
            .header(
                "content-security-policy-report-only",
                format!("script-src 'self' {collector} 'report-sha256'; report-to reports"),
            )
            .body(page(collector, endpoint, &request.port)),
        "/js/changed.js" | "/js/plain.js" => {
            response.header("content-type", "text/javascript").body(SCRIPT.to_owned())
        }
        _ => response.status(404).body(String::new()),
    }
    .unwrap()
}

/// Opens the page, and waits for each of the rows, written as `kind detail blocked verdict`.
fn check(browser: Browser, expected: &[&str]) {
    let authority = Authority::new();
    let clickhouse = ClickHouse::start();
    let leaf = authority.issue(&["reports.example"]);
    let collector = Collector::build()
        .config(SHOP)
        .clickhouse(&clickhouse.url(), "cspwatch")
        .tls(&leaf)
        .start();
    let origin = format!("https://reports.example:{}", collector.https().port());
    let endpoint = format!("{origin}/report/shop");
    let tls = authority.issue(&["shop.example", "evil-img.example.com"]).acceptor();
    let shop = Server::start(Some(tls), move |request| answer(request, &origin, &endpoint));
    let page = format!("https://shop.example:{}/checkout", shop.address().port());
    let _window = browser.open(&page, &authority);

    let sql = "SELECT DISTINCT kind || ' ' || detail || ' ' || blocked_host || blocked_path || ' ' || verdict \
               FROM cspwatch.reports";
    for row in expected {
        until(&format!("there is the row {row}"), || {
            let found = clickhouse.try_query(sql).unwrap_or_default();
            found.lines().any(|found| found == *row)
        });
    }
    let mismatch = "cspwatch_sri_mismatch_timestamp_seconds{site=\"shop\",page_group=\"payment\",\
                    script=\"shop.example/js/changed.js\"}";
    assert!(collector.metric(mismatch).is_some(), "an alert of its own, with the script's name");
    let failures = r#"cspwatch_integrity_failures_total{site="shop",page_group="payment"}"#;
    let counted = expected.iter().filter(|row| !row.starts_with("cs")).count();
    let counted = f64::from(u32::try_from(counted).unwrap());
    assert!(collector.metric(failures) >= Some(counted), "two failed, and one had no hash");
}

/// The rows that both browsers cause.
const COMMON: [&str; 4] = [
    "sri_failure mismatch shop.example/js/changed.js own",
    "sri_failure outage shop.example/js/missing.js own",
    "integrity script shop.example/js/plain.js own",
    "csp  evil-img.example.com/pixel.gif unknown",
];

#[test]
fn firefox_and_the_client_script_report_integrity() {
    // Integrity-Policy came with Firefox 145. An older one, as of an extended-support release, reports what the client
    // script sees, and nothing else.
    let has_integrity_policy = Browser::Firefox.version() >= 145;
    let is_reported = |row: &&str| has_integrity_policy || !row.starts_with("integrity ");
    check(Browser::Firefox, &COMMON.into_iter().filter(is_reported).collect::<Vec<_>>());
}

#[test]
fn chromium_and_the_client_script_report_integrity_and_hashes() {
    let hash = format!("csp_hash {SCRIPT_HASH} shop.example/js/plain.js own");
    let expected: Vec<&str> = COMMON.into_iter().chain([hash.as_str()]).collect();
    check(Browser::Chromium, &expected);
}

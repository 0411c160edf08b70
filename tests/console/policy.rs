//! The page with the suggested headers.

use serde_json::json;

use super::scene;

#[test]
fn it_has_the_allowlist_where_the_pages_lead_and_when_to_enforce_it() {
    let (collector, console) = scene();
    let reports =
        ["https://evil.example/?card=1", "https://shop.example/login"].map(|connection| {
            json!({"type": "connection-allowlist", "age": 0, "url": "https://shop.example/checkout",
            "body": {"connection": connection, "disposition": "report"}})
        });
    assert_eq!(collector.post(&json!(reports).to_string()).status, 204);
    collector.settle();
    let page = console.get(&console.log_in("rosa"), "/policy/shop");
    for expected in [
        "Connection-Allowlist-Report-Only: (response-origin &quot;https://*.shop.example&quot;",
        "Against enforcing the Connection-Allowlist:",
        "When to enforce the Connection-Allowlist</summary>",
        "1 reports name URLs of your own",
        "payment: where the pages lead",
        "<dt>Second policy: it only reports, by report-to</dt>",
        "<dt>Connections: browsers report those that the list has not</dt>",
        "; the first policy only reports for now",
        "evil[.]example",
    ] {
        assert!(page.body.contains(expected), "{expected}\n{}", page.body);
    }
    assert!(!page.body.contains("evil.example"), "{}", page.body);
    assert!(!page.body.contains("class=\"part\" open"), "details are folded: {}", page.body);
}

#[test]
fn the_headers_can_be_copied_once_they_name_the_collector() {
    let (_collector, console) = scene();
    let rosa = console.log_in("rosa");
    // Nothing was reported yet: it shows what to begin with.
    let page = console.get(&rosa, "/policy/shop").body;
    assert!(
        page.contains("default-src &#39;self&#39;") || page.contains("default-src 'self'"),
        "{page}"
    );
    assert!(
        page.contains("https://{COLLECTOR}/report/shop") && !page.contains("data-copy"),
        "{page}"
    );
    let page =
        console.get(&rosa, "/policy/shop?collector=https%3A%2F%2Fcsp.example%3A8443%2Fx").body;
    let endpoint = "Reporting-Endpoints: cspwatch=&quot;https://csp.example:8443/report/shop&quot;";
    assert!(page.contains(endpoint) && page.contains("data-copy"), "{page}");
    let wrong = console.get(&rosa, "/policy/shop?collector=javascript:alert(1)");
    assert_eq!(wrong.status, 422, "{wrong:?}");
}

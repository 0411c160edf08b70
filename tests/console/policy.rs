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
        "When to enforce the Connection-Allowlist:",
        "1 reports name URLs of your own",
        "payment: where the pages lead",
        "evil[.]example",
    ] {
        assert!(page.body.contains(expected), "{expected}\n{}", page.body);
    }
    assert!(!page.body.contains("evil.example"), "{}", page.body);
}

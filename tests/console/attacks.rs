//! What attackers try: other sites' forms, other names for the console, hostile texts in every field, and bodies without end.

use super::{scene, steal};
use crate::support::collector::{Collector, SHOP, violation};
use crate::support::console::Console;
use crate::support::until;

#[test]
fn another_sites_form_changes_nothing() {
    let (collector, console) = scene();
    steal(&collector, &console);
    let rosa = console.log_in("rosa");
    let path = "/destinations/shop/evil.example/decisions";
    let form_token = console.form_token(&rosa);
    let body = format!("decision=approve&why=x&seen=0&form_token={form_token}");
    let media = "Content-Type: application/x-www-form-urlencoded\r\n";
    let cookie = format!("Cookie: {}\r\n", rosa.cookie);
    let own = console.url();
    for foreign in [
        "Origin: https://evil.example\r\n".to_owned(),
        "Origin: null\r\n".to_owned(),
        format!("Origin: {own}.evil.example\r\n"),
        format!("Origin: {own}\r\nOrigin: https://evil.example\r\n"),
        "Sec-Fetch-Site: cross-site\r\n".to_owned(),
        "Sec-Fetch-Site: same-site\r\n".to_owned(),
        String::new(),
    ] {
        let headers = format!("{cookie}{media}{foreign}");
        let page = console.send(&format!("POST {path}"), &headers, &body);
        assert_eq!(page.status, 403, "{foreign}: {page:?}");
    }
    // From an own page, without the token of the session, or with another one's.
    let other = console.form_token(&console.log_in("ada"));
    for token in ["", "00", &other] {
        let fields = [("form_token", token), ("decision", "approve"), ("why", "x"), ("seen", "0")];
        assert_eq!(console.submit(&rosa, path, &fields).status, 403, "{token}");
    }
    let page = console.get(&rosa, "/destinations/shop/evil.example");
    assert!(!page.body.contains("approved it"), "{page:?}");
    let page = console.send(
        &format!("POST {path}"),
        &format!("{cookie}{media}Sec-Fetch-Site: same-origin\r\n"),
        &body,
    );
    assert_eq!(page.status, 303, "{page:?}");
}

#[test]
fn under_another_name_nothing_is_shown() {
    let (_collector, console) = scene();
    let port = console.address().port();
    let cookie = format!("Cookie: {}\r\n", console.log_in("ada").cookie);
    for host in [
        "evil.example",
        &format!("evil.example:{port}"),
        &format!("127.0.0.1.evil.example:{port}"),
        "",
    ] {
        let page = console.send_to(host, "GET /system", &cookie, "");
        assert_eq!(page.status, 421, "{host}: {page:?}");
        assert!(!page.body.contains("ada"));
    }
    let page = console.send_to(&format!("localhost:{port}"), "GET /system", &cookie, "");
    assert_eq!(page.status, 200);
}

#[test]
fn pages_forbid_whatever_is_not_theirs() {
    let (_collector, console) = scene();
    let ada = console.log_in("ada");
    for path in ["/", "/login", "/reports", "/decisions", "/nothing", "/healthz", "/api/v1/alerts"]
    {
        let page = console.get(&ada, path);
        let policy = page.header("content-security-policy").unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self';",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        for inline in ["<style", " style=", "onclick", "<script>"] {
            assert!(!page.body.contains(inline), "{path}: {inline}");
        }
    }
    // A page to keep brings its own style, and its own policy.
    let pack = console.get(&ada, "/evidence/shop/pack?from=2026-01-01&to=2026-01-02");
    assert!(pack.header("content-security-policy").unwrap().contains("sandbox"), "{pack:?}");
}

#[test]
fn hostile_texts_stay_texts_on_every_page() {
    const HOSTILE: &str = "%3Cscript%3Ealert(1)%3C/script%3E'%22onload=x";
    let (collector, console) = scene();
    let page = format!("https://shop.example/checkout/{HOSTILE}");
    let body = violation(&page, &format!("https://x.evil.example/{HOSTILE}"), "form-action");
    let body =
        body.replace("\"script-sample\":\"\"", "\"script-sample\":\"</td><img src=x>\u{202e}\"");
    for _ in 0..3 {
        assert_eq!(collector.post(&body).status, 204);
    }
    let ada = console.log_in("ada");
    console.until_shows(&ada, "/reports?range=1h", "evil[.]example");
    let texts = "<script>alert(1)</script>'\"onload=x";
    let form_token = console.form_token(&ada);
    let own = "/destinations/shop/evil.example";
    let fields =
        [("form_token", &*form_token), ("decision", "theft"), ("why", texts), ("seen", "0")];
    assert_eq!(console.submit(&ada, &format!("{own}/decisions"), &fields).status, 303);
    let fields = [("form_token", &*form_token), ("note", texts)];
    assert_eq!(console.submit(&ada, &format!("{own}/notes"), &fields).status, 303);
    let fields = [("form_token", &*form_token), ("version", texts), ("environment", texts)];
    assert_eq!(console.submit(&ada, "/releases/shop", &fields).status, 303);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("text", texts)
        .append_pair("site", texts)
        .finish();
    let mut texts_shown = 0;
    for path in [
        "/",
        own,
        &format!("{own}/report"),
        "/reports?range=1h",
        &format!("/reports?{query}"),
        "/sites",
        "/sites/shop",
        "/policy/shop",
        "/scripts/shop",
        "/releases/shop",
        "/decisions",
        &format!("/decisions?{query}"),
        "/evidence/shop",
        "/system",
        "/words",
        &format!("/login?next={HOSTILE}"),
        &format!("/sites/{HOSTILE}"),
        &format!("/destinations/shop/{HOSTILE}"),
    ] {
        let page = console.get(&ada, path);
        assert!(page.status < 500, "{path}: {page:?}");
        for hostile in [
            "<script>alert",
            "<img src=x",
            "\"onload",
            "\u{202e}",
            "href=\"https://x.evil",
            "://evil",
        ] {
            assert!(!page.body.contains(hostile), "{path} has {hostile}: {}", page.body);
        }
        texts_shown += page.body.matches("&lt;script&gt;alert").count();
    }
    assert!(texts_shown >= 5, "the texts are shown {texts_shown} times");
}

#[test]
fn odd_addresses_are_refused_in_the_form_that_was_asked_for() {
    let (_collector, console) = scene();
    let ada = console.log_in("ada");
    for (path, status) in [
        ("/sites/%FF", 400),
        ("/destinations/%C3%28/x", 400),
        ("/sites/..%2f..", 404),
        ("/sites/%2e%2e", 404),
        ("/assets/..%2f..%2fetc%2fpasswd", 404),
        ("//evil.example/%2f..", 404),
        ("/reports/files/..%2freports.csv", 404),
        ("/API/v1/alerts", 404),
        ("/destinations/shop/%00", 422),
    ] {
        let page = console.get(&ada, path);
        assert_eq!(page.status, status, "{path}: {page:?}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
    }
    // What ClickHouse would read as something else than text.
    for text in ["%00", "%5CN", "%09%0A%5C", "%FF", "%27%22%60%7B%7D"] {
        assert_eq!(console.get(&ada, &format!("/reports?text={text}")).status, 200, "{text}");
    }
    let token = console.token("ci", "viewer");
    for path in ["/api/v1/scripts/%FF", "/api/../system", "/api/v1/scripts/..%2f.."] {
        let page = console.api(&format!("GET {path}"), &token, "");
        assert_eq!(
            page.header("content-type"),
            Some("application/problem+json"),
            "{path}: {page:?}"
        );
        assert_eq!(page.json()["status"].as_u64(), Some(u64::from(page.status)), "{path}");
    }
}

#[test]
fn without_clickhouse_pages_say_so_and_a_body_without_end_is_cut() {
    let collector = Collector::build().config(SHOP).start();
    let console = Console::of(&collector);
    let rosa = console.log_in("rosa");
    for path in ["/", "/destinations/shop/evil.example", "/reports", "/sites/shop"] {
        let page = console.get(&rosa, path);
        assert_eq!(page.status, 503, "{path}: {page:?}");
        assert!(
            page.body.contains("ClickHouse does not answer")
                && page.header("retry-after").is_some()
        );
        assert!(page.body.contains("Collectors need no console"));
    }
    let system = console.get(&rosa, "/system");
    assert_eq!(system.status, 200, "{system:?}");
    assert!(system.body.contains("<span class=\"chip urgent\">away</span>"), "{system:?}");
    let token = console.token("ci", "responder");
    let page = console.api("GET /api/v1/findings", &token, "");
    assert_eq!((page.status, page.json()["status"].as_u64()), (503, Some(503)));
    let long = "x".repeat(300 * 1024);
    assert_eq!(console.api("POST /api/v1/decisions", &token, &long).status, 413);
    assert_eq!(console.submit(&rosa, "/login", &[("name", &long)]).status, 413);
    // What anybody may send is bounded closer.
    let long = "x".repeat(100 * 1024);
    assert_eq!(console.submit(&rosa, "/login", &[("name", &long)]).status, 413);
    assert_eq!(console.api("POST /api/v1/decisions", &token, &long).status, 422);
    until("it goes on answering", || console.get(&rosa, "/login").status == 303);
}

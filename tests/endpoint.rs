//! The public endpoint, byte by byte: raw requests in, literal answers out.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crate::support::collector::{Collector, SHOP};

/// A collector whose ClickHouse never answers: the endpoint does not need one.
fn collector() -> Collector {
    Collector::build().config(SHOP).start()
}

const GOOD: &str = r#"{"csp-report":{"document-uri":"https://shop.example/","blocked-uri":"inline","effective-directive":"img-src"}}"#;

/// Sends raw bytes and reads until the other side closes; the `date` line is taken out.
fn exchange(collector: &Collector, request: &[u8]) -> String {
    hear(sent(collector, request))
}

/// A connection that sent these bytes.
fn sent(collector: &Collector, request: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(collector.public()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(request).unwrap();
    stream
}

fn hear(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    answer.split_inclusive("\r\n").filter(|line| !line.starts_with("date: ")).collect()
}

fn post(collector: &Collector, target: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    let request = format!(
        "POST {target} HTTP/1.1\r\nHost: c\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    exchange(collector, request.as_bytes())
}

#[track_caller]
fn check_status(answer: &str, status: u16) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    assert!(answer.contains("access-control-allow-origin: *\r\n"), "{answer}");
}

#[test]
fn a_report_is_answered_204_and_nothing_else() {
    let collector = collector();
    for target in ["/report", "/report/shop", "/report?tag=order-1&x=y", "/report/shop?tag=%00"] {
        assert_eq!(
            post(&collector, target, "", GOOD),
            "HTTP/1.1 204 No Content\r\naccess-control-allow-origin: *\r\nconnection: close\r\n\r\n"
        );
    }
}

#[test]
fn a_browser_that_closes_behind_its_report_is_answered() {
    let collector = collector();
    let length = GOOD.len();
    let request =
        format!("POST /report HTTP/1.1\r\nHost: c\r\nContent-Length: {length}\r\n\r\n{GOOD}");
    for _ in 0..20 {
        let stream = sent(&collector, request.as_bytes());
        stream.shutdown(Shutdown::Write).unwrap();
        check_status(&hear(stream), 204);
    }
}

#[test]
fn whatever_the_media_type_and_the_origin_say() {
    let collector = collector();
    for headers in [
        "Content-Type: application/csp-report\r\n",
        "Content-Type: application/reports+json; charset=x\r\n",
        "Content-Type: text/plain\r\nOrigin: null\r\n",
        "Content-Type: image/png\r\nOrigin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\n",
    ] {
        check_status(&post(&collector, "/report", headers, GOOD), 204);
    }
}

#[test]
fn a_preflight_is_answered_on_every_path() {
    let collector = collector();
    for target in ["/report", "/report/shop?tag=a"] {
        let request = format!(
            "OPTIONS {target} HTTP/1.1\r\nHost: c\r\nConnection: close\r\nOrigin: https://shop.example\r\n\
             Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n\r\n"
        );
        assert_eq!(
            exchange(&collector, request.as_bytes()),
            "HTTP/1.1 204 No Content\r\naccess-control-allow-origin: *\r\n\
             access-control-allow-methods: POST\r\naccess-control-allow-headers: content-type\r\n\
             access-control-max-age: 86400\r\nconnection: close\r\n\r\n"
        );
    }
}

#[test]
fn one_bad_report_does_not_sink_its_batch() {
    let collector = collector();
    let body = r#"[{"type":"csp-violation","body":{"documentURL":"https://shop.example/","blockedURL":"eval"}}, 7, {"type":null}]"#;
    check_status(&post(&collector, "/report/shop", "", body), 204);
    let reports = |kind: &str, outcome: &str| {
        collector.metric(&format!(
            r#"cspwatch_reports_total{{site="shop",kind="{kind}",outcome="{outcome}"}}"#
        ))
    };
    assert_eq!(reports("csp", "new"), Some(1.0));
    assert_eq!(reports("other", "malformed"), Some(2.0));
}

#[test]
fn bodies_without_a_report_are_refused_and_counted() {
    let collector = collector();
    let bodies = [
        "{}",
        "[]",
        "{\"csp-report\":{}}",
        "{\"csp-report\":{\"key\":\"value\"}}",
        "[1,2,3]",
        "<!doctype html><title>403</title>",
        "number=4111111111111111&name=a",
    ];
    for body in bodies {
        let answer = post(&collector, "/report/shop", "", body);
        check_status(&answer, 400);
        assert!(!answer.contains("4111"), "{answer}");
    }
    let malformed = r#"cspwatch_reports_total{site="shop",kind="other",outcome="malformed"}"#;
    // Nothing at all is no report that was lost.
    check_status(&post(&collector, "/report/shop", "", ""), 400);
    // The array has three pieces.
    assert_eq!(collector.metric(malformed), Some(bodies.len() as f64 + 2.0));
}

#[test]
fn what_is_refused_says_why_and_repeats_nothing() {
    let collector = collector();
    let secret = "SECRET-IN-REQUEST";
    let cases = [
        (post(&collector, "/report", "", secret), 400),
        (post(&collector, "/report", "", "[]"), 400),
        (post(&collector, "/report", "", ""), 400),
        (post(&collector, "/report/SECRET-IN-REQUEST", "", GOOD), 404),
        (post(&collector, "/report/", "", GOOD), 404),
        (post(&collector, "/", "", GOOD), 404),
        (post(&collector, "/reports", "", GOOD), 404),
        (post(&collector, "/report", "Content-Encoding: gzip\r\n", GOOD), 415),
    ];
    for (answer, status) in cases {
        check_status(&answer, status);
        let (_, why) = answer.split_once("\r\n\r\n").unwrap();
        assert!(why.ends_with('\n') && why.lines().count() == 1, "{answer}");
        assert!(!answer.contains("SECRET"), "{answer}");
    }
    let get = exchange(&collector, b"GET /report HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n");
    check_status(&get, 405);
    assert!(get.contains("allow: POST, OPTIONS\r\n"), "{get}");
}

#[test]
fn a_body_that_is_too_large_is_refused_before_it_is_read() {
    let collector = collector();
    // Only the head is sent: waiting for the body would wait for ever.
    let head = "POST /report HTTP/1.1\r\nHost: c\r\nContent-Length: 1048577\r\nExpect: 100-continue\r\n\r\n";
    let answer = exchange(&collector, head.as_bytes());
    check_status(&answer, 413);
    assert!(!answer.contains("100 Continue"), "{answer}");
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000)).repeat(17);
    let chunked = format!(
        "POST /report HTTP/1.1\r\nHost: c\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}0\r\n\r\n"
    );
    check_status(&exchange(&collector, chunked.as_bytes()), 413);
}

#[test]
fn a_body_of_one_mebibyte_is_taken() {
    let collector = collector();
    let filler = "x".repeat(1024 * 1024 - GOOD.len() - 20);
    let body = GOOD.replacen('{', &format!(r#"{{"filler":"{filler}","#), 1);
    check_status(&post(&collector, "/report", "", &body), 204);
}

#[test]
fn several_requests_share_a_connection() {
    let collector = collector();
    let length = GOOD.len();
    let one =
        format!("POST /report HTTP/1.1\r\nHost: c\r\nContent-Length: {length}\r\n\r\n{}", GOOD);
    let last = one.replace("Host: c", "Host: c\r\nConnection: close");
    let answer = exchange(&collector, format!("{one}{one}{last}").as_bytes());
    assert_eq!(answer.matches("HTTP/1.1 204 No Content").count(), 3, "{answer}");
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let collector = collector();
    let padding = format!("X-Padding: {}\r\n", "x".repeat(20_000));
    let answer = post(&collector, "/report", &padding, GOOD);
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[test]
fn a_head_has_100_fields_at_most() {
    let collector = collector();
    // `post` writes three fields of its own: Host, Connection and Content-Length.
    let fields = |count: usize| "X-Field: x\r\n".repeat(count - 3);
    check_status(&post(&collector, "/report", &fields(100), GOOD), 204);
    let answer = post(&collector, "/report", &fields(101), GOOD);
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[test]
fn the_client_script_is_served_with_a_tag_and_cached_by_it() {
    let collector = collector();
    let get = |headers: &str| {
        let request =
            format!("GET /sri.js HTTP/1.1\r\nHost: c\r\nConnection: close\r\n{headers}\r\n");
        exchange(&collector, request.as_bytes())
    };
    let answer = get("");
    check_status(&answer, 200);
    assert!(answer.contains("content-type: text/javascript; charset=utf-8\r\n"), "{answer}");
    assert!(answer.ends_with("})();\n"), "{answer}");
    let (_, rest) = answer.split_once("etag: ").unwrap();
    let (tag, _) = rest.split_once("\r\n").unwrap();
    check_status(&get(&format!("If-None-Match: \"x\", {tag}\r\n")), 304);
    check_status(&get("If-None-Match: \"x\"\r\n"), 200);
    check_status(&post(&collector, "/sri.js", "", GOOD), 405);
}

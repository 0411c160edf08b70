//! Bodies that do not come, or not as announced.

use std::io::Write as _;

use super::{assert_reports_get_through, collector, hear, open, post_with, trickle};
use crate::support::collector::{Collector, SHOP, violation};
use crate::support::{http, until};

/// Bytes of the largest body that is taken.
const MEBIBYTE: usize = 1024 * 1024;

fn announce(bytes: usize) -> String {
    format!("POST /report HTTP/1.1\r\nHost: c\r\nContent-Length: {bytes}\r\n\r\n")
}

#[test]
fn bodies_that_are_announced_and_do_not_come_take_nothing_from_others() {
    let collector = collector();
    // Together more than all bodies in flight may have.
    let silent: Vec<_> = (0..300).map(|_| open(&collector, announce(MEBIBYTE))).collect();
    assert_reports_get_through(&collector);
    for stream in silent {
        let answer = hear(stream);
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("access-control-allow-origin: *"), "{answer}");
    }
}

#[test]
fn a_body_that_trickles_is_cut_off() {
    let collector = collector();
    let stream = open(&collector, announce(MEBIBYTE));
    // That is the attack: ten bytes a second.
    let sender = trickle(&stream, b'[');
    let answer = hear(stream);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    sender.join().unwrap();
    assert_reports_get_through(&collector);
}

#[test]
fn two_lengths_and_lengths_that_lie_are_not_believed() {
    let collector = collector();
    let both =
        "POST /report HTTP/1.1\r\nHost: c\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n{}{}{}";
    let mixed = "POST /report HTTP/1.1\r\nHost: c\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let huge = announce(1 << 40);
    let signed = "POST /report HTTP/1.1\r\nHost: c\r\nContent-Length: +2\r\n\r\n{}";
    for request in [both, mixed, &huge, signed] {
        let request = request.replace("Host: c", "Host: c\r\nConnection: close");
        let answer = hear(open(&collector, &request));
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(matches!(status, "400" | "413"), "{request}: {answer}");
    }
    assert_reports_get_through(&collector);
}

#[test]
fn two_hosts_are_refused_two_equal_lengths_are_one_and_a_bare_line_feed_ends_a_line() {
    let collector = collector();
    let body = violation("https://shop.example/", "https://evil.example/", "img-src");
    let length = format!("Content-Length: {}\r\n", body.len());
    let status = |head: &str| {
        let request = format!("POST /report HTTP/1.1\r\nConnection: close\r\n{head}\r\n{body}");
        hear(open(&collector, request)).split(' ').nth(1).map(str::to_owned)
    };
    assert_eq!(status(&format!("Host: c\r\n{length}")).as_deref(), Some("204"));
    let hosts = format!("Host: c\r\nHost: d\r\n{length}");
    assert_eq!(status(&hosts).as_deref(), Some("400"));
    // RFC 9110, section 8.6.
    assert_eq!(status(&format!("Host: c\r\n{length}{length}")).as_deref(), Some("204"));
    let list = format!("Host: c\r\nContent-Length: {0}, {0}\r\n", body.len());
    assert_eq!(status(&list).as_deref(), Some("400"));
    // RFC 9112, section 2.2, allows it.
    let bare = format!("Host: c\r\n{length}").replace("\r\n", "\n");
    assert_eq!(status(&bare).as_deref(), Some("204"));
    assert_reports_get_through(&collector);
}

#[test]
fn bodies_of_one_network_leave_room_for_others() {
    let collector = Collector::build().config(SHOP).behind_proxy().start();
    // Each lacks its last byte.
    let slow = |client: &str| {
        let head = announce(MEBIBYTE).replace("Host: c", &format!("X-Forwarded-For: {client}"));
        open(&collector, head + &" ".repeat(MEBIBYTE - 1))
    };
    let _held: Vec<_> = (0..140).map(|_| slow("203.0.113.7")).collect();
    let refused = "cspwatch_requests_total{status=\"503\"}";
    until("what is over 128 MiB is refused", || collector.metric(refused) >= Some(12.0));
    let mut other = slow("198.51.100.7");
    other.write_all(b" ").unwrap();
    let answer = hear(other);
    assert!(answer.starts_with("HTTP/1.1 400 "), "all of it came, and it is no report: {answer}");
    assert_reports_get_through(&collector);
}

/// Chromium puts all reports of a profile into one body, and the page chooses how long their URLs are.
#[test]
fn a_report_behind_long_urls_is_evidence_whatever_the_size_of_the_body() {
    let collector = collector();
    let pad =
        |bytes: usize| report(&format!("https://pad.example/{}", "a".repeat(bytes)), "img-src");
    let theft = |n: usize| report(&format!("https://evil{n}.example/c"), "form-action");
    let ways = [
        vec![pad(700_000), pad(700_000), theft(0)],
        vec![theft(1), pad(2 * MEBIBYTE)],
        [vec![pad(90_000); 60], vec![theft(2)]].concat(),
        [vec![pad(12 * MEBIBYTE)], vec![theft(3)]].concat(),
    ];
    for (n, reports) in ways.into_iter().enumerate() {
        let body = format!("[{}]", reports.join(","));
        let type_ = "Content-Type: application/reports+json\r\n";
        assert_eq!(post_with(&collector, "/report", type_, &body), "413", "{n}");
        let metrics = http::request(collector.admin(), "GET", "/metrics", "").unwrap().body;
        assert!(metrics.contains(&format!("destination=\"evil{n}.example\"")), "{n}");
    }
    assert_reports_get_through(&collector);
}

/// As Chromium sends it.
fn report(blocked: &str, directive: &str) -> String {
    let body = format!(
        r#"{{"documentURL":"https://shop.example/checkout","referrer":"","blockedURL":"{blocked}","effectiveDirective":"{directive}","originalPolicy":"default-src 'self'","sourceFile":"https://shop.example/app.js","sample":"","disposition":"enforce","statusCode":200,"lineNumber":7,"columnNumber":9}}"#
    );
    format!(
        r#"{{"type":"csp-violation","age":1,"url":"https://shop.example/checkout","body":{body}}}"#
    )
}

//! Texts that are chosen to harm their readers: the log, the metrics, tables on a terminal; and JSON that
//! was chosen to harm the parser.

use std::io::Write as _;

use super::{assert_reports_get_through, hear, open, post_with};
use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP, cspwatch, violation};
use crate::support::{http, tools, until};

/// Escape sequences, line ends, quotes, bidirectional marks, a label's end, markup.
const HOSTILE: &str = "\\u001b[2J\\u001b]0;x\\u0007\\r\\nforged: line\\n# TYPE x counter\\nx 1\\u202e\\\"}\\\\<script>{{1}}";

fn hostile_reports() -> Vec<String> {
    let fields = [
        format!(
            r#""blocked-uri":"https://{HOSTILE}.example/","effective-directive":"connect-src""#
        ),
        format!(
            r#""blocked-uri":"https://evil.example/{HOSTILE}","effective-directive":"connect-src""#
        ),
        format!(r#""blocked-uri":"{HOSTILE}","effective-directive":"{HOSTILE}""#),
        format!(r#""blocked-uri":"https://evil.example/","effective-directive":"{HOSTILE}""#),
        format!(r#""blocked-uri":"inline","script-sample":"{HOSTILE}","source-file":"{HOSTILE}""#),
        format!(
            r#""blocked-uri":"inline","original-policy":"{HOSTILE}","disposition":"{HOSTILE}""#
        ),
    ];
    let page = r#""document-uri":"https://shop.example/checkout""#;
    let csp = fields.iter().map(|fields| format!(r#"{{"csp-report":{{{page},{fields}}}}}"#));
    let named = format!(
        r#"{{"type":"{HOSTILE}","url":"https://shop.example/{HOSTILE}","user_agent":"{HOSTILE}","body":{{"id":"{HOSTILE}","message":"{HOSTILE}"}}}}"#
    );
    csp.chain([named]).collect()
}

#[test]
fn metrics_logs_and_tables_stay_what_they_are() {
    let clickhouse = ClickHouse::shared();
    let (collector, database) = Collector::start_storing(SHOP);
    let reports = hostile_reports();
    for report in &reports {
        // hyper refuses control characters in headers by itself.
        let agent = "User-Agent: Mozilla\u{202e}/5.0 \"}<script>\r\n";
        assert_eq!(post_with(&collector, "/report?tag=%1b[2J", agent, report), "204", "{report}");
    }
    let page = http::request(collector.admin(), "GET", "/metrics", "").unwrap().body;
    assert_parses(&page);
    assert!(page.is_ascii() && !page.contains("<script>"), "{page}");

    let (code, records) =
        cspwatch(&["journal", "inspect", "--records", collector.journal().to_str().unwrap()]);
    assert_eq!(code, Some(0), "{records}");
    let log = collector.log();
    for text in [&records, &log] {
        let is_harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.contains(is_harmful), "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("forged:")), "{text}");
    }
    let stored = format!("SELECT sum(count) FROM {database}.reports");
    collector.settle();
    until("all are stored", || clickhouse.query(&stored) == reports.len().to_string());
    let harmful = format!(
        "SELECT count() FROM {database}.reports WHERE match(concat(destination, blocked_host, \
         blocked_path, directive, sample, source_path, type_name, detail), '[\\\\x00-\\\\x1f]')"
    );
    assert_eq!(clickhouse.query(&harmful), "0");
}

/// Fails unless Prometheus' own parser takes the page.
#[track_caller]
fn assert_parses(page: &str) {
    let mut promtool = tools::command(&["promtool"]);
    promtool.args(["check", "metrics"]).stdin(std::process::Stdio::piped());
    let mut child = promtool.stderr(std::process::Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    // 3: it parses, and promtool would name something otherwise.
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 3)), "{complaints}");
}

#[test]
fn deep_and_wide_json_harms_nobody() {
    let collector = super::collector("");
    let deep = |open: &str, close: &str| open.repeat(60_000) + &close.repeat(60_000);
    let keys: String = (0..90_000).map(|key| format!("\"{key}\":1,")).collect();
    let bombs = [
        deep("[", "]"),
        deep("{\"csp-report\":", "}"),
        format!("{{\"csp-report\":{{\"document-uri\":{}}}}}", deep("[", "]")),
        format!("{{\"csp-report\":{{{keys}\"blocked-uri\":\"inline\"}}}}"),
        format!("[{}]", "{},".repeat(300_000)),
        format!("[{}", "[".repeat(1_000_000)),
        format!("\"{}\"", "\\u0041".repeat(150_000)),
        violation(
            "https://shop.example/",
            &format!("https://{}.example/", "a.".repeat(400_000)),
            "img-src",
        ),
    ];
    for bomb in &bombs {
        let status = post_with(&collector, "/report", "", bomb);
        assert!(matches!(&*status, "204" | "400"), "{status}: {}", &bomb[..60]);
    }
    assert_reports_get_through(&collector);
}

#[test]
fn a_body_of_single_bytes_is_one_body() {
    let collector = super::collector("");
    let report = violation("https://shop.example/checkout", "https://evil.example/", "img-src");
    let chunks: String = report.chars().map(|c| format!("1\r\n{c}\r\n")).collect();
    let head = "POST /report HTTP/1.1\r\nHost: c\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    let answer = hear(open(&collector, head.to_owned() + &chunks + "0\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
}

#[test]
fn a_header_cannot_be_smuggled_into_an_answer() {
    let collector = super::collector("");
    let origin = "Origin: https://evil.example\r\nX: a\r\nSet-Cookie: a=b\r\n";
    let head = format!(
        "OPTIONS /report/%0d%0aSet-Cookie:a=b HTTP/1.1\r\nHost: c\r\nConnection: close\r\n{origin}\r\n"
    );
    let answer = hear(open(&collector, head)).to_lowercase();
    assert!(answer.starts_with("http/1.1 404 ") && !answer.contains("cookie"), "{answer}");
    let bare =
        "GET /livez HTTP/1.1\r\nHost: c\r\nX: a\rSet-Cookie: a=b\r\nConnection: close\r\n\r\n";
    assert!(hear(open(&collector, bare)).starts_with("HTTP/1.1 400 "));
}

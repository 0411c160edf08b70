//! Metrics and health where others reach them.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::collector;
use crate::support::builder::path_text;
use crate::support::http;

const TOKEN: &str = "correct-horse-battery";

#[test]
fn with_a_token_it_answers_only_those_who_have_it() {
    let mut collector = collector();
    let file = collector.place().join("token");
    fs::write(&file, format!("{TOKEN}\n")).unwrap();
    collector.reconfigure(|config| config.set("listen.admin_token_file", path_text(&file)));
    let admin = collector.admin();
    let ask = |page: &str, authorization: &str| {
        let mut stream = TcpStream::connect(admin).unwrap();
        write!(stream, "GET {page} HTTP/1.0\r\nHost: 127.0.0.1\r\n{authorization}\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let right = format!("Authorization: Bearer {TOKEN}\r\n");
    assert!(ask("/metrics", &right).contains("\ncspwatch_connections 0\n"));
    assert!(ask("/readyz", &right).starts_with("HTTP/1.0 503 "));
    assert!(ask("/livez", "").starts_with("HTTP/1.0 200 "), "it says nothing of anybody");
    let wrong = ["", "Authorization: Bearer \r\n", "Authorization: Bearer wrong\r\n"];
    let basic = format!("Authorization: Basic {TOKEN}\r\n");
    for authorization in wrong.into_iter().chain([basic.as_str()]) {
        for page in ["/metrics", "/readyz", "/nowhere"] {
            let answer = ask(page, authorization);
            assert!(answer.starts_with("HTTP/1.0 401 "), "{authorization}{answer}");
            assert!(answer.contains("www-authenticate: Bearer\r\n"), "{answer}");
            assert!(!answer.contains("cspwatch_") && !answer.contains(TOKEN), "{answer}");
        }
    }
    assert!(!collector.log().contains(TOKEN));
}

#[test]
fn a_page_of_somebody_else_cannot_read_it_by_a_name_of_its_own() {
    let mut collector = collector();
    let admin = collector.admin();
    let status = |page: &str, headers: &str| {
        let mut stream = TcpStream::connect(admin).unwrap();
        write!(stream, "GET {page} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 ") || !answer.contains("cspwatch_"), "{answer}");
        answer[9..12].to_owned()
    };
    for page in ["/metrics", "/alerts", "/readyz", "/livez"] {
        for host in ["evil.example", "evil.example:8081", "127.0.0.1.evil.example"] {
            assert_eq!(status(page, &format!("Host: {host}\r\n")), "421", "{page} {host}");
        }
    }
    assert_eq!(status("/livez", "Host: 127.0.0.1\r\nHost: evil.example\r\n"), "421");
    // As probes of Kubernetes, Prometheus and people ask.
    for host in [&*admin.to_string(), "10.244.0.7:8081", "[fd00::7]:8081", "localhost:8081"] {
        assert_eq!(status("/livez", &format!("Host: {host}\r\n")), "200", "{host}");
        assert_eq!(status("/metrics", &format!("Host: {host}\r\n")), "200", "{host}");
    }
    let file = collector.place().join("token");
    fs::write(&file, format!("{TOKEN}\n")).unwrap();
    collector.reconfigure(|config| {
        config.set("listen.admin_token_file", path_text(&file));
        config.set("listen.admin_hosts", vec!["collector.internal"]);
    });
    assert_eq!(status("/livez", "Host: collector.internal:8081\r\n"), "200");
    assert_eq!(status("/livez", "Host: cspwatch:8081\r\n"), "421");
    let with_token = format!("Host: cspwatch:8081\r\nAuthorization: Bearer {TOKEN}\r\n");
    assert_eq!(status("/metrics", &with_token), "200", "no page knows the token");
}

#[test]
fn connections_that_ask_nothing_do_not_keep_probes_out() {
    let collector = collector();
    let connect = |request: &str| {
        let mut stream = TcpStream::connect(collector.admin()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    };
    // Some say nothing, some stop in the middle, some are kept alive.
    let kept = "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    let held: Vec<_> = (0..1_000).map(|index| connect(["", "GET /li", kept][index % 3])).collect();
    let answer = http::request(collector.admin(), "GET", "/livez", "").unwrap();
    assert_eq!(answer.status, 200);
    assert!(collector.metric("cspwatch_journal_accepting").is_some());
    drop(held);
}

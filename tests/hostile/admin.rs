//! Metrics and health where others reach them.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::collector;
use crate::support::builder::path_text;

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
        write!(stream, "GET {page} HTTP/1.0\r\nHost: c\r\n{authorization}\r\n").unwrap();
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

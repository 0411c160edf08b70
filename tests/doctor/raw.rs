//! Heads as a server sends them byte by byte, oddities included.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use super::*;

/// The findings about a page whose head has these lines.
fn findings_about(lines: &str) -> Vec<Value> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{lines}\r\nContent-Length: 0\r\n\r\n"
    );
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let output = doctor(&["--json", &url], "");
    server.join().unwrap();
    let found: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    found["findings"].as_array().unwrap().clone()
}

#[test]
fn odd_heads_are_read_as_they_were_sent() {
    for (line, id, fix) in [
        (
            "Content-Security-Policy : default-src 'self'",
            "header-misspelt",
            "send it as Content-Security-Policy",
        ),
        (
            "Content-Security-Policy-Report-Only\t: default-src 'self'",
            "header-misspelt",
            "send it as Content-Security-Policy-Report-Only",
        ),
        (
            "Content-Security-Policy-Report-Only:: default-src 'self'",
            "header-malformed",
            "one colon",
        ),
        (
            "X-WebKit-CSP: default-src 'self'",
            "header-misspelt",
            "send it as Content-Security-Policy",
        ),
        (
            "Content_Security_Policy: default-src 'self'",
            "header-misspelt",
            "send it as Content-Security-Policy",
        ),
    ] {
        let findings = findings_about(line);
        let finding = findings.iter().find(|finding| finding["id"] == id);
        let finding = finding.unwrap_or_else(|| panic!("{line}: {findings:?}"));
        assert!(finding["fix"].as_str().unwrap().contains(fix), "{line}: {finding}");
    }
    // A folded line belongs to the header before it.
    let findings = findings_about("Content-Security-Policy: default-src\r\n 'self'; report-uri");
    assert!(findings.iter().any(|finding| finding["id"] == "report-uri-invalid"), "{findings:?}");
    assert!(findings.iter().all(|finding| finding["id"] != "no-default-src"), "{findings:?}");
}

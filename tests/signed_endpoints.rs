//! The functions that `deploy/signed-endpoints.md` gives to users make signatures that are believed.

use std::fs;
use std::process::Command;

use cspwatch::clock::Timestamp;
use cspwatch::signature::Key;

const KEY: &str = "correct-horse-battery";

/// The block of a language in the document.
fn block(language: &str) -> String {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/signed-endpoints.md");
    let text = fs::read_to_string(file).unwrap();
    let (_, rest) = text.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("\n```").unwrap().0.to_owned()
}

#[track_caller]
fn check(program: &[&str], code: &str) {
    let output = Command::new(program[0]).args(&program[1..]).arg(code).output().unwrap();
    let url = String::from_utf8(output.stdout).unwrap();
    let query = url.trim().strip_prefix("https://reports.example/report/shop?");
    let is_verified = query
        .is_some_and(|query| Key::new(KEY.as_bytes()).verifies("shop", query, Timestamp::now()));
    assert!(is_verified, "{url} {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn in_javascript() {
    let call =
        format!("signedEndpoint('https://reports.example', 'shop', '{KEY}', 60).then(console.log)");
    check(&["node", "-e"], &format!("{}\n{call}", block("js")));
}

#[test]
fn in_python() {
    let call = format!("print(signed_endpoint('https://reports.example', 'shop', b'{KEY}', 60))");
    let imports = "import base64, hmac, time";
    check(&["python3", "-c"], &format!("{imports}\n{}\n{call}", block("python")));
}

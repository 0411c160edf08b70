//! The functions that `deploy/signed-endpoints.md` and `deploy/tags.md` give to users make signatures that are believed.

use std::fs;
use std::process::Command;

use cspwatch::base::clock::Timestamp;
use cspwatch::base::signature::SigningKey;

const KEY: &str = "correct-horse-battery";
const ENDPOINTS: &str = "deploy/signed-endpoints.md";
const TAGS: &str = "deploy/tags.md";

/// The first block of a language in a document.
fn block(document: &str, language: &str) -> String {
    let text = fs::read_to_string(format!("{}/{document}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (_, rest) = text.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("\n```").unwrap().0.to_owned()
}

/// Runs the block, and after it the code that prints what its function makes.
#[track_caller]
fn check(program: &[&str], code: &str, verifies: impl Fn(&SigningKey, &str) -> bool) {
    let output = Command::new(program[0]).args(&program[1..]).arg(code).output().unwrap();
    let url = String::from_utf8(output.stdout).unwrap();
    let query = url.trim().strip_prefix("https://reports.example/report/shop?");
    let is_verified = query.is_some_and(|query| verifies(&SigningKey::new(KEY.as_bytes()), query));
    assert!(is_verified, "{url} {}", String::from_utf8_lossy(&output.stderr));
}

fn endpoint(key: &SigningKey, query: &str) -> bool {
    key.verifies("shop", query, Timestamp::now())
}

fn tag(key: &SigningKey, query: &str) -> bool {
    query.starts_with("tag=order-7&") && key.verifies_tag("shop", "order-7", query)
}

#[test]
fn endpoints_in_javascript() {
    let call =
        format!("signedEndpoint('https://reports.example', 'shop', '{KEY}', 60).then(console.log)");
    check(&["node", "-e"], &format!("{}\n{call}", block(ENDPOINTS, "js")), endpoint);
}

#[test]
fn endpoints_in_php() {
    let call = format!("echo signed_endpoint('https://reports.example', 'shop', '{KEY}', 60);");
    check(&["php", "-r"], &format!("{}\n{call}", block(ENDPOINTS, "php")), endpoint);
}

#[test]
fn endpoints_in_python() {
    let call = format!("print(signed_endpoint('https://reports.example', 'shop', b'{KEY}', 60))");
    let imports = "import base64, hmac, time";
    let code = format!("{imports}\n{}\n{call}", block(ENDPOINTS, "python"));
    check(&["python3", "-c"], &code, endpoint);
}

#[test]
fn tags_in_javascript() {
    let call = format!(
        "console.log(taggedEndpoint('https://reports.example', 'shop', '{KEY}', 'order-7'))"
    );
    check(&["node", "-e"], &format!("{}\n{call}", block(TAGS, "js")), tag);
}

#[test]
fn tags_in_php() {
    let call =
        format!("echo tagged_endpoint('https://reports.example', 'shop', '{KEY}', 'order-7');");
    check(&["php", "-r"], &format!("{}\n{call}", block(TAGS, "php")), tag);
}

#[test]
fn tags_in_python() {
    let call =
        format!("print(tagged_endpoint('https://reports.example', 'shop', b'{KEY}', 'order-7'))");
    let code = format!("import base64, hmac\n{}\n{call}", block(TAGS, "python"));
    check(&["python3", "-c"], &code, tag);
}

#[test]
fn tags_in_ruby() {
    let call =
        format!("puts tagged_endpoint('https://reports.example', 'shop', '{KEY}', 'order-7')");
    check(&["ruby", "-e"], &format!("{}\n{call}", block(TAGS, "ruby")), tag);
}

//! `cspwatch judge`: the verdicts on recorded reports, and the texts that it never prints.

use std::fs;
use std::process::{Command, Output};

const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/recorded.ndjson");

fn judge(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cspwatch")).arg("judge").args(arguments).output().unwrap()
}

#[track_caller]
fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn verdicts_are_summed_by_group_and_in_total() {
    let found = stdout(&judge(&[RECORDED]));
    for expected in [
        "extension: 2 reports, 0 not understood\n  noise            2\n",
        "          1 extension-blocked\n",
        "theft: 1 reports, 0 not understood\n  unknown          1\n          1 unlisted\n",
        "both: 2 reports",
        "base64: 1 reports, 0 not understood\n  inline           1\n          1 eval\n",
        "nonsense [31m: 0 reports, 1 not understood\n",
        "total: 6 reports, 1 not understood\n",
    ] {
        assert!(found.contains(expected), "{expected}\n{found}");
    }
}

#[test]
fn json_has_one_line_per_report_and_not_the_reports_text() {
    let found = stdout(&judge(&["--json", RECORDED]));
    let lines: Vec<serde_json::Value> =
        found.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 6);
    let theft = lines.iter().find(|line| line["group"] == "theft").unwrap();
    assert_eq!(theft["destination"], "evil.example");
    assert_eq!((&theft["verdict"], &theft["reason"]), (&"unknown".into(), &"unlisted".into()));
    for secret in ["4111", "red", "/checkout", "\u{1b}"] {
        assert!(!found.contains(secret), "{secret}\n{found}");
    }
}

#[test]
fn the_configuration_and_its_rules_are_used() {
    let place = tempfile::tempdir().unwrap();
    let (file, rules) = (place.path().join("c.toml"), place.path().join("rules.toml"));
    fs::write(&file, format!("[noise]\nbuiltin = false\nrules = {rules:?}\n")).unwrap();
    let own = "[[rule]]\nid = \"own\"\nreason = \"r\"\nsource = \"s\"\nblocked_host = [\"*.extension.example\"]\n";
    fs::write(&rules, own).unwrap();
    let arguments = ["--config", file.to_str().unwrap(), RECORDED];
    let found = stdout(&judge(&arguments));
    assert!(found.contains("1 own\n") && !found.contains("extension-blocked"), "{found}");

    fs::write(&rules, own.replace("*.extension.example", "*.cloudfront.net")).unwrap();
    let output = judge(&arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(64));
    let expected =
        "rules.toml:5:1: rule 1, blocked_host: in rule \"own\": anybody can put things on";
    assert!(errors.contains(expected), "{errors}");
}

#[test]
fn a_wrong_line_is_named() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("r.ndjson");
    fs::write(&file, "{\"body\":\"\"}\n{\"x\":1}\n").unwrap();
    let output = judge(&[file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("r.ndjson:2: neither body nor body_base64"), "{errors}");
    let errors = judge(&["/nonexistent.ndjson"]).stderr;
    assert!(String::from_utf8_lossy(&errors).contains("/nonexistent.ndjson cannot be read"));
}

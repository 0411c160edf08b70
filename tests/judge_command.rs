//! `cspwatch judge`: the verdicts on recorded reports, and the texts that it never prints.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::json;

use crate::support::collector::{Collector, SHOP, cspwatch, violation};
use crate::support::http;

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
        "theft: 1 report, 0 not understood\n  unknown          1\n          1 unlisted\n",
        "both: 2 reports",
        "base64: 1 report, 0 not understood\n  inline           1\n          1 eval\n",
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
    assert_eq!(lines.len(), 6 + 1, "and one about the rules");
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

#[test]
fn the_version_of_each_list_in_use_is_printed() {
    let place = tempfile::tempdir().unwrap();
    let (file, own) = (place.path().join("c.toml"), place.path().join("own.toml"));
    let rule = "[[rule]]\nid = \"adware\"\nreason = \"r\"\nsource = \"s\"\nblocked_host = [\"a.example\"]\n";
    fs::write(&own, format!("version = \"2027-02-03\"\n{rule}")).unwrap();
    fs::write(&file, format!("[noise]\nrules = [{own:?}]\n")).unwrap();
    let command = ["check-config", "--config", file.to_str().unwrap()];
    let (code, text) = cspwatch(&command);
    assert_eq!(code, Some(0), "{text}");
    let own = format!("noise rules: 1 of {}, version 2027-02-03\n", own.display());
    assert!(text.contains(&own) && text.contains(" of built-in, version 20"), "{text}");
    // The built-in list itself is such a file.
    let list = concat!(env!("CARGO_MANIFEST_DIR"), "/src/config/noise/builtin.toml");
    fs::write(&file, format!("[noise]\nbuiltin = false\nrules = {list:?}\n")).unwrap();
    let (code, text) = cspwatch(&command);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("builtin.toml, version 20") && !text.contains("built-in"), "{text}");
}

#[test]
fn rules_that_never_matched_are_named() {
    let found = stdout(&judge(&[RECORDED]));
    let last = found.lines().last().unwrap();
    assert!(last.starts_with("rules that never matched: "), "{last}");
    assert!(last.contains(" adware,") && !last.contains("extension-blocked"), "{last}");
    let found = stdout(&judge(&["--json", RECORDED]));
    let last: serde_json::Value = serde_json::from_str(found.lines().last().unwrap()).unwrap();
    let unmatched = last["rules_never_matched"].as_array().unwrap();
    assert!(unmatched.contains(&"adware".into()), "{last}");
    assert!(!unmatched.contains(&"extension-blocked".into()), "{last}");
}

#[test]
fn other_rules_take_the_place_of_the_last_list() {
    let place = tempfile::tempdir().unwrap();
    let rules = place.path().join("newer.toml");
    let newer = "version = \"2\"\n[[rule]]\nid = \"newer\"\nreason = \"r\"\nsource = \"s\"\nblocked_scheme = [\"chrome-extension\"]\n";
    fs::write(&rules, newer).unwrap();
    let found = stdout(&judge(&["--rules", rules.to_str().unwrap(), RECORDED]));
    assert!(found.contains(" 1 newer\n") && !found.contains("extension-blocked"), "{found}");
    fs::write(&rules, newer.replace("chrome-extension", "https")).unwrap();
    let output = judge(&["--rules", rules.to_str().unwrap(), RECORDED]);
    assert_eq!(output.status.code(), Some(64));
    let errors = String::from_utf8_lossy(&output.stderr);
    let expected =
        "newer.toml:6:1: rule 1, blocked_scheme: in rule \"newer\": \"https\" is not a scheme";
    assert!(errors.contains(expected), "{errors}");
    for arguments in [&["--stored"][..], &["--stored", "--rules", "x", RECORDED], &[]] {
        assert_eq!(judge(arguments).status.code(), Some(64), "{arguments:?}");
    }
    let output = judge(&["--rules", "/nonexistent.toml", RECORDED]);
    assert_eq!(output.status.code(), Some(64));
}

/// A shop whose own rules know one app, and its stored reports.
struct Stored {
    collector: Collector,
    rules: PathBuf,
}

const APP: &str = "Mozilla/5.0 AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36 OneApp/1";
const BROWSER: &str = "Mozilla/5.0 AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36";

impl Stored {
    fn open() -> Self {
        let (collector, _) = Collector::start_storing(SHOP);
        let stored = Self { rules: collector.place().join("newer.toml"), collector };
        stored.post(BROWSER, "/checkout", "https://cdn.widget.example/w.js", 3);
        stored.post(BROWSER, "/", "https://cdn.widget.example/w.js", 2);
        stored.post(BROWSER, "/", "https://yellowads.men/code/1.js", 1);
        stored.post(BROWSER, "/", "https://approved.example/a.js", 1);
        stored.post(APP, "/checkout", "https://cdn.app.example/in-app.js", 1);
        stored.collector.settle();
        stored.collector.decide("approve", "approved.example", "ada", "ours");
        stored
    }

    fn post(&self, user_agent: &str, page: &str, blocked: &str, times: u32) {
        let body = violation(&format!("https://shop.example{page}"), blocked, "script-src-elem");
        let headers =
            format!("Content-Type: application/csp-report\r\nUser-Agent: {user_agent}\r\n");
        for _ in 0..times {
            let to = self.collector.public();
            let answer = http::request_with(to, "POST", "/report/shop", &headers, &body).unwrap();
            assert_eq!(answer.status, 204, "{}", answer.body);
        }
    }

    /// What these rules would change, as JSON.
    fn json(&self, rules: &str) -> serde_json::Value {
        let (code, answer) = self.command(rules, &["--json"]);
        assert_eq!(code, Some(0), "{answer}");
        serde_json::from_str(&answer).unwrap()
    }

    fn command(&self, rules: &str, arguments: &[&str]) -> (Option<i32>, String) {
        fs::write(&self.rules, rules).unwrap();
        let rules = ["judge", "--stored", "--rules", self.rules.to_str().unwrap()];
        self.collector.command(&[&rules[..], arguments].concat())
    }
}

#[test]
fn another_list_is_tried_on_what_is_stored() {
    let stored = Stored::open();
    let head = "version = \"2027-01-01\"\n";
    let rule = |id: &str, conditions: &str| {
        format!("[[rule]]\nid = \"{id}\"\nreason = \"r\"\nsource = \"s\"\n{conditions}\n")
    };
    let widget = rule(
        "widget",
        "blocked_host = [\"cdn.widget.example\", \"approved.example\"]\npayment_pages = \"owner-keeps-host\"",
    );
    let app = rule(
        "app",
        "blocked_host = [\"cdn.app.example\"]\nuser_agent_contains = [\"OneApp/\"]\npayment_pages = \"owner-keeps-host\"",
    );
    let found = stored.json(&format!("{head}{widget}{app}"));
    assert_eq!(found["new"][0]["version"], "2027-01-01");
    assert_eq!(found["in_use"][0]["name"], "built-in");
    assert_eq!((&found["violations"], &found["reports"]), (&5.into(), &8.into()), "{found}");
    let change = |payment, group, destination, before, after, reports: u64| {
        json!({"payment": payment, "site": "shop", "page_group": group, "destination": destination,
               "before": before, "after": after, "violations": 1, "reports": reports})
    };
    let expected = json!([
        change(true, "payment", "widget.example", "-", "widget", 3),
        change(false, "other", "widget.example", "-", "widget", 2),
    ]);
    assert_eq!(found["becomes_noise"], expected, "what is approved stays known");
    let expected = json!([change(false, "other", "yellowads.men", "adware", "-", 1)]);
    assert_eq!(found["ceases_to_be_noise"], expected);
    assert_eq!(found["depends_on_user_agent"], json!({"violations": 1, "reports": 1}));
    assert_eq!(found["rules_never_matched"], json!(["app"]));

    let (code, text) =
        stored.command(&format!("{head}{widget}"), &["--site", "shop", "--since", "1d"]);
    assert_eq!(code, Some(0), "{text}");
    for expected in [
        "becomes noise: 2 violations, 5 reports\n",
        "payment  3        1           widget[.]example",
        "ceases to be noise: 1 violation, 1 report\n",
        "named otherwise: nothing\n",
        "rules that never matched: 0 of 1\n",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    let (code, text) = stored.command(head, &["--site", "nobody"]);
    assert_eq!(code, Some(64), "{text}");
}

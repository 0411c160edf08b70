//! `cspwatch backtest`: traces with known answers, and mistakes in them.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::builder::Config;
use crate::support::collector::{Collector, SHOP, cspwatch};
use crate::support::{tools, until};

/// Traces of the detection bench whose demands conflict. Run all of them with `bench/run detection`, which takes longer.
const TRACES: [&str; 14] = [
    "another-name-of-all-for-each-victim",
    "fake-form",
    "plain-loader",
    "one-office",
    "redirect-at-home",
    "adware-on-two",
    "cdn-switch",
    "forged-by-one-network",
    "forged-by-200-networks",
    "chaff",
    "theft-under-an-open-page",
    "form-under-an-open-page",
    "forged-by-seventy-networks",
    "page-kept-open",
];

#[test]
fn traces_with_known_answers_get_the_right_alerts() {
    let bench = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/detection/run.py");
    tools::check("python3", &[&[bench, env!("CARGO_BIN_EXE_cspwatch")], &TRACES[..]].concat());
}

#[test]
fn the_traces_are_what_browsers_send() {
    let bench = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/detection/run.py");
    tools::check("python3", &[bench, "--self-test"]);
}

/// Plays a trace from standard input.
fn backtest(trace: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cspwatch"));
    command.args(["backtest", "-"]).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(trace.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn line(at: &str, body: &str) -> String {
    format!(r#"{{"at":"{at}","client":"203.0.113.7","site":"","headers":{{}},"body":{body:?}}}"#)
        + "\n"
}

#[test]
fn a_trace_without_reports_has_a_summary() {
    let output = backtest(&line("2026-11-01T10:00:00Z", "nothing"));
    assert!(output.status.success());
    let summary = "{\"summary\":{\"alerts\":0,\"reports\":0,\"requests\":1,\"verdicts\":{}}}\n";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), summary);
}

#[test]
fn a_mistake_in_a_trace_is_named_with_its_line() {
    let (early, late) = ("2026-11-01T10:00:00Z", "2026-11-01T10:00:01Z");
    for (trace, expected) in [
        (
            line(late, "") + &line(early, ""),
            "-:2: 2026-11-01T10:00:00Z is earlier than the line before it",
        ),
        (line(early, "") + "{}\n", "-:2: not a request of a trace: missing field `at`"),
        (line("now", ""), "-:1: at: \"now\" is not a time such as 2026-11-01T10:00:00.000Z"),
    ] {
        let output = backtest(&trace);
        assert_eq!(output.status.code(), Some(1));
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_configuration_is_tried_on_what_clickhouse_has() {
    let (collector, _) = Collector::start_storing(SHOP);
    for _ in 0..2 {
        assert_eq!(collector.post_violation("https://x.evil.example/c", "form-action").status, 204);
    }
    assert_eq!(collector.post_violation("https://cdn.vendor.example/", "img-src").status, 204);
    until("they are stored", || collector.readyz().status == 200);
    collector.settle();
    let play = |config: &Config, more: &[&str]| {
        let file = collector.place().join("tried.toml");
        config.write(&file);
        let arguments = ["backtest", "--from-clickhouse", "--config", file.to_str().unwrap()];
        let (code, text) = cspwatch(&[&arguments, more].concat());
        assert_eq!(code, Some(0), "{text}");
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let alerts = play(collector.config(), &[]);
    assert_eq!(alerts.len(), 2, "what one visitor's image shows is no alert: {alerts:#?}");
    assert_eq!(alerts[0]["destination"], "evil.example");
    assert_eq!(alerts[0]["severity"], "page");
    assert_eq!(alerts[1]["summary"]["verdicts"], serde_json::json!({"unknown": 3}));

    let mut known = collector.config().clone();
    known.set("site.0.known", vec!["*.stripe.com", "cdn.example", "*.vendor.example"]);
    let alerts = play(&known, &[]);
    assert_eq!(alerts[1]["summary"]["verdicts"], serde_json::json!({"known": 1, "unknown": 2}));
    known.set("site.0.known", vec!["*.evil.example"]);
    let alerts = play(&known, &[]);
    assert_eq!(alerts[0]["summary"]["alerts"], 0, "{alerts:#?}");
    let alerts = play(collector.config(), &["--to", "2001-01-01"]);
    assert_eq!(alerts[0]["summary"]["requests"], 0);
}

//! The quickstart, as somebody runs it who has just found cspwatch: start, demo, what the dashboards show of it, stop.

use std::process::{Command, Output};

use tempfile::TempDir;

use crate::deploy::{root, text};
use crate::support::ports::free_address;
use crate::support::{http, until};

/// A quickstart with ports and a directory of its own. Stopped when dropped.
struct Quickstart {
    ports: Vec<(&'static str, String)>,
    state: TempDir,
}

impl Quickstart {
    fn new() -> Self {
        let names = [
            "HTTP",
            "HTTPS",
            "ADMIN",
            "CONSOLE",
            "CLICKHOUSE",
            "PROMETHEUS",
            "ALERTMANAGER",
            "RECEIVER",
        ];
        let ports = names.map(|name| (name, free_address().port().to_string()));
        Self { ports: ports.to_vec(), state: tempfile::tempdir().unwrap() }
    }

    fn output(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(root().join("deploy/quickstart"));
        for (name, port) in &self.ports {
            command.env(format!("CSPWATCH_PORT_{name}"), port);
        }
        command.env("CSPWATCH_STATE", self.state.path());
        command.env("CSPWATCH_BINARY", env!("CARGO_BIN_EXE_cspwatch"));
        command.args(arguments).output().unwrap()
    }

    /// Runs it; what it prints. Fails the test when it fails.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
        text(&output)
    }

    fn address(&self, of: &str) -> String {
        let (_, port) = self.ports.iter().find(|(name, _)| *name == of).unwrap();
        format!("http://127.0.0.1:{port}")
    }

    /// Logs in to the console with what the start printed.
    #[track_caller]
    fn log_in(&self, started: &str) {
        let word = |name: &str| {
            let line = started.lines().rev().find_map(|line| line.trim().strip_prefix(name));
            line.unwrap_or_else(|| panic!("no {name}: {started}")).trim().to_owned()
        };
        let origin = self.address("CONSOLE");
        let body = format!("name={}&password={}", word("name  "), word("password  "));
        let address = origin.strip_prefix("http://").unwrap().parse().unwrap();
        let headers = format!("Origin: {origin}\r\n");
        let answer = http::request_with(address, "POST", "/login", &headers, &body).unwrap();
        assert_eq!(answer.status, 303, "{answer:?}");
    }

    /// Asks all that the dashboards ask.
    fn dashboards(&self) -> Output {
        let (prometheus, clickhouse) = (self.address("PROMETHEUS"), self.address("CLICKHOUSE"));
        let mut command = Command::new(root().join("dashboards/show"));
        command.args(["--prometheus", &prometheus, "--clickhouse", &clickhouse]);
        command.output().unwrap()
    }
}

impl Drop for Quickstart {
    fn drop(&mut self) {
        self.output(&["stop"]);
    }
}

#[test]
fn a_newcomer_sees_the_attack_on_every_dashboard() {
    let quickstart = Quickstart::new();
    let started = quickstart.run(&[]);
    assert!(started.contains("Send a report as a browser does"), "{started}");
    quickstart.log_in(&started);

    let demo = quickstart.run(&["demo"]);
    for shown in
        ["ALERT CspwatchUnknownDestinationOnPaymentPage", "form-action", "with it in any column: 0"]
    {
        assert!(demo.contains(shown), "{shown}: {demo}");
    }

    // Two findings of the pages began just before the third demo, and it has its alert nevertheless.
    for _ in 0..2 {
        let again = quickstart.run(&["demo"]);
        assert!(again.contains("ALERT CspwatchUnknownDestinationOnPaymentPage"), "{again}");
    }

    // Rates want two scrapes, and the last segment is on its way.
    let mut shown = String::new();
    until("every panel has something to show, or says why not", || {
        let output = quickstart.dashboards();
        shown = text(&output);
        output.status.success()
    });
    for dashboard in ["Overview", "Site", "Incident", "Scripts", "Pipeline"] {
        assert!(shown.contains(&format!("cspwatch / {dashboard}")), "{shown}");
    }

    assert!(quickstart.run(&["status"]).contains("running"));
    let again = quickstart.run(&[]);
    assert!(again.contains("everything runs already"), "{again}");
    assert!(!again.contains("password"), "it is shown once: {again}");
    quickstart.run(&["stop"]);
    let status = quickstart.output(&["status"]);
    assert_eq!(status.status.code(), Some(1), "{}", text(&status));
    assert!(!text(&status).contains("running"), "{}", text(&status));
}

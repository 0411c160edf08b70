//! What is shipped beside the binary, checked by the tools that will read it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::tools;

const ALERTMANAGER: &str = "deploy/alertmanager/alertmanager.yml";

#[test]
fn prometheus_accepts_its_configuration_and_rules() {
    tools::check("promtool", &["check", "config", "deploy/prometheus/prometheus.yml"]);
    for rules in files("deploy/prometheus/rules", "yml") {
        tools::check("promtool", &["check", "rules", &rules]);
    }
}

#[test]
fn the_rules_pass_their_tests() {
    let tests = files("deploy/prometheus/tests", "yml");
    let mut arguments = vec!["test", "rules"];
    arguments.extend(tests.iter().map(String::as_str));
    let words = tools::check("promtool", &arguments);
    assert_eq!(words.matches("SUCCESS").count(), tests.len(), "{words}");
}

#[test]
fn systemd_accepts_the_unit_and_finds_it_confined() {
    let unit = fs::read_to_string("deploy/systemd/cspwatch.service").unwrap();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("cspwatch.service");
    // It wants to see the program.
    let unit = unit.replace("/usr/local/bin/cspwatch", env!("CARGO_BIN_EXE_cspwatch"));
    fs::write(&file, unit).unwrap();
    let file = file.to_str().unwrap();
    tools::check("systemd-analyze", &["verify", file]);
    // Tenths: above 2.0 of 10 it fails. What is left is what it is for: the network.
    tools::check("systemd-analyze", &["security", "--offline=true", "--threshold=20", file]);
}

#[test]
fn alertmanager_routes_by_severity() {
    let words = tools::check("amtool", &["check-config", ALERTMANAGER]);
    assert!(words.contains("- 1 templates"), "{words}");
    for (receiver, severity) in [("on-call", "page"), ("tickets", "ticket")] {
        let file = format!("--config.file={ALERTMANAGER}");
        let receiver = format!("--verify.receivers={receiver}");
        let label = format!("severity={severity}");
        tools::check("amtool", &["config", "routes", "test", &file, &receiver, &label]);
    }
}

#[test]
fn shell_scripts_are_shell() {
    let scripts = scripts();
    // All that are named in the documentation, at least.
    for known in [
        "dashboards/build",
        "deploy/quickstart",
        "deploy/install",
        "deploy/lib/services.sh",
        "tests/run",
    ] {
        assert!(scripts.iter().any(|script| script == known), "{known} in {scripts:?}");
    }
    for script in scripts {
        tools::check("bash", &["-n", &script]);
    }
}

/// The names of all metrics, as the code that makes them has them: many have no series before something happened.
pub fn metrics_in_code() -> BTreeSet<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/metrics");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let sources = files.filter(|file| !file.ends_with("tests.rs"));
    let texts = sources.map(|file| fs::read_to_string(file).unwrap());
    let quoted = texts.flat_map(|text| text.split('"').map(str::to_owned).collect::<Vec<_>>());
    quoted.filter(|text| text.starts_with("cspwatch_")).collect()
}

#[test]
fn the_rules_use_only_metrics_that_exist() {
    let exist = metrics_in_code();
    assert!(
        exist.contains("cspwatch_requests_total") && !exist.contains("cspwatch_no_such_metric")
    );
    let used = metrics_in_rules();
    assert!(used.len() >= 11, "{used:?}");
    let missing: Vec<_> = used.iter().filter(|metric| !exist.contains(*metric)).collect();
    assert!(missing.is_empty(), "{missing:?} are not among {exist:?}");
}

/// The names that begin like our metrics, in the rules without their comments.
fn metrics_in_rules() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for rules in files("deploy/prometheus/rules", "yml") {
        let text = fs::read_to_string(root().join(rules)).unwrap();
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            names.extend(words.filter(|word| word.starts_with("cspwatch_")).map(str::to_owned));
        }
    }
    names
}

/// The shell scripts of the repository: by their first line, or their name where they are sourced.
fn scripts() -> Vec<String> {
    let mut scripts = Vec::new();
    let mut folders =
        [".ci", "dashboards", "deploy", "tests"].map(|folder| root().join(folder)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let is_shell = path.extension().is_some_and(|extension| extension == "sh")
                || fs::read(&path).unwrap().starts_with(b"#!/usr/bin/env bash");
            if is_shell {
                scripts.push(relative(&path));
            }
        }
    }
    scripts
}

/// The files of a folder with an extension; at least one.
fn files(folder: &str, extension: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap().flatten().map(|entry| entry.path());
    let wanted = entries.filter(|path| path.extension().is_some_and(|found| found == extension));
    let mut found: Vec<String> = wanted.map(|path| relative(&path)).collect();
    found.sort();
    assert!(!found.is_empty(), "no .{extension} in {folder}");
    found
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned()
}

//! Prometheus and Alertmanager: what is shipped for them, and what the rules ask.

use std::collections::BTreeSet;
use std::fs;

use super::{files, root};
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
fn alertmanager_routes_by_severity() {
    let words = tools::check("amtool", &["check-config", ALERTMANAGER]);
    assert!(words.contains("- 1 templates"), "{words}");
    let routes = [
        ("on-call", "severity=page"),
        ("tickets", "severity=ticket"),
        ("dead-mans-switch", "alertname=CspwatchWatchdog"),
        ("on-call", "severity=misspelt"),
    ];
    for (receiver, label) in routes {
        let file = format!("--config.file={ALERTMANAGER}");
        let receiver = format!("--verify.receivers={receiver}");
        tools::check("amtool", &["config", "routes", "test", &file, &receiver, label]);
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
            names.extend(metrics_named(line).map(str::to_owned));
        }
    }
    names
}

/// The words of a text that begin like our metrics.
pub fn metrics_named(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("cspwatch_"))
}

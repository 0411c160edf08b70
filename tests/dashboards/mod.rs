//! The dashboards: that they are what the code makes, and name nothing that does not exist. What Grafana makes of them, the
//! module `in_grafana` tries; that each panel shows something of a real attack, tests/quickstart.rs.

mod in_grafana;

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::deploy::{metrics_in_code, metrics_named, root};
use crate::support::tools;

fn dashboards() -> Vec<Value> {
    let files = fs::read_dir(root().join("dashboards/json")).unwrap();
    let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let dashboards: Vec<Value> = texts.map(|text| serde_json::from_str(&text).unwrap()).collect();
    assert_eq!(dashboards.len(), 5);
    dashboards
}

/// All panels, also those in folded rows.
fn panels(dashboard: &Value) -> Vec<&Value> {
    let outer = dashboard["panels"].as_array().unwrap();
    let folded = outer.iter().flat_map(|row| row["panels"].as_array().into_iter().flatten());
    outer.iter().chain(folded).collect()
}

/// Built from Grafana's own types, so this is also the check against its schema.
#[test]
fn they_are_what_the_code_and_the_queries_make() {
    tools::check("bash", &["dashboards/build", "--check"]);
}

#[test]
fn each_is_called_by_a_name_of_its_own() {
    let mut uids = BTreeSet::new();
    for dashboard in dashboards() {
        assert!(uids.insert(dashboard["uid"].to_string()), "{}", dashboard["uid"]);
        let mut ids = BTreeSet::new();
        let mut titles = BTreeSet::new();
        for panel in panels(&dashboard) {
            assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
            assert!(titles.insert(panel["title"].as_str().unwrap()), "{}", panel["title"]);
        }
    }
}

#[test]
fn every_panel_says_what_it_shows_and_in_what_unit() {
    for dashboard in dashboards() {
        for panel in panels(&dashboard).into_iter().filter(|panel| panel["type"] != "row") {
            assert!(!panel["description"].as_str().unwrap().is_empty(), "{}", panel["title"]);
            let defaults = &panel["fieldConfig"]["defaults"];
            // A unit for all columns of a table would make numbers of texts.
            let is_table = panel["type"] == "table";
            assert_eq!(defaults["unit"].is_string(), !is_table, "{}", panel["title"]);
            let has_values = panel["type"] != "text";
            assert_eq!(defaults["thresholds"].is_object(), has_values, "{}", panel["title"]);
        }
    }
}

/// Reports are attackers' text: no cell may show it as HTML or markdown, and no link may be made of it. Markdown is for texts of
/// ours, in which no variable stands.
#[test]
fn nothing_shows_a_report_as_more_than_text() {
    for dashboard in dashboards() {
        let text = dashboard.to_string();
        for forbidden in ["\"text\",\"html\"", "\"html\"", "sanitize"] {
            assert!(!text.contains(forbidden), "{forbidden} in {}", dashboard["title"]);
        }
        for panel in panels(&dashboard) {
            let kind = panel["type"].as_str().unwrap();
            let shows_text = ["row", "stat", "table", "timeseries", "barchart", "state-timeline"];
            assert!(kind == "text" || shows_text.contains(&kind), "{kind}");
            assert!(kind == "text" || !panel.to_string().contains("markdown"), "{panel}");
            let content = panel["options"]["content"].as_str().unwrap_or_default();
            assert!(!content.contains('$'), "{content}");
        }
        for link in text.split("\"url\":\"").skip(1) {
            let url = link.split('"').next().unwrap();
            let places = ["/d/cspwatch-", "${runbook}deploy/runbook.md", "${console}/"];
            let is_ours = places.iter().any(|place| url.starts_with(place));
            assert!(url.is_empty() || is_ours, "{url}");
            assert!(!url.contains(".text}") && !url.contains(".raw}"), "not encoded: {url}");
        }
    }
}

/// `increase` and `rate` extrapolate: of two card numbers they make 2.06, and of the first one, before Prometheus looked,
/// none. They are for speeds and shares; how many there are of something is asked of ClickHouse, or of the counter itself.
#[test]
fn no_panel_shows_an_extrapolated_count() {
    let mut speeds = 0;
    for dashboard in dashboards() {
        for panel in panels(&dashboard) {
            let mut targets = panel["targets"].as_array().into_iter().flatten();
            let extrapolates = targets.any(|target| {
                let expression = target["expr"].as_str().unwrap_or_default();
                ["increase(", "rate(", "delta("]
                    .iter()
                    .any(|function| expression.contains(function))
            });
            if extrapolates {
                speeds += 1;
                let unit = panel["fieldConfig"]["defaults"]["unit"].as_str().unwrap();
                assert!(
                    ["cps", "reqps", "s", "percentunit"].contains(&unit),
                    "{}, panel {}: {unit} is a count",
                    dashboard["title"],
                    panel["title"]
                );
            }
        }
    }
    assert!(speeds > 5, "{speeds}");
}

#[test]
fn they_ask_only_for_metrics_that_exist() {
    let exist = metrics_in_code();
    let mut asked = BTreeSet::new();
    for dashboard in dashboards() {
        for panel in panels(&dashboard) {
            let targets = panel["targets"].as_array().into_iter().flatten();
            for expression in targets.filter_map(|target| target["expr"].as_str()) {
                asked.extend(metrics_named(expression).map(str::to_owned));
            }
        }
    }
    assert!(asked.len() > 20, "{asked:?}");
    for metric in asked {
        let histogram = metric.strip_suffix("_bucket").unwrap_or(&metric);
        assert!(exist.contains(histogram), "{metric}");
    }
}

//! What the documents say is compared with what they are about: links and paths, commands and options, keys, metrics,
//! alerts and tables.

mod commands;
mod links;
mod logs;
mod markdown;
mod reference;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use self::markdown::Document;
use super::{one_yaml, read, text};
use crate::support::certificates::Authority;
use crate::support::collector::Collector;

const RUNBOOK: &str = "deploy/runbook.md";
/// More is not read by somebody who only wants to know what this is.
const README_LINES: usize = 250;

#[test]
fn the_readme_is_short_and_leads_to_every_document() {
    let readme = Document::read("README.md");
    assert!(readme.lines() <= README_LINES, "README.md has {} lines", readme.lines());
    let linked: BTreeSet<String> = readme
        .links()
        .into_iter()
        .map(|link| link.text.split('#').next().unwrap().to_owned())
        .collect();
    let others = Document::all().into_iter().map(|document| document.path);
    let missing: Vec<String> =
        others.filter(|path| path != "README.md" && !linked.contains(path)).collect();
    assert!(missing.is_empty(), "README.md leads to all documents but {missing:?}");
}

#[test]
fn every_document_begins_with_what_it_is_for() {
    for document in Document::all() {
        let mut lines = document.prose().map(|(_, line)| line).filter(|line| !line.is_empty());
        let title = lines.next().unwrap();
        assert!(title.starts_with("# "), "{}: {title}", document.path);
        let first = lines.next().unwrap();
        let is_sentence = first.starts_with(|c: char| c.is_alphabetic() || c == '`')
            && first.ends_with(['.', ':', '?']);
        assert!(is_sentence, "{} begins with a sentence, not with: {first}", document.path);
    }
}

#[test]
fn every_alert_has_its_section_in_the_runbook_and_links_to_it() {
    let rules = one_yaml("deploy/prometheus/rules/cspwatch.yml");
    let groups = rules["groups"].as_array().unwrap().iter();
    let rules = groups.flat_map(|group| group["rules"].as_array().unwrap());
    let mut alerts = BTreeSet::new();
    for rule in rules.filter(|rule| rule["record"].is_null()) {
        let alert = rule["alert"].as_str().unwrap();
        let link = format!("{RUNBOOK}#{}", alert.to_lowercase());
        assert_eq!(rule["annotations"]["runbook_url"], link);
        alerts.insert(alert.to_owned());
    }
    let pages = Document::read("docs/alerts.md");
    let explained = pages.headings();
    let is_explained = |alert: &&String| explained.contains(&alert.as_str());
    let unexplained: Vec<_> = alerts.iter().filter(|alert| !is_explained(alert)).collect();
    assert!(unexplained.is_empty(), "docs/alerts.md has no section of {unexplained:?}");
    let runbook = read(RUNBOOK);
    let sections: Vec<(&str, &str)> =
        runbook.split("\n## ").skip(1).map(|section| section.split_once('\n').unwrap()).collect();
    let named: BTreeSet<String> = sections.iter().map(|(alert, _)| (*alert).to_owned()).collect();
    assert_eq!(named, alerts, "a section each, and no other");
    for (alert, section) in sections {
        for part in ["Severity: ", "**What it means.**", "**Check.**", "**It resolves"] {
            assert!(section.contains(part), "{alert} says {part}");
        }
    }
}

/// Names in alerts are attackers', and people paste them into commands.
#[test]
fn commands_of_the_runbook_run_nothing_that_a_name_says() {
    let place = tempfile::tempdir().unwrap();
    let ran = place.path().join("ran");
    // Stand-ins that read what they get: only what the shell itself does with a name is of interest.
    let around =
        "curl() { cat >/dev/null </dev/stdin; }; cspwatch() { :; }; deploy/quickstart() { :; }\n";
    let mut checked = 0;
    for block in read(RUNBOOK).split("```sh\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let indent = block.len() - block.trim_start_matches(' ').len();
        let lines = block.lines().map(|line| line.get(indent..).unwrap_or_default());
        let block = lines.collect::<Vec<_>>().join("\n");
        if !["SITE", "DESTINATION", "HOST", "PAGES", "PAGE_GROUP"]
            .iter()
            .any(|label| block.contains(label))
        {
            continue;
        }
        for hostile in
            ["$({touch,RAN})", "`touch RAN`", ";touch RAN;", "\"$(touch RAN)\"", "x&touch RAN"]
        {
            let mut commands = block.clone();
            for label in ["DESTINATION", "PAGE_GROUP", "PAGES", "SITE", "HOST"] {
                commands = commands.replace(label, hostile);
            }
            let commands = format!("{around}{commands}\n").replace("RAN", ran.to_str().unwrap());
            let output = Command::new("bash").args(["-c", &commands]).output().unwrap();
            assert!(!ran.exists(), "{hostile} ran in:\n{block}\n{}", text(&output));
            checked += 1;
        }
    }
    assert!(checked >= 50, "only {checked} were found");
}

#[test]
fn the_configuration_of_the_first_ten_minutes_is_sound() {
    let words = read("README.md");
    let (_, section) = words.split_once("## Your own site in ten minutes").unwrap();
    let config = section.split("```").find_map(|block| block.strip_prefix("toml\n")).unwrap();
    let place = tempfile::tempdir().unwrap();
    let leaf = Authority::new().issue(&["reports.shop.example"]);
    for (name, content) in [
        ("cspwatch.toml", config),
        ("fullchain.pem", &leaf.certificate),
        ("privkey.pem", &leaf.key),
    ] {
        fs::write(place.path().join(name), content).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_cspwatch"));
    command.args(["check-config", "--config", "cspwatch.toml"]).current_dir(place.path());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
}

/// That of README.md triggers a page, that of deploy/operations.md no alert.
#[test]
fn the_reports_that_are_posted_by_hand_are_some() {
    let shop = crate::support::collector::SHOP.replace("*.shop.example", "www.shop.example");
    let collector = Collector::build().config(&shop).start();
    for (count, document) in ["README.md", "deploy/operations.md"].into_iter().enumerate() {
        let words = read(document);
        let body = words.split("'{\"csp-report\"").nth(1).and_then(|rest| rest.split('\'').next());
        let answer = collector.post(&format!("{{\"csp-report\"{}", body.unwrap()));
        assert_eq!(answer.status, 204, "{document}: {answer:?}");
        let series = "cspwatch_verdicts_total{site=\"shop\",verdict=\"unknown\"}";
        assert_eq!(collector.metric(series), Some(count as f64 + 1.0), "{document}");
    }
    let page = "cspwatch_unknown_destination_reports_total{site=\"shop\",page_group=\"payment\",destination=\"example.com\",channel=\"send\",severity=\"page\",finding=\"example.com\"}";
    assert_eq!(collector.metric(page), Some(1.0), "one report is enough");
}

//! What the documents say: links lead somewhere, commands exist, and every alert has its section.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{one_yaml, read, relative, root, text};
use crate::support::certificates::Authority;
use crate::support::collector::Collector;

const RUNBOOK: &str = "deploy/runbook.md";

/// README.md and all documents below deploy and dashboards.
fn documents() -> Vec<String> {
    let mut found = vec!["README.md".to_owned()];
    let mut folders = ["deploy", "dashboards"].map(|folder| root().join(folder)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(relative(&path));
            }
        }
    }
    assert!(found.len() > 6, "{found:?}");
    found
}

/// The headings of a document as anchors.
fn anchors(document: &str) -> BTreeSet<String> {
    let headings = document.lines().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| {
        let words = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        words.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_alert_has_its_section_in_the_runbook_and_links_to_it() {
    let rules = one_yaml("deploy/prometheus/rules/cspwatch.yml");
    let groups = rules["groups"].as_array().unwrap().iter();
    let rules = groups.flat_map(|group| group["rules"].as_array().unwrap());
    let mut alerts = BTreeSet::new();
    for rule in rules {
        let alert = rule["alert"].as_str().unwrap();
        let link = format!("{RUNBOOK}#{}", alert.to_lowercase());
        assert_eq!(rule["annotations"]["runbook_url"], link);
        alerts.insert(alert.to_owned());
    }
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

#[test]
fn links_lead_somewhere() {
    for document in documents() {
        let words = read(&document);
        let links = words.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
        for link in links.filter(|link| !link.starts_with("http")) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let folder = root().join(Path::new(&document).parent().unwrap());
            let target = if path.is_empty() { root().join(&document) } else { folder.join(path) };
            assert!(target.exists(), "{document}: {link}");
            let is_there = anchor.is_empty() || {
                anchors(&fs::read_to_string(&target).unwrap()).contains(anchor)
            };
            assert!(is_there, "{document}: {link} names no heading");
        }
    }
}

/// What stands in a document as code: lines of blocks, joined where a backslash ends them, and pieces of sentences.
fn code(document: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    for (index, part) in document.split("```").enumerate() {
        if index % 2 == 1 {
            let block = part.replace("\\\n", " ");
            pieces.extend(block.lines().skip(1).map(|line| line.trim().to_owned()));
        } else {
            pieces.extend(part.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    pieces
}

/// The call of cspwatch in a piece of code, if there is one, up to what the shell does with its output.
fn call(piece: &str) -> Option<Vec<&str>> {
    let piece = piece.split([')', '|', '>', '#']).next().unwrap_or_default();
    // What may stand before it: a prompt, a container, a variable, a substitution.
    let starts = ["exec cspwatch ", " -- ", "$(", "$ ", "./", "8123 "];
    let cut = starts.iter().filter_map(|start| piece.rsplit_once(start).map(|(_, rest)| rest));
    let candidates = cut.chain([piece]);
    candidates
        .filter_map(|text| text.strip_prefix("cspwatch "))
        .map(|rest| rest.split_whitespace().collect())
        .next()
}

fn help(words: &[&str]) -> Option<String> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_cspwatch")).args(words).arg("--help").output().unwrap();
    output.status.success().then(|| text(&output))
}

#[test]
fn commands_in_the_documents_exist_with_their_options() {
    let mut checked = 0;
    for document in documents() {
        for piece in code(&read(&document)) {
            let Some(words) = call(&piece) else { continue };
            let mut page = help(&words[..1]).unwrap_or_else(|| panic!("{document}: {piece}"));
            let second = words.get(1).filter(|word| !word.starts_with('-'));
            if page.contains("\nCommands:\n") && second.is_some() {
                page = help(&words[..2]).unwrap_or_else(|| panic!("{document}: {piece}"));
            }
            for option in words.iter().filter(|word| word.starts_with("--")) {
                let option = option.split('=').next().unwrap_or_default();
                assert!(page.contains(option), "{document}: {piece}: there is no {option}");
            }
            checked += 1;
        }
    }
    assert!(checked > 40, "only {checked} were found");
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

#[test]
fn the_report_that_is_posted_from_outside_is_one() {
    let words = read("deploy/operations.md");
    let body = words.split("'{\"csp-report\"").nth(1).and_then(|rest| rest.split('\'').next());
    let collector = Collector::build().config(crate::support::collector::SHOP).start();
    let answer = collector.post(&format!("{{\"csp-report\"{}", body.unwrap()));
    assert_eq!(answer.status, 204, "{answer:?}");
    let series = "cspwatch_verdicts_total{site=\"shop\",verdict=\"unknown\"}";
    assert_eq!(collector.metric(series), Some(1.0));
}

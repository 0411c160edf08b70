//! The reference pages against what they are about, both ways: keys, metrics, alerts, tables, statuses, fields.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cspwatch::config::Config;
use cspwatch::report::{Channel, Kind};

use super::super::{metrics_in_code, one_yaml, root};
use super::markdown::{Document, code_of, files};
use crate::support::collector::{Collector, SHOP, cspwatch};
use crate::support::http;

const METRICS: &str = "docs/metrics-and-alerts.md";

/// The first pieces of code of the rows of the tables that begin with this word.
fn first_codes(document: &Document, table: &str) -> BTreeSet<String> {
    let rows = document.rows(table);
    rows.iter().flat_map(|row| code_of(&row[0]).map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[track_caller]
fn check_same(what: &str, documented: &BTreeSet<String>, real: &BTreeSet<String>) {
    let unknown: Vec<_> = documented.difference(real).collect();
    let missing: Vec<_> = real.difference(documented).collect();
    assert!(
        unknown.is_empty() && missing.is_empty(),
        "{what}: not there: {unknown:?}; not documented: {missing:?}"
    );
}

/// What the configuration answers to a key that it does not know: the known ones.
fn known(config: &str) -> BTreeSet<String> {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("cspwatch.toml");
    fs::write(&file, config).unwrap();
    let (_, words) = cspwatch(&["check-config", "--config", file.to_str().unwrap()]);
    let list =
        words.split("known here: ").nth(1).or_else(|| words.split("known sections: ").nth(1));
    let list = list.unwrap_or_else(|| panic!("{config}: {words}")).lines().next().unwrap();
    list.split(", ").map(str::to_owned).collect()
}

/// Every key, as the check of the configuration itself names it.
fn keys() -> BTreeSet<String> {
    // A table of each array of tables, without which its keys are not asked for.
    let arrays = [
        ("site", "[[site]]\nname = 'a'\nhosts = ['a.example']\n"),
        ("site.page_group", "[[site]]\nname = 'a'\nhosts = ['a.example']\n[[site.page_group]]\n"),
    ];
    // The sections are the files of this folder; those of noise rules are in one below.
    let sections = fs::read_dir(root().join("src/config")).unwrap();
    let files = sections.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let code: String = files.map(|path| fs::read_to_string(path).unwrap()).collect();
    let counted = code.matches("checker.count(").count();
    assert_eq!(counted, arrays.len(), "arrays of tables in src/config and here");
    let mut tables: Vec<(String, String)> = known("unknown = 1")
        .into_iter()
        .filter(|section| arrays.iter().all(|(array, _)| array != section))
        .map(|section| (section.clone(), format!("[{section}]\n")))
        .collect();
    assert!(tables.len() >= 8, "{tables:?}");
    // A table within a section.
    tables.push(("console.oidc".to_owned(), "[console.oidc]\n".to_owned()));
    tables.extend(arrays.map(|(path, table)| (path.to_owned(), table.to_owned())));
    let keys = tables.iter().flat_map(|(section, table)| {
        known(&format!("{table}unknown = 1\n"))
            .into_iter()
            .map(move |key| format!("{section}.{key}"))
    });
    keys.collect()
}

#[test]
fn every_key_of_the_configuration_is_documented_and_no_other() {
    let document = Document::read("docs/configuration.md");
    check_same("keys", &first_codes(&document, "key"), &keys());
}

#[test]
fn defaults_of_the_configuration_are_what_the_document_says() {
    let load = |text: &str| {
        Config::from_text("f", text, &BTreeMap::new()).map(|config| format!("{config:?}"))
    };
    let site = "[[site]]\nname = 'a'\nhosts = ['a.example']\n";
    let group = format!("{site}[[site.page_group]]\nname = 'b'\npaths = ['/']\n");
    let mut checked = 0;
    for row in Document::read("docs/configuration.md").rows("key") {
        let keys: Vec<&str> = code_of(&row[0]).collect();
        let Some(value) = code_of(&row[1]).next().filter(|_| row[1].starts_with('`')) else {
            continue;
        };
        // Loopback is bound by it only where it is set.
        if keys == ["limits.connections_per_network"] {
            continue;
        }
        for key in keys {
            let (section, name) = key.rsplit_once('.').unwrap();
            let (without, with) = match section {
                "site" => (site.to_owned(), format!("{site}{name} = {value}\n")),
                "site.page_group" => (group.clone(), format!("{group}{name} = {value}\n")),
                section => (String::new(), format!("[{section}]\n{name} = {value}\n")),
            };
            let with = load(&with).unwrap_or_else(|error| panic!("{key} = {value}: {error:?}"));
            assert_eq!(with, load(&without).unwrap(), "{key} = {value} is the default");
            checked += 1;
        }
    }
    assert!(checked > 25, "only {checked} defaults were found");
}

/// The series of a collector that met an unknown destination, without those of the process.
fn series() -> String {
    let collector = Collector::build().config(SHOP).start();
    assert_eq!(collector.post_violation("https://new.example/", "form-action").status, 204);
    let page = http::request(collector.admin(), "GET", "/metrics", "").unwrap().body;
    let lines = page.lines().filter(|line| line.contains("cspwatch_"));
    lines.map(|line| format!("{line}\n")).collect()
}

/// The labels of a series with their values.
fn labels(line: &str) -> Vec<(&str, &str)> {
    let inner = line.split_once('{').and_then(|(_, rest)| rest.rsplit_once('}'));
    let pairs = inner.map_or("", |(inner, _)| inner).split("\",").filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once("=\"").unwrap())
        .map(|(n, v)| (n, v.trim_end_matches('"')))
        .collect()
}

#[test]
fn every_metric_is_documented_with_its_type_and_labels_and_no_other() {
    let document = Document::read(METRICS);
    check_same("metrics", &first_codes(&document, "name"), &metrics_in_code());
    let page = series();
    let mut types: BTreeMap<&str, &str> = BTreeMap::new();
    for line in page.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        types.insert(name, kind);
    }
    assert!(types.contains_key("cspwatch_unknown_destination_reason"), "{page}");
    for row in document.rows("name") {
        let name = code_of(&row[0]).next().unwrap();
        // Some have no series before they have something to say.
        let Some(kind) = types.get(name) else { continue };
        assert_eq!(row[1], *kind, "{name}");
        let mine = page.lines().find(|line| {
            let rest = line.strip_prefix(name).unwrap_or("-");
            rest.starts_with(['{', ' ']) || (*kind == "histogram" && rest.starts_with("_sum"))
        });
        let Some(mine) = mine else { continue };
        let real: BTreeSet<&str> = labels(mine).into_iter().map(|(label, _)| label).collect();
        assert_eq!(code_of(&row[2]).collect::<BTreeSet<_>>(), real, "labels of {name}");
    }
}

#[test]
fn values_of_closed_labels_are_documented() {
    let document = Document::read(METRICS);
    let code: BTreeSet<String> =
        document.inline_code().into_iter().map(|piece| piece.text).collect();
    let page = series();
    let mut values: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for line in page.lines().filter(|line| !line.starts_with('#')) {
        for (label, value) in labels(line) {
            values.entry(label).or_default().insert(value.to_owned());
        }
    }
    // Those that have no series before a report of theirs came.
    let kinds = Kind::ALL.iter().map(|kind| kind.as_str().to_owned());
    values.insert("kind", kinds.collect());
    values.insert(
        "channel",
        Channel::ALL.iter().map(|channel| channel.as_str().to_owned()).collect(),
    );
    for label in ["channel", "kind", "outcome", "result", "table", "verdict"] {
        assert!(values[label].len() > 2, "{label}: {:?}", values[label]);
        let missing: Vec<_> = values[label].difference(&code).collect();
        assert!(missing.is_empty(), "{METRICS} does not name these values of {label}: {missing:?}");
    }
    for (heading, label) in [("verdict", "verdict"), ("outcome", "outcome")] {
        let table: BTreeSet<String> = document
            .tables("value")
            .iter()
            .map(|table| {
                table.rows.iter().map(|row| code_of(&row[0]).next().unwrap().to_owned()).collect()
            })
            .find(|set: &BTreeSet<String>| set.iter().all(|value| values[label].contains(value)))
            .unwrap_or_else(|| panic!("no table has the values of {heading}, and no other"));
        check_same(heading, &table, &values[label]);
    }
    // Refused by the HTTP library, and so not counted.
    let mut statuses = values["status"].clone();
    statuses.insert("431".to_owned());
    let rows = Document::read("docs/http-api.md").rows("status");
    let documented = rows.iter().map(|row| row[0].clone()).collect();
    check_same("statuses", &documented, &statuses);
}

#[test]
fn every_alert_is_documented_with_its_severity_and_no_other() {
    let rules = one_yaml("deploy/prometheus/rules/cspwatch.yml");
    let groups = rules["groups"].as_array().unwrap().iter();
    let real: BTreeMap<String, String> = groups
        .flat_map(|group| group["rules"].as_array().unwrap())
        .filter(|rule| rule["record"].is_null())
        .map(|rule| {
            let severity = rule["labels"]["severity"].as_str().unwrap();
            let severity = if severity.contains("$labels") { "page or ticket" } else { severity };
            (rule["alert"].as_str().unwrap().to_owned(), severity.to_owned())
        })
        .collect();
    let rows = Document::read(METRICS).rows("alert");
    let documented: BTreeMap<String, String> = rows
        .iter()
        .map(|row| (code_of(&row[0]).next().unwrap().to_owned(), row[1].clone()))
        .collect();
    assert_eq!(documented, real);
}

#[test]
fn every_table_is_documented_and_no_other() {
    let (_, schema) = cspwatch(&["schema"]);
    let created =
        schema.lines().filter_map(|line| line.strip_prefix("CREATE TABLE IF NOT EXISTS cspwatch."));
    let real: BTreeSet<String> =
        created.map(|rest| rest.split([' ', '(']).next().unwrap().to_owned()).collect();
    assert!(real.contains("reports"), "{schema}");
    check_same("tables", &first_codes(&Document::read("docs/tables.md"), "table"), &real);
}

/// Those that a command's own files write; what other modules write for it is not among them.
#[test]
fn fields_of_json_are_documented() {
    let (mut missing, mut checked) = (Vec::new(), 0);
    for path in files(&["docs/commands"], &|name| name.ends_with(".md")) {
        let document = Document::read(&path);
        let words: BTreeSet<String> = document
            .inline_code()
            .iter()
            .flat_map(|piece| piece.text.split([',', '.']).map(str::to_owned).collect::<Vec<_>>())
            .collect();
        let name =
            path.trim_start_matches("docs/commands/").trim_end_matches(".md").replace('-', "_");
        let mut sources = vec![format!("src/cli/{name}.rs")];
        if root().join(format!("src/cli/{name}")).is_dir() {
            sources.extend(files(&[&format!("src/cli/{name}")], &|name| name.ends_with(".rs")));
        }
        for source in sources.iter().filter(|source| !source.ends_with("tests.rs")) {
            let Ok(code) = fs::read_to_string(root().join(source)) else { continue };
            // `"field": value` in `json!`.
            for (at, _) in code.match_indices("\": ") {
                let field = code[..at].rsplit('"').next().unwrap();
                if field.is_empty() || !is_field(field) {
                    continue;
                }
                checked += 1;
                if !words.contains(field) {
                    missing.push(format!("{source}: {field}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "docs/commands does not name these:\n{}", missing.join("\n"));
    assert!(checked > 150, "only {checked} were found");
}

/// Fields are renamed in the code: this finds those that were not renamed in the documents.
#[test]
fn fields_of_json_are_those_that_the_code_writes() {
    let mut code = String::new();
    for file in files(&["src"], &|name| name.ends_with(".rs")) {
        code.push_str(&fs::read_to_string(root().join(file)).unwrap());
    }
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for path in files(&["docs/commands"], &|name| name.ends_with(".md")) {
        let document = Document::read(&path);
        for row in document.tables("field").into_iter().flat_map(|table| table.rows) {
            for name in row.iter().flat_map(|cell| code_of(cell)).filter(|name| is_field(name)) {
                for part in name.split('.').filter(|part| *part != "*") {
                    checked += 1;
                    let forms = [
                        format!("\"{part}\""),
                        format!("\\\"{part}\\\""),
                        format!(" {part}:"),
                        format!(" {part},"),
                    ];
                    if !forms.iter().any(|form| code.contains(form)) {
                        wrong.push(format!("{path}: {name}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "no code writes these:\n{}", wrong.join("\n"));
    assert!(checked > 200, "only {checked} were found");
}

/// Whether a piece of code in a table of fields may be a field's name.
fn is_field(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_lowercase() || "_.*@".contains(c)) && !name.contains("..")
}

/// The ids of findings in a file of doctor, each with its level where the code says it there: the string literals that
/// follow the making of a finding, or are about an endpoint.
fn finding_ids(code: &str) -> Vec<(String, String)> {
    let is_id = |text: &str| {
        text.contains('-') && text.bytes().all(|b| b.is_ascii_lowercase() || b"-1".contains(&b))
    };
    // Quotes that begin or end no literal.
    let code = code.replace("\\\"", "").replace("'\"'", "");
    let pieces: Vec<&str> = code.split('"').collect();
    let mut ids = Vec::new();
    for pair in pieces.windows(2).step_by(2) {
        let (before, literal) = (pair[0], pair[1]);
        let made = before.rsplit_once("Finding::").map(|(_, after)| after);
        let made = made.filter(|after| !after.contains([';', '{']));
        let level = made.and_then(|after| after.split('(').next()).unwrap_or_default();
        let is_named =
            made.is_some() || before.ends_with("id: ") || literal.starts_with("endpoint-");
        if is_named && is_id(literal) {
            ids.push((literal.to_owned(), level.to_owned()));
        }
    }
    ids
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let below = folders.iter().filter(|path| !path.ends_with("tests"));
    files.into_iter().chain(below.flat_map(|path| rust_files(path))).collect()
}

#[test]
fn the_findings_of_doctor_are_those_of_its_page() {
    let mut real: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in rust_files(&root().join("src/audit/doctor")) {
        let code = fs::read_to_string(&file).unwrap();
        let code = code.split("#[cfg(test)]").next().unwrap();
        for (id, level) in finding_ids(code) {
            let levels = real.entry(id).or_default();
            levels.extend(
                ["silent", "weak", "advice"]
                    .iter()
                    .filter(|name| **name == level)
                    .map(|name| (*name).to_owned()),
            );
        }
    }
    let rows = Document::read("docs/commands/doctor.md").rows("finding");
    let documented: BTreeMap<String, BTreeSet<String>> = rows
        .iter()
        .map(|row| {
            (
                code_of(&row[0]).next().unwrap().to_owned(),
                code_of(&row[1]).map(str::to_owned).collect(),
            )
        })
        .collect();
    let names = |map: &BTreeMap<String, BTreeSet<String>>| map.keys().cloned().collect();
    check_same("findings of doctor", &names(&documented), &names(&real));
    for (id, levels) in real {
        assert!(levels.is_subset(&documented[&id]), "{id}: {levels:?}");
    }
}

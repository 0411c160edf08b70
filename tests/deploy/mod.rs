//! What is shipped beside the binary, checked by the tools that will read it.

mod clickhouse;
mod compose;
mod documents;
mod image;
mod kubernetes;
mod monitoring;
mod notices;
mod packages;
mod receivers;
mod release;
mod rule_cases;

pub use monitoring::{metrics_in_code, metrics_named};

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::tools;

#[test]
fn systemd_accepts_the_units_and_finds_them_confined() {
    for name in [
        "cspwatch.service",
        "cspwatch-console.service",
        "cspwatch-drill@.service",
        "cspwatch-export.service",
    ] {
        let unit = fs::read_to_string(format!("deploy/systemd/{name}")).unwrap();
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join(name.replace('@', "@shop"));
        // It wants to see the program.
        let unit = unit.replace("/usr/local/bin/cspwatch", env!("CARGO_BIN_EXE_cspwatch"));
        fs::write(&file, unit).unwrap();
        let file = file.to_str().unwrap();
        tools::check("systemd-analyze", &["verify", file]);
        // Tenths: above 2.0 of 10 it fails. What is left is what it is for: the network.
        let security = ["security", "--offline=true", "--threshold=20", file];
        tools::check("systemd-analyze", &security);
    }
}

#[test]
fn nginx_accepts_the_shipped_files() {
    for shipped in ["deploy/nginx/cspwatch.conf", "deploy/nginx/cspwatch-console.conf"] {
        let place = tempfile::tempdir().unwrap();
        let around = include_str!("../support/nginx.conf");
        let around = around.replace("@PLACE@", place.path().to_str().unwrap());
        let file = place.path().join("nginx.conf");
        fs::write(&file, around.replace("@SERVER@", &read(shipped))).unwrap();
        let mut nginx = tools::command(&["nginx", "/usr/sbin/nginx"]);
        nginx.arg("-t").arg("-p").arg(place.path()).arg("-e").arg("stderr").arg("-c").arg(&file);
        let output = nginx.output().unwrap();
        let is_right = output.status.success() && text(&output).contains("test is successful");
        assert!(is_right, "{shipped}: {output:?}");
    }
}

/// Forms with a mistake are shown to nobody, without a word.
#[test]
fn issue_forms_are_complete_and_ask_for_the_version() {
    for path in [".github/ISSUE_TEMPLATE/bug.yml", ".github/ISSUE_TEMPLATE/wrong-alert.yml"] {
        let form = one_yaml(path);
        for key in ["name", "description"] {
            assert!(form[key].as_str().is_some_and(|text| !text.is_empty()), "{path}: {key}");
        }
        let mut ids = Vec::new();
        for part in form["body"].as_array().unwrap() {
            let (kind, attributes) = (part["type"].as_str().unwrap(), &part["attributes"]);
            let needed = if kind == "markdown" { "value" } else { "label" };
            assert!(
                ["markdown", "textarea", "input", "dropdown"].contains(&kind),
                "{path}: {kind}"
            );
            assert!(attributes[needed].is_string(), "{path}: {part}");
            assert_eq!(attributes["options"].is_array(), kind == "dropdown", "{path}: {part}");
            ids.extend(part["id"].as_str().map(|id| (id.to_owned(), part.clone())));
        }
        let version = ids.iter().find(|(id, _)| id == "version").unwrap();
        assert_eq!(version.1["validations"]["required"], true, "{path}");
        assert!(form["body"][0]["attributes"]["value"].as_str().unwrap().contains("SECURITY.md"));
        let names: std::collections::BTreeSet<_> = ids.iter().map(|(id, _)| id).collect();
        assert_eq!(names.len(), ids.len(), "{path}: ids are unique");
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
        "deploy/release",
        "deploy/lib/services.sh",
        "deploy/packages/build",
        "tests/run",
    ] {
        assert!(scripts.iter().any(|script| script == known), "{known} in {scripts:?}");
    }
    for script in scripts {
        tools::check("bash", &["-n", &script]);
    }
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

/// A file of the repository.
fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The documents of a YAML file, anchors and merges resolved.
fn yaml(path: &str) -> Vec<Value> {
    let code = "import json, sys, yaml; json.dump(list(yaml.safe_load_all(open(sys.argv[1]))), sys.stdout)";
    let mut python = tools::python();
    let output = python.args(["-c", code, path]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{path}: {}", text(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The one document of a YAML file.
fn one_yaml(path: &str) -> Value {
    let mut documents = yaml(path);
    assert_eq!(documents.len(), 1, "{path}");
    documents.remove(0)
}

/// The texts of an array.
fn texts(value: &Value) -> Vec<&str> {
    let texts = value.as_array().map(|values| values.iter().map(|value| value.as_str().unwrap()));
    texts.map(Iterator::collect).unwrap_or_default()
}

/// What a program printed.
pub fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

/// Checks a shipped configuration of the collector whose secrets are files that a container has: here they are others.
#[track_caller]
fn check_config(path: &str, secrets: &[(&str, &str)]) {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("secret");
    fs::write(&file, "correct-horse-battery").unwrap();
    let mut config = read(path);
    for (key, secret) in secrets {
        let line = format!("{key} = \"{secret}\"");
        assert!(config.contains(&line), "{path} says {line}");
        config = config.replace(secret, file.to_str().unwrap());
    }
    let changed = place.path().join("cspwatch.toml");
    fs::write(&changed, config).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_cspwatch"))
        .args(["check-config", "--config"])
        .arg(changed)
        .output()
        .unwrap();
    assert!(output.status.success(), "{path}: {}", text(&output));
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

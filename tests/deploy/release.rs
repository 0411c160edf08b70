//! deploy/release: what it refuses, in a repository of a few files; and what it makes, in a copy of this one.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::{root, text};
use crate::support::tools;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A repository with the script and a changelog.
fn repository(changelog: &str) -> TempDir {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("deploy")).unwrap();
    fs::copy(root().join("deploy/release"), place.path().join("deploy/release")).unwrap();
    // A later `version`, of a dependency, is none of the package.
    let cargo = "[package]\nname = \"cspwatch\"\nversion = \"1.2.3\"\n\n[dependencies.other]\nversion = \"9\"\n";
    fs::write(place.path().join("Cargo.toml"), cargo).unwrap();
    fs::write(place.path().join("CHANGELOG.md"), changelog).unwrap();
    git(place.path(), &["init", "--quiet"]);
    commit_all(place.path());
    place
}

fn commit_all(place: &Path) {
    git(place, &["add", "."]);
    let name = ["-c", "user.name=test", "-c", "user.email=test@shop.example"];
    git(place, &[&name[..], &["commit", "--quiet", "-m", "all"]].concat());
}

fn git(place: &Path, arguments: &[&str]) {
    let output = tools::command(&["git"]).arg("-C").arg(place).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
}

fn release(place: &TempDir, arguments: &[&str]) -> Output {
    Command::new(place.path().join("deploy/release")).args(arguments).output().unwrap()
}

#[track_caller]
fn check(place: &TempDir, arguments: &[&str], code: i32, words: &str) {
    let output = release(place, arguments);
    assert_eq!(output.status.code(), Some(code), "{}", text(&output));
    assert!(text(&output).contains(words), "{}", text(&output));
}

#[test]
fn a_clean_commit_whose_version_is_in_the_changelog_can_be_released() {
    let place =
        repository("# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-11-22\n\n- It is there.\n");
    check(&place, &["--check"], 0, "1.2.3 can be released from ");
    fs::write(place.path().join("new"), "").unwrap();
    check(&place, &["--check"], 1, "deploy/release: these are not committed");
    check(&place, &["--check"], 1, "  ?? new");
}

#[test]
fn a_version_without_a_heading_of_its_own_is_refused() {
    for changelog in [
        "## [Unreleased]\n\n- It is there.\n",
        // Without the day, of another version, and one whose dot is any character.
        "## [1.2.3]\n\n- It is there.\n",
        "## [1.2.4] - 2026-11-22\n\n- It is there.\n",
        "## [1x2.3] - 2026-11-22\n\n- It is there.\n",
    ] {
        check(&repository(changelog), &["--check"], 1, "  ## [1.2.3] - 20");
    }
    let empty =
        repository("## [1.2.3] - 2026-11-22\n\n## [1.2.2] - 2026-11-01\n\n- It was there.\n");
    check(&empty, &["--check"], 1, "says nothing of 1.2.3");
}

/// A copy of this repository that can be released. Its `deploy/build` takes the binary under test, because the one that is
/// released takes minutes to build.
fn releasable() -> TempDir {
    let place = tempfile::tempdir().unwrap();
    let copy = "git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C \"$1\"";
    let mut shell = tools::command(&["bash"]);
    shell.args(["-c", copy, "bash"]).arg(place.path()).current_dir(root());
    assert!(shell.status().unwrap().success());
    let write = |path: &str, text: String| fs::write(place.path().join(path), text).unwrap();
    let binary = env!("CARGO_BIN_EXE_cspwatch");
    write(
        "deploy/build",
        format!(
            "#!/bin/sh\nset -e\nstrip -o \"$1/cspwatch\" {binary}\necho '{{}}' >\"$1/cspwatch.cdx.json\"\n\
             deploy/notices \"$1/THIRD-PARTY-NOTICES.txt\"\n"
        ),
    );
    write("CHANGELOG.md", format!("## [{VERSION}] - 2026-11-22\n\n- It is there.\n"));
    git(place.path(), &["init", "--quiet"]);
    commit_all(place.path());
    place
}

#[test]
fn one_command_makes_all_packages_with_their_checksums() {
    let place = releasable();
    check(&place, &["--skip-tests", "--fast"], 0, "to publish it: sign SHA256SUMS");
    let out = place.path().join(format!("target/release-{VERSION}"));
    let entries = fs::read_dir(&out).unwrap();
    let mut made: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    made.sort();
    let host = tools::check("rustc", &["-vV"]);
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let machine = host.split('-').next().unwrap();
    let debian = if machine == "aarch64" { "arm64" } else { "amd64" };
    let mut expected = [
        "NOTES.md".to_owned(),
        "SHA256SUMS".to_owned(),
        format!("cspwatch-{VERSION}-1.{machine}.rpm"),
        format!("cspwatch-{VERSION}-linux-{debian}.tar.gz"),
        format!("cspwatch-{VERSION}-{host}.tar.gz"),
        format!("cspwatch-{VERSION}.cdx.json"),
        format!("cspwatch_{VERSION}-1_{debian}.deb"),
        "noise-rules.toml".to_owned(),
    ];
    expected.sort();
    assert_eq!(made, expected);
    let mut sums = tools::command(&["sha256sum"]);
    let sums = sums.args(["--check", "--strict", "SHA256SUMS"]).current_dir(&out).output().unwrap();
    assert_eq!(text(&sums).matches(": OK").count(), made.len() - 2, "{}", text(&sums));
    for archive in made.iter().filter(|name| name.ends_with(".tar.gz")) {
        let files = tools::check("tar", &["-tzf", out.join(archive).to_str().unwrap()]);
        assert!(files.contains("/THIRD-PARTY-NOTICES.txt\n"), "{archive}: {files}");
    }
}

#[test]
fn it_takes_no_other_arguments() {
    let place = repository("");
    check(&place, &["--publish"], 64, "usage: deploy/release");
    check(&place, &["--help"], 0, "usage: deploy/release");
}

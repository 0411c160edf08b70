//! deploy/release: what it refuses, in a repository of a few files. Building one is for the release itself.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::{root, text};
use crate::support::tools;

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
    git(place.path(), &["add", "."]);
    let name = ["-c", "user.name=test", "-c", "user.email=test@shop.example"];
    git(place.path(), &[&name[..], &["commit", "--quiet", "-m", "all"]].concat());
    place
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

#[test]
fn it_takes_no_other_arguments() {
    let place = repository("");
    check(&place, &["--publish"], 64, "usage: deploy/release");
    check(&place, &["--help"], 0, "usage: deploy/release");
}

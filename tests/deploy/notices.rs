//! The licences of the code of others that is in the binary.

use std::fs;
use std::path::Path;
use std::process::Output;

use super::{root, text};
use crate::support::tools;

fn notices(arguments: &[&Path]) -> Output {
    let script = root().join("deploy/notices");
    tools::command(&[script.to_str().unwrap()]).args(arguments).output().unwrap()
}

#[test]
fn every_crate_of_the_binary_is_named_with_a_text() {
    let place = tempfile::tempdir().unwrap();
    let write = |name: &str| {
        let file = place.path().join(name);
        let output = notices(&[&file]);
        assert!(output.status.success(), "{}", text(&output));
        fs::read_to_string(file).unwrap()
    };
    let written = write("first");
    let (list, texts) = written.split_once("\n====").unwrap();
    let crates: Vec<&str> =
        list.lines().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    // By another way than the script's: what the source names, and what that needs.
    for name in ["hyper", "ring", "tikv-jemalloc-sys", "clickhouse", "psl", "zeroize"] {
        let is_it = |found: &&&str| found.split(' ').next() == Some(name);
        let found = crates.iter().find(is_it).unwrap_or_else(|| panic!("{name} is not in\n{list}"));
        assert!(texts.contains(found), "{found} has no text");
    }
    assert_eq!(crates.last(), Some(&"Rust's standard library"));
    for found in &crates {
        assert!(texts.contains(found), "{found} has no text");
    }
    // None that only tests use, and none of another system.
    for name in ["proptest", "rcgen", "windows-sys"] {
        assert!(!list.contains(&format!("\n{name} ")), "{name} is in\n{list}");
    }
    // The C of jemalloc and of ring, governor that brings no text, and the standard library.
    for words in [
        "files in the jemalloc source distribution",
        "code that was sourced from BoringSSL",
        "Copyright (c) Andreas Fuchs",
        "The Rust Project Developers",
    ] {
        assert!(texts.contains(words), "{words} is missing");
    }
    assert!(!written.contains(root().to_str().unwrap()), "it names a folder of this machine");
    assert!(written == write("second"), "it differs the second time");
}

#[test]
fn it_wants_one_file() {
    let output = notices(&[]);
    assert_eq!(output.status.code(), Some(64), "{}", text(&output));
    assert!(text(&output).contains("deploy/notices FILE"), "{}", text(&output));
}

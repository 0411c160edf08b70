//! A journal on the disk, as `cspwatch journal` and a look into its directory show it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Runs `cspwatch journal` on a directory.
pub fn journal(command: &str, arguments: &[&str], dir: &Path) -> Output {
    let mut cspwatch = Command::new(env!("CARGO_BIN_EXE_cspwatch"));
    cspwatch.args(["journal", command]).args(arguments).arg(dir).output().unwrap()
}

/// Fails the test unless every file of a journal is as it should be. The collector must have ended.
#[track_caller]
pub fn assert_sound(dir: &Path) {
    let verified = journal("verify", &[], dir);
    assert!(verified.status.success(), "{verified:?}");
}

/// Makes one journal a copy of another. No process uses them.
pub fn copy_journal(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// The names of the segments that there are, in order.
pub fn segments(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap());
    let mut segments: Vec<String> = names.filter(|name| name.starts_with("segment-")).collect();
    segments.sort();
    segments
}

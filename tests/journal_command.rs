//! `cspwatch journal inspect|verify`.

use std::fs;
use std::path::Path;

use crate::support::collector::{Collector, SHOP};
use crate::support::journal::journal;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_journal_is_listed_verified_and_its_damage_named() {
    let mut collector = Collector::build().config(SHOP).start();
    for _ in 0..3 {
        assert_eq!(collector.post_violation("https://evil.example/x", "img-src").status, 204);
    }
    collector.kill_hard();
    // The next start recovers what was left, and leaves it for a ClickHouse that never comes.
    collector.restart();
    collector.kill_hard();
    let dir = collector.journal();
    let verified = journal("verify", &[], &dir);
    assert!(verified.status.success(), "{verified:?}");
    assert!(text(&verified.stdout).contains("with 3 reports, all sound"), "{verified:?}");

    let listed = text(&journal("inspect", &["--records"], &dir).stdout);
    assert!(listed.contains("sealed, opened 2"), "{listed}");
    assert!(
        listed.contains("shop payment csp unknown img-src evil.example/x on shop.example"),
        "{listed}"
    );
    assert!(listed.contains("client.key  belongs to the journal"), "{listed}");
    for line in text(&journal("inspect", &["--json"], &dir).stdout).lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(value["sound"], true, "{line}");
    }

    let segment = fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "log"));
    let segment = segment.unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    bytes[60] ^= 1;
    fs::write(&segment, bytes).unwrap();
    fs::write(dir.join("no\tte.txt"), "mine").unwrap();
    let verified = journal("verify", &[], &dir);
    assert_eq!(verified.status.code(), Some(1));
    let told = text(&verified.stdout);
    assert!(told.contains("DAMAGED"), "{told}");
    assert!(told.contains("no\\tte.txt  is foreign"), "{told}");
    assert!(text(&verified.stderr).contains("2 files are not sound"), "{verified:?}");
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let output = journal("inspect", &[], Path::new("/nonexistent"));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("/nonexistent: No such file"), "{output:?}");
}

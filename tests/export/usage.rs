//! Errors say what is wrong and what to do about it.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::collector::{SHOP, cspwatch};
use crate::support::ports::free_address;

#[test]
fn wrong_arguments_are_listed_all_at_once() {
    for (arguments, expected) in [
        (&["--from", "2026-01-01"][..], "needs --follow for everything new, or --from and --to"),
        (&[], "needs --follow"),
        (&["--follow", "--to", "udp://host:514"], "udp:// is not a known target; write -"),
        (
            &["--follow", "--to", "2027-03-31"],
            "--to: 2027-03-31: does not go with --follow, which has no end",
        ),
        (
            &["--follow", "--from", "2027-03-31", "--format", "csv"],
            "--from: does not go with --follow",
        ),
        (
            &["--follow", "--from", "2027-03-31", "--format", "csv"],
            "--format: --follow writes events",
        ),
        (&["--follow", "--what", "reports"], "reports cannot be sent as events"),
        (&["--follow", "--ca", "x.pem"], "--ca: is for syslog+tls:// only"),
        (&["--follow", "--every", "5ms"], "is less than 100ms"),
        (&["--follow", "--facility", "local9"], "is none of kern, user"),
        (&["--from", "2027-03-31", "--to", "2027-03-30"], "before it begins"),
        (
            &["--from", "2027-03-31", "--to", "events.json"],
            "is not a date; a target goes with --follow",
        ),
        (
            &["--from", "2027-03-30", "--to", "2027-03-31", "--state", "x"],
            "--state: goes with --follow",
        ),
        (
            &["--from", "2027-03-30", "--to", "2027-03-31", "--format", "csv"],
            "csv and parquet need exactly one of",
        ),
        (
            &[
                "--from",
                "2027-03-30",
                "--to",
                "2027-03-31",
                "--format",
                "csv",
                "--what",
                "alerts,reports",
            ],
            "csv and parquet need exactly one of",
        ),
        (
            &["--from", "2027-03-30", "--to", "2027-03-31", "--format", "xml"],
            "possible values: ecs, csv",
        ),
    ] {
        let (code, text) = cspwatch(&[&["export"], arguments].concat());
        assert_eq!(code, Some(64), "{arguments:?} {text}");
        assert!(text.contains(expected), "{arguments:?} {text}");
    }
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let url = format!("[clickhouse]\nurl = \"http://{}\"\n{SHOP}", free_address());
    fs::write(path("config"), url).unwrap();
    fs::write(path("other version"), "cspwatch export state 99\nabcd").unwrap();
    fs::write(path("damaged"), "cspwatch export state 1\nabcdefgh").unwrap();
    fs::write(path("no state"), "{}").unwrap();
    fs::write(path("no certificate"), "-----BEGIN").unwrap();
    // Somebody put it there, for whoever exports as root.
    symlink(path("precious"), path("link")).unwrap();
    symlink(path("precious"), path("new.part")).unwrap();
    fs::write(path("precious"), "precious").unwrap();
    let config = path("config");
    let tls = ["--to", "syslog+tls://localhost:1"];
    for (arguments, code, expected) in [
        (&["--follow", "--state", &path("other version")][..], 64, "another version of cspwatch"),
        (&["--follow", "--state", &path("damaged")], 64, "is damaged; name another file"),
        (&["--follow", "--state", &path("no state")], 64, "is not a state file of cspwatch export"),
        (&["--follow", "--state", "/nowhere/state"], 1, "/nowhere/state: No such file"),
        (
            &["--follow", tls[0], tls[1], "--ca", &path("nowhere")],
            1,
            "it must hold a root certificate",
        ),
        (
            &["--follow", tls[0], tls[1], "--ca", &path("no certificate")],
            1,
            "there is no certificate in it",
        ),
        (&["--follow", "--to", "/nowhere/events"], 1, "/nowhere/events: No such file"),
        (&["--follow", "--to", &path("link")], 1, "it is a symbolic link; name the file itself"),
        (
            &["--from", "2026-01-01", "--to", "2026-01-01", "-o", &path("link")],
            1,
            "is a symbolic link; name the file itself",
        ),
        (
            &["--from", "2026-01-01", "--to", "2026-01-01", "-o", &path("new")],
            1,
            "new.part cannot be written: it is a symbolic link",
        ),
        (&["--follow", "--to", "/dev/null"], 1, "/dev/null: is not a file"),
        (&["--follow", "--site", "shpo"], 64, "no such site is configured; there are: shop"),
        (&["--from", "2026-01-01", "--to", "2026-01-01"], 1, "so it must be up (clickhouse.url)"),
        (
            &["--from", "2026-01-01", "--to", "2026-01-01", "-o", "/nowhere/file"],
            1,
            "/nowhere/file.part cannot be written",
        ),
    ] {
        let (found, text) = cspwatch(&[&["export", "--config", &config], arguments].concat());
        assert_eq!(found, Some(code), "{arguments:?} {text}");
        assert!(text.contains(expected), "{arguments:?} {text}");
    }
    assert_eq!(fs::read_to_string(path("precious")).unwrap(), "precious");
}

//! `cspwatch … | head`: a reader that leaves early makes no command fail, and cuts no command's work short.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Command, Output, Stdio};

use cspwatch::base::clock::{HOUR, Timestamp};

use crate::support::collector::{Collector, SHOP, violation};
use crate::support::exporter::{Exporter, tags};
use crate::support::journal::journal;
use crate::support::{http, until};

const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/recorded.ndjson");

fn cspwatch(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cspwatch"));
    command.args(arguments);
    command
}

/// One end of a pipe that nobody reads.
fn closed() -> io::PipeWriter {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    writer
}

/// The exit code, and what is on standard error.
fn result(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// What becomes of a command whose output nobody reads.
fn unread(mut command: Command) -> (Option<i32>, String) {
    result(&command.stdout(closed()).output().unwrap())
}

#[test]
fn no_command_fails_because_nobody_reads_what_it_prints() {
    let (collector, _) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    assert_eq!(collector.post_violation("https://evil.example/x", "form-action").status, 204);
    collector.settle();
    let config = collector.config_file();
    let config = ["--config", config.to_str().unwrap()];
    let journal_dir = collector.journal();
    let place = collector.place().join("pack");
    let now = Timestamp::now();
    let (from, to) = ((now - HOUR).to_string(), (now + HOUR).to_string());
    let period = ["--from", &from, "--to", &to];
    let pack = [&["evidence", "--site", "shop"], &period[..]].concat();
    let decide = ["approve", "evil.example", "--site", "shop", "--by", "ada", "--why", "ours"];
    for command in [
        &["schema"][..],
        &["check-config"],
        &["health"],
        &["migrate"],
        &["judge", RECORDED],
        &["judge", "--json", RECORDED],
        &["backtest", "--from-clickhouse"],
        &["scripts", "--site", "shop"],
        &["incident", "evil.example"],
        &["incident", "evil.example", "--html"],
        &["destinations", "list"],
        &[&["destinations"], &decide[..]].concat(),
        &pack,
        &[&pack[..], &["--html"]].concat(),
        &[&pack[..], &["--out", place.to_str().unwrap()]].concat(),
        &[&["export"], &period[..]].concat(),
        &[&["export"], &period[..], &["--format", "csv", "--what", "reports"]].concat(),
    ] {
        let command = [command, &config].concat();
        let read = cspwatch(&command).output().unwrap();
        assert!(!read.stdout.is_empty(), "{command:?} prints nothing, which shows nothing");
        assert_eq!(result(&read), (Some(0), String::new()), "{command:?}");
        assert_eq!(unread(cspwatch(&command)), (Some(0), String::new()), "{command:?}");
    }
    for command in [
        &["sri-js", "--text"][..],
        &["capacity", "--reports-per-day", "100k"],
        &["journal", "inspect", journal_dir.to_str().unwrap()],
        &["--help"],
    ] {
        assert_eq!(unread(cspwatch(command)), (Some(0), String::new()), "{command:?}");
    }
    assert!(
        place.join("SHA256SUMS").exists(),
        "the pack is whole, whoever reads what was said of it"
    );
}

#[test]
fn what_a_command_finds_counts_though_nobody_reads_it() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("note.txt"), "mine").unwrap();
    let read = result(&journal("verify", &[], place.path()));
    assert_eq!(read.0, Some(1), "{}", read.1);
    let dir = place.path().to_str().unwrap();
    assert_eq!(unread(cspwatch(&["journal", "verify", dir])), read);

    let head = place.path().join("head");
    fs::write(&head, "Content-Security-Policy: default-src *\r\n").unwrap();
    let doctor = || {
        let mut command = cspwatch(&["doctor", "--url", "https://shop.example/", "-"]);
        command.stdin(fs::File::open(&head).unwrap());
        command
    };
    let read = result(&doctor().output().unwrap());
    assert_eq!(read.0, Some(1), "{}", read.1);
    assert_eq!(unread(doctor()), read);
}

/// `2>&1 | head` closes both.
#[test]
fn nobody_reads_why_it_failed_either() {
    let mut command = cspwatch(&["check-config", "--config", "/nonexistent.toml"]);
    let status = command.stdout(closed()).stderr(closed()).status().unwrap();
    assert_eq!(status.code(), Some(64));
}

/// A trace without an end: only the reader can end this.
#[test]
fn a_command_that_does_nothing_but_print_ends_with_its_reader() {
    let mut command = cspwatch(&["judge", "--json", "-"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(closed()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let recorded = fs::read(RECORDED).unwrap();
    while stdin.write_all(&recorded).is_ok() {}
    let output = child.wait_with_output().unwrap();
    assert_eq!(result(&output), (Some(0), String::new()));
}

#[test]
fn a_follower_whose_reader_left_ends_silently_and_takes_nothing_as_sent() {
    let report = |collector: &Collector, tag: &str| {
        let body = violation(
            "https://shop.example/checkout",
            &format!("https://evil.example/{tag}"),
            "connect-src",
        );
        let headers = "Content-Type: application/csp-report\r\n";
        let target = format!("/report/shop?tag={tag}");
        let answer =
            http::request_with(collector.public(), "POST", &target, headers, &body).unwrap();
        assert_eq!(answer.status, 204, "{}", answer.body);
    };
    let (collector, _) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    let mut exporter = Exporter::start(&collector.config_file(), "-", &["--what", "sightings"]);
    let (reader, writer) = io::pipe().unwrap();
    exporter.restart_into(writer);
    report(&collector, "read");
    let mut line = String::new();
    let mut reader = BufReader::new(reader);
    reader.read_line(&mut line).unwrap();
    assert!(line.contains("\"read\""), "{line}");
    drop(reader);
    report(&collector, "unread");
    assert_eq!((exporter.ended().code(), exporter.log()), (Some(0), String::new()));
    exporter.restart();
    until("the next reader gets what the first did not", || {
        tags(&exporter.events("stdout")).contains_key("unread")
    });
    let sent = tags(&exporter.events("stdout"));
    assert_eq!(sent.into_keys().collect::<Vec<_>>(), ["unread"], "the state says what was read");
    assert!(exporter.terminate().success());
}

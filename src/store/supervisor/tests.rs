//! The supervisor with shell scripts in place of ClickHouse.

use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(10);

fn supervise_script(script: &str, first_pause: Duration) -> (TempDir, Supervisor) {
    let place = tempfile::tempdir().unwrap();
    let exe = place.path().join("fake");
    fs::write(&exe, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&exe, fs::Permissions::from_mode(0o755)).unwrap();
    let options = SupervisorOptions {
        exe,
        data: place.path().join("data"),
        http: "127.0.0.1:1".parse().unwrap(),
        tcp: None,
        config_file: None,
        log_file: place.path().join("log"),
        backoff: Backoff::new(first_pause, Duration::from_secs(30)),
    };
    let supervisor = Supervisor::start(options).unwrap();
    (place, supervisor)
}

fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn log(place: &TempDir) -> String {
    fs::read_to_string(place.path().join("log")).unwrap_or_default()
}

#[test]
fn a_dead_child_is_started_again_and_its_last_lines_are_kept() {
    let (place, supervisor) =
        supervise_script("echo \"args $@\"; echo 'Code: 76' >&2; exit 3", Duration::from_millis(5));
    wait_for("two restarts", || supervisor.restarts() >= 2);
    let error = supervisor.last_error().expect("it failed");
    assert!(error.contains("exit status: 3") && error.ends_with("Code: 76"), "{error}");
    let pid = std::process::id();
    let arguments = format!("--http 127.0.0.1:1 --die-with-parent {pid}\n");
    assert!(log(&place).contains(&arguments), "{}", log(&place));
    supervisor.stop(PATIENCE);
}

#[test]
fn stopping_interrupts_a_long_pause() {
    let (_place, supervisor) = supervise_script("exit 1", Duration::from_secs(3600));
    wait_for("the first end", || supervisor.last_error().is_some());
    // Returns only when the thread has ended: with the pause, this would take an hour.
    supervisor.stop(PATIENCE);
}

#[test]
fn stopping_ends_the_child_and_starts_no_other() {
    let (place, supervisor) = supervise_script("echo up; exec sleep 600", Duration::ZERO);
    wait_for("the child", || log(&place).contains("up"));
    let pid = supervisor.pid().expect("it runs");
    supervisor.stop(PATIENCE);
    assert!(!PathBuf::from(format!("/proc/{pid}")).exists(), "reaped");
    assert_eq!(log(&place), "up\n");
}

#[test]
fn a_child_that_ignores_sigterm_is_killed() {
    let script = "trap '' TERM; echo up; while :; do sleep 0.1; done";
    let (place, supervisor) = supervise_script(script, Duration::ZERO);
    wait_for("the child", || log(&place).contains("up"));
    let pid = supervisor.pid().expect("it runs");
    supervisor.stop(Duration::from_millis(100));
    assert!(!PathBuf::from(format!("/proc/{pid}")).exists(), "killed and reaped");
}

#[test]
fn a_missing_binary_is_reported_and_tried_again() {
    let (_place, supervisor) = supervise_script("exit 0", Duration::from_millis(5));
    fs::remove_file(_place.path().join("fake")).unwrap();
    wait_for("the error", || {
        supervisor.last_error().is_some_and(|error| error.contains("cannot start it"))
    });
}

#[test]
fn pauses_start_over_after_a_healthy_life() {
    let mut backoff = RESTARTS;
    let mut seconds = |lived| pause_after(&mut backoff, Duration::from_secs(lived)).as_secs();
    assert_eq!([0; 7].map(&mut seconds), [1, 2, 4, 8, 16, 30, 30]);
    assert_eq!([60, 59].map(&mut seconds), [1, 2]);
}

//! The supervisor with a real ClickHouse.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use cspwatch::base::backoff::Backoff;
use cspwatch::store::supervisor::{Supervisor, SupervisorOptions};

use crate::support::ports::free_address;
use crate::support::{http, until};

fn options(place: &Path, http: SocketAddr) -> SupervisorOptions {
    SupervisorOptions {
        exe: env!("CARGO_BIN_EXE_cspwatch").into(),
        data: place.join("data"),
        http,
        tcp: None,
        config_file: None,
        log_file: place.join("clickhouse.log"),
        backoff: Backoff::new(Duration::from_millis(50), Duration::from_secs(30)),
    }
}

fn answers(http: SocketAddr) -> bool {
    http::request(http, "GET", "/ping", "").is_ok_and(|answer| answer.status == 200)
}

#[test]
fn a_killed_clickhouse_comes_back_and_a_stop_is_final() {
    let place = tempfile::tempdir().unwrap();
    let http = free_address();
    let supervisor = Supervisor::start(options(place.path(), http)).unwrap();
    until("the first start", || answers(http));
    let first = supervisor.pid().expect("it runs");
    assert!(Command::new("kill").args(["-9", &first.to_string()]).status().unwrap().success());
    until("the second start", || supervisor.restarts() == 1 && answers(http));
    let error = supervisor.last_error().expect("it was killed");
    assert!(error.contains("signal: 9"), "{error}");
    let second = supervisor.pid().expect("it runs");
    assert_ne!(first, second);

    // SIGTERM has to be enough: otherwise this call takes an hour.
    supervisor.stop(Duration::from_secs(3600));
    assert!(!answers(http));
    assert!(!Path::new(&format!("/proc/{second}")).exists(), "reaped");
}

#[test]
fn a_start_that_fails_has_a_reason() {
    let place = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let http = taken.local_addr().unwrap();
    let supervisor = Supervisor::start(options(place.path(), http)).unwrap();
    until("the error", || supervisor.last_error().is_some());
    let error = supervisor.last_error().unwrap_or_default();
    assert!(error.contains(&format!("cannot listen on {http}")), "{error}");
    drop(taken);
    until("the start once the port is free", || answers(http));
}

/// The child must end with its supervisor, even when that is killed by SIGKILL. The killed process is a shell here, in place
/// of `cspwatch serve`.
#[test]
fn no_clickhouse_is_orphaned() {
    let place = tempfile::tempdir().unwrap();
    let http = free_address();
    let script = format!(
        "'{}' clickhouse --data '{}' --http {http} --die-with-parent $$ & echo $! > '{}'; wait",
        env!("CARGO_BIN_EXE_cspwatch"),
        place.path().join("data").display(),
        place.path().join("pid").display(),
    );
    let mut parent = Command::new("sh").args(["-c", &script]).spawn().unwrap();
    until("the start", || answers(http));
    let pid = fs::read_to_string(place.path().join("pid")).unwrap();
    parent.kill().unwrap();
    parent.wait().unwrap();
    let stat = format!("/proc/{}/stat", pid.trim());
    // Gone, or a zombie that waits to be reaped.
    until("its end", || fs::read_to_string(&stat).map_or(true, |text| text.contains(") Z ")));
    assert!(!answers(http));
}

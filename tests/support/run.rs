//! The one ClickHouse of a whole run. nextest gives each test a process of its own, so a server that many tests share
//! belongs to none of them: the first test that needs it starts it, and a keeper ends it with the run.

use std::fs::{self, File};
use std::iter::successors;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, process, thread};

use super::clickhouse::{DATA, LOG, PREFIX, START, launch};
use super::http;
use super::ports::free_address;

/// Keeps the server of a run: `sh -c KEEPER sh RUN PLACE COMMAND...`. Ends it and removes its directory when the process
/// RUN is gone, or a zombie. The server ends when the keeper does (`--die-with-parent`), so nothing outlives a kill of
/// either; the directory would, and goes when the next run sweeps.
///
/// A setup script of nextest would have to do the same, since nextest does not end what its scripts start. It would
/// also start a server for tests that need none, and none for `cargo test`.
const KEEPER: &str = r#"run=$1 place=$2
shift 2
"$@" --die-with-parent $$ >>"$place/log" 2>&1 &
server=$!
echo "$server" >"$place/pid"
while read -r stat <"/proc/$run/stat"; do
  # "pid (name) state parent …"; the name may hold anything.
  case ${stat##*) } in Z*) break ;; esac
  sleep 0.2
done 2>/dev/null
kill -KILL "$server" 2>/dev/null
wait
rm -rf "$place""#;

/// The server of this run.
pub struct Shared {
    pub place: PathBuf,
    pub address: SocketAddr,
    /// Locked as long as this process lives: its databases are in use.
    _lease: File,
}

/// The server of this run; starts it when this test is the first to ask.
pub fn shared() -> Shared {
    let (run, name) = run();
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{PREFIX}{run}-{name}"));
    fs::create_dir_all(place.join("leases")).unwrap();
    // One process at a time, or two would start one, or drop what the other is about to lock.
    let lock = File::create(place.join("lock")).unwrap();
    lock.lock().unwrap();
    let address = match fs::read_to_string(place.join("address")) {
        Ok(address) => {
            let address = address.parse().unwrap();
            assert!(
                answers(address),
                "the ClickHouse of this run has ended:\n{}",
                fs::read_to_string(place.join(LOG)).unwrap_or_default()
            );
            address
        }
        Err(_) => start(run, &place),
    };
    drop_what_ended_tests_left(&place, address);
    let lease = File::create(place.join("leases").join(process::id().to_string())).unwrap();
    lease.lock().unwrap();
    Shared { place, address, _lease: lease }
}

/// The prefix of the databases of a test process.
pub fn databases_of(process: u32) -> String {
    format!("test_{process}_")
}

/// What ends when the run does, and the run's name: nextest, or this process where there is no nextest.
#[allow(
    clippy::disallowed_methods,
    reason = "a test has no configuration; nextest names its run there"
)]
fn run() -> (u32, String) {
    let nextest = |process: u32| {
        let name = fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
        name.trim() == "cargo-nextest"
    };
    // Not always the parent: debuggers and wrappers are between.
    let mut ancestors = successors(parent(process::id()), |process| parent(*process));
    match (ancestors.find(|process| nextest(*process)), env::var("NEXTEST_RUN_ID")) {
        (Some(nextest), Ok(id)) => (nextest, id),
        _ => (process::id(), "alone".to_owned()),
    }
}

fn parent(of: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{of}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(1)?.parse().ok().filter(|parent| *parent != 0)
}

#[expect(clippy::zombie_processes, reason = "the keeper outlives this process")]
fn start(run: u32, place: &Path) -> SocketAddr {
    // This process holds the port until it ends; afterwards others see that somebody listens.
    let address = free_address();
    let server = launch(&place.join(DATA), address);
    let mut keeper = Command::new("sh");
    keeper.args(["-c", KEEPER, "sh"]).arg(run.to_string()).arg(place);
    keeper.arg(server.get_program()).args(server.get_args());
    // Neither the pipes nor the process group of the test, for whose end nextest waits.
    keeper.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    keeper.spawn().unwrap();
    let deadline = Instant::now() + START;
    while !answers(address) {
        let log = || fs::read_to_string(place.join(LOG)).unwrap_or_default();
        assert!(Instant::now() < deadline, "no answer from ClickHouse:\n{}", log());
        thread::sleep(Duration::from_millis(20));
    }
    fs::write(place.join("address"), address.to_string()).unwrap();
    address
}

fn answers(address: SocketAddr) -> bool {
    http::request(address, "GET", "/ping", "").is_ok_and(|answer| answer.status == 200)
}

/// Drops the databases of test processes that have ended, crashed ones among them, whose leases nobody holds. Each test
/// does it for those before it, so no more are left than tests run at once. What cannot be dropped is tried again by
/// the next test, and goes with the run in the end.
fn drop_what_ended_tests_left(place: &Path, address: SocketAddr) {
    let query = |sql: &str| {
        let answer = http::request(address, "POST", "/", sql);
        answer.ok().filter(|answer| answer.status == 200).map(|answer| answer.body)
    };
    for lease in fs::read_dir(place.join("leases")).unwrap().flatten() {
        let Ok(process) = lease.file_name().to_string_lossy().parse() else { continue };
        if File::open(lease.path()).is_ok_and(|file| file.try_lock().is_err()) {
            continue;
        }
        let databases = databases_of(process);
        let names = query(&format!(
            "SELECT name FROM system.databases WHERE startsWith(name, '{databases}')"
        ));
        // Without SYNC their parts stay for minutes.
        let dropped = |names: String| {
            names.lines().all(|name| query(&format!("DROP DATABASE {name} SYNC")).is_some())
        };
        if names.is_some_and(dropped) {
            let _ = fs::remove_file(lease.path());
        }
    }
}

//! `cspwatch clickhouse`: starts, survives kill -9, and names what prevents a start.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};
use std::time::Duration;

use crate::support::clickhouse::{ClickHouse, launch, wait};
use crate::support::ports::free_address;
use crate::support::{children, http, until};

const PATIENCE: Duration = Duration::from_secs(30);

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_default_configuration_takes_effect() {
    let clickhouse = ClickHouse::shared();
    let value = |name: &str| {
        clickhouse.query(&format!("SELECT value FROM system.server_settings WHERE name = '{name}'"))
    };
    assert_eq!(value("max_server_memory_usage"), (2_u64 << 30).to_string());
    assert_eq!(value("mark_cache_size"), (128 << 20).to_string());
    assert_eq!(value("logger.level"), "warning");
}

#[test]
fn a_query_reaches_neither_the_machines_files_nor_other_machines() {
    let clickhouse = ClickHouse::shared();
    for source in [
        "file('/etc/hostname', 'LineAsString')",
        "url('http://127.0.0.1:1/', 'LineAsString')",
        "remote('127.0.0.1:1', system.one)",
        "s3('http://127.0.0.1:1/bucket/key', 'LineAsString')",
    ] {
        let error = clickhouse.try_query(&format!("SELECT * FROM {source}")).expect_err(source);
        assert!(error.contains("Not enough privileges"), "{source}: {error}");
    }
    for allowed in
        ["SELECT 1", "SELECT count() FROM system.parts", "SELECT sum(number) FROM numbers(9)"]
    {
        clickhouse.query(allowed);
    }
}

#[test]
fn tables_survive_kill_9() {
    let mut clickhouse = ClickHouse::start();
    clickhouse.query("CREATE DATABASE d");
    clickhouse.query("CREATE TABLE d.t (a UInt64) ENGINE = MergeTree ORDER BY a");
    clickhouse.query("INSERT INTO d.t SELECT number FROM numbers(1000)");
    for _ in 0..2 {
        clickhouse.kill_hard();
        assert!(clickhouse.try_query("SELECT 1").is_err());
        clickhouse.restart();
        assert_eq!(clickhouse.query("SELECT count(), sum(a) FROM d.t"), "1000\t499500");
    }
}

#[test]
fn a_taken_port_is_named_with_the_option_that_changes_it() {
    let place = tempfile::tempdir().unwrap();
    let taken = ClickHouse::shared().address();
    let output = launch(place.path(), taken).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = stderr(&output);
    assert!(words.starts_with(&format!("cspwatch: cannot listen on {taken}: ")), "{words}");
    assert!(words.contains("--http (clickhouse.embedded_http in the configuration)"), "{words}");
    assert_eq!(words.lines().count(), 1, "one line per cause: {words}");
}

#[test]
fn a_data_directory_in_use_is_named_with_its_holder() {
    let clickhouse = ClickHouse::shared();
    let output = launch(&clickhouse.data(), free_address()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = stderr(&output);
    let holder = format!("in use by another ClickHouse (pid {})", clickhouse.pid().unwrap());
    assert!(words.contains(&holder) && words.contains("--data"), "{words}");
}

#[test]
fn a_missing_engine_names_the_command_that_gets_it() {
    let place = tempfile::tempdir().unwrap();
    let mut command = launch(place.path(), free_address());
    command.env("PATH", "").env("XDG_DATA_HOME", place.path()).env_remove("CSPWATCH_LIBCHDB");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("deploy/install quickstart"), "{}", stderr(&output));

    command.env("CSPWATCH_LIBCHDB", "/nowhere/libchdb.so");
    let output = command.output().unwrap();
    assert!(stderr(&output).contains("CSPWATCH_LIBCHDB names /nowhere/libchdb.so"));

    command.env("CSPWATCH_LIBCHDB", "/proc/self/status");
    let output = command.output().unwrap();
    assert!(stderr(&output).contains("cannot use the ClickHouse library"), "{}", stderr(&output));
}

#[test]
fn a_configuration_that_clickhouse_refuses_is_named() {
    let place = tempfile::tempdir().unwrap();
    let xml = place.path().join("broken.xml");
    fs::write(&xml, "<clickhouse><max_server_memory_usage>").unwrap();
    let mut command = launch(&place.path().join("data"), free_address());
    let output = command.arg("--config-file").arg(&xml).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = stderr(&output);
    assert!(words.contains("broken.xml") && words.lines().count() == 1, "{words}");
}

#[test]
fn wrong_usage_exits_with_64() {
    for arguments in [&["clickhouse", "--http", "nonsense"][..], &["no-such-command"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_cspwatch")).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(64), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn a_wrong_parent_is_refused_before_anything_starts() {
    let place = tempfile::tempdir().unwrap();
    let mut command = launch(place.path(), free_address());
    let output = command.args(["--die-with-parent", "1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("has ended already"), "{}", stderr(&output));
}

#[test]
fn sigterm_ends_it() {
    let place = tempfile::tempdir().unwrap();
    let http = free_address();
    let mut child = children::spawn(launch(place.path(), http)).unwrap();
    until("it serves", || TcpStream::connect(http).is_ok());
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(wait(&mut child, PATIENCE).is_some(), "still there");
}

#[test]
fn the_binary_on_path_comes_first_and_gets_the_same_arguments() {
    let place = tempfile::tempdir().unwrap();
    let binary = place.path().join("clickhouse");
    fs::write(&binary, "#!/bin/sh\necho \"$*\"\n").unwrap();
    fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).unwrap();
    let http = free_address();
    let data = place.path().join("data");
    let path = format!("{}:/usr/bin:/bin", place.path().display());
    let output = launch(&data, http).env("PATH", path).output().unwrap();
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(words.starts_with("local --config-file="), "{words} {}", stderr(&output));
    assert!(words.contains(" --query SYSTEM START LISTEN HTTP;"), "{words}");
    assert!(!words.contains(&format!("--http_port={} ", http.port())), "behind the front: {words}");
    let mode = fs::metadata(&data).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "nobody else may read what users did");
}

/// Each of these, sent to the engine itself, can end its process.
#[test]
fn half_a_request_and_what_is_none_leave_the_engine_alive() {
    let clickhouse = ClickHouse::start();
    let pid = clickhouse.pid();
    let halves: [&[u8]; 5] = [
        b"",
        b"GET / HT",
        b"POST /?query=SELECT+1 HTTP/1.1\r\nHost: localhost\r\nContent-Le",
        b"\x00\x0aClickHouse client\x1a\x07\xb9\xa9\x03",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ];
    for _ in 0..20 {
        for half in halves {
            let mut connection = TcpStream::connect(clickhouse.address()).unwrap();
            connection.write_all(half).unwrap();
            // What it had not read makes the end of the connection a reset.
            let _ = connection.set_nonblocking(true);
            drop(connection);
        }
    }
    assert_eq!(clickhouse.query("SELECT 1"), "1");
    assert_eq!(clickhouse.pid(), pid);
}

/// A web page that a browser on this machine shows could send them.
#[test]
fn pages_of_others_are_refused_before_clickhouse_sees_them() {
    let clickhouse = ClickHouse::shared();
    let address = clickhouse.address();
    let ask = |headers: &str| {
        http::request_with(address, "POST", "/", headers, "SELECT 1").unwrap().status
    };
    assert_eq!(ask("Origin: https://evil.example\r\n"), 403);
    assert_eq!(ask("Origin: null\r\n"), 403);
    let own = format!("Origin: http://{address}\r\n");
    assert_eq!(ask(&own), 200, "ClickHouse's own page");
    let mut connection = TcpStream::connect(address).unwrap();
    connection
        .write_all(
            b"POST / HTTP/1.1\r\nHost: rebound.evil.example\r\nContent-Length: 8\r\n\r\nSELECT 1",
        )
        .unwrap();
    let mut answer = [0; 12];
    connection.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 403");
}

#[test]
fn the_native_protocol_is_served_when_it_is_on() {
    let place = tempfile::tempdir().unwrap();
    let (http, tcp) = (free_address(), free_address());
    let mut command = launch(place.path(), http);
    command.arg("--tcp").arg(tcp.to_string());
    let mut child = children::spawn(command).unwrap();
    until("it is served", || {
        assert!(child.try_wait().unwrap().is_none(), "it ended instead");
        TcpStream::connect(tcp).is_ok()
    });
    child.kill().unwrap();
    child.wait().unwrap();
}

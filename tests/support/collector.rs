//! A real collector for tests: `cspwatch serve` with a directory and ports of its own.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::builder::{Builder, Config};
use super::clickhouse::wait;
use super::clock::Clock;
use super::http::{self, Answer};
use super::{children, tools, until, until_or};

/// A shop with a payment page group; quotas are off, so that tests may send at will.
pub const SHOP: &str = r#"
[limits]
per_client = "0"
[[site]]
name = "shop"
hosts = ["shop.example", "*.shop.example"]
known = ["*.stripe.com", "cdn.example"]
  [[site.page_group]]
  name = "payment"
  paths = ["/checkout*"]
  payment = true
"#;

/// A running collector. Ends when dropped.
pub struct Collector {
    place: TempDir,
    config: Config,
    places: Places,
    child: Option<Child>,
}

/// Where a collector listens.
pub(super) struct Places {
    pub public: SocketAddr,
    pub admin: SocketAddr,
    pub https: Option<SocketAddr>,
}

impl Collector {
    /// Begins one.
    pub fn build() -> Builder {
        Builder::new()
    }

    /// Starts one that sends to the ClickHouse of the run, to a database of its own, whose name is returned.
    pub fn start_storing(config: &str) -> (Self, String) {
        let (builder, database) = Self::build().config(config).storing();
        (builder.start(), database)
    }

    pub(super) fn new(place: TempDir, config: Config, places: Places) -> Self {
        let collector = Self { place, config, places, child: None };
        collector.config.write(&collector.config_file());
        collector
    }

    /// Runs a command of cspwatch with this collector's configuration: the exit code, and all that it prints.
    pub fn command(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let config = self.config_file();
        cspwatch(&[arguments, &["--config", config.to_str().unwrap()]].concat())
    }

    /// Starts it again on the same ports and journal, after a kill or not.
    pub fn restart(&mut self) {
        self.restart_by(tools::command(&[env!("CARGO_BIN_EXE_cspwatch")]));
    }

    /// Likewise; it sees a clock that the test sets.
    pub fn restart_with_clock(&mut self, clock: &Clock) {
        let mut command = tools::command(&[env!("CARGO_BIN_EXE_cspwatch")]);
        clock.show_to(&mut command);
        self.restart_by(command);
    }

    /// Likewise; it may have so many files open.
    pub fn restart_with_files(&mut self, files: usize) {
        let mut command = tools::command(&["prlimit"]);
        command.arg(format!("--nofile={files}")).arg(env!("CARGO_BIN_EXE_cspwatch"));
        self.restart_by(command);
    }

    /// Likewise, with a configuration that is changed so.
    pub fn reconfigure(&mut self, change: impl FnOnce(&mut Config)) {
        self.kill_hard();
        change(&mut self.config);
        self.config.write(&self.config_file());
        self.restart();
    }

    /// Has it read another configuration while it runs.
    pub fn reload(&self, config: &Config) {
        config.write(&self.config_file());
        self.signal(Signal::HUP);
    }

    /// The configuration that it was started with, for a test that makes another one of it.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Likewise under strace, which tampers with its system calls as `options` say. False when the
    /// collector ends before it answers.
    pub fn restart_under_strace(&mut self, options: &[String]) -> bool {
        let mut command = tools::command(&["strace"]);
        // -D: the collector stays our child, and strace ends with it.
        command.args(["-D", "-f", "-o", "/dev/null"]).args(options);
        command.arg(env!("CARGO_BIN_EXE_cspwatch"));
        self.try_restart(command)
    }

    fn restart_by(&mut self, command: Command) {
        let started = self.try_restart(command);
        assert!(started, "the collector ended:\n{}", self.log());
    }

    fn try_restart(&mut self, mut command: Command) -> bool {
        self.kill_hard();
        let log = File::options().append(true).create(true).open(self.log_file()).unwrap();
        command.arg("serve").arg("--config").arg(self.config_file());
        command.stdout(log.try_clone().unwrap()).stderr(log);
        self.child = Some(children::spawn(command).unwrap());
        let mut is_answering = false;
        until("the collector answers", || {
            let live = http::request(self.places.admin, "GET", "/livez", "");
            is_answering = live.is_ok_and(|answer| answer.status == 200);
            is_answering || self.has_ended()
        });
        is_answering
    }

    /// Whether it ended by itself, or was killed by somebody else.
    pub fn has_ended(&mut self) -> bool {
        self.child.as_mut().is_none_or(|child| child.try_wait().unwrap().is_some())
    }

    /// The most memory that it ever had at once, in KiB; 0 when it does not run.
    pub fn peak_memory(&self) -> u64 {
        let pid = self.child.as_ref().map_or(0, Child::id);
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let digits = line.and_then(|line| line.split_whitespace().next());
        digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
    }

    /// Its threads' names, and how nice each is.
    pub fn threads(&self) -> Vec<(String, i64)> {
        let pid = self.child.as_ref().map_or(0, Child::id);
        let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
        let thread = |thread: fs::DirEntry| {
            let name = fs::read_to_string(thread.path().join("comm")).unwrap();
            let stat = fs::read_to_string(thread.path().join("stat")).unwrap();
            // proc_pid_stat(5): the 19th field; the second, the name, ends with the last bracket.
            let nice = stat.rsplit(") ").next().unwrap().split(' ').nth(16).unwrap();
            (name.trim_end().to_owned(), nice.parse().unwrap())
        };
        threads.map(|entry| thread(entry.unwrap())).collect()
    }

    /// Where browsers post.
    pub fn public(&self) -> SocketAddr {
        self.places.public
    }

    /// Where browsers post by https, if they may.
    pub fn https(&self) -> SocketAddr {
        self.places.https.expect("it was started with a certificate")
    }

    /// Where metrics and health are.
    pub fn admin(&self) -> SocketAddr {
        self.places.admin
    }

    /// Its configuration file.
    pub fn config_file(&self) -> PathBuf {
        self.place.path().join("cspwatch.toml")
    }

    /// Its journal.
    pub fn journal(&self) -> PathBuf {
        self.place.path().join("journal")
    }

    /// All that it keeps.
    pub fn place(&self) -> &Path {
        self.place.path()
    }

    /// Posts a body to the endpoint for all sites.
    pub fn post(&self, body: &str) -> Answer {
        http::request(self.places.public, "POST", "/report", body).unwrap()
    }

    /// Likewise in the name of a client, which it believes of a trusted proxy only.
    pub fn post_as(&self, client: &str, body: &str) -> Answer {
        post_as(self.places.public, client, body)
    }

    /// Posts the report of one violation on the payment page.
    pub fn post_violation(&self, blocked: &str, directive: &str) -> Answer {
        self.post(&violation("https://shop.example/checkout", blocked, directive))
    }

    /// The value of a series on `/metrics`, named with its labels as it stands there; `None` when it
    /// does not stand there, or when nobody answers.
    pub fn metric(&self, series: &str) -> Option<f64> {
        let page = http::request(self.places.admin, "GET", "/metrics", "").ok()?.body;
        let value = page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.map(|value| value.parse().unwrap())
    }

    /// The answer of `/readyz`.
    pub fn readyz(&self) -> Answer {
        http::request(self.places.admin, "GET", "/readyz", "").unwrap()
    }

    /// SIGKILL, and wait for the end.
    pub fn kill_hard(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Waits until all that it took is in ClickHouse.
    #[track_caller]
    pub fn settle(&self) {
        until_or(self.as_it_stands("nothing is pending"), || {
            self.metric("cspwatch_journal_oldest_pending_timestamp_seconds") == Some(0.0)
        });
    }

    /// What it is waited for, and what there is to see where it does not come.
    fn as_it_stands(&self, what: &str) -> impl FnOnce() -> String {
        move || format!("{what}\n{}\n{}", self.readyz().body, self.end_of_log())
    }

    /// The last lines of its log.
    fn end_of_log(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// Waits until more of what it took is in ClickHouse.
    #[track_caller]
    pub fn until_stored(&self) {
        let stored = || self.metric("cspwatch_sink_rows_total{result=\"stored\"}").unwrap_or(0.0);
        let before = stored();
        until_or(self.as_it_stands("more is stored"), || stored() > before);
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(self.child.as_ref().unwrap());
        kill_process(pid, signal).unwrap();
    }

    /// SIGTERM, and wait for the end.
    pub fn terminate(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        let mut child = self.child.take().unwrap();
        wait(&mut child, Duration::from_secs(60)).expect("the collector ends")
    }

    /// What somebody decides about a destination of the shop: `what` is approve, ignore or forget.
    #[track_caller]
    pub fn decide(&self, what: &str, destination: &str, by: &str, why: &str) {
        let (code, text) = self.command(&[
            "destinations",
            what,
            destination,
            "--site",
            "shop",
            "--by",
            by,
            "--why",
            why,
        ]);
        assert_eq!(code, Some(0), "{text}");
    }

    /// `cspwatch journal resend`: its exit code, and what it printed.
    pub fn resend(&self) -> (Option<i32>, String) {
        self.command(&["journal", "resend"])
    }

    /// What it wrote to stdout and stderr.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.place.path().join("log")
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.kill_hard();
    }
}

/// Posts a body to the endpoint for all sites, in the name of a client.
pub fn post_as(to: SocketAddr, client: &str, body: &str) -> Answer {
    let headers = format!("X-Forwarded-For: {client}\r\n");
    http::request_with(to, "POST", "/report", &headers, body).unwrap()
}

/// Runs a command to its end: its exit code, and what it printed.
pub fn cspwatch(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_cspwatch")).args(arguments).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

/// A violation as Chromium reports it by report-uri.
pub fn violation(document: &str, blocked: &str, directive: &str) -> String {
    format!(
        r#"{{"csp-report":{{"document-uri":"{document}","referrer":"","violated-directive":"{directive}","effective-directive":"{directive}","original-policy":"default-src 'self'; report-uri /report","disposition":"report","blocked-uri":"{blocked}","line-number":7,"column-number":9,"source-file":"{document}","status-code":200,"script-sample":""}}}}"#
    )
}

/// What a script holds, as Chromium reports it where a policy of the document has `report-sha256`; `hash` is empty where the
/// browser could not read it.
pub fn script_report(document: &str, script: &str, hash: &str) -> String {
    format!(
        r#"[{{"type":"csp-hash","age":0,"url":"{document}","body":{{"documentURL":"{document}","subresourceURL":"{script}","hash":"{hash}","destination":"script","type":"subresource"}}}}]"#
    )
}

/// The hash of a script; it is this letter again and again.
pub fn script_hash(letter: &str) -> String {
    format!("sha256-{}=", letter.repeat(43))
}

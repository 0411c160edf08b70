//! A real `cspwatch export --follow`, and what it sent.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use cspwatch::base::clock::{Timestamp, days};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::clickhouse::wait;
use super::{children, tools};

/// A running exporter, with a state file of its own. Ends when dropped.
pub struct Exporter {
    place: TempDir,
    arguments: Vec<String>,
    child: Option<Child>,
}

impl Exporter {
    /// Starts one that asks the ClickHouse of this configuration and sends to `to`, `%` being a folder of its own. It begins
    /// two days ago, unless `more` says otherwise: what is reported while it starts counts, too.
    pub fn start(config: &Path, to: &str, more: &[&str]) -> Self {
        let place = tempfile::tempdir().unwrap();
        let to = to.replace('%', place.path().to_str().unwrap());
        let state = place.path().join("state");
        let mut arguments = ["export", "--follow", "--every", "100ms"].map(str::to_owned).to_vec();
        for (name, value) in [
            ("--config", config.to_str().unwrap()),
            ("--to", to.as_str()),
            ("--state", state.to_str().unwrap()),
        ] {
            arguments.extend([name.to_owned(), value.to_owned()]);
        }
        if !more.contains(&"--since") {
            let since = Timestamp::now() - days(2);
            arguments.extend(["--since".to_owned(), since.to_string()]);
        }
        arguments.extend(more.iter().map(|&argument| argument.to_owned()));
        let mut exporter = Self { place, arguments, child: None };
        exporter.restart();
        exporter
    }

    /// Starts it again, after a kill or not.
    pub fn restart(&mut self) {
        let stdout = self.appended("stdout");
        self.restart_into(stdout);
    }

    /// Likewise; its standard output goes there.
    pub fn restart_into(&mut self, stdout: impl Into<Stdio>) {
        self.kill_hard();
        let mut command = tools::command(&[env!("CARGO_BIN_EXE_cspwatch")]);
        command.args(&self.arguments).stdout(stdout).stderr(self.appended("log"));
        self.child = Some(children::spawn(command).unwrap());
    }

    fn appended(&self, name: &str) -> File {
        File::options().append(true).create(true).open(self.file(name)).unwrap()
    }

    /// SIGKILL, and wait for the end.
    pub fn kill_hard(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// SIGTERM, and wait for the end.
    #[track_caller]
    pub fn terminate(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.ended()
    }

    /// Waits for the end.
    #[track_caller]
    pub fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap();
        wait(&mut child, Duration::from_secs(60)).expect("the exporter ends")
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(self.child.as_ref().unwrap());
        kill_process(pid, signal).unwrap();
    }

    /// What it said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.place.path().join("log")).unwrap()
    }

    /// A file of its folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// The events in such a file; a line that is being written is none yet.
    pub fn events(&self, name: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.file(name)).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.kill_hard();
    }
}

/// The tags of sightings, each with its event's id. Fails where one has two ids, or an id two tags.
#[track_caller]
pub fn tags(events: &[Value]) -> BTreeMap<String, String> {
    let (mut ids, mut tags) = (BTreeMap::new(), BTreeMap::new());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for event in events.iter().filter(|event| is(event, "sighting")) {
        let (tag, id) = (text(&event["cspwatch"]["tag"]), text(&event["event"]["id"]));
        let same = tags.entry(tag.clone()).or_insert(id.clone());
        assert_eq!(*same, id, "{tag} has another id");
        assert_eq!(*ids.entry(id).or_insert(tag.clone()), tag, "two have one id");
    }
    tags
}

/// Whether an event is of this kind.
pub fn is(event: &Value, kind: &str) -> bool {
    event["event"]["dataset"] == format!("cspwatch.{kind}")
}

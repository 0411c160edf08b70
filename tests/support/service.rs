//! A program that runs beside a test, with all the processes that it starts.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::{children, until};

/// A running program. Ends when dropped, and so do its children and theirs.
pub struct Service {
    child: Child,
    log: PathBuf,
}

impl Service {
    /// Starts it; what it says goes into the file `log`.
    pub fn start(mut command: Command, log: PathBuf) -> Self {
        let file = File::options().append(true).create(true).open(&log).unwrap();
        command.stdout(file.try_clone().unwrap()).stderr(file).process_group(0);
        Self { child: children::spawn(command).unwrap(), log }
    }

    /// Waits until a condition holds; fails the test when the program ends before.
    #[track_caller]
    pub fn until(&mut self, what: &str, mut holds: impl FnMut() -> bool) {
        until(what, || {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "ended before {what}: {ended:?}\n{}", self.log());
            holds()
        });
    }

    /// Sends it a signal, and its children and theirs.
    pub fn signal(&self, signal: Signal) {
        kill_process_group(Pid::from_child(&self.child), signal).unwrap();
    }

    /// What it wrote to stdout and stderr.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let group = Pid::from_child(&self.child);
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.child.wait();
        // Its children are not ours to wait for, but they write into a directory that goes next.
        for _ in 0..1_000 {
            if !lives(group) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Whether a process of the group runs. Those that only wait to be reaped do not count.
fn lives(group: Pid) -> bool {
    let group = group.as_raw_nonzero().to_string();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes.filter_map(|process| fs::read_to_string(process.path().join("stat")).ok()).any(
        |stat| {
            // "pid (name) state parent group …"; the name may hold anything.
            let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
            let mut fields = fields.split_ascii_whitespace();
            fields.next() != Some("Z") && fields.nth(1) == Some(group.as_str())
        },
    )
}

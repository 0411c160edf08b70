//! One run of the child: fork, wait, reap.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::{SharedState, SupervisorOptions, log_file};

/// Runs the child to its end and returns why it ended; `None` when it was asked to.
pub(super) fn run_once(options: &SupervisorOptions, shared: &SharedState) -> Option<String> {
    let mut child = {
        // Locked during the fork: a stop either comes before it, or finds the process id.
        let mut state = shared.lock();
        if state.stopping {
            return None;
        }
        state.starts += 1;
        match spawn(options) {
            Ok(child) => {
                state.pid = pid_of(&child);
                child
            }
            Err(error) => return Some(format!("cannot start it: {error}")),
        }
    };
    tracing::info!(pid = child.id(), http = %options.http, "ClickHouse started");
    let waited = wait_without_reaping(&child);
    let mut state = shared.lock();
    let status = waited.and_then(|()| child.wait());
    state.pid = None;
    if state.stopping {
        tracing::info!("ClickHouse stopped");
        return None;
    }
    Some(match status {
        Ok(status) => format!("{status}; {}", log_file::last_words(&options.log_file)),
        Err(error) => format!("cannot wait for it: {error}"),
    })
}

fn spawn(options: &SupervisorOptions) -> io::Result<Child> {
    let log = log_file::open(&options.log_file)?;
    let mut command = Command::new(&options.exe);
    command.arg("clickhouse").arg("--data").arg(&options.data);
    command.arg("--http").arg(options.http.to_string());
    if let Some(tcp) = options.tcp {
        command.arg("--tcp").arg(tcp.to_string());
    }
    if let Some(config) = &options.config_file {
        command.arg("--config-file").arg(config);
    }
    command
        .arg("--die-with-parent")
        .arg(std::process::id().to_string())
        // Ctrl-C goes to the whole process group of a terminal, but ClickHouse must outlive the draining.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
}

fn pid_of(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

/// Blocks until the child has ended, and leaves it a zombie: its process id stays reserved until the lock is held, so a
/// signal sent meanwhile cannot hit another process.
fn wait_without_reaping(child: &Child) -> io::Result<()> {
    let Some(pid) = pid_of(child) else { return Ok(()) };
    loop {
        match waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => return Ok(()),
        }
    }
}

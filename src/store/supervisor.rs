//! Keeps the embedded ClickHouse alive as a child of `cspwatch serve`.
//!
//! A thread of its own starts the child, waits for its end and starts it again. It has to be a thread of its own, because
//! the kernel's parent-death signal is tied to the *thread* that forked: the child of a pool's thread would die with that
//! thread.

mod child;
mod log_file;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::base::backoff::Backoff;
use crate::base::lock::{Condvar, Mutex};

/// How the child is started.
#[derive(Debug, Clone)]
pub struct SupervisorOptions {
    /// The `cspwatch` binary, usually [`std::env::current_exe`].
    pub exe: PathBuf,
    /// The directory of the tables.
    pub data: PathBuf,
    /// The address of its HTTP interface.
    pub http: SocketAddr,
    /// The address of its native protocol, if that is on.
    pub tcp: Option<SocketAddr>,
    /// The operator's own ClickHouse XML.
    pub config_file: Option<PathBuf>,
    /// The file for its standard output and error.
    pub log_file: PathBuf,
    /// The pauses before it is started again, usually [`RESTARTS`].
    pub backoff: Backoff,
}

/// A running supervisor. Dropping it stops the child.
#[derive(Debug)]
pub struct Supervisor {
    shared: Arc<SharedState>,
    thread: Option<JoinHandle<()>>,
}

/// The pauses between restarts.
pub const RESTARTS: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));

/// A child that lived this long was healthy: the pauses start over.
const HEALTHY_AFTER: Duration = Duration::from_secs(60);

/// How long a drop waits for the child before it kills it.
const DROP_DEADLINE: Duration = Duration::from_secs(5);

impl Supervisor {
    /// Starts the supervising thread, which starts the child.
    ///
    /// # Errors
    /// Only when the thread cannot be created. A child that cannot be started is tried again, and [`Self::last_error`]
    /// returns the reason.
    pub fn start(options: SupervisorOptions) -> io::Result<Self> {
        let shared = Arc::new(SharedState::default());
        let shared_by_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("clickhouse".to_owned())
            .spawn(move || supervise(&options, &shared_by_thread))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// How many times the child was started again.
    #[must_use]
    pub fn restarts(&self) -> u64 {
        self.shared.lock().starts.saturating_sub(1)
    }

    /// The process id of the running child.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.shared.lock().pid.map(|pid| pid.as_raw_nonzero().get().unsigned_abs())
    }

    /// Why the child last ended or could not be started.
    #[must_use]
    pub fn last_error(&self) -> Option<String> {
        self.shared.lock().last_error.clone()
    }

    /// Ends the child: by SIGTERM, and after the deadline by SIGKILL.
    pub fn stop(mut self, deadline: Duration) {
        self.end(deadline);
    }

    fn end(&mut self, deadline: Duration) {
        let Some(thread) = self.thread.take() else { return };
        self.shared.ask_to_stop();
        if !self.shared.wait_until_finished(deadline) {
            tracing::warn!(
                id = "clickhouse-killed",
                "ClickHouse did not end in time and is killed"
            );
            self.shared.lock().signal(Signal::KILL);
        }
        if thread.join().is_err() {
            tracing::error!(
                id = "supervisor-panicked",
                "the thread that watches ClickHouse had panicked"
            );
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.end(DROP_DEADLINE);
    }
}

/// The loop of the thread: start the child, wait for its end, pause, start again.
fn supervise(options: &SupervisorOptions, shared: &SharedState) {
    // However this thread ends, stop() must not wait for it for ever.
    let _finished = Finished(shared);
    let mut backoff = options.backoff.clone();
    loop {
        let started = Instant::now();
        let why = child::run_once(options, shared);
        let Some(why) = why else { return };
        let pause = pause_after(&mut backoff, started.elapsed());
        tracing::error!(id = "clickhouse-ended", reason = %why, again_in = ?pause, "ClickHouse ended");
        shared.lock().last_error = Some(why);
        if shared.pause(pause) {
            return;
        }
    }
}

/// The pause after a child that lived for `lived`.
fn pause_after(backoff: &mut Backoff, lived: Duration) -> Duration {
    if lived >= HEALTHY_AFTER {
        backoff.reset();
    }
    backoff.next_pause()
}

/// What the thread shares with the handle.
#[derive(Debug, Default)]
struct SharedState {
    state: Mutex<ChildState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct ChildState {
    /// Set only between fork and wait, so that no signal goes to a process that got the same id.
    pid: Option<Pid>,
    starts: u64,
    last_error: Option<String>,
    stopping: bool,
    finished: bool,
}

impl ChildState {
    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid
            && let Err(error) = kill_process(pid, signal)
        {
            tracing::warn!(id = "clickhouse-signal-failed", %error, "ClickHouse did not take a signal");
        }
    }
}

impl SharedState {
    fn lock(&self) -> MutexGuard<'_, ChildState> {
        self.state.lock()
    }

    fn ask_to_stop(&self) {
        let mut state = self.lock();
        state.stopping = true;
        state.signal(Signal::TERM);
        self.changed.notify_all();
    }

    fn wait_until_finished(&self, deadline: Duration) -> bool {
        self.changed.wait_timeout_while(self.lock(), deadline, |now| !now.finished).finished
    }

    /// Waits; returns whether it was asked to stop meanwhile.
    fn pause(&self, length: Duration) -> bool {
        self.changed.wait_timeout_while(self.lock(), length, |now| !now.stopping).stopping
    }
}

struct Finished<'a>(&'a SharedState);

impl Drop for Finished<'_> {
    fn drop(&mut self) {
        self.0.lock().finished = true;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests;

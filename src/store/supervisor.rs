//! Keeps the embedded ClickHouse alive as a child of `cspwatch serve`.
//!
//! One thread of its own starts the child, waits for its end and starts it again. The thread is not
//! a matter of taste: the kernel's "parent died" signal is tied to the *thread* that forked, so the
//! child of a pool's thread would die with that thread.

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

/// What to run and where.
#[derive(Debug, Clone)]
pub struct SupervisorOptions {
    /// The `cspwatch` binary, usually [`std::env::current_exe`].
    pub exe: PathBuf,
    /// The directory of the tables.
    pub data: PathBuf,
    /// Where it serves HTTP.
    pub http: SocketAddr,
    /// Where it serves the native protocol, if anywhere.
    pub tcp: Option<SocketAddr>,
    /// ClickHouse XML of the operator's own.
    pub config_file: Option<PathBuf>,
    /// Where its stdout and stderr go.
    pub log_file: PathBuf,
    /// How long to wait before it is started again, usually [`RESTARTS`].
    pub backoff: Backoff,
}

/// A running supervisor. Dropping it stops the child.
#[derive(Debug)]
pub struct Supervisor {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// The pauses between restarts.
pub const RESTARTS: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));

/// A child that lived this long was healthy: the pauses start over.
const HEALTHY_AFTER: Duration = Duration::from_secs(60);

/// How long a drop waits for the child before it kills it.
const DROP_DEADLINE: Duration = Duration::from_secs(5);

impl Supervisor {
    /// Starts the supervising thread, and it the child.
    ///
    /// # Errors
    /// Only when the thread cannot be made. A child that cannot be started is tried again and told
    /// by [`Self::last_error`].
    pub fn start(options: SupervisorOptions) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let its_own = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("clickhouse".to_owned())
            .spawn(move || supervise(&options, &its_own))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// How often the child was started again.
    #[must_use]
    pub fn restarts(&self) -> u64 {
        self.shared.lock().starts.saturating_sub(1)
    }

    /// The running child.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.shared.lock().pid.map(|pid| pid.as_raw_nonzero().get().unsigned_abs())
    }

    /// Why the child last ended or could not be started.
    #[must_use]
    pub fn last_error(&self) -> Option<String> {
        self.shared.lock().last_error.clone()
    }

    /// Ends the child: SIGTERM, and SIGKILL when it is still there after the deadline.
    pub fn stop(mut self, deadline: Duration) {
        self.end(deadline);
    }

    fn end(&mut self, deadline: Duration) {
        let Some(thread) = self.thread.take() else { return };
        self.shared.ask_to_stop();
        if !self.shared.wait_until_finished(deadline) {
            tracing::warn!("ClickHouse did not end in time and is killed");
            self.shared.lock().signal(Signal::KILL);
        }
        if thread.join().is_err() {
            tracing::error!("the thread that watches ClickHouse had panicked");
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.end(DROP_DEADLINE);
    }
}

/// The life of the thread: start, wait for the end, wait a little, again.
fn supervise(options: &SupervisorOptions, shared: &Shared) {
    // However this thread ends, stop() must not wait for it in vain.
    let _finished = Finished(shared);
    let mut backoff = options.backoff.clone();
    loop {
        let started = Instant::now();
        let why = child::run_once(options, shared);
        let Some(why) = why else { return };
        let pause = pause_after(&mut backoff, started.elapsed());
        tracing::error!(reason = %why, again_in = ?pause, "ClickHouse ended");
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

/// What the thread and the handle share.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Set only between the fork and the reaping, so that no signal goes to a recycled number.
    pid: Option<Pid>,
    starts: u64,
    last_error: Option<String>,
    stopping: bool,
    finished: bool,
}

impl State {
    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid
            && let Err(error) = kill_process(pid, signal)
        {
            tracing::warn!(%error, "ClickHouse did not take a signal");
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
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

    /// Waits, and says whether it was asked to stop meanwhile.
    fn pause(&self, length: Duration) -> bool {
        self.changed.wait_timeout_while(self.lock(), length, |now| !now.stopping).stopping
    }
}

struct Finished<'a>(&'a Shared);

impl Drop for Finished<'_> {
    fn drop(&mut self) {
        self.0.lock().finished = true;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests;

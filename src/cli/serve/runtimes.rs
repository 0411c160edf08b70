//! Which work runs on which threads, so that browsers never wait for a segment that is prepared for ClickHouse, and
//! Prometheus never waits for a flood of reports.

use std::io;

use rustix::process::{getpriority_process, setpriority_process};
use tokio::runtime::{Builder, Runtime};

/// How much the nice value of the background threads is raised: where all cores are busy, they get a third of the weight
/// of the threads that answer browsers. With less, the journal of a busy machine would fill up.
const BACKGROUND: i32 = 5;

/// The threads of `cspwatch serve`, except the committer's and the supervisor's.
pub(super) struct Runtimes {
    /// The main thread: signals, house-keeping and the admin listener.
    pub(super) main: Runtime,
    /// One thread for each core: the public listeners.
    pub(super) public: Runtime,
    /// Work that may take its time: sending segments, querying ClickHouse, saving what detection remembers.
    pub(super) background: Runtime,
}

impl Runtimes {
    pub(super) fn start() -> io::Result<Self> {
        let main = Builder::new_current_thread().enable_all().build()?;
        let public = Builder::new_multi_thread().thread_name("public").enable_all().build()?;
        // Asked here: a thread begins with the priority of the one that starts it.
        let own = getpriority_process(None);
        let background = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("background")
            .on_thread_start(move || lower_priority(own))
            .enable_all()
            .build()?;
        Ok(Self { main, public, background })
    }
}

/// Lowers the priority of this thread below those that answer browsers; `own`: their nice value.
fn lower_priority(own: rustix::io::Result<i32>) {
    let raise = |nice| setpriority_process(None, nice + BACKGROUND);
    if let Err(error) = own.and_then(raise) {
        tracing::debug!(%error, "the background threads keep their priority");
    }
}

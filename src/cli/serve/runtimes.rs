//! Who runs on which threads, so that nobody waits for whom he should not: browsers for a segment that is taken apart for
//! ClickHouse, Prometheus for a flood of reports.

use std::io;

use rustix::process::{getpriority_process, setpriority_process};
use tokio::runtime::{Builder, Runtime};

/// How much nicer the threads in the background are: where all cores are busy they have a third of the weight of those that
/// answer browsers. With less, a full machine would fill the journal.
const BACKGROUND: i32 = 5;

/// The threads of `cspwatch serve`, but for the committer's.
pub(super) struct Runtimes {
    /// The main thread: signals, house-keeping, the admin listener.
    pub(super) main: Runtime,
    /// A thread a core: the public listeners.
    pub(super) public: Runtime,
    /// What may take its time: sending segments, asking ClickHouse, noting what was learnt.
    pub(super) background: Runtime,
}

impl Runtimes {
    pub(super) fn start() -> io::Result<Self> {
        let main = Builder::new_current_thread().enable_all().build()?;
        let public = Builder::new_multi_thread().thread_name("public").enable_all().build()?;
        let background = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("background")
            .on_thread_start(step_back)
            .enable_all()
            .build()?;
        Ok(Self { main, public, background })
    }
}

/// Lets this thread run after those that answer browsers.
fn step_back() {
    let lower = |nice| setpriority_process(None, nice + BACKGROUND);
    if let Err(error) = getpriority_process(None).and_then(lower) {
        tracing::debug!(%error, "the threads in the background keep their priority");
    }
}

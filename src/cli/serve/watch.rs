//! What watches over the other parts of `cspwatch serve`, so that a collector in trouble says so.

use std::panic;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::base::readiness::Readiness;
use crate::journal::{Journal, Refused};
use crate::metrics::Metrics;
use crate::sink::Sink;

/// How often it is asked whether the journal takes reports.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long the disk may take for that.
const LOOK_MAX: Duration = Duration::from_secs(5);
/// The pause before the sink starts again.
const SINK_PAUSE: Duration = Duration::from_secs(1);

/// Logs and counts each panic, in whichever thread or task. What a panic says may quote a report, so only its place is
/// logged.
pub(super) fn count_panics(metrics: &Arc<Metrics>) {
    let metrics = Arc::clone(metrics);
    panic::set_hook(Box::new(move |info| {
        metrics.panics.inc();
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current().name().unwrap_or_default().to_owned();
        tracing::error!(id = "panic", place, thread, "a panic: please report its place");
    }));
}

/// Keeps the readiness true to the journal: not ready whenever a report would be refused. Runs for ever.
pub(super) async fn watch_journal(journal: Arc<Journal>, readiness: Arc<Readiness>) {
    let mut look: Option<JoinHandle<Option<String>>> = None;
    let mut interval = interval(LOOK_EVERY);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let stalled = || Refused::Stalled.to_string();
        let mut found = journal.refuse_stalled().then(stalled);
        // The look hangs where the disk does, and there need not be two.
        let mut looking = look.take().unwrap_or_else(|| {
            let journal = Arc::clone(&journal);
            spawn_blocking(move || journal.look())
        });
        match timeout(LOOK_MAX, &mut looking).await {
            Ok(trouble) => {
                found = found.or(trouble.unwrap_or_else(|error| Some(error.to_string())))
            }
            Err(_) => {
                look = Some(looking);
                found = Some(stalled());
            }
        }
        match &found {
            Some(trouble) => {
                readiness.set("journal", format!("{trouble}; reports are refused with 503"));
            }
            None => readiness.clear("journal"),
        }
        journal.set_trouble(found);
    }
}

/// Runs the sink until it is stopped, and begins again after a panic: what it was about to send is on the disk.
pub(super) async fn keep_sending(sink: Arc<Sink>, stopped: watch::Receiver<bool>) {
    loop {
        let (sink, stopped) = (Arc::clone(&sink), stopped.clone());
        let sending = tokio::spawn(async move { sink.run(stopped).await });
        if !sending.await.is_err_and(|error| error.is_panic()) {
            return;
        }
        sleep(SINK_PAUSE).await;
    }
}

/// States in the readiness that a task ended by a panic. Nothing starts it again.
pub(super) async fn watch_task(
    name: &'static str,
    task: JoinHandle<()>,
    readiness: Arc<Readiness>,
) {
    if task.await.is_err_and(|error| error.is_panic()) {
        readiness.set(name, "it ended by a panic: restart the collector".to_owned());
    }
}

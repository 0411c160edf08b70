//! The task that sends spans, some together. What the endpoint does not take is dropped and counted: spans are worth no
//! memory and no second attempt. The log says when that begins, and when it is over.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::trace::SpanData;
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use super::SpanCounts;
use super::exporter::Exporter;
use crate::base::limits;

/// How long the first span of a batch waits for others.
const GATHER: Duration = Duration::from_secs(1);

/// The task, before it runs.
pub(super) struct Delivery {
    spans: mpsc::Receiver<SpanData>,
    /// What is sent next.
    batch: Vec<SpanData>,
    exporter: Exporter,
    counts: Arc<SpanCounts>,
    /// How many were dropped when it was last looked.
    dropped: u64,
    /// The log says that spans are dropped.
    is_reported: bool,
}

impl Delivery {
    pub(super) fn new(
        spans: mpsc::Receiver<SpanData>,
        exporter: Exporter,
        counts: Arc<SpanCounts>,
    ) -> Self {
        Self { spans, batch: Vec::new(), exporter, counts, dropped: 0, is_reported: false }
    }

    /// Sends until `stop` becomes true, and then what waits.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = self.gather() => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
            self.deliver().await;
        }
        self.spans.close();
        self.take_waiting();
        while !self.batch.is_empty() {
            self.deliver().await;
            self.take_waiting();
        }
    }

    /// Waits for a span, and for others. What came is in the batch, also when the wait is given up.
    async fn gather(&mut self) {
        if self.batch.is_empty() {
            match self.spans.recv().await {
                Some(span) => self.batch.push(span),
                None => return std::future::pending().await,
            }
        }
        sleep(GATHER).await;
        self.take_waiting();
    }

    /// Fills the batch up with what waits.
    fn take_waiting(&mut self) {
        while self.batch.len() < limits::SPANS_TOGETHER
            && let Ok(span) = self.spans.try_recv()
        {
            self.batch.push(span);
        }
    }

    async fn deliver(&mut self) {
        let batch = mem::take(&mut self.batch);
        let spans = batch.len() as u64;
        let exported = self.exporter.export(batch).await;
        let lost = exported.as_ref().err().map_or(0, |error| error.lost(spans));
        self.counts.count_sent(spans - lost);
        self.counts.count_dropped(lost);
        let why = exported.err().map(|error| error.to_string());
        self.report(why);
    }

    /// Once for each time that spans are dropped, not for each batch.
    fn report(&mut self, why: Option<String>) {
        let dropped = self.counts.dropped();
        let is_dropping = dropped > self.dropped;
        self.dropped = dropped;
        if is_dropping && !self.is_reported {
            let error = why.unwrap_or_else(|| "takes spans more slowly than they come".to_owned());
            tracing::warn!(id = "spans-dropped", %error, "telemetry.otlp_endpoint does not take spans; they are dropped");
        } else if !is_dropping && self.is_reported {
            tracing::info!(dropped, "telemetry.otlp_endpoint takes spans again");
        }
        self.is_reported = is_dropping;
    }
}

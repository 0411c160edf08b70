//! The queue between what makes spans and the task that sends them. What makes them never waits.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use tokio::sync::mpsc;

use super::SpanCounts;
use crate::base::limits;

/// The end of the queue that spans enter when they have ended. The SDK's own does not say how many it drops.
#[derive(Debug)]
pub(super) struct SpanQueue {
    spans: mpsc::Sender<SpanData>,
    counts: Arc<SpanCounts>,
}

impl SpanQueue {
    /// Both ends.
    pub(super) fn new(counts: Arc<SpanCounts>) -> (Self, mpsc::Receiver<SpanData>) {
        let (spans, receiver) = mpsc::channel(limits::SPANS_WAITING);
        (Self { spans, counts }, receiver)
    }
}

impl SpanProcessor for SpanQueue {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        if self.spans.try_send(span).is_err() {
            self.counts.count_dropped(1);
        }
    }

    /// The task sends what waits.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

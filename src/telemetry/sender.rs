//! Starts and stops the sending of spans.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::recorder::{Sending, start};
use super::{SpanCounts, TelemetryError, Tracer};
use crate::config::TelemetryConfig;

/// Sends the spans of a [`Tracer`], where an endpoint is configured.
pub struct SpanSender {
    tracer: Tracer,
    sending: Option<Sending>,
}

impl SpanSender {
    /// Starts to send, from `runtime`, as the service of this name.
    ///
    /// # Errors
    /// [`TelemetryError`] where the endpoint cannot be used; one that is only away is none.
    pub fn start(
        config: &TelemetryConfig,
        service: &'static str,
        counts: Arc<SpanCounts>,
        runtime: &Handle,
    ) -> Result<Self, TelemetryError> {
        let (recorder, sending) = start(config, service, counts, runtime)?.unzip();
        Ok(Self { tracer: Tracer(recorder), sending })
    }

    /// What begins the spans.
    pub fn tracer(&self) -> Tracer {
        self.tracer.clone()
    }

    /// Sends what waits, for a moment at the most. What ends later is dropped.
    pub async fn stop(self) {
        if let Some(sending) = self.sending {
            sending.stop().await;
        }
    }
}

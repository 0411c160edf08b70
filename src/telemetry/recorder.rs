//! Makes spans with OpenTelemetry's SDK, which gives them their ids and decides which traces are recorded.

use std::sync::Arc;

use opentelemetry::trace::{
    Span as _, SpanContext, SpanKind, Status, TraceContextExt as _, Tracer as _,
    TracerProvider as _,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider, Span, SpanLimits};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::delivery::Delivery;
use super::exporter::Exporter;
use super::queue::SpanQueue;
use super::{SpanCounts, SpanSide, SpanValue, TelemetryError};
use crate::base::limits;
use crate::config::TelemetryConfig;

/// Begins spans.
#[derive(Clone)]
pub(super) struct Recorder(SdkTracer);

/// A span that ends when it is dropped.
pub(super) struct RecordedSpan {
    span: Span,
    recorder: Recorder,
}

/// The task that sends what was recorded.
pub(super) struct Sending {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// `None` where no endpoint is configured. The task runs on `runtime`.
pub(super) fn start(
    config: &TelemetryConfig,
    service: &'static str,
    counts: Arc<SpanCounts>,
    runtime: &Handle,
) -> Result<Option<(Recorder, Sending)>, TelemetryError> {
    let Some(endpoint) = &config.otlp_endpoint else { return Ok(None) };
    let exporter = Exporter::new(endpoint, &config.otlp_headers, service)?;
    let (queue, spans) = SpanQueue::new(Arc::clone(&counts));
    let (stop, stopped) = watch::channel(false);
    let task = runtime.spawn(Delivery::new(spans, exporter, counts).run(stopped));
    let recorder = Recorder(tracer(queue, config.sample_one_in));
    Ok(Some((recorder, Sending { stop, task })))
}

/// What the SDK would read from variables of the environment is set here.
fn tracer(queue: SpanQueue, sample_one_in: usize) -> SdkTracer {
    #[allow(clippy::cast_precision_loss, reason = "the bound of the key is far below 2^53")]
    let share = Sampler::TraceIdRatioBased(1.0 / sample_one_in as f64);
    let provider = SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(share)))
        .with_span_limits(SpanLimits::default())
        .with_span_processor(queue)
        .build();
    let scope = InstrumentationScope::builder("cspwatch").with_version(env!("CARGO_PKG_VERSION"));
    provider.tracer_with_scope(scope.build())
}

impl Recorder {
    pub(super) fn begin(
        &self,
        side: SpanSide,
        operation: &'static str,
        target: &'static str,
    ) -> RecordedSpan {
        self.begin_within(&Context::new(), side, operation, target)
    }

    fn begin_within(
        &self,
        parent: &Context,
        side: SpanSide,
        operation: &'static str,
        target: &'static str,
    ) -> RecordedSpan {
        let kind = match side {
            SpanSide::Server => SpanKind::Server,
            SpanSide::Client => SpanKind::Client,
            SpanSide::Internal => SpanKind::Internal,
        };
        let name = format!("{operation} {target}");
        let builder = self.0.span_builder(name).with_kind(kind);
        let span = self.0.build_with_context(builder, parent);
        RecordedSpan { span, recorder: self.clone() }
    }
}

impl RecordedSpan {
    pub(super) fn child(
        &self,
        side: SpanSide,
        operation: &'static str,
        target: &'static str,
    ) -> Self {
        let parent = Context::new().with_remote_span_context(self.context().clone());
        self.recorder.begin_within(&parent, side, operation, target)
    }

    pub(super) fn set(&mut self, key: &'static str, value: SpanValue) {
        let value = match value {
            SpanValue::Number(number) => Value::I64(i64::try_from(number).unwrap_or(i64::MAX)),
            SpanValue::Text(text) => text.into(),
        };
        self.span.set_attribute(KeyValue::new(key, value));
    }

    /// Without words: those of an error may hold what others said.
    pub(super) fn fail(&mut self) {
        self.span.set_status(Status::error(""));
    }

    pub(super) fn trace_id(&self) -> Option<String> {
        let context = self.context();
        context.is_sampled().then(|| context.trace_id().to_string())
    }

    fn context(&self) -> &SpanContext {
        self.span.span_context()
    }
}

impl Sending {
    /// Sends what waits, for a moment at the most.
    pub(super) async fn stop(mut self) {
        let _ = self.stop.send(true);
        if timeout(limits::SPANS_AT_STOP, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

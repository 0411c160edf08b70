//! Spans of our own work, for those who run a collector of OpenTelemetry: requests to the admin listener and the console, and
//! what the sink sends. Off by default, and never on the way of a report to its 204.
//!
//! A [`Tracer`] that is off makes spans of nothing, so that callers do not ask whether it is on. Without the feature `otlp`
//! there is no other.

#[cfg(not(feature = "otlp"))]
mod absent;
mod counts;
#[cfg(feature = "otlp")]
mod delivery;
#[cfg(feature = "otlp")]
mod exporter;
#[cfg(feature = "otlp")]
mod queue;
#[cfg(feature = "otlp")]
mod recorder;
mod sender;

#[cfg(not(feature = "otlp"))]
use absent as recorder;
use recorder::{RecordedSpan, Recorder};

pub use counts::SpanCounts;
pub use sender::SpanSender;

/// Why no spans can be sent.
#[derive(Debug, thiserror::Error)]
#[error("telemetry.otlp_endpoint: {0}")]
pub struct TelemetryError(String);

/// On which side of a request a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanSide {
    /// Answers one.
    Server,
    /// Sends one.
    Client,
    /// Neither.
    Internal,
}

/// What a span says of its work: numbers, and texts that stand in the program. A text that came from outside does not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanValue {
    /// A number.
    Number(u64),
    /// A text of the program.
    Text(&'static str),
}

impl From<u64> for SpanValue {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<&'static str> for SpanValue {
    fn from(text: &'static str) -> Self {
        Self::Text(text)
    }
}

/// The name of a trace, as Prometheus' exemplars have it: 32 hex digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceId(pub String);

/// Begins spans. Its clones share a queue.
#[derive(Clone, Default)]
pub struct Tracer(Option<Recorder>);

impl Tracer {
    /// The first span of a trace, which ends when it is dropped: `operation target`.
    pub fn begin(&self, side: SpanSide, operation: &'static str, target: &'static str) -> Span {
        Span(self.0.as_ref().map(|recorder| recorder.begin(side, operation, target)))
    }
}

/// Some work, recorded or not.
pub struct Span(Option<RecordedSpan>);

impl Span {
    /// A span within this one.
    pub fn child(&self, side: SpanSide, operation: &'static str, target: &'static str) -> Self {
        Self(self.0.as_ref().map(|span| span.child(side, operation, target)))
    }

    /// Says something of the work. The keys are those of OpenTelemetry's semantic conventions, else they begin with `cspwatch.`.
    pub fn set(&mut self, key: &'static str, value: impl Into<SpanValue>) {
        if let Some(span) = &mut self.0 {
            span.set(key, value.into());
        }
    }

    /// The work failed.
    pub fn fail(&mut self) {
        if let Some(span) = &mut self.0 {
            span.fail();
        }
    }

    /// The status of an answer; what the server is to blame for is a failure.
    pub fn answer(&mut self, status: u16) {
        self.set("http.response.status_code", u64::from(status));
        if status >= 500 {
            self.fail();
        }
    }

    /// The trace that it is a part of, where that is recorded.
    pub fn trace_id(&self) -> Option<TraceId> {
        self.0.as_ref().and_then(RecordedSpan::trace_id).map(TraceId)
    }
}

/// A method as spans name it: anybody may invent others.
pub fn method_name(method: &hyper::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "_OTHER",
    }
}

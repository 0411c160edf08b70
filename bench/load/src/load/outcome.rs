//! What became of the requests.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde_json::{Value, json};

/// The longest latency that is told from longer ones: a minute.
const MICROS_MAX: u64 = 60_000_000;

pub struct Outcome {
    /// What is sent before is warming up and is not measured.
    from: Instant,
    expected: u16,
    answered: u64,
    measured: u64,
    errors: BTreeMap<String, u64>,
    /// Microseconds.
    latencies: Histogram<u64>,
    last: Instant,
    pub connections: u64,
    pub resumed: u64,
}

impl Outcome {
    /// `expected`: the status that is no error.
    pub fn new(from: Instant, expected: u16) -> Self {
        Self {
            from,
            expected,
            answered: 0,
            measured: 0,
            errors: BTreeMap::new(),
            latencies: Histogram::new_with_max(MICROS_MAX, 3).expect("a range and digits that go"),
            last: from,
            connections: 0,
            resumed: 0,
        }
    }

    /// Notes an answer that came now, or what went wrong.
    pub fn note(&mut self, due: Instant, status: std::io::Result<u16>) {
        let now = Instant::now();
        match status {
            Ok(status) if status == self.expected => {}
            Ok(status) => *self.errors.entry(status.to_string()).or_default() += 1,
            Err(error) => *self.errors.entry(error.to_string()).or_default() += 1,
        }
        self.answered += 1;
        if due >= self.from {
            self.measured += 1;
            self.latencies.saturating_record(micros(now - due));
            self.last = now;
        }
    }

    /// `unanswered`: requests that were due and have no answer at the end.
    pub fn json(&self, unanswered: u64, mean_bytes: u64) -> Value {
        let seconds = (self.last - self.from).as_secs_f64();
        let at = |quantile: f64| self.latencies.value_at_quantile(quantile);
        json!({
            "requests": self.measured,
            "requests_with_warmup": self.answered,
            "errors": self.errors,
            "unanswered": unanswered,
            "seconds": seconds,
            "rate": if seconds > 0.0 { self.measured as f64 / seconds } else { 0.0 },
            "latency_us": {
                "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "p99.9": at(0.999),
                "max": self.latencies.max(),
            },
            "connections": self.connections,
            "resumed": self.resumed,
            "body_bytes": mean_bytes,
        })
    }

    pub fn answered(&self) -> u64 {
        self.answered
    }

    pub fn has_failed(&self) -> bool {
        self.answered == 0 || !self.errors.is_empty()
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

//! The admin listener: metrics and health. Not for the public.

use std::sync::{Arc, Mutex, PoisonError};

use hyper::Request;
use hyper::body::Incoming;

use super::answer::{Answer, text};
use crate::metrics::Metrics;

/// Why the collector is not ready; empty = it is. Each part of the process owns one reason.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Vec<(&'static str, String)>>);

impl Readiness {
    /// States why a part is not ready.
    pub fn set(&self, part: &'static str, reason: String) {
        let mut reasons = self.reasons();
        reasons.retain(|(known, _)| *known != part);
        reasons.push((part, reason));
    }

    /// States that a part is ready.
    pub fn clear(&self, part: &'static str) {
        self.reasons().retain(|(known, _)| *known != part);
    }

    fn reasons(&self) -> std::sync::MutexGuard<'_, Vec<(&'static str, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the admin listener shows.
pub struct Admin {
    /// The metrics.
    pub metrics: Arc<Metrics>,
    /// Whether the collector is ready.
    pub readiness: Arc<Readiness>,
}

impl Admin {
    pub(super) fn answer(&self, request: &Request<Incoming>) -> Answer {
        if !matches!(*request.method(), hyper::Method::GET | hyper::Method::HEAD) {
            return text(405, "only GET is allowed here\n");
        }
        match request.uri().path() {
            "/livez" => text(200, "ok\n"),
            "/readyz" => self.readyz(),
            "/metrics" => self.metrics(),
            _ => text(404, "no such page: /metrics, /livez and /readyz are here\n"),
        }
    }

    fn readyz(&self) -> Answer {
        let reasons = self.readiness.reasons();
        if reasons.is_empty() {
            return text(200, "ok\n");
        }
        let lines: Vec<String> =
            reasons.iter().map(|(part, reason)| format!("{part}: {reason}\n")).collect();
        text(503, lines.concat())
    }

    fn metrics(&self) -> Answer {
        match self.metrics.render() {
            Ok(page) => text(200, page),
            Err(error) => {
                tracing::error!(%error, "the metrics cannot be rendered");
                text(500, "the metrics cannot be rendered; see the log\n")
            }
        }
    }
}

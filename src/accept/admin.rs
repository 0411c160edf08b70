//! The admin listener: metrics, health, and the alerts as text. Not for the public.

use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use sha2::{Digest, Sha256};

use super::answer::{HttpAnswer, text};
use crate::base::lock::Mutex;
use crate::base::readiness::Readiness;
use crate::config::Secret;
use crate::detect::{Detector, RaisedAlert};
use crate::metrics::Metrics;

/// What the admin listener shows.
pub struct Admin {
    /// The metrics.
    pub metrics: Arc<Metrics>,
    /// Whether the collector is ready.
    pub readiness: Arc<Readiness>,
    /// The detector, which keeps the latest alerts.
    pub detector: Arc<Mutex<Detector>>,
    /// Where it is set, every request but that for `/livez` must carry it.
    pub token: Option<Secret>,
}

impl Admin {
    pub(super) fn answer(&self, request: &Request<Incoming>) -> HttpAnswer {
        if !matches!(*request.method(), hyper::Method::GET | hyper::Method::HEAD) {
            return text(405, "only GET is allowed here\n");
        }
        match request.uri().path() {
            "/livez" => text(200, "ok\n"),
            _ if !self.is_allowed(request) => unauthorized(),
            "/readyz" => self.readyz(),
            "/metrics" => self.metrics(),
            "/alerts" => self.alerts(),
            _ => text(404, "no such page: /metrics, /alerts, /livez and /readyz are here\n"),
        }
    }

    /// RFC 6750, section 2.1. Digests are compared, so that the time it takes reveals nothing of the token.
    fn is_allowed(&self, request: &Request<Incoming>) -> bool {
        let Some(token) = &self.token else { return true };
        let credentials =
            request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, token_sent) =
            credentials.and_then(|text| text.split_once(' ')).unwrap_or_default();
        let is_right = Sha256::digest(token_sent.trim()) == Sha256::digest(&token.0);
        scheme.eq_ignore_ascii_case("bearer") && is_right
    }

    fn readyz(&self) -> HttpAnswer {
        let reasons = self.readiness.reasons();
        if reasons.is_empty() {
            return text(200, "ok\n");
        }
        let lines: Vec<String> =
            reasons.iter().map(|(part, reason)| format!("{part}: {reason}\n")).collect();
        text(503, lines.concat())
    }

    /// One JSON object a line, the oldest first, as `cspwatch backtest` prints them.
    fn alerts(&self) -> HttpAnswer {
        let detector = self.detector.lock();
        let alerts: Vec<RaisedAlert> = detector.alerts().cloned().collect();
        // The lock is released first: every report that becomes durable needs it.
        drop(detector);
        let lines = alerts.iter().map(|alert| alert.to_json().to_string() + "\n");
        text(200, lines.collect::<String>())
    }

    fn metrics(&self) -> HttpAnswer {
        match self.metrics.render() {
            Ok(page) => text(200, page),
            Err(error) => {
                tracing::error!(%error, "the metrics cannot be rendered");
                text(500, "the metrics cannot be rendered; see the log\n")
            }
        }
    }
}

fn unauthorized() -> HttpAnswer {
    let why = "this page wants the token of listen.admin_token_file: Authorization: Bearer TOKEN\n";
    let mut answer = text(401, why);
    answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    answer
}

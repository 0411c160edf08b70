//! The admin listener: metrics, health, and the alerts as text. Not for the public.

use std::io::Write;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY,
    WWW_AUTHENTICATE,
};
use sha2::{Digest, Sha256};

use super::admin_host::AdminHosts;
use super::answer::{HttpAnswer, text};
use super::newest::Newest;
use crate::base::limits;
use crate::base::lock::Mutex;
use crate::base::readiness::Readiness;
use crate::config::{Listen, Secret};
use crate::detect::{Detector, RaisedAlert};
use crate::metrics::{Exposition, Metrics};
use crate::telemetry::{SpanSide, Tracer, method_name};

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
    /// Under which names it answers.
    pub hosts: AdminHosts,
    /// The open connections.
    pub(super) connections: Arc<Newest>,
    tracer: Tracer,
}

impl Admin {
    /// An admin listener that shows these parts of the process.
    pub fn new(
        metrics: Arc<Metrics>,
        readiness: Arc<Readiness>,
        detector: Arc<Mutex<Detector>>,
        listen: &Listen,
        tracer: Tracer,
    ) -> Self {
        Self {
            metrics,
            readiness,
            detector,
            token: listen.admin_token.clone(),
            hosts: AdminHosts(listen.admin_hosts.clone()),
            connections: Arc::new(Newest::new(limits::ADMIN_CONNECTIONS as u64)),
            tracer,
        }
    }

    pub(super) fn answer(&self, request: &Request<Incoming>) -> HttpAnswer {
        let (method, page) = (method_name(request.method()), page(request.uri().path()));
        let mut span = self.tracer.begin(SpanSide::Server, method, page);
        span.set("http.request.method", method);
        span.set("http.route", page);
        let answer = self.page(request);
        span.answer(answer.status().as_u16());
        answer
    }

    fn page(&self, request: &Request<Incoming>) -> HttpAnswer {
        if !matches!(*request.method(), hyper::Method::GET | hyper::Method::HEAD) {
            return text(405, "only GET is allowed here\n");
        }
        // No page of somebody else's can know the token.
        if !(self.hosts.admit(request) || self.token.is_some() && self.is_allowed(request)) {
            return text(
                421,
                "this name is not one of the listener's: use its address, or listen.admin_hosts\n",
            );
        }
        match request.uri().path() {
            "/livez" => text(200, "ok\n"),
            _ if !self.is_allowed(request) => unauthorized(),
            "/readyz" => self.readyz(),
            "/metrics" => self.metrics(request),
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

    /// In the format and the encoding that the request accepts.
    fn metrics(&self, request: &Request<Incoming>) -> HttpAnswer {
        let accepted = |name| {
            request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        let exposition = Exposition::accepted_by(accepted(ACCEPT));
        match self.metrics.render(exposition) {
            Ok(page) => {
                let is_gzip = accepted(ACCEPT_ENCODING).contains("gzip");
                let mut answer = if is_gzip { text(200, gzip(&page)) } else { text(200, page) };
                let headers = answer.headers_mut();
                headers.insert(CONTENT_TYPE, HeaderValue::from_static(exposition.content_type()));
                headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
                if is_gzip {
                    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                }
                answer
            }
            Err(error) => {
                tracing::error!(id = "metrics-not-rendered", %error, "the metrics cannot be rendered");
                text(500, "the metrics cannot be rendered; see the log\n")
            }
        }
    }
}

/// A page by its name in spans, which has nothing of any other path.
fn page(path: &str) -> &'static str {
    match path {
        "/livez" => "/livez",
        "/readyz" => "/readyz",
        "/metrics" => "/metrics",
        "/alerts" => "/alerts",
        _ => "other",
    }
}

/// Fast rather than small: the page is made anew for every scrape.
fn gzip(page: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(page.as_bytes());
    encoder.finish().unwrap_or_default()
}

fn unauthorized() -> HttpAnswer {
    let why = "this page wants the token of listen.admin_token_file: Authorization: Bearer TOKEN\n";
    let mut answer = text(401, why);
    answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    answer
}

//! A span for each request: its method, its row of the router, and the status of its answer. Nothing of the address, of who
//! asks and of what they send is in it.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::telemetry::{SpanSide, Tracer, method_name};

/// What spans are made of.
#[derive(Clone)]
pub(super) struct Spans {
    tracer: Tracer,
    /// The paths of the router.
    paths: Arc<[&'static str]>,
}

impl Spans {
    pub(super) fn new(tracer: Tracer, paths: impl Iterator<Item = &'static str>) -> Self {
        Self { tracer, paths: paths.collect() }
    }

    fn route(&self, request: &Request) -> &'static str {
        let matched = request.extensions().get::<MatchedPath>();
        let matched =
            matched.and_then(|matched| self.paths.iter().find(|path| **path == matched.as_str()));
        matched.copied().unwrap_or("other")
    }
}

/// Records a request, to the head of its answer.
pub(super) async fn record(State(spans): State<Spans>, request: Request, next: Next) -> Response {
    let (method, route) = (method_name(request.method()), spans.route(&request));
    let mut span = spans.tracer.begin(SpanSide::Server, method, route);
    span.set("http.request.method", method);
    span.set("http.route", route);
    let response = next.run(request).await;
    span.answer(response.status().as_u16());
    response
}

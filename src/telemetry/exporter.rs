//! Sends spans to a collector of OpenTelemetry: OTLP 1.x over HTTP, in protobuf
//! (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>).

use std::error::Error;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use opentelemetry::KeyValue;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use prost::Message as _;
use tokio::time::timeout;
use url::Url;

use super::TelemetryError;
use crate::base::{limits, tls_roots};

/// Where spans go, and in whose name.
pub(super) struct Exporter {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    traces: Uri,
    headers: HeaderMap,
    resource: ResourceAttributesWithSchema,
}

/// Why the endpoint did not take spans.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExportError {
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    #[error("answers {0}")]
    Status(StatusCode),
    #[error("its answer cannot be read: {0}")]
    Answer(String),
    #[error("no answer within {} s", limits::SPANS_EXPORT.as_secs())]
    Silent,
    #[error("refuses {0} of the spans")]
    Rejected(u64),
}

impl ExportError {
    /// How many spans of a batch are lost by it.
    pub(super) fn lost(&self, batch: u64) -> u64 {
        match self {
            Self::Rejected(spans) => (*spans).min(batch),
            _ => batch,
        }
    }
}

impl Exporter {
    pub(super) fn new(
        endpoint: &Url,
        headers: &[(HeaderName, HeaderValue)],
        service: &'static str,
    ) -> Result<Self, TelemetryError> {
        let tls = match endpoint.scheme() {
            "https" => tls_roots::client_config(None).map_err(|error| error.to_string()),
            _ => tls_roots::no_roots().map_err(|error| error.to_string()),
        };
        let tls = tls.map_err(TelemetryError)?;
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
        let connector = builder.https_or_http().enable_http1().wrap_connector(connector);
        let traces = format!("{}/v1/traces", endpoint.as_str().trim_end_matches('/'));
        let agent = concat!("cspwatch/", env!("CARGO_PKG_VERSION"));
        let fixed = [(CONTENT_TYPE, "application/x-protobuf"), (USER_AGENT, agent)];
        let fixed = fixed.map(|(name, value)| (name, HeaderValue::from_static(value)));
        let resource = Resource::builder_empty()
            .with_service_name(service)
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            traces: traces.parse().map_err(|error| TelemetryError(format!("{error}")))?,
            headers: headers.iter().cloned().chain(fixed).collect(),
            resource: (&resource).into(),
        })
    }

    /// Sends a batch once. The specification allows to repeat some failures; nobody needs these spans so much.
    pub(super) async fn export(&self, spans: Vec<SpanData>) -> Result<(), ExportError> {
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.resource);
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = hyper::Method::POST;
        *request.uri_mut() = self.traces.clone();
        *request.headers_mut() = self.headers.clone();
        let sending = timeout(limits::SPANS_EXPORT, self.send(request));
        sending.await.unwrap_or(Err(ExportError::Silent))
    }

    /// A redirect is not followed: the request may hold a secret.
    async fn send(&self, request: Request<Full<Bytes>>) -> Result<(), ExportError> {
        let answer = self.client.request(request).await;
        let answer = answer.map_err(|error| ExportError::Unreachable(deepest(&error)))?;
        if !answer.status().is_success() {
            return Err(ExportError::Status(answer.status()));
        }
        #[expect(clippy::disallowed_methods, reason = "the body is bounded")]
        let body = Limited::new(answer.into_body(), limits::SPANS_ANSWER_BYTES).collect().await;
        let body = body.map_err(|error| ExportError::Answer(error.to_string()))?.to_bytes();
        let answer = ExportTraceServiceResponse::decode(body)
            .map_err(|error| ExportError::Answer(error.to_string()))?;
        let rejected = answer.partial_success.map_or(0, |partial| partial.rejected_spans);
        match u64::try_from(rejected).unwrap_or(0) {
            0 => Ok(()),
            rejected => Err(ExportError::Rejected(rejected)),
        }
    }
}

/// The innermost cause: "Connection refused" says more than "client error (Connect)".
fn deepest(error: &dyn Error) -> String {
    let mut deepest = error;
    while let Some(cause) = deepest.source() {
        deepest = cause;
    }
    deepest.to_string()
}

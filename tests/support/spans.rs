//! A receiver of OTLP over HTTP that reads what it gets with OpenTelemetry's own types, and that misbehaves on demand.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::HeaderMap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, span::SpanKind, status::StatusCode};
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use cspwatch::base::hex::to_hex;
use cspwatch::base::lock::Mutex;

use super::until_or;

/// What it does with a request.
#[derive(Clone, Copy, Debug)]
pub enum Behaviour {
    /// Takes the spans.
    Takes,
    /// Takes all but so many.
    Rejects(i64),
    /// Answers 500.
    Fails,
    /// Reads it and never answers.
    Hangs,
    /// Answers 200 with a body that does not end.
    Floods,
}

/// A span that it got.
#[derive(Clone, Debug)]
pub struct Received {
    pub service: String,
    pub name: String,
    pub kind: SpanKind,
    pub trace: String,
    pub id: String,
    /// Empty for the first of a trace.
    pub parent: String,
    pub attributes: BTreeMap<String, String>,
    pub is_failure: bool,
    /// In nanoseconds.
    pub duration: u64,
}

/// What came.
#[derive(Default)]
struct Inbox {
    heads: Vec<(String, HeaderMap)>,
    spans: Vec<Received>,
    /// All bytes of all bodies.
    bytes: Vec<u8>,
}

/// A running receiver. Ends when dropped.
pub struct SpanReceiver {
    address: SocketAddr,
    behaviour: Arc<Mutex<Behaviour>>,
    inbox: Arc<Mutex<Inbox>>,
    _runtime: Runtime,
}

impl SpanReceiver {
    /// Serves on a port of its own.
    pub fn start(behaviour: Behaviour) -> Self {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let behaviour = Arc::new(Mutex::new(behaviour));
        let inbox: Arc<Mutex<Inbox>> = Arc::default();
        runtime.spawn(accept(listener, Arc::clone(&behaviour), Arc::clone(&inbox)));
        Self { address, behaviour, inbox, _runtime: runtime }
    }

    /// `telemetry.otlp_endpoint`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on it behaves otherwise.
    pub fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock() = behaviour;
    }

    /// The spans that came.
    pub fn spans(&self) -> Vec<Received> {
        self.inbox.lock().spans.clone()
    }

    /// The paths and header fields of the requests that came.
    pub fn heads(&self) -> Vec<(String, HeaderMap)> {
        self.inbox.lock().heads.clone()
    }

    /// Whether some text is anywhere in what came.
    pub fn has_got(&self, text: &str) -> bool {
        let inbox = self.inbox.lock();
        inbox.bytes.windows(text.len()).any(|window| window == text.as_bytes())
    }

    /// Waits for a span that is so.
    #[track_caller]
    pub fn wait_for(&self, what: &str, is_it: impl Fn(&Received) -> bool) -> Received {
        let mut found = None;
        let all = || format!("a span: {what}; there are {:#?}", self.spans());
        until_or(all, || {
            found = self.spans().into_iter().find(|span| is_it(span));
            found.is_some()
        });
        found.unwrap()
    }
}

impl Received {
    /// The value of an attribute; empty where it has none.
    pub fn attribute(&self, key: &str) -> &str {
        self.attributes.get(key).map_or("", String::as_str)
    }
}

async fn accept(listener: TcpListener, behaviour: Arc<Mutex<Behaviour>>, inbox: Arc<Mutex<Inbox>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (behaviour, inbox) = (Arc::clone(&behaviour), Arc::clone(&inbox));
        tokio::spawn(async move {
            let service = service_fn(|request: Request<Incoming>| async {
                let is = *behaviour.lock();
                Ok::<_, Infallible>(answer(request, is, &inbox).await)
            });
            // Whoever sends may close at any time.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

type Body = BoxBody<Bytes, Infallible>;

#[allow(clippy::disallowed_methods, reason = "only the collector under test sends here")]
async fn answer(
    request: Request<Incoming>,
    behaviour: Behaviour,
    inbox: &Mutex<Inbox>,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    inbox.lock().heads.push((head.uri.to_string(), head.headers));
    let mut answer = ExportTraceServiceResponse::default();
    match behaviour {
        Behaviour::Takes => take(body, inbox),
        Behaviour::Rejects(rejected_spans) => {
            let error_message = "too many".to_owned();
            answer.partial_success =
                Some(ExportTracePartialSuccess { rejected_spans, error_message });
            take(body, inbox);
        }
        Behaviour::Fails => {
            return Response::builder().status(500).body(Body::default()).unwrap();
        }
        Behaviour::Hangs => return std::future::pending().await,
        Behaviour::Floods => {
            let piece = || Ok(Frame::data(Bytes::from(vec![b'x'; 64 * 1024])));
            let pieces = stream::repeat_with(piece);
            return Response::new(BodyExt::boxed(StreamBody::new(pieces)));
        }
    }
    Response::new(Full::new(Bytes::from(answer.encode_to_vec())).boxed())
}

fn take(body: Bytes, inbox: &Mutex<Inbox>) {
    let request = ExportTraceServiceRequest::decode(body.clone()).expect("it is OTLP");
    let mut inbox = inbox.lock();
    inbox.bytes.extend_from_slice(&body);
    inbox.spans.extend(request.resource_spans.into_iter().flat_map(read));
}

fn read(of_resource: ResourceSpans) -> Vec<Received> {
    let resource = texts(&of_resource.resource.expect("a service names itself").attributes);
    let service = resource["service.name"].clone();
    let spans = of_resource.scope_spans.into_iter().flat_map(|of_scope| of_scope.spans);
    let received = spans.map(|span| Received {
        service: service.clone(),
        kind: span.kind(),
        trace: to_hex(&span.trace_id),
        id: to_hex(&span.span_id),
        parent: to_hex(&span.parent_span_id),
        attributes: texts(&span.attributes),
        is_failure: span.status.is_some_and(|status| status.code() == StatusCode::Error),
        duration: span.end_time_unix_nano - span.start_time_unix_nano,
        name: span.name,
    });
    received.collect()
}

fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |attribute: &KeyValue| {
        let value = attribute.value.as_ref().and_then(|value| value.value.as_ref());
        let value = match value.expect("an attribute has a value") {
            Value::StringValue(text) => text.clone(),
            Value::IntValue(number) => number.to_string(),
            other => panic!("no attribute of ours is a {other:?}"),
        };
        (attribute.key.clone(), value)
    };
    attributes.iter().map(text).collect()
}

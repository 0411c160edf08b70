//! An HTTP server in the test process that remembers what it was sent.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use cspwatch::base::lock::Mutex;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// `GET`, `POST` …
    pub method: String,
    /// The host that was meant.
    pub host: String,
    /// The port that was meant.
    pub port: String,
    /// Path and query.
    pub target: String,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Received {
    /// A header field as text; empty if it is not there.
    pub fn field(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

type Answer = Response<String>;
type Handler = dyn Fn(&Received) -> Answer + Send + Sync;

/// A running server. Ends when dropped.
pub struct Server {
    address: SocketAddr,
    inbox: Arc<Mutex<Vec<Received>>>,
    _runtime: Runtime,
}

impl Server {
    /// Serves on a port of its own, with TLS where an acceptor is given.
    pub fn start(
        tls: Option<TlsAcceptor>,
        handler: impl Fn(&Received) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let inbox = Arc::default();
        runtime.spawn(accept(listener, tls, Arc::clone(&inbox), Arc::new(handler)));
        Self { address, inbox, _runtime: runtime }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What came so far.
    pub fn received(&self) -> Vec<Received> {
        self.inbox.lock().clone()
    }
}

async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    inbox: Arc<Mutex<Vec<Received>>>,
    handler: Arc<Handler>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, inbox, handler) = (tls.clone(), Arc::clone(&inbox), Arc::clone(&handler));
        tokio::spawn(async move {
            let Some(tls) = tls else { return serve(stream, inbox, handler).await };
            // Browsers open connections that they do not use.
            if let Ok(stream) = tls.accept(stream).await {
                serve(stream, inbox, handler).await;
            }
        });
    }
}

async fn serve<S>(stream: S, inbox: Arc<Mutex<Vec<Received>>>, handler: Arc<Handler>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let service = service_fn(|request: Request<Incoming>| async {
        let received = receive(request).await;
        let answer = handler(&received);
        inbox.lock().push(received);
        Ok::<_, Infallible>(answer)
    });
    // Browsers and tests may close a connection at any time.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

#[allow(clippy::disallowed_methods, reason = "only the test itself sends here")]
async fn receive(request: Request<Incoming>) -> Received {
    let (head, body) = request.into_parts();
    let host = head.headers.get("host").map_or("", |host| host.to_str().unwrap()).to_owned();
    let (host, port) = host.split_once(':').unwrap_or((&host, ""));
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    Received {
        method: head.method.to_string(),
        host: host.to_owned(),
        port: port.to_owned(),
        target: head.uri.to_string(),
        headers: head.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

//! Several servers with the same tables: a connection goes to the one that is in use, and when that is away, to the next.
//!
//! The pool of connections knows the first server's name only; where a connection really leads is decided here. So a batch, a
//! query and the columns of a table need not know how many servers there are.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use hyper::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

/// What went wrong with a connection, as hyper takes it.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The servers, and which of them is in use.
#[derive(Debug, Clone)]
pub struct Servers {
    urls: Arc<[Uri]>,
    in_use: Arc<AtomicUsize>,
}

impl Servers {
    /// `urls`: at least one.
    pub(super) fn new(urls: Vec<Uri>) -> Self {
        Self { urls: urls.into(), in_use: Arc::default() }
    }

    /// Has further connections go to the next server: the one in use answers that it cannot do its work.
    pub fn leave(&self) {
        self.leave_number(self.number());
    }

    /// The number of the server in use.
    pub(super) fn number(&self) -> usize {
        self.in_use.load(Ordering::Relaxed)
    }

    /// Has further connections go to the server after this one, unless they do already: several requests may fail at the same
    /// time, and the first of them leaves.
    pub(super) fn leave_number(&self, number: usize) {
        let next = (number + 1) % self.urls.len();
        let left = Ordering::Relaxed;
        if self.in_use.compare_exchange(number, next, left, left).is_ok() && next != number {
            let host = |number: usize| self.urls[number].host().unwrap_or_default();
            tracing::warn!(
                id = "clickhouse-server-left",
                left = host(number),
                to = host(next),
                "asking the next ClickHouse server"
            );
        }
    }
}

/// Connects to the server in use, or to the first after it that can be reached.
#[derive(Debug, Clone)]
pub(super) struct ServersConnector {
    pub(super) servers: Servers,
    pub(super) connector: HttpsConnector<HttpConnector>,
}

impl Service<Uri> for ServersConnector {
    type Response = Link;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Link, Failure>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, _of_the_first: Uri) -> Self::Future {
        let Self { servers, mut connector } = self.clone();
        Box::pin(async move {
            let mut failure: Failure = "no server".into();
            for _ in 0..servers.urls.len() {
                let number = servers.number();
                match connector.call(servers.urls[number].clone()).await {
                    Ok(stream) => {
                        return Ok(Link { stream, servers, number, is_unanswered: false });
                    }
                    Err(cause) => failure = unreachable(&servers.urls[number], cause),
                }
                servers.leave_number(number);
            }
            Err(failure)
        })
    }
}

/// Why there is no connection. The errors below it say what failed, and none says with which server.
#[derive(Debug, thiserror::Error)]
#[error("no connection to {server}")]
struct Unreachable {
    server: String,
    source: Failure,
}

fn unreachable(server: &Uri, source: Failure) -> Failure {
    Box::new(Unreachable { server: server.to_string().trim_end_matches('/').to_owned(), source })
}

/// A connection to one of the servers. A request that gets no answer on it means that the server is away: it may be frozen, and
/// still be reached.
pub(super) struct Link {
    stream: MaybeHttpsStream<TokioIo<TcpStream>>,
    servers: Servers,
    number: usize,
    /// Something was sent, and nothing came since.
    is_unanswered: bool,
}

impl Drop for Link {
    fn drop(&mut self) {
        if self.is_unanswered {
            self.servers.leave_number(self.number);
        }
    }
}

impl Connection for Link {
    fn connected(&self) -> Connected {
        self.stream.connected()
    }
}

impl Read for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        // The end of the connection, too: whether the server is away then shows when the next one is made.
        self.is_unanswered &= read.is_pending();
        read
    }
}

impl Write for Link {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.is_unanswered |= matches!(written, Poll::Ready(Ok(1..)));
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.is_unanswered |= matches!(written, Poll::Ready(Ok(1..)));
        written
    }
}

//! Connections: plain on loopback and behind a proxy, TLS otherwise. One too many ends the oldest.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use ipnet::IpNet;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

use super::Console;
use super::peer::Peer;
use super::router::router;
use crate::accept::{Newest, Tls, TlsError, listen};
use crate::base::backoff::Backoff;
use crate::base::limits;

/// How long requests in flight get when the console stops.
const DRAIN: Duration = Duration::from_secs(5);

/// Why it cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address.
    #[error(
        "console.listen: cannot listen on {0}: {1}; free the port, or set console.listen (CSPWATCH__CONSOLE__LISTEN) to another"
    )]
    Address(SocketAddr, std::io::Error),
    /// The certificate.
    #[error("console.tls_cert: {0}")]
    Tls(#[from] TlsError),
}

/// A socket that already listens.
pub struct BoundConsole {
    socket: TcpListener,
    tls: Option<Arc<Tls>>,
    /// Where people reach it.
    address: String,
    /// Where nobody but a proxy, and this machine, may speak to it.
    only: Option<Vec<IpNet>>,
    router: Router,
}

/// Binds `console.listen`; needs a runtime.
///
/// # Errors
/// [`ListenError`].
pub fn bind(console: &Arc<Console>) -> Result<BoundConsole, ListenError> {
    let config = &console.config.console;
    let tls = config.tls.as_ref().map(Tls::new).transpose()?.map(Arc::new);
    let is_open = !config.listen.ip().is_loopback() && tls.is_none();
    let socket =
        listen(config.listen).map_err(|error| ListenError::Address(config.listen, error))?;
    let only = is_open.then(|| config.trusted_proxies.clone());
    Ok(BoundConsole {
        socket,
        tls,
        address: console.address(),
        only,
        router: router(Arc::clone(console)),
    })
}

impl BoundConsole {
    /// What holds the certificate, to renew it when its files change.
    pub fn tls(&self) -> Option<Arc<Tls>> {
        self.tls.clone()
    }

    /// Answers until `stop` changes, then lets requests in flight end.
    pub async fn serve(self, mut stop: watch::Receiver<bool>) {
        let connections = Arc::new(Newest::new(limits::CONSOLE_CONNECTIONS));
        let graceful = GracefulShutdown::new();
        let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(1280));
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                _ = stop.changed() => break,
            };
            match accepted {
                Ok((stream, peer)) if self.serves(peer.ip()) => {
                    backoff.reset();
                    let serving = self.serve_stream(stream, Peer(peer.ip()), graceful.watcher());
                    let connections = Arc::clone(&connections);
                    tokio::spawn(async move {
                        let mut place = connections.begin(1);
                        tokio::select! {
                            () = serving => {}
                            () = place.evicted() => {}
                        }
                    });
                }
                Ok(_) => {}
                Err(error) => {
                    let pause = backoff.next_pause();
                    tracing::warn!(id = "accept-failed", %error, ?pause, "cannot accept a connection");
                    tokio::time::sleep(pause).await;
                }
            }
        }
        drop(self.socket);
        let _ = timeout(DRAIN, graceful.shutdown()).await;
    }

    /// One connection, to its end.
    fn serve_stream(
        &self,
        stream: TcpStream,
        peer: Peer,
        watcher: Watcher,
    ) -> impl Future<Output = ()> + Send + use<> {
        let (router, tls, address) = (self.router.clone(), self.tls.clone(), self.address.clone());
        async move {
            let Some(tls) = tls else { return serve_http(stream, peer, router, watcher).await };
            match begins_tls(&stream).await {
                None => {}
                Some(false) => refuse_plain(stream, &address).await,
                Some(true) => {
                    if let Some(stream) = tls.accept(stream).await {
                        serve_http(stream, peer, router, watcher).await;
                    }
                }
            }
        }
    }

    fn serves(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        // What a health check on this machine sends crosses no network.
        let is_one = |only: &Vec<IpNet>| only.iter().any(|network| network.contains(&peer));
        peer.is_loopback() || self.only.as_ref().is_none_or(is_one)
    }
}

/// Answers what does not begin a TLS handshake: a browser would only say that the connection was reset.
async fn refuse_plain(mut stream: TcpStream, address: &str) {
    // What was sent is read first; left unread, it would end the connection before the answer arrives.
    let mut request = vec![0; limits::REQUEST_HEAD_BYTES];
    let _ = timeout(limits::TLS_HANDSHAKE, stream.read(&mut request)).await;
    let text = format!("this port speaks TLS; the console is at {address}\n");
    let answer = format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    );
    let _ = timeout(limits::TLS_HANDSHAKE, stream.write_all(answer.as_bytes())).await;
    let _ = stream.shutdown().await;
}

/// Whether the first byte is that of a TLS handshake (RFC 8446, section 5.1); `None`: none came in time.
async fn begins_tls(stream: &TcpStream) -> Option<bool> {
    const HANDSHAKE: u8 = 22;
    let mut first = [0];
    match timeout(limits::TLS_HANDSHAKE, stream.peek(&mut first)).await {
        Ok(Ok(1)) => Some(first == [HANDSHAKE]),
        _ => None,
    }
}

async fn serve_http<S>(stream: S, peer: Peer, router: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.call(request)
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::REQUEST_HEAD)
        .max_buf_size(limits::REQUEST_HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits::CONSOLE_STREAMS)
        .max_header_list_size(limits::CONSOLE_HEAD_BYTES)
        .max_pending_accept_reset_streams(limits::H2_RESETS)
        .max_local_error_reset_streams(limits::H2_RESETS)
        // What nobody reads yet is kept in memory: hyper's own windows would be a mebibyte for each connection.
        .initial_stream_window_size(limits::H2_STREAM_WINDOW)
        .initial_connection_window_size(limits::H2_CONNECTION_WINDOW)
        .keep_alive_interval(Duration::from_secs(60));
    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    let _ = watcher.watch(connection).await;
}

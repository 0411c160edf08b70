//! Connections: plain on loopback and behind a proxy, TLS otherwise.

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
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use super::Console;
use super::peer::Peer;
use super::router::router;
use crate::accept::{Tls, TlsError, listen};
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
    /// Where nobody but a proxy may speak to it.
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
    Ok(BoundConsole { socket, tls, only, router: router(Arc::clone(console)) })
}

impl BoundConsole {
    /// What holds the certificate, to renew it when its files change.
    pub fn tls(&self) -> Option<Arc<Tls>> {
        self.tls.clone()
    }

    /// Answers until `stop` changes, then lets requests in flight end.
    pub async fn serve(self, mut stop: watch::Receiver<bool>) {
        let permits = Arc::new(Semaphore::new(limits::CONSOLE_CONNECTIONS));
        let graceful = GracefulShutdown::new();
        let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(1280));
        loop {
            let accept = async {
                let permit = Arc::clone(&permits).acquire_owned().await;
                (permit, self.socket.accept().await)
            };
            let (permit, accepted) = tokio::select! {
                accepted = accept => accepted,
                _ = stop.changed() => break,
            };
            let Ok(permit) = permit else { break };
            match accepted {
                Ok((stream, peer)) if self.serves(peer.ip()) => {
                    backoff.reset();
                    let (router, tls) = (self.router.clone(), self.tls.clone());
                    let watcher = graceful.watcher();
                    tokio::spawn(async move {
                        serve_stream(stream, Peer(peer.ip()), router, tls, watcher).await;
                        drop(permit);
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
        let _ = tokio::time::timeout(DRAIN, graceful.shutdown()).await;
    }

    fn serves(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.only.as_ref().is_none_or(|only| only.iter().any(|network| network.contains(&peer)))
    }
}

async fn serve_stream(
    stream: TcpStream,
    peer: Peer,
    router: Router,
    tls: Option<Arc<Tls>>,
    watcher: Watcher,
) {
    match tls {
        None => serve_http(stream, peer, router, watcher).await,
        Some(tls) => {
            if let Some(stream) = tls.accept(stream).await {
                serve_http(stream, peer, router, watcher).await;
            }
        }
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
        .keep_alive_interval(Duration::from_secs(60));
    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    let _ = watcher.watch(connection).await;
}

//! Listening sockets and their accept loops.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::tls::Tls;
use super::{Admin, Collector, connection};
use crate::base::backoff::Backoff;
use crate::base::limits;
use crate::metrics::RefusedConnection;

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error(
    "{key}: cannot listen on {address}: {error}; free the port, or set {key} (CSPWATCH__{variable}) to another"
)]
pub struct ListenError {
    key: &'static str,
    variable: String,
    address: SocketAddr,
    error: io::Error,
}

/// A socket that already listens, and what is served on it.
pub struct Bound {
    socket: TcpListener,
    listener: Listener,
}

/// What is served on a socket.
#[derive(Clone)]
pub enum Listener {
    /// Browsers, plain HTTP/1.1.
    Public(Arc<Collector>),
    /// Browsers, TLS; HTTP/2 or HTTP/1.1, as they choose.
    PublicTls(Arc<Collector>, Arc<Tls>),
    /// Metrics and health.
    Admin(Arc<Admin>),
}

/// Binds an address; `key` is the configuration key that has it.
///
/// # Errors
/// [`ListenError`] where the address is in use, is not one of this machine, or needs privileges.
pub fn bind(
    key: &'static str,
    address: SocketAddr,
    listener: Listener,
) -> Result<Bound, ListenError> {
    match listen(address) {
        Ok(socket) => Ok(Bound { socket, listener }),
        Err(error) => {
            let variable = key.to_ascii_uppercase().replace('.', "__");
            Err(ListenError { key, variable, address, error })
        }
    }
}

/// A socket that listens; needs a runtime.
///
/// # Errors
/// The system's.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restart must not wait until connections of the previous process time out.
    socket.set_reuseaddr(true)?;
    // An answer is one small packet; waiting to fill it helps nobody. Connections inherit the option.
    socket.set_nodelay(true)?;
    socket.bind(address)?;
    socket.listen(limits::ACCEPT_BACKLOG)
}

impl Bound {
    /// Accepts until `stop` changes, then waits for the requests in flight. A permit of `connections` is
    /// taken before a connection is accepted: further connections wait in the kernel.
    pub async fn serve(self, connections: Arc<Semaphore>, mut stop: watch::Receiver<bool>) {
        let mut tasks = JoinSet::new();
        let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(1280));
        loop {
            let accept = async {
                let permit = Arc::clone(&connections).acquire_owned().await;
                (permit, self.socket.accept().await)
            };
            let (permit, accepted) = tokio::select! {
                accepted = accept => accepted,
                _ = stop.changed() => break,
                // Connections that ended leave the set.
                Some(_) = tasks.join_next() => continue,
            };
            let Ok(permit) = permit else { break };
            match accepted {
                Ok((stream, peer)) => {
                    backoff.reset();
                    let (listener, stop) = (self.listener.clone(), stop.clone());
                    tasks.spawn(async move {
                        serve_stream(stream, peer, listener, stop).await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    // With no file descriptor left, trying again at once would only burn a core.
                    let pause = backoff.next_pause();
                    tracing::warn!(%error, ?pause, "cannot accept a connection");
                    tokio::time::sleep(pause).await;
                }
            }
        }
        drop(self.socket);
        while tasks.join_next().await.is_some() {}
    }
}

async fn serve_stream(
    stream: TcpStream,
    peer: SocketAddr,
    listener: Listener,
    stop: watch::Receiver<bool>,
) {
    match listener {
        Listener::Public(collector) => serve_public(stream, peer.ip(), collector, None, stop).await,
        Listener::PublicTls(collector, tls) => {
            serve_public(stream, peer.ip(), collector, Some(tls), stop).await;
        }
        Listener::Admin(admin) => serve_admin(stream, admin, stop).await,
    }
}

/// Nobody who only holds connections keeps Prometheus and probes out: they make room for the newest.
async fn serve_admin(stream: TcpStream, admin: Arc<Admin>, stop: watch::Receiver<bool>) {
    let connections = Arc::clone(&admin.connections);
    let mut place = connections.begin();
    let serving = Box::pin(connection::serve_http1(stream, connection::admin(admin), stop));
    tokio::select! {
        () = serving => {}
        () = place.evicted() => {}
    }
}

async fn serve_public(
    mut stream: TcpStream,
    peer: IpAddr,
    collector: Arc<Collector>,
    tls: Option<Arc<Tls>>,
    mut stop: watch::Receiver<bool>,
) {
    let Some(client) = collector.client_address(&mut stream, peer).await else { return };
    let Some(_slot) = collector.connection_slot(client) else { return };
    // A client that sends nothing costs no buffer and no protocol state: those are made, on the heap, when its first
    // bytes arrive.
    let has_begun = tokio::select! {
        begun = timeout(limits::REQUEST_HEAD, stream.readable()) => matches!(begun, Ok(Ok(()))),
        _ = stop.changed() => false,
    };
    if !has_begun {
        return;
    }
    match tls {
        None => {
            let service = connection::public(collector, client);
            Box::pin(connection::serve_http1(stream, service, stop)).await;
        }
        Some(tls) => Box::pin(serve_tls(stream, client, collector, tls, stop)).await,
    }
}

async fn serve_tls(
    stream: TcpStream,
    client: IpAddr,
    collector: Arc<Collector>,
    tls: Arc<Tls>,
    stop: watch::Receiver<bool>,
) {
    let Some(stream) = tls.accept(stream).await else {
        return collector.metrics.count_refused_connection(RefusedConnection::Handshake);
    };
    drop(tls);
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let service = connection::public(collector, client);
    if is_http2 {
        Box::pin(connection::serve_http2(stream, service, stop)).await;
    } else {
        Box::pin(connection::serve_http1(stream, service, stop)).await;
    }
}

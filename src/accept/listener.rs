//! Listening sockets and their accept loops.

use std::convert::Infallible;
use std::future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::service::Service;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::answer::HttpAnswer;
use super::connection::{self, Until};
use super::tls::Tls;
use super::{Admin, Collector};
use crate::base::backoff::Backoff;
use crate::base::limits;
use crate::metrics::RefusedConnection;

/// How often room is made while all connections are taken.
const MAKE_ROOM_EVERY: Duration = Duration::from_millis(10);

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
                let permit = self.listener.permit(&connections).await;
                (permit, self.socket.accept().await)
            };
            let (permit, accepted) = tokio::select! {
                accepted = accept => accepted,
                _ = stop.changed() => break,
                // Connections that ended leave the set.
                Some(_) = tasks.join_next() => continue,
            };
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
                    tracing::warn!(id = "accept-failed", %error, ?pause, "cannot accept a connection");
                    tokio::time::sleep(pause).await;
                }
            }
        }
        drop(self.socket);
        while tasks.join_next().await.is_some() {}
    }
}

impl Listener {
    /// Waits until there may be one more connection. When all are taken, the oldest that has sent nothing makes room.
    async fn permit(&self, connections: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        loop {
            if let Ok(permit) = Arc::clone(connections).try_acquire_owned() {
                return Some(permit);
            }
            self.make_room();
            // Again soon: the newest may not have begun to wait when there was none to end.
            let permit = Arc::clone(connections).acquire_owned();
            if let Ok(permit) = timeout(MAKE_ROOM_EVERY, permit).await {
                return permit.ok();
            }
        }
    }

    /// Ends the oldest connection that has sent nothing: whoever has a report sends it at once.
    fn make_room(&self) {
        match self {
            Self::Public(collector) | Self::PublicTls(collector, _) => {
                collector.silent_connections.make_room();
            }
            Self::Admin(_) => {}
        }
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
    let mut place = connections.begin(1);
    let until = Until { stop, evicted: future::pending(), idle: limits::REQUEST_HEAD };
    let serving = Box::pin(connection::serve_http1(stream, connection::admin(admin), until));
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
    if !has_begun(&stream, &collector, &mut stop).await {
        return;
    }
    Box::pin(serve_begun(stream, client, collector, tls, stop)).await;
}

/// Waits until a client sends something; false where it ends, takes too long, or has to make room.
async fn has_begun(
    stream: &TcpStream,
    collector: &Collector,
    stop: &mut watch::Receiver<bool>,
) -> bool {
    let mut silent = collector.silent_connections.begin(1);
    let mut first = [0];
    tokio::select! {
        // `readable` would not wait: the runtime takes a new connection for readable until it was read.
        begun = timeout(limits::REQUEST_HEAD, stream.peek(&mut first)) => matches!(begun, Ok(Ok(1))),
        () = silent.evicted() => {
            collector.metrics.count_refused_connection(RefusedConnection::Oldest);
            false
        }
        _ = stop.changed() => false,
    }
}

/// Serves a client that has sent something, as long as there is memory for it.
async fn serve_begun(
    stream: TcpStream,
    client: IpAddr,
    collector: Arc<Collector>,
    tls: Option<Arc<Tls>>,
    stop: watch::Receiver<bool>,
) {
    let begun = Arc::clone(&collector.begun_connections);
    let mut place = begun.begin(match tls {
        None => limits::CONNECTION_BYTES_EACH,
        Some(_) => limits::TLS_CONNECTION_BYTES_EACH,
    });
    let service = connection::public(Arc::clone(&collector), client, place.is_served());
    let metrics = Arc::clone(&collector.metrics);
    let evicted = async move {
        place.evicted().await;
        metrics.count_refused_connection(RefusedConnection::Oldest);
    };
    let until = Until { stop, evicted, idle: collector.longest_idle(client) };
    match tls {
        None => connection::serve_http1(stream, service, until).await,
        Some(tls) => serve_tls(stream, service, collector, tls, until).await,
    }
}

async fn serve_tls<S>(
    stream: TcpStream,
    service: S,
    collector: Arc<Collector>,
    tls: Arc<Tls>,
    until: Until<impl Future<Output = ()>>,
) where
    S: Service<
            Request<Incoming>,
            Response = HttpAnswer,
            Error = Infallible,
            Future: Send + 'static,
        >,
{
    let Some(stream) = tls.accept(stream).await else {
        return collector.metrics.count_refused_connection(RefusedConnection::Handshake);
    };
    drop((tls, collector));
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    if is_http2 {
        Box::pin(connection::serve_http2(stream, service, until)).await;
    } else {
        Box::pin(connection::serve_http1(stream, service, until)).await;
    }
}

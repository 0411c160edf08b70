//! What stands before the engine: it takes connections on the address that everybody knows, and passes whole requests on.
//!
//! Half the head of a request, on a connection that then closes, ends the engine's process; a port scan is enough. So the engine
//! listens on an address of the loopback network that it gets anew at each start, and nobody comes across it by chance. It is no
//! secret from whoever may list this machine's sockets, and no password.

use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use http_body_util::{Either, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, EXPECT, HOST, HeaderMap, HeaderName, ORIGIN, TRANSFER_ENCODING};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri, Version};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::sync::Semaphore;

/// How long a head may take to come.
const HEAD: Duration = Duration::from_secs(10);
/// The longest head. Parameters of queries are part of it, and some are lists.
const HEAD_BYTES: usize = 1 << 20;
/// Connections at a time; further ones wait.
const CONNECTIONS: usize = 1024;
/// How long an idle connection to the engine is kept: shorter than the engine keeps it.
const IDLE: Duration = Duration::from_secs(2);
/// The pause after the system gave no connection.
const PAUSE: Duration = Duration::from_millis(100);

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

type Body = Either<Incoming, Full<Bytes>>;
type Engine = Client<HttpConnector, Incoming>;

/// An address for the engine that nobody else listens on, and that nobody comes across by chance.
pub(super) fn hidden_address() -> io::Result<SocketAddr> {
    let [a, b, c, ..] = RandomState::new().hash_one(()).to_le_bytes();
    // Neither the addresses that everybody tries nor the ends of the network.
    let ip = Ipv4Addr::new(127, a.max(1), b, c.clamp(1, 254));
    free_port(ip.into())
}

/// A port of an address that nobody listens on now.
pub(super) fn free_port(ip: IpAddr) -> io::Result<SocketAddr> {
    TcpListener::bind((ip, 0))?.local_addr()
}

/// Passes requests on, from a thread of its own, until the process ends.
pub(super) fn start(listener: TcpListener, engine: SocketAddr) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = {
        let _inside = runtime.enter();
        tokio::net::TcpListener::from_std(listener)?
    };
    let serve = move || runtime.block_on(accept(listener, engine));
    thread::Builder::new().name("front".to_owned()).spawn(serve)?;
    Ok(())
}

async fn accept(listener: tokio::net::TcpListener, engine: SocketAddr) {
    let checked = listener.local_addr().is_ok_and(|address| address.ip().is_loopback());
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Engine =
        Client::builder(TokioExecutor::new()).pool_idle_timeout(IDLE).build(connector);
    let permits = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(_) => {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let client = client.clone();
        let service = service_fn(move |request| {
            let client = client.clone();
            async move {
                Ok::<_, Infallible>(match refusal(&request, checked) {
                    Some(why) => says(StatusCode::FORBIDDEN, why.to_owned()),
                    None => pass(&client, engine, request).await,
                })
            }
        });
        tokio::spawn(async move {
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES);
            // A client may go at any time.
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
            drop(permit);
        });
    }
}

/// Why a request is not passed on. A page in a browser on this machine may send requests here, under its own origin, and under a
/// name of its own that it lets point here. `checked`: the address is loopback, so nobody needs another name for it.
fn refusal(request: &Request<Incoming>, checked: bool) -> Option<&'static str> {
    let field = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let host = field(HOST).unwrap_or_default();
    if checked && !is_loopback(host) {
        return Some("this name is not one of loopback's");
    }
    let is_of_others = |origin: &str| {
        origin.split_once("://").is_none_or(|(_, of)| !of.eq_ignore_ascii_case(host))
    };
    let is_foreign =
        request.headers().contains_key(ORIGIN) && field(ORIGIN).is_none_or(is_of_others);
    is_foreign.then_some("a page of another origin may not ask here")
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_ip = || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    name.is_empty() || name.eq_ignore_ascii_case("localhost") || is_ip()
}

async fn pass(engine: &Engine, address: SocketAddr, request: Request<Incoming>) -> Response<Body> {
    let (mut head, body) = request.into_parts();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let Ok(uri) = format!("http://{address}{path}").parse::<Uri>() else {
        return says(StatusCode::BAD_REQUEST, "this is no path".to_owned());
    };
    head.uri = uri;
    head.version = Version::HTTP_11;
    head.headers.remove(HOST);
    head.headers.remove(EXPECT);
    of_this_connection_only(&mut head.headers);
    match engine.request(Request::from_parts(head, body)).await {
        Ok(answer) => {
            let (mut head, body) = answer.into_parts();
            of_this_connection_only(&mut head.headers);
            Response::from_parts(head, Either::Left(body))
        }
        Err(error) => says(
            StatusCode::BAD_GATEWAY,
            format!("the embedded ClickHouse does not answer: {error}"),
        ),
    }
}

/// Removes what is said about a connection and not about a request.
fn of_this_connection_only(headers: &mut HeaderMap) {
    for name in [CONNECTION, KEEP_ALIVE, TRANSFER_ENCODING] {
        headers.remove(name);
    }
}

fn says(status: StatusCode, why: String) -> Response<Body> {
    let mut answer = Response::new(Either::Right(Full::new(Bytes::from(why + "\n"))));
    *answer.status_mut() = status;
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopbacks_names_are_passed_on() {
        for host in ["127.0.0.1:8123", "localhost", "LOCALHOST:1", "[::1]:8123", "127.9.9.9", ""] {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["evil.example:8123", "10.0.0.1", "[2001:db8::1]:8123", "127.0.0.1.evil.example"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn the_engine_is_where_nobody_looks() {
        let address = hidden_address().unwrap();
        assert!(address.ip().is_loopback() && address.ip() != Ipv4Addr::LOCALHOST, "{address}");
        assert_ne!(address.port(), 0);
    }
}

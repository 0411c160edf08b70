//! One connection: HTTP/1.1 or HTTP/2 with every bound set. hyper has no timeouts of its own: activity.rs has those for heads
//! and between requests, body.rs those for bodies.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::timeout;

use super::activity::Activity;
use super::answer::HttpAnswer;
use super::newest::Served;
use super::{Admin, Collector};
use crate::base::limits;

/// The service of the public listeners; notes that a request was answered.
pub(super) fn public(
    collector: Arc<Collector>,
    peer: IpAddr,
    is_served: Served,
) -> impl Service<Request<Incoming>, Response = HttpAnswer, Error = Infallible, Future: Send> {
    service_fn(move |request| Arc::clone(&collector).answer(request, peer, is_served.clone()))
}

/// The service of the admin listener.
pub(super) fn admin(
    admin: Arc<Admin>,
) -> impl Service<Request<Incoming>, Response = HttpAnswer, Error = Infallible, Future: Send> {
    service_fn(move |request: Request<Incoming>| {
        let admin = Arc::clone(&admin);
        async move { Ok::<HttpAnswer, Infallible>(admin.answer(&request)) }
    })
}

/// What ends a connection from outside.
pub(super) struct Until<E> {
    /// Changes when the process stops.
    pub(super) stop: watch::Receiver<bool>,
    /// Completes when others need its memory.
    pub(super) evicted: E,
    /// The longest time between two of its requests. A head has `limits::REQUEST_HEAD`, whatever this is.
    pub(super) idle: Duration,
}

/// Serves HTTP/1.1 until the connection ends, is idle or too old, or is ended from outside.
pub(super) async fn serve_http1<S, I>(stream: I, service: S, until: Until<impl Future<Output = ()>>)
where
    S: Service<Request<Incoming>, Response = HttpAnswer, Error = Infallible>,
    S::Future: Send + 'static,
    I: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let mut builder = http1::Builder::new();
    builder
        // A browser that closes behind its report may have left the page: the report counts, and is answered. hyper would
        // look for the end while it waits for the answer, with a read and a buffer more for each request.
        .half_close(true)
        .max_buf_size(limits::REQUEST_HEAD_BYTES);
    let (service, activity) = observed(service);
    let ended = builder.serve_connection(TokioIo::new(activity.watched(stream)), service);
    until_ended(ended, &activity, until).await;
}

/// Serves HTTP/2 likewise.
pub(super) async fn serve_http2<S, I>(
    stream: I,
    service: S,
    mut until: Until<impl Future<Output = ()>>,
) where
    S: Service<Request<Incoming>, Response = HttpAnswer, Error = Infallible>,
    S::Future: Send + 'static,
    I: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let mut builder = http2::Builder::new(TokioExecutor::new());
    let head_bytes = u32::try_from(limits::REQUEST_HEAD_BYTES).unwrap_or(u32::MAX);
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits::H2_STREAMS)
        .max_header_list_size(head_bytes)
        .max_pending_accept_reset_streams(limits::H2_RESETS)
        .max_local_error_reset_streams(limits::H2_RESETS)
        .initial_stream_window_size(limits::H2_STREAM_WINDOW)
        .initial_connection_window_size(limits::H2_CONNECTION_WINDOW)
        .keep_alive_interval(limits::REQUEST_HEAD)
        .keep_alive_timeout(limits::REQUEST_HEAD);
    // Its client learns which requests were not taken (RFC 9113, section 6.8), and sends those again. So it need not be the one
    // that ends an idle connection.
    until.idle = limits::REQUEST_HEAD;
    let (service, activity) = observed(service);
    let ended = builder.serve_connection(TokioIo::new(stream), service);
    until_ended(ended, &activity, until).await;
}

/// A service whose requests are counted, and the counts.
fn observed<S>(
    service: S,
) -> (
    impl Service<
        Request<Incoming>,
        Response = HttpAnswer,
        Error = Infallible,
        Future = impl Future<Output = Result<HttpAnswer, Infallible>> + Send + 'static,
    >,
    Activity,
)
where
    S: Service<Request<Incoming>, Response = HttpAnswer, Error = Infallible>,
    S::Future: Send + 'static,
{
    let activity = Activity::new();
    let of_requests = activity.clone();
    let service = service_fn(move |request| {
        let active = of_requests.begin();
        service.call(request).inspect(move |_| drop(active))
    });
    (service, activity)
}

/// Serves until the connection ends, or is idle or too old, or is ended from outside; requests in flight are still answered,
/// and quickly where others need the memory.
async fn until_ended(
    connection: impl GracefulConnection,
    activity: &Activity,
    Until { mut stop, evicted, idle }: Until<impl Future<Output = ()>>,
) {
    let mut connection = pin!(connection);
    let ending = async {
        tokio::select! {
            () = activity.idle_for(idle) => Some(limits::OLDEST_CONNECTION_GRACE),
            _ = stop.changed() => None,
            () = tokio::time::sleep(limits::CONNECTION_AGE) => None,
            () = evicted => Some(limits::OLDEST_CONNECTION_GRACE),
        }
    };
    // The set asks it only when one of these woke it, and not with each request of the connection.
    let mut ending = FuturesUnordered::from_iter([ending]);
    // An error of the connection is not reported: its requests were counted.
    let grace = tokio::select! {
        biased;
        _ = connection.as_mut() => return,
        grace = ending.next() => grace.flatten(),
    };
    connection.as_mut().graceful_shutdown();
    match grace {
        Some(grace) => drop(timeout(grace, connection).await),
        // Its client may be in the middle of a head, and stay there.
        None => tokio::select! {
            _ = connection => {}
            () = activity.idle_for(limits::REQUEST_HEAD) => {}
        },
    }
}

//! One connection: HTTP/1.1 or HTTP/2 with every bound set. hyper has no timeouts of its own: activity.rs has those for heads
//! and between requests, body.rs those for bodies.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper::{Request, Version};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

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
    let activity = Activity::new();
    let (stream, service) = (activity.watched(stream), observed(service, activity.clone()));
    let ended = builder.serve_connection(TokioIo::new(stream), service);
    // One that is to end, or is too old, does so with an answer: between two, the next request may be on its way, and be lost.
    let Until { mut stop, evicted, idle } = until;
    let asked = async {
        let _ = stop.changed().await;
        activity.end().await;
    };
    until_ended(ended, &activity, asked, idle, evicted).await;
}

/// Serves HTTP/2 likewise.
pub(super) async fn serve_http2<S, I>(stream: I, service: S, until: Until<impl Future<Output = ()>>)
where
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
    let activity = Activity::new();
    let service = observed(service, activity.clone());
    let ended = builder.serve_connection(TokioIo::new(stream), service);
    // Its client learns which requests were not taken (RFC 9113, section 6.8), and sends those again: so it can end at any time,
    // and whose it is makes no difference.
    let Until { mut stop, evicted, .. } = until;
    let asked = async {
        tokio::select! {
            _ = stop.changed() => {}
            () = sleep(limits::CONNECTION_AGE) => {}
        }
    };
    until_ended(ended, &activity, asked, limits::REQUEST_HEAD, evicted).await;
}

/// A service whose requests are counted. The last answer of a connection of HTTP/1.1 says that it is the last one.
fn observed<S>(
    service: S,
    activity: Activity,
) -> impl Service<
    Request<Incoming>,
    Response = HttpAnswer,
    Error = Infallible,
    Future = impl Future<Output = Result<HttpAnswer, Infallible>> + Send + 'static,
>
where
    S: Service<Request<Incoming>, Response = HttpAnswer, Error = Infallible>,
    S::Future: Send + 'static,
{
    service_fn(move |request: Request<Incoming>| {
        let is_http1 = request.version() < Version::HTTP_2;
        let active = activity.begin();
        service.call(request).map(move |mut answer| {
            if is_http1
                && active.is_last()
                && let Ok(answer) = &mut answer
            {
                answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            drop(active);
            answer
        })
    })
}

/// Serves until the connection ends by itself, is asked to, or is idle for too long, or others need its memory; requests in
/// flight are still answered, and quickly in the last two cases.
async fn until_ended(
    connection: impl GracefulConnection,
    activity: &Activity,
    asked: impl Future<Output = ()>,
    idle: Duration,
    evicted: impl Future<Output = ()>,
) {
    let mut connection = pin!(connection);
    let ending = async {
        tokio::select! {
            () = activity.idle_for(idle) => Some(limits::OLDEST_CONNECTION_GRACE),
            () = asked => None,
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http_body_util::Full;
    use hyper::Response;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// What a client hears that sends two requests at once.
    async fn answers(activity: Activity) -> String {
        let service = service_fn(|_| async { Ok(Response::new(Full::<Bytes>::default())) });
        let (mut client, stream) = tokio::io::duplex(4096);
        let mut builder = http1::Builder::new();
        let served = builder
            .half_close(true)
            .serve_connection(TokioIo::new(stream), observed(service, activity));
        let heard = async {
            client.write_all(&b"GET / HTTP/1.1\r\nHost: c\r\n\r\n".repeat(2)).await.unwrap();
            client.shutdown().await.unwrap();
            let mut heard = String::new();
            client.read_to_string(&mut heard).await.unwrap();
            heard
        };
        tokio::join!(served, heard).1
    }

    #[tokio::test]
    async fn a_connection_that_is_to_end_does_so_with_an_answer() {
        let is_ended = async |activity| {
            let heard = answers(activity).await;
            let is_last = heard.contains("connection: close");
            assert_eq!(
                heard.matches("HTTP/1.1 200 ").count(),
                if is_last { 1 } else { 2 },
                "{heard}"
            );
            is_last
        };
        assert!(!is_ended(Activity::of_age(limits::CONNECTION_AGE - Duration::from_secs(1))).await);
        assert!(is_ended(Activity::of_age(limits::CONNECTION_AGE)).await);
        let stopped = Activity::of_age(Duration::ZERO);
        assert!(
            timeout(Duration::ZERO, stopped.end()).await.is_err(),
            "a request was just answered"
        );
        assert!(is_ended(stopped).await);
    }
}

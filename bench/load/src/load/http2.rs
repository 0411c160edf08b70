//! HTTP/2: some streams at a time on each connection.

use std::io;
use std::rc::Rc;
use std::time::Instant;

use bytes::Bytes;
use h2::client::SendRequest;
use http::{HeaderValue, Method, Request, Version};
use tokio::task::{JoinSet, spawn_local};

use super::Run;

/// Sends requests on one connection after the other, until there are no more.
pub async fn drive(run: Rc<Run>) {
    while !run.schedule.is_over() {
        match open(&run).await {
            Ok(sender) => {
                let mut streams = JoinSet::new();
                for _ in 0..run.options.streams {
                    streams.spawn_local(send(Rc::clone(&run), sender.clone()));
                }
                streams.join_all().await;
            }
            Err(error) => {
                run.outcome.borrow_mut().note(Instant::now(), Err(error));
                run.pause().await;
            }
        }
    }
}

async fn open(run: &Run) -> io::Result<SendRequest<Bytes>> {
    let stream = run.connect().await?;
    let (sender, connection) = h2::client::handshake(stream).await.map_err(io::Error::other)?;
    spawn_local(async move {
        // How it ends is told to those who wait for an answer.
        let _ = connection.await;
    });
    Ok(sender)
}

/// One stream after the other; ends with the connection.
async fn send(run: Rc<Run>, mut sender: SendRequest<Bytes>) {
    let mut bytes = Vec::new();
    while let Some(due) = run.schedule.next().await {
        let request = request(&run, &mut bytes);
        let status = exchange(&mut sender, request).await.map_err(io::Error::other);
        let has_failed = status.is_err();
        run.outcome.borrow_mut().note(due, status);
        if has_failed {
            return run.pause().await;
        }
    }
}

fn request(run: &Run, bytes: &mut Vec<u8>) -> (Request<()>, Bytes) {
    let mut bodies = run.bodies.borrow_mut();
    let rendered = bodies.render(bytes);
    let mut request = Request::new(());
    *request.method_mut() = Method::POST;
    *request.version_mut() = Version::HTTP_2;
    *request.uri_mut() = run.uri.clone();
    *request.headers_mut() = rendered.fields.clone();
    let client = HeaderValue::from_bytes(&bytes[rendered.client]).expect("an address");
    request.headers_mut().insert("x-forwarded-for", client);
    let body = Bytes::copy_from_slice(&bytes[rendered.body_at..]);
    request.headers_mut().insert("content-length", HeaderValue::from(body.len()));
    (request, body)
}

async fn exchange(
    sender: &mut SendRequest<Bytes>,
    (request, body): (Request<()>, Bytes),
) -> Result<u16, h2::Error> {
    std::future::poll_fn(|context| sender.poll_ready(context)).await?;
    let (answer, mut stream) = sender.send_request(request, false)?;
    stream.send_data(body, true)?;
    Ok(answer.await?.status().as_u16())
}

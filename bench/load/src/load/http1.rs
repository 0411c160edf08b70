//! HTTP/1.1 by hand: the request's bytes are there, and of the answer only the status counts.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::Run;
use super::connect::Stream;

/// Bytes of an answer's head. Those of the collector have some 150.
const HEAD_BYTES: usize = 8 * 1024;

/// Sends one request after the other, until there are no more.
pub async fn drive(run: &Run) {
    let mut kept = None;
    let (mut request, mut answer) = (Vec::new(), Vec::with_capacity(HEAD_BYTES));
    while let Some(due) = run.schedule.next().await {
        let link = if run.options.new_connections { None } else { kept.take() };
        run.bodies.borrow_mut().render(&mut request);
        let status = match exchange(run, link, &request, &mut answer).await {
            Ok((status, link)) => {
                kept = link;
                Ok(status)
            }
            Err(error) => Err(error),
        };
        let has_failed = status.is_err();
        run.outcome.borrow_mut().note(due, status);
        if has_failed {
            run.pause().await;
        }
    }
}

/// The status, and the connection if it may be used on.
async fn exchange(
    run: &Run,
    link: Option<Box<dyn Stream>>,
    request: &[u8],
    answer: &mut Vec<u8>,
) -> io::Result<(u16, Option<Box<dyn Stream>>)> {
    let mut link = match link {
        Some(link) => link,
        None => run.connect().await?,
    };
    link.write_all(request).await?;
    link.flush().await?;
    answer.clear();
    let head_ends = loop {
        if link.read_buf(answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(at) = end_of_head(answer) {
            break at;
        }
        if answer.len() >= HEAD_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
    };
    let status = std::str::from_utf8(&answer[9..12]).ok().and_then(|status| status.parse().ok());
    let status = status.ok_or(io::ErrorKind::InvalidData)?;
    // Only errors have a body; a new connection is less work than to read it.
    let is_over = answer.len() == head_ends && status == 204;
    Ok((status, is_over.then_some(link)))
}

fn end_of_head(answer: &[u8]) -> Option<usize> {
    if answer.ends_with(b"\r\n\r\n") {
        return Some(answer.len());
    }
    answer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

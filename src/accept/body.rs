//! Bodies: bounded each, and all of those in flight together.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::answer::Reply;
use crate::journal::Refused;
use crate::limits;

/// A body, and its share of the bytes in flight.
pub(super) struct ReceivedBody {
    pub(super) bytes: Bytes,
    _share: OwnedSemaphorePermit,
}

/// Reads a whole body of at most `bytes_max`, within [`limits::REQUEST_BODY`].
pub(super) async fn read(
    body: Incoming,
    bytes_max: u64,
    in_flight: &Arc<Semaphore>,
) -> Result<ReceivedBody, Reply> {
    let announced = body.size_hint().exact();
    // Refused before a byte is read, and before "100 Continue".
    if announced.is_some_and(|bytes| bytes > bytes_max) {
        return Err(Reply::TooLarge);
    }
    // A body of unknown length (chunked; browsers never do it) takes the share of the largest.
    let share = u32::try_from(announced.unwrap_or(bytes_max)).unwrap_or(u32::MAX);
    let share = Arc::clone(in_flight).acquire_many_owned(share);
    let _share = match tokio::time::timeout(limits::BODY_SHARE, share).await {
        Ok(Ok(share)) => share,
        Ok(Err(_)) => return Err(Reply::Refused(Refused::Closing)),
        // Not the client's fault: others hold all the bytes there are.
        Err(_) => return Err(Reply::Refused(Refused::Busy)),
    };
    let reading = async { Ok(ReceivedBody { bytes: collect(body, bytes_max).await?, _share }) };
    match tokio::time::timeout(limits::REQUEST_BODY, reading).await {
        Ok(result) => result,
        Err(_) => Err(Reply::TooSlow),
    }
}

#[allow(clippy::disallowed_methods, reason = "bounded by Limited")]
async fn collect(body: Incoming, bytes_max: u64) -> Result<Bytes, Reply> {
    let bytes_max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
    match Limited::new(body, bytes_max).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(Reply::TooLarge),
        // The connection broke: nobody will read this.
        Err(_) => Err(Reply::NotUnderstood),
    }
}

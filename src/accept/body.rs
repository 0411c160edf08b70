//! Bodies: bounded each, and all of those in flight together. A share is taken for what has come and not for
//! what was announced: who announces much and sends nothing holds nothing.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use super::answer::Reply;
use crate::journal::Refused;
use crate::limits;

/// A body, and its share of the bytes in flight.
#[derive(Default)]
pub(super) struct ReceivedBody {
    pub(super) bytes: Bytes,
    share: Option<OwnedSemaphorePermit>,
}

/// Reads a whole body of at most `bytes_max`, at [`limits::BODY_RATE`] or faster.
pub(super) async fn read(
    mut body: Incoming,
    bytes_max: u64,
    in_flight: &Arc<Semaphore>,
) -> Result<ReceivedBody, Reply> {
    // Refused before a byte is read, and before "100 Continue".
    if body.size_hint().lower() > bytes_max {
        return Err(Reply::TooLarge);
    }
    let started = Instant::now();
    let mut received = ReceivedBody::default();
    loop {
        let seconds = received.bytes.len() as u64 / limits::BODY_RATE;
        let deadline = started + limits::BODY_GRACE + std::time::Duration::from_secs(seconds);
        let frame = match timeout_at(deadline, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => return Ok(received),
            // The connection broke: nobody will read this.
            Ok(Some(Err(_))) => return Err(Reply::NotUnderstood),
            Err(_) => return Err(Reply::TooSlow),
        };
        // Trailers say nothing here.
        let Ok(data) = frame.into_data() else { continue };
        if (received.bytes.len() + data.len()) as u64 > bytes_max {
            return Err(Reply::TooLarge);
        }
        received.add(data, in_flight).await?;
    }
}

impl ReceivedBody {
    async fn add(&mut self, data: Bytes, in_flight: &Arc<Semaphore>) -> Result<(), Reply> {
        let share =
            Arc::clone(in_flight).acquire_many_owned(u32::try_from(data.len()).unwrap_or(u32::MAX));
        let share = match timeout(limits::BODY_SHARE, share).await {
            Ok(Ok(share)) => share,
            Ok(Err(_)) => return Err(Reply::Refused(Refused::Closing)),
            // Not the client's fault: others hold all the bytes there are.
            Err(_) => return Err(Reply::Refused(Refused::Busy)),
        };
        match &mut self.share {
            Some(all) => all.merge(share),
            none => *none = Some(share),
        }
        // Nearly all bodies come in one piece.
        self.bytes = if self.bytes.is_empty() {
            data
        } else {
            let mut all = BytesMut::from(std::mem::take(&mut self.bytes));
            all.extend_from_slice(&data);
            all.freeze()
        };
        Ok(())
    }
}

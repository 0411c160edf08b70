//! Bodies: bounded each, and all of those in flight together. A share is taken for what has come and not for
//! what was announced: who announces much and sends nothing holds nothing. Of the bytes in flight one network
//! may have half, so that its slow bodies leave room for others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use super::answer::Reply;
use crate::journal::Refused;
use crate::limits;

/// The bytes of bodies in flight, of all and of each network that sends them slowly.
pub(super) struct BodiesInFlight {
    all: Arc<Semaphore>,
    slow: Mutex<HashMap<u32, u64>>,
}

/// A body, and its share of the bytes in flight.
pub(super) struct ReceivedBody {
    pub(super) bytes: Bytes,
    in_flight: Arc<BodiesInFlight>,
    share: Option<OwnedSemaphorePermit>,
    /// The network that is charged, and how much.
    charged: Option<(u32, u64)>,
}

impl BodiesInFlight {
    pub(super) fn new() -> Self {
        let bytes = usize::try_from(limits::BODY_BYTES_IN_FLIGHT).unwrap_or(usize::MAX);
        Self { all: Arc::new(Semaphore::new(bytes)), slow: Mutex::default() }
    }

    fn slow(&self) -> MutexGuard<'_, HashMap<u32, u64>> {
        self.slow.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a whole body of at most `bytes_max`, at [`limits::BODY_RATE`] or faster. `network`: who is charged for
/// a body that does not come in one piece; `None` = nobody.
pub(super) async fn read(
    mut body: Incoming,
    bytes_max: u64,
    network: Option<u32>,
    in_flight: &Arc<BodiesInFlight>,
) -> Result<ReceivedBody, Reply> {
    // Refused before a byte is read, and before "100 Continue".
    if body.size_hint().lower() > bytes_max {
        return Err(Reply::TooLarge);
    }
    let started = Instant::now();
    let mut received = ReceivedBody {
        bytes: Bytes::new(),
        in_flight: Arc::clone(in_flight),
        share: None,
        charged: None,
    };
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
        received.add(data).await?;
        if body.is_end_stream() {
            return Ok(received);
        }
        received.charge(network)?;
    }
}

impl ReceivedBody {
    async fn add(&mut self, data: Bytes) -> Result<(), Reply> {
        let bytes = u32::try_from(data.len()).unwrap_or(u32::MAX);
        let share = Arc::clone(&self.in_flight.all).acquire_many_owned(bytes);
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

    /// Charges a network for what has come of a body so far, while the rest is awaited.
    fn charge(&mut self, network: Option<u32>) -> Result<(), Reply> {
        let Some(network) = network else { return Ok(()) };
        let (_, charged) = self.charged.get_or_insert((network, 0));
        let more = self.bytes.len() as u64 - *charged;
        let mut slow = self.in_flight.slow();
        let of_network = slow.entry(network).or_default();
        *of_network += more;
        *charged += more;
        if *of_network > limits::BODY_BYTES_PER_NETWORK {
            return Err(Reply::Refused(Refused::Busy));
        }
        Ok(())
    }
}

impl Drop for ReceivedBody {
    fn drop(&mut self) {
        let Some((network, charged)) = self.charged else { return };
        let mut slow = self.in_flight.slow();
        if let Some(of_network) = slow.get_mut(&network) {
            *of_network -= charged;
            if *of_network == 0 {
                slow.remove(&network);
            }
        }
    }
}

//! Bodies: each of them is bounded, and so are all bodies in flight together. A body takes a share of the pool for the
//! bytes that have arrived, not for those that were announced: a client that announces much and sends nothing takes
//! nothing. The first bytes of each body have a pool of their own, so that large bodies leave room for usual ones. Where
//! there is no room the answer is 503 at once: bytes that nobody reads would wait in memory that nobody counts.

use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::answer::Reply;
use crate::base::client_id::NetworkId;
use crate::base::collections::HashMap;
use crate::base::limits;
use crate::base::lock::Mutex;
use crate::journal::Refused;

/// The bytes of bodies in flight, of all and of each network that sends them slowly.
pub(super) struct BodiesInFlight {
    heads: Arc<Semaphore>,
    rest: Arc<Semaphore>,
    slow: Mutex<HashMap<NetworkId, u64>>,
}

/// A body, and its share of the bytes in flight.
pub(super) struct ReceivedBody {
    pub(super) bytes: Bytes,
    pub(super) share: Share,
}

/// A share of the bytes in flight, given back when it is dropped.
pub(super) struct Share {
    in_flight: Arc<BodiesInFlight>,
    head: Option<OwnedSemaphorePermit>,
    rest: Option<OwnedSemaphorePermit>,
    /// The network that is charged, and how much.
    charged: Option<(NetworkId, u64)>,
}

impl BodiesInFlight {
    pub(super) fn new() -> Self {
        let pool = |bytes| Arc::new(Semaphore::new(usize::try_from(bytes).unwrap_or(usize::MAX)));
        Self {
            heads: pool(limits::BODY_HEAD_BYTES_IN_FLIGHT),
            rest: pool(limits::BODY_BYTES_IN_FLIGHT - limits::BODY_HEAD_BYTES_IN_FLIGHT),
            slow: Mutex::default(),
        }
    }

    fn slow(&self) -> MutexGuard<'_, HashMap<NetworkId, u64>> {
        self.slow.lock()
    }
}

/// Reads a whole body of at most `bytes_max`, at [`limits::BODY_RATE`] or faster. `network` is charged for a body that
/// does not arrive in one piece; `None` charges nobody.
pub(super) async fn read(
    mut body: Incoming,
    bytes_max: u64,
    network: Option<NetworkId>,
    in_flight: &Arc<BodiesInFlight>,
) -> Result<ReceivedBody, Reply> {
    // Refused before a byte is read, and before "100 Continue".
    if body.size_hint().lower() > bytes_max {
        return Err(Reply::TooLarge);
    }
    let mut started = None;
    let share = Share { in_flight: Arc::clone(in_flight), head: None, rest: None, charged: None };
    let mut received = ReceivedBody { bytes: Bytes::new(), share };
    loop {
        // Nearly all bodies arrived with their head: then no clock is read and no timer set.
        let next = match body.frame().now_or_never() {
            Some(next) => next,
            None => {
                // Bytes that arrived fast at first do not allow a slow rest.
                let now = Instant::now();
                let seconds = received.bytes.len() as u64 / limits::BODY_RATE;
                let started = *started.get_or_insert(now);
                let at_rate = started + limits::BODY_GRACE + Duration::from_secs(seconds);
                let deadline = at_rate.min(now + limits::BODY_GRACE);
                timeout_at(deadline, body.frame()).await.map_err(|_| Reply::TooSlow)?
            }
        };
        let frame = match next {
            Some(Ok(frame)) => frame,
            None => return Ok(received),
            // The connection is broken: nobody will read this answer.
            Some(Err(_)) => return Err(Reply::NotUnderstood),
        };
        // Trailers carry nothing that is used.
        let Ok(data) = frame.into_data() else { continue };
        if (received.bytes.len() + data.len()) as u64 > bytes_max {
            return Err(Reply::TooLarge);
        }
        received.add(data)?;
        if body.is_end_stream() {
            return Ok(received);
        }
        received.share.charge(network, received.bytes.len() as u64)?;
    }
}

impl ReceivedBody {
    fn add(&mut self, data: Bytes) -> Result<(), Reply> {
        let head_room = limits::BODY_HEAD_BYTES.saturating_sub(self.bytes.len());
        let head = data.len().min(head_room);
        let Share { in_flight, head: of_head, rest: of_rest, .. } = &mut self.share;
        take(&in_flight.heads, head, of_head)?;
        take(&in_flight.rest, data.len() - head, of_rest)?;
        // Nearly all bodies arrive in one piece. Others grow by one piece at a time instead of doubling, so that their
        // share is as large as their memory.
        if self.bytes.is_empty() {
            self.bytes = data;
            return Ok(());
        }
        let mut all = Vec::from(std::mem::take(&mut self.bytes));
        if all.capacity() - all.len() < data.len() {
            all.reserve_exact(data.len().max(limits::BODY_HEAD_BYTES));
        }
        all.extend_from_slice(&data);
        self.bytes = all.into();
        Ok(())
    }
}

/// Takes bytes of a pool. An empty pool is not this client's fault: others hold all bytes.
fn take(
    pool: &Arc<Semaphore>,
    bytes: usize,
    taken: &mut Option<OwnedSemaphorePermit>,
) -> Result<(), Reply> {
    if bytes == 0 {
        return Ok(());
    }
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    let more = Arc::clone(pool).try_acquire_many_owned(bytes);
    let more = more.map_err(|_| Reply::Refused(Refused::Busy))?;
    match taken {
        Some(all) => all.merge(more),
        none => *none = Some(more),
    }
    Ok(())
}

impl Share {
    /// Charges a network for the bytes of a body that have arrived so far, while the rest is awaited.
    fn charge(&mut self, network: Option<NetworkId>, bytes: u64) -> Result<(), Reply> {
        let Some(network) = network else { return Ok(()) };
        let (_, charged) = self.charged.get_or_insert((network, 0));
        let more = bytes - *charged;
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

impl Drop for Share {
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

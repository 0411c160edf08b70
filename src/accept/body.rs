//! Bodies: each of them is bounded, and so are all bodies in flight together. A body takes a share of the pool for the
//! bytes that have arrived, not for those that were announced: a client that announces much and sends nothing takes
//! nothing. The first bytes of each body have a pool of their own, so that large bodies leave room for usual ones. Where
//! there is no room the answer is 503 at once: bytes that nobody reads would wait in memory that nobody counts.

use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::answer::Reply;
use super::shorten::Shortener;
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
    /// What arrived first: nearly always all of it.
    first: Bytes,
    /// The rest, each of [`limits::BODY_PIECE_BYTES`] but the last. They are put together when their turn has come: many bodies
    /// that wait for it would need their memory twice.
    pieces: Vec<Vec<u8>>,
    /// What makes it short enough, where it is longer than it may be.
    shortener: Option<Shortener>,
    len: usize,
    share: Share,
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

/// Reads a whole body, at [`limits::BODY_RATE`] or faster. One of more than `bytes_max` is shortened while it is read.
/// `network` is charged for a body that does not arrive in one piece; `None` charges nobody.
pub(super) async fn read(
    body: &mut Incoming,
    bytes_max: u64,
    network: Option<NetworkId>,
    in_flight: &Arc<BodiesInFlight>,
) -> Result<ReceivedBody, Reply> {
    let mut started = None;
    let mut arrived = 0;
    let share = Share { in_flight: Arc::clone(in_flight), head: None, rest: None, charged: None };
    let mut received = ReceivedBody::new(share);
    loop {
        // Nearly all bodies arrived with their head: then no clock is read and no timer set.
        let next = match body.frame().now_or_never() {
            Some(next) => next,
            None => {
                // Bytes that arrived fast at first do not allow a slow rest.
                let now = Instant::now();
                let started = *started.get_or_insert(now);
                let seconds = Duration::from_secs(arrived / limits::BODY_RATE);
                let deadline =
                    (started + limits::BODY_GRACE + seconds).min(now + limits::BODY_GRACE);
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
        arrived += data.len() as u64;
        if arrived > bytes_max {
            received.shorten()?;
        }
        received.add(data)?;
        // What is there of a longer one is read all the same.
        let is_enough =
            arrived > limits::OVERLONG_BODY_BYTES_READ || received.len as u64 > bytes_max;
        if body.is_end_stream() || is_enough {
            return Ok(received);
        }
        received.share.charge(network, received.len as u64)?;
    }
}

impl ReceivedBody {
    fn new(share: Share) -> Self {
        Self { first: Bytes::new(), pieces: Vec::new(), shortener: None, len: 0, share }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether it is longer than it may be, and has lost the ends of its texts, or its own.
    pub(super) fn is_shortened(&self) -> bool {
        self.shortener.is_some()
    }

    fn add(&mut self, data: Bytes) -> Result<(), Reply> {
        if let Some(shortener) = &mut self.shortener {
            let mut kept = Vec::new();
            shortener.push(&data, &mut kept);
            self.take_share(kept.len())?;
            self.append(&kept);
            return Ok(());
        }
        self.take_share(data.len())?;
        if self.len == 0 {
            self.len = data.len();
            self.first = data;
        } else {
            self.append(&data);
        }
        Ok(())
    }

    /// Shortens what has arrived, and what arrives from now on.
    fn shorten(&mut self) -> Result<(), Reply> {
        if self.shortener.is_some() {
            return Ok(());
        }
        self.shortener = Some(Shortener::default());
        self.share.give_back();
        self.len = 0;
        let (first, pieces) = (std::mem::take(&mut self.first), std::mem::take(&mut self.pieces));
        self.add(first)?;
        pieces.into_iter().try_for_each(|piece| self.add(piece.into()))
    }

    fn take_share(&mut self, bytes: usize) -> Result<(), Reply> {
        let head = bytes.min(limits::BODY_HEAD_BYTES.saturating_sub(self.len));
        let Share { in_flight, head: of_head, rest: of_rest, .. } = &mut self.share;
        take(&in_flight.heads, head, of_head)?;
        take(&in_flight.rest, bytes - head, of_rest)
    }

    fn append(&mut self, mut data: &[u8]) {
        self.len += data.len();
        while !data.is_empty() {
            let piece = match self.pieces.last_mut() {
                Some(last) if last.len() < limits::BODY_PIECE_BYTES => last,
                _ => self.pieces.push_mut(Vec::with_capacity(limits::BODY_PIECE_BYTES)),
            };
            let (now, later) =
                data.split_at(data.len().min(limits::BODY_PIECE_BYTES - piece.len()));
            piece.extend_from_slice(now);
            data = later;
        }
    }

    /// Its bytes in one piece, and its share, which is theirs until it is dropped.
    pub(super) fn into_whole(self) -> (Bytes, Share) {
        let Self { first, pieces, len, share, .. } = self;
        if pieces.is_empty() {
            return (first, share);
        }
        let mut whole = Vec::with_capacity(len);
        whole.extend_from_slice(&first);
        drop(first);
        for piece in pieces {
            whole.extend_from_slice(&piece);
        }
        (whole.into(), share)
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
    /// Gives the bytes back, to take those of a shorter body.
    fn give_back(&mut self) {
        (self.head, self.rest) = (None, None);
    }

    /// Charges a network for the bytes of a body that have arrived so far, while the rest is awaited.
    fn charge(&mut self, network: Option<NetworkId>, bytes: u64) -> Result<(), Reply> {
        let Some(network) = network else { return Ok(()) };
        let (_, charged) = self.charged.get_or_insert((network, 0));
        let more = bytes.saturating_sub(*charged);
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

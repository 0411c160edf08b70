//! What is known of a destination by one channel.

use serde::{Deserialize, Serialize};

use super::distinct::Distinct;
use crate::base::client_id::ClientId;
use crate::base::clock::Timestamp;

/// The reports of a destination by one channel.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChannelState {
    /// When the last of them arrived.
    pub last: Timestamp,
    /// How many this collector took.
    pub reports: u64,
    clients: Distinct,
}

impl ChannelState {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { last: now, reports: 0, clients: Distinct::default() }
    }

    /// Learns so many reports of a client.
    pub(super) fn add(&mut self, client: ClientId, reports: u64, now: Timestamp) {
        self.last = self.last.max(now);
        self.reports += reports;
        self.clients.add(client.0);
    }

    /// Distinct clients, exact up to [`crate::base::limits::COUNTED_EXACTLY`].
    pub fn clients(&self) -> usize {
        self.clients.count()
    }
}

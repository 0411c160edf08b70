//! Who sent a report, as far as anything beyond the listeners knows: keyed hashes. Addresses stay in `accept`.

use serde::{Deserialize, Serialize};

/// A client: the keyed hash of an IPv4 address or an IPv6 /64. Its upper half is that of the client's network.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct ClientId(pub u64);

/// A client's network: the keyed hash of an IPv4 /24 or an IPv6 /48, what one customer of a provider has at the most. Half as
/// wide as a client's, because detection remembers many.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct NetworkId(pub u32);

impl NetworkId {
    /// The first bits of a network, which say its group.
    const GROUP_BITS: u32 = 16;
    /// How many groups there are.
    pub const GROUPS: usize = 1 << Self::GROUP_BITS;

    /// One of [`Self::GROUPS`] groups, for what is shared by networks that have no room of their own. The hash is keyed, so nobody
    /// knows which networks are in a group, and to fill all of them takes as many times what it takes to fill one.
    pub fn group(self) -> Self {
        Self(self.0 >> (u32::BITS - Self::GROUP_BITS))
    }
}

impl ClientId {
    /// A client of a network.
    pub fn new(network: NetworkId, client: u32) -> Self {
        Self(u64::from(network.0) << 32 | u64::from(client))
    }

    /// The network that it is in.
    pub fn network(self) -> NetworkId {
        NetworkId((self.0 >> 32) as u32)
    }

    /// Stands for all clients of its network's group.
    pub fn group(self) -> Self {
        Self(u64::from(self.network().group().0))
    }
}

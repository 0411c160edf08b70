//! The other end of a connection.

use std::net::IpAddr;

/// Its address, as the system has it.
#[derive(Clone, Copy)]
pub(super) struct Peer(pub(super) IpAddr);

//! The feed for a SIEM: what is new in ClickHouse to a file, standard output or a syslog receiver, and on from there after
//! a restart.
//!
//! # What is guaranteed
//!
//! Each alert, sighting and decision is sent **at least once**; what is sent again has the same `event.id`. Three things
//! make it so:
//!
//! - A [`Unit`] is what is sent as a whole and remembered by its identity: a batch of sightings, an alert, a decision. So it
//!   does not matter in which order they reach ClickHouse, and a batch that comes late, because its collector had no
//!   ClickHouse, is found as long as it was received within the last seven days ([`LATE_MILLIS`]). A batch that has
//!   more sightings than were sent, as after `cspwatch journal resend`, is sent again.
//! - It is remembered only when it is settled: a file is synced; standard output took it; a syslog receiver has kept the
//!   connection open for so long that the kernel would have told if it had not acknowledged the bytes
//!   ([`target`]). Where a connection is lost, what was not settled is sent again.
//! - What is remembered is written to the state file as a whole ([`state`]), after the fact, never before.
//!
//! Nothing is kept in memory but identities: what has to be sent again is asked for again.

pub mod ecs;
pub mod follow;
pub mod position;
pub mod state;
pub mod target;
pub mod walk;

use crate::base::clock::Timestamp;
use crate::store::error::InsertError;
use ecs::Event;
use target::TargetError;

/// What was received within this time is found however late it reaches ClickHouse.
pub const LATE_MILLIS: i64 = 7 * 24 * 3_600_000;

/// What is exported, each with a position of its own.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Stream {
    /// Alerts, as collectors told them.
    Alerts,
    /// Sightings.
    Sightings,
    /// What people decided, about destinations and scripts.
    Decisions,
}

impl Stream {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Alerts, Self::Sightings, Self::Decisions];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alerts => "alerts",
            Self::Sightings => "sightings",
            Self::Decisions => "decisions",
        }
    }
}

/// What is sent as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// What it is: a hash of its identity.
    pub key: u128,
    /// When the last of it was received, in milliseconds since 1970.
    pub at: i64,
    /// How many events it has.
    pub events: u32,
}

/// Where events go.
pub trait Outlet {
    /// Whether a unit is still to be sent.
    fn wants(&self, stream: Stream, unit: Unit) -> bool;

    /// Sends some events of a unit or of several.
    fn put(&mut self, events: &[Event]) -> impl Future<Output = Result<(), ExportError>>;

    /// All of a unit was put.
    fn done(&mut self, stream: Stream, unit: Unit);
}

/// Why no more is exported for now.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Nothing can be asked.
    #[error("ClickHouse: {0}")]
    ClickHouse(#[from] InsertError),
    /// Nothing can be sent.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// More is on its way than is remembered; it goes on when that is settled.
    #[error("waiting for the receiver")]
    Full,
    /// Somebody wants it to end.
    #[error("stopped")]
    Stopped,
}

/// Now, in milliseconds since 1970.
fn now() -> i64 {
    Timestamp::now().0
}

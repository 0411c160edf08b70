//! The feed for a SIEM: sends what is new in ClickHouse to a file, to standard output or to a syslog receiver, and resumes
//! after a restart.
//!
//! # What is guaranteed
//!
//! Each alert, sighting and decision is sent **at least once**; if it is sent again, it has the same `event.id`. Three
//! rules ensure that:
//!
//! - A [`Unit`] is sent as a whole and remembered by its identity: a batch of sightings, an alert, a decision. So units may
//!   reach ClickHouse in any order. A batch that arrives late, because its collector had no connection to ClickHouse, is
//!   found as long as it was received within the last seven days ([`LATE`]). A batch that has more sightings than
//!   were sent, as after `cspwatch journal resend`, is sent again.
//! - A unit is remembered only when it is settled: the file is synced; standard output accepted it; or the connection to
//!   the syslog receiver has stayed open for so long that the kernel would have reported unacknowledged bytes
//!   ([`target`]). When a connection is lost, what was not settled is sent again.
//! - What is remembered is written to the state file ([`state`]) as a whole, after units are settled, never before.
//!
//! Memory holds only identities: what has to be sent again is read from ClickHouse again.

pub mod ecs;
pub mod follow;
pub mod position;
pub mod state;
pub mod target;
pub mod walk;

use std::time::Duration;

use crate::base::clock::{Timestamp, days};
use crate::store::error::InsertError;
use ecs::Event;
use target::TargetError;

/// What was received within this time is found, however late it reaches ClickHouse.
pub const LATE: Duration = days(7);

/// What is exported. Each stream has a position of its own.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Stream {
    /// Alerts, as collectors raised them.
    Alerts,
    /// Reports that may be evidence.
    Sightings,
    /// Decisions of people, about destinations and scripts.
    Decisions,
}

impl Stream {
    /// All streams.
    pub const ALL: [Self; 3] = [Self::Alerts, Self::Sightings, Self::Decisions];

    /// The name of the stream in remarks.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alerts => "alerts",
            Self::Sightings => "sightings",
            Self::Decisions => "decisions",
        }
    }
}

/// What is sent and remembered as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The hash of its identity.
    pub key: u128,
    /// When the last of it was received.
    pub at: Timestamp,
    /// The number of its events.
    pub events: u32,
}

/// Where the events of a scan go.
pub trait Outlet {
    /// Whether a unit is still to be sent.
    fn wants(&self, stream: Stream, unit: Unit) -> bool;

    /// Sends some events of a unit or of several.
    fn put(&mut self, events: &[Event]) -> impl Future<Output = Result<(), ExportError>>;

    /// All events of a unit were put.
    fn done(&mut self, stream: Stream, unit: Unit);
}

/// Why an export stops, for now or for good.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// ClickHouse did not answer a query.
    #[error("ClickHouse: {0}")]
    ClickHouse(#[from] InsertError),
    /// The target did not take an event.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Too much is on its way; the export continues when some of it is settled.
    #[error("waiting for the receiver")]
    Full,
    /// The command was stopped.
    #[error("stopped")]
    Stopped,
}

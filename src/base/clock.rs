//! Time as a value. The stages of a report's way take a [`Timestamp`] as an argument; only the edges
//! (accepting, committing, sealing) read the clock, and they read it here.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Timestamp(pub i64);

const MILLIS_PER_DAY: i64 = 86_400_000;

impl Timestamp {
    /// Reads the machine's clock. A clock before 1970 reads as 0.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn now() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    /// Days since 1970-01-01, in UTC: the partition of everything received at this time.
    pub fn day(self) -> i64 {
        self.0.div_euclid(MILLIS_PER_DAY)
    }

    /// Seconds since the epoch, as Prometheus wants them.
    #[allow(
        clippy::cast_precision_loss,
        reason = "milliseconds stay exact in f64 until year 287396"
    )]
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The time `millis` earlier.
    pub fn minus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_sub(millis))
    }
}

impl Timestamp {
    /// Reads RFC 3339; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(time.unix_timestamp_nanos().div_euclid(1_000_000)).ok().map(Self)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, as in `2026-11-01T10:00:00Z`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .ok()
            .and_then(|time| time.format(&Rfc3339).ok());
        match text {
            Some(text) => formatter.write_str(&text),
            None => write!(formatter, "{} ms", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_changes_at_midnight_utc() {
        assert_eq!(Timestamp(MILLIS_PER_DAY - 1).day(), 0);
        assert_eq!(Timestamp(MILLIS_PER_DAY).day(), 1);
        assert_eq!(Timestamp(-1).day(), -1);
    }

    #[test]
    fn prints_and_reads_rfc3339() {
        let text = "2026-11-18T11:06:40.123Z";
        assert_eq!(Timestamp(1_795_000_000_123).to_string(), text);
        assert_eq!(Timestamp::parse(text), Some(Timestamp(1_795_000_000_123)));
        assert_eq!(Timestamp::parse("2026-11-18"), None);
    }
}

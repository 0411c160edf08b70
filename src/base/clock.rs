//! Time as a value. The stages of a report's way take a [`Timestamp`] as an argument; only the edges
//! (accepting, committing, sealing) read the clock, and they read it here.

use std::fmt;
use std::ops::{Add, Sub};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A millisecond: the shortest time between two timestamps.
pub const MILLISECOND: Duration = Duration::from_millis(1);
/// A second.
pub const SECOND: Duration = Duration::from_secs(1);
/// A minute.
pub const MINUTE: Duration = Duration::from_mins(1);
/// An hour.
pub const HOUR: Duration = Duration::from_hours(1);
/// A day of 24 hours: days are UTC's, without leap seconds.
pub const DAY: Duration = days(1);

/// So many days.
pub const fn days(days: u32) -> Duration {
    Duration::from_hours(24).saturating_mul(days)
}

/// The beginning of the year in which this version was written. A clock that is behind it is wrong. A new year's version sets
/// it anew.
const WRITTEN: Timestamp = Timestamp::from_seconds(1_767_225_600);

/// A clock that is so far ahead of it is wrong, too: a version is not in use for so long.
const IN_USE: Duration = days(15 * 365);

/// Milliseconds that the machine's clock is behind.
static BEHIND: AtomicI64 = AtomicI64::new(0);

/// Corrects the machine's clock for this process: from now on [`Timestamp::now`] is so many milliseconds later, or earlier.
pub fn set_behind(millis: i64) {
    BEHIND.store(millis, Ordering::Relaxed);
}

/// Milliseconds since 1970-01-01T00:00:00Z, which is what the journal, ClickHouse and JSON hold.
///
/// Times come from several clocks, and clocks jump, so an event that happened later may have the earlier time. Then
/// [`Self::since`] is zero and [`Self::is_within`] true: no time has passed.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Reads the machine's clock, corrected where it is known to be wrong ([`set_behind`]).
    pub fn now() -> Self {
        Self(Self::of_machine().0.saturating_add(BEHIND.load(Ordering::Relaxed)))
    }

    /// Reads the machine's clock as it is. A clock before 1970 reads as 0.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn of_machine() -> Self {
        Self(millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()))
    }

    /// Whether it may be now: not before this version was written, and not decades after it.
    pub fn is_credible(self) -> bool {
        WRITTEN < self && self < WRITTEN + IN_USE
    }

    /// So many milliseconds later; earlier if they are negative.
    pub fn moved(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds since 1970.
    #[inline]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970, for bytes, parameters of SQL, and JSON.
    #[inline]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The second that begins so many seconds after the beginning of 1970.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// Seconds since 1970, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Midnight, so many days after 1970-01-01, in UTC.
    pub fn from_day(day: i64) -> Self {
        Self(day.saturating_mul(millis(DAY)))
    }

    /// Days since 1970-01-01, in UTC: the partition of everything received at this time.
    pub fn day(self) -> i64 {
        self.0.div_euclid(millis(DAY))
    }

    /// The hour that begins so many hours after the beginning of 1970.
    pub fn from_hour(hour: i64) -> Self {
        Self(hour.saturating_mul(millis(HOUR)))
    }

    /// Hours since 1970, rounded down.
    pub fn hour(self) -> i64 {
        self.0.div_euclid(millis(HOUR))
    }

    /// The beginning of the second, minute, hour or day (`unit`) in UTC that this time is in.
    pub fn floor(self, unit: Duration) -> Self {
        Self(self.0.saturating_sub(self.0.rem_euclid(millis(unit).max(1))))
    }

    /// The time that has passed since `earlier`; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The time between the two, whichever is first.
    pub fn distance(self, other: Self) -> Duration {
        Duration::from_millis(self.0.abs_diff(other.0))
    }

    /// Whether less than `length` has passed since `earlier`; true when `earlier` is later.
    #[inline]
    pub fn is_within(self, length: Duration, earlier: Self) -> bool {
        self.0.saturating_sub(earlier.0) < millis(length)
    }

    /// Seconds since the epoch, as Prometheus wants them.
    #[allow(
        clippy::cast_precision_loss,
        reason = "milliseconds stay exact in f64 until year 287396"
    )]
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

/// Whole milliseconds.
#[inline]
fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    /// The time `length` later, to the millisecond; at most the latest there is.
    #[inline]
    fn add(self, length: Duration) -> Self {
        Self(self.0.saturating_add(millis(length)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    /// The time `length` earlier, to the millisecond; at least the earliest there is.
    #[inline]
    fn sub(self, length: Duration) -> Self {
        Self(self.0.saturating_sub(millis(length)))
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
        let midnight = Timestamp::from_day(1);
        assert_eq!((midnight - MILLISECOND).day(), 0);
        assert_eq!((midnight.day(), midnight.hour(), midnight.seconds()), (1, 24, 86_400));
        assert_eq!((midnight.millis(), Timestamp::from_hour(24)), (86_400_000, midnight));
        let before = Timestamp::from_millis(-1);
        assert_eq!((before.day(), before.hour(), before.seconds()), (-1, -1, -1));
    }

    #[test]
    fn floor_goes_back_to_the_beginning_of_a_unit() {
        let at = Timestamp::from_hour(50) + 7 * SECOND + Duration::from_millis(3);
        assert_eq!(at.floor(SECOND), Timestamp::from_seconds(50 * 3600 + 7));
        assert_eq!(at.floor(HOUR), Timestamp::from_hour(50));
        assert_eq!(at.floor(DAY), Timestamp::from_day(2));
        assert_eq!(Timestamp::from_millis(-1).floor(DAY), Timestamp::from_day(-1));
    }

    #[test]
    fn the_present_is_credible_and_a_reset_clock_is_not() {
        assert!(Timestamp::of_machine().is_credible(), "or this version is very old");
        for wrong in [Timestamp::default(), WRITTEN - DAY, WRITTEN + days(45_000)] {
            assert!(!wrong.is_credible(), "{wrong}");
        }
        assert_eq!(WRITTEN.moved(-1), WRITTEN - MILLISECOND);
    }

    #[test]
    fn a_clock_that_jumped_back_has_let_no_time_pass() {
        let (earlier, later) = (Timestamp::from_hour(1), Timestamp::from_hour(3));
        assert_eq!((later.since(earlier), earlier.since(later)), (2 * HOUR, Duration::ZERO));
        assert_eq!((later.distance(earlier), earlier.distance(later)), (2 * HOUR, 2 * HOUR));
        assert!(!later.is_within(2 * HOUR, earlier), "it is over to the millisecond");
        assert!(later.is_within(2 * HOUR + MILLISECOND, earlier));
        assert!(earlier.is_within(MINUTE, later));
    }

    #[test]
    fn sums_end_at_the_last_time_there_is() {
        let (first, last) = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX));
        assert_eq!((last + DAY, first - DAY), (last, first));
        assert_eq!(Timestamp::default() + Duration::MAX, last);
        assert_eq!(
            (last.since(first), first.since(last)),
            (last.since(Timestamp::default()), Duration::ZERO)
        );
    }

    #[test]
    fn prints_and_reads_rfc3339() {
        let text = "2026-11-18T11:06:40.123Z";
        assert_eq!(Timestamp::from_millis(1_795_000_000_123).to_string(), text);
        assert_eq!(Timestamp::parse(text), Some(Timestamp::from_millis(1_795_000_000_123)));
        assert_eq!(Timestamp::parse("2026-11-18"), None);
    }
}

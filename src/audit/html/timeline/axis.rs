//! The axis of a timeline: where a time is in the picture, and which times have a name.

use std::time::Duration;

use crate::audit::html::values::moment;
use crate::base::clock::{DAY, HOUR, MILLISECOND, MINUTE, SECOND, Timestamp, days};

/// The largest number of names that fit beside each other with room between them.
const TICKS_MAX: u32 = 6;
/// The longest step. Longer distances between two names are multiples of it.
const LONGEST_STEP: Duration = days(28);
/// The distances between two names.
const STEPS: [Duration; 20] = [
    SECOND,
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(30),
    MINUTE,
    Duration::from_mins(2),
    Duration::from_mins(5),
    Duration::from_mins(10),
    Duration::from_mins(30),
    HOUR,
    Duration::from_hours(2),
    Duration::from_hours(3),
    Duration::from_hours(6),
    Duration::from_hours(12),
    DAY,
    days(2),
    days(7),
    days(14),
    LONGEST_STEP,
];

/// An axis from left to right.
pub(super) struct Axis {
    begin: Timestamp,
    end: Timestamp,
    left: i64,
    right: i64,
    step: Duration,
}

/// A time with a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tick {
    pub(super) x: i64,
    pub(super) label: String,
}

impl Axis {
    /// The time from `begin` to `end`, in whole seconds, minutes, hours or days, the longer the coarser.
    pub(super) fn of(begin: Timestamp, end: Timestamp, left: i64, right: i64) -> Self {
        let unit = match end.since(begin) {
            short if short < 2 * MINUTE => SECOND,
            short if short < 2 * HOUR => MINUTE,
            short if short < days(2) => HOUR,
            _ => DAY,
        };
        let begin = begin.floor(unit);
        let end = (end - MILLISECOND).max(begin).floor(unit) + unit;
        let length = end.since(begin);
        let fits = |step: &Duration| length < *step * (TICKS_MAX + 1);
        let step = STEPS.into_iter().find(fits).unwrap_or_else(|| {
            let times = length.as_secs() / (LONGEST_STEP * TICKS_MAX).as_secs();
            LONGEST_STEP.saturating_mul(u32::try_from(times + 1).unwrap_or(u32::MAX))
        });
        Self { begin, end, left, right, step }
    }

    pub(super) fn x(&self, at: Timestamp) -> i64 {
        let at = at.clamp(self.begin, self.end).millis();
        let (begin, end) = (self.begin.millis(), self.end.millis());
        self.left + (at - begin) * (self.right - self.left) / (end - begin)
    }

    /// Days by their date; hours by the clock, by the date where one begins, the first by both.
    pub(super) fn ticks(&self) -> impl Iterator<Item = Tick> {
        // Steps of days begin with the first day, steps of hours at midnight.
        let first = if self.step < DAY { self.begin.floor(self.step) } else { self.begin };
        let times = (0..).map(move |number| first + self.step * number);
        let times = times.skip_while(|at| *at < self.begin).take_while(|at| *at <= self.end);
        times.enumerate().map(|(place, at)| {
            let text = moment(at);
            let (date, clock) = text.split_at("2026-11-01".len());
            let clock = if self.step < MINUTE { clock } else { &clock[..6] };
            let label = if self.step >= DAY || at == at.floor(DAY) {
                date.to_owned()
            } else if place == 0 {
                format!("{date}{clock}")
            } else {
                clock.trim_start().to_owned()
            };
            Tick { x: self.x(at), label }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(begin: Timestamp, end: Timestamp) -> Vec<String> {
        Axis::of(begin, end, 0, 1000).ticks().map(|tick| tick.label).collect()
    }

    #[test]
    fn names_fit_the_length_and_do_not_touch() {
        let noon = Timestamp::parse("2026-11-01T12:00:00Z").unwrap();
        assert_eq!(
            labels(noon + MILLISECOND, noon + 2 * MILLISECOND),
            ["2026-11-01 12:00:00", "12:00:01"]
        );
        assert_eq!(
            labels(noon + 4 * SECOND, noon + 26 * SECOND),
            ["2026-11-01 12:00:05", "12:00:10", "12:00:15", "12:00:20", "12:00:25"]
        );
        assert_eq!(
            labels(noon, noon + 50 * MINUTE),
            ["2026-11-01 12:00", "12:10", "12:20", "12:30", "12:40", "12:50"]
        );
        let of_a_night = labels(noon, noon + 18 * HOUR);
        assert_eq!(
            of_a_night,
            ["2026-11-01 12:00", "15:00", "18:00", "21:00", "2026-11-02", "03:00", "06:00"]
        );
        let of_a_week = labels(noon, noon + 6 * DAY);
        assert_eq!(of_a_week.first().unwrap(), "2026-11-01");
        assert_eq!((of_a_week.len(), of_a_week.last().unwrap().as_str()), (4, "2026-11-07"));
        for days in [1, 2, 3, 9, 30, 90, 300, 800, 8_000] {
            let count = labels(noon, noon + days * DAY).len();
            assert!((2..=7).contains(&count), "{days} days: {count}");
        }
    }

    #[test]
    fn times_are_at_their_place() {
        let axis =
            Axis::of(Timestamp::default(), Timestamp::from_hour(24) - MILLISECOND, 100, 1_300);
        assert_eq!(
            [0, 1, 12, 24, -5, 48].map(|hour| axis.x(Timestamp::from_hour(hour))),
            [100, 150, 700, 1_300, 100, 1_300]
        );
    }
}

//! The axis of a timeline: where a time is in the picture, and which times have a name.

use crate::audit::html::values::moment;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// The largest number of names that fit beside each other.
const TICKS_MAX: i64 = 8;
/// The distances between two names; for longer times, a multiple of the last.
const STEPS: [i64; 10] =
    [HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY];

/// An axis from left to right.
pub(super) struct Axis {
    begin: i64,
    end: i64,
    left: i64,
    right: i64,
    step: i64,
}

/// A time with a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tick {
    pub(super) x: i64,
    pub(super) label: String,
}

impl Axis {
    /// The time from `begin` to `end`, in whole hours where it is short, else in whole days.
    pub(super) fn of(begin: i64, end: i64, left: i64, right: i64) -> Self {
        let unit = if end - begin < 2 * DAY { HOUR } else { DAY };
        let begin = begin.div_euclid(unit) * unit;
        let end = (end - 1).max(begin).div_euclid(unit) * unit + unit;
        let fits = |step: &i64| (end - begin) / step <= TICKS_MAX;
        let longest = STEPS[STEPS.len() - 1];
        let step = STEPS
            .into_iter()
            .find(fits)
            .unwrap_or_else(|| longest * ((end - begin) / (longest * TICKS_MAX) + 1));
        Self { begin, end, left, right, step }
    }

    pub(super) fn x(&self, at: i64) -> i64 {
        let at = at.clamp(self.begin, self.end);
        self.left + (at - self.begin) * (self.right - self.left) / (self.end - self.begin)
    }

    /// Days by their date; hours by the clock, by the date where one begins, the first by both.
    pub(super) fn ticks(&self) -> impl Iterator<Item = Tick> {
        // Steps of days begin with the first day, steps of hours at midnight.
        let first =
            if self.step < DAY { self.begin.div_euclid(self.step) * self.step } else { self.begin };
        let times = (0..).map(move |number| first + number * self.step);
        let times = times.skip_while(|at| *at < self.begin).take_while(|at| *at <= self.end);
        times.enumerate().map(|(place, at)| {
            let text = moment(at);
            let (date, clock) = text.split_at("2026-11-01".len());
            let clock = &clock[..6];
            let label = if self.step >= DAY || at % DAY == 0 {
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

    fn labels(begin: i64, end: i64) -> Vec<String> {
        Axis::of(begin, end, 0, 1000).ticks().map(|tick| tick.label).collect()
    }

    #[test]
    fn names_fit_the_length_and_do_not_touch() {
        let noon = 1_793_534_400_000;
        assert_eq!(labels(noon + 1, noon + 2), ["2026-11-01 12:00", "13:00"]);
        let of_a_night = labels(noon, noon + 18 * HOUR);
        assert_eq!(
            of_a_night,
            ["2026-11-01 12:00", "15:00", "18:00", "21:00", "2026-11-02", "03:00", "06:00"]
        );
        let of_a_week = labels(noon, noon + 6 * DAY);
        assert_eq!(of_a_week.first().unwrap(), "2026-11-01");
        assert_eq!((of_a_week.len(), of_a_week.last().unwrap().as_str()), (8, "2026-11-08"));
        for days in [1, 2, 3, 9, 30, 90, 300, 800, 8_000] {
            let count = labels(noon, noon + days * DAY).len();
            assert!((2..=9).contains(&count), "{days} days: {count}");
        }
    }

    #[test]
    fn times_are_at_their_place() {
        let axis = Axis::of(0, DAY - 1, 100, 1_300);
        assert_eq!(
            [0, HOUR, 12 * HOUR, DAY, -5, 2 * DAY].map(|at| axis.x(at)),
            [100, 150, 700, 1_300, 100, 1_300]
        );
    }
}

//! How long to wait before the child is started again.

use std::time::Duration;

/// The pauses between restarts: they double, and start over after a healthy stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The first pause.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
    /// A child that lived this long counts as healthy.
    pub healthy_after: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(30),
            healthy_after: Duration::from_secs(60),
        }
    }
}

/// Where in the row of pauses we are.
#[derive(Debug)]
pub(super) struct Delay {
    backoff: Backoff,
    next: Duration,
}

impl Delay {
    pub(super) fn new(backoff: Backoff) -> Self {
        Self { backoff, next: backoff.first }
    }

    /// The pause after a child that lived for `lived`.
    pub(super) fn next(&mut self, lived: Duration) -> Duration {
        if lived >= self.backoff.healthy_after {
            self.next = self.backoff.first;
        }
        let pause = self.next;
        self.next = pause.saturating_mul(2).min(self.backoff.longest);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_to_the_longest_and_starts_over_after_health() {
        let mut delay = Delay::new(Backoff::default());
        let mut seconds = |lived| delay.next(Duration::from_secs(lived)).as_secs();
        assert_eq!([0; 7].map(&mut seconds), [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!([60, 59].map(&mut seconds), [1, 2]);
    }
}

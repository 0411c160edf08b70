//! How long to wait before the next attempt.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Pauses that double from failure to failure, up to the longest.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    is_jittered: bool,
    failures: u32,
}

impl Backoff {
    /// Pauses of exactly `first`, twice that, and so on: for what is this process's own.
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, is_jittered: false, failures: 0 }
    }

    /// Pauses for a server that many collectors use, from half a second to half a minute. Each is somewhere in the upper
    /// half, so that they do not return in step. The first are short whatever the failure: a server that is just starting,
    /// or just being repaired, says things that sound final and are not.
    pub const fn for_shared_server() -> Self {
        let (first, longest) = (Duration::from_millis(500), Duration::from_secs(30));
        Self { first, longest, is_jittered: true, failures: 0 }
    }

    /// Counts a failure and returns the pause that follows it.
    pub fn next_pause(&mut self) -> Duration {
        let factor = 2_u32.saturating_pow(self.failures);
        let pause = self.first.saturating_mul(factor).min(self.longest);
        self.failures = self.failures.saturating_add(1);
        if !self.is_jittered {
            return pause;
        }
        // A fresh RandomState is the standard library's only source of randomness.
        let random = RandomState::new().hash_one(self.failures) % 1_000;
        pause.mul_f64(0.5 + 0.0005 * f64::from(u16::try_from(random).unwrap_or(0)))
    }

    /// Starts over with the first pause, after a success.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_the_longest_and_start_over() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
        let mut pauses = || [0; 7].map(|_| backoff.next_pause().as_secs());
        assert_eq!(pauses(), [1, 2, 4, 8, 16, 30, 30]);
        for _ in 0..100 {
            assert_eq!(backoff.next_pause(), Duration::from_secs(30));
        }
        backoff.reset();
        assert_eq!(backoff.next_pause(), Duration::from_secs(1));
    }

    #[test]
    fn pauses_for_a_shared_server_are_in_the_upper_half() {
        let mut backoff = Backoff::for_shared_server();
        let mut exact = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
        let pairs: Vec<_> = (0..20).map(|_| (backoff.next_pause(), exact.next_pause())).collect();
        assert!(
            pairs.iter().all(|(pause, exact)| (*exact / 2..=*exact).contains(pause)),
            "{pairs:?}"
        );
        assert!(pairs.iter().any(|(pause, exact)| pause != exact), "{pairs:?}");
    }
}

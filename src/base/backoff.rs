//! How long to wait before the next attempt.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LAST: Duration = Duration::from_secs(30);

/// Doubles from attempt to attempt; the pause itself is somewhere in the upper half, so that many
/// collectors do not return in step.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The next pause. The first are short whatever the failure: a server that is just starting, or
    /// just being mended, says things that sound final and are not.
    pub(crate) fn next(&mut self) -> Duration {
        let longest = (FIRST * 2_u32.pow(self.failures.min(6))).min(LAST);
        self.failures += 1;
        // A fresh RandomState is the standard library's only source of randomness.
        let random = RandomState::new().hash_one(self.failures) % 1_000;
        longest.mul_f64(0.5 + 0.0005 * f64::from(u16::try_from(random).unwrap_or(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_a_bound() {
        let mut backoff = Backoff::default();
        let pauses: Vec<Duration> = (0..20).map(|_| backoff.next()).collect();
        assert!(pauses[0] >= FIRST / 2 && pauses[0] <= FIRST, "{pauses:?}");
        assert!(pauses[19] >= LAST / 2 && pauses[19] <= LAST, "{pauses:?}");
    }
}

//! How many of a site's reports this collector takes. Each counts the visitors whose reports it takes itself, and all learn of
//! unknown destinations from each other: so the visitors have to be scaled up.

use serde::{Deserialize, Serialize};

/// Above this many, old counts matter less: a collector may come or go.
const LATEST: u32 = 1_000;

/// The reports of unknown destinations, by who took them.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Collectors {
    here: u32,
    elsewhere: u32,
}

impl Collectors {
    /// Counts a report.
    pub(super) fn record(&mut self, taken_elsewhere: bool) {
        if self.here + self.elsewhere >= LATEST {
            (self.here, self.elsewhere) = (self.here / 2, self.elsewhere / 2);
        }
        if taken_elsewhere {
            self.elsewhere += 1;
        } else {
            self.here += 1;
        }
    }

    /// How many times as many visitors there are as this collector counts.
    pub(super) fn scale(self) -> f64 {
        f64::from(self.here + self.elsewhere + 1) / f64::from(self.here + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_collector_counts_all_and_one_of_three_a_third() {
        let mut alone = Collectors::default();
        let mut third = Collectors::default();
        for number in 0..5_000 {
            alone.record(false);
            third.record(number % 3 > 0);
        }
        assert!((alone.scale() - 1.0).abs() < 0.01);
        assert!((third.scale() - 3.0).abs() < 0.1, "{}", third.scale());
    }
}

//! How likely it is that chance alone brings so many visitors.

/// At most how likely it is that `after` or more of all visitors came since the release, where `share` of the traffic before came
/// since then: Chernoff's bound of the binomial distribution, which is never too small.
pub(super) fn at_least(after: u64, before: u64, share: f64) -> f64 {
    let (after, all) = (after as f64, (after + before) as f64);
    let expected = share / (1.0 + share);
    let found = after / all;
    if found <= expected {
        return 1.0;
    }
    let of_rest =
        if found < 1.0 { (1.0 - found) * ((1.0 - found) / (1.0 - expected)).ln() } else { 0.0 };
    let divergence = found * (found / expected).ln() + of_rest;
    (-all * divergence).exp()
}

/// What the mean may be where `found` were counted: the upper end of Poisson's 95 % interval, by its usual approximation.
pub(super) fn most(found: u64) -> f64 {
    ((found as f64 + 1.0).sqrt() + 0.98).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_above_the_exact_chance_and_not_far() {
        // 3 of 3 where one of 301 is expected: exactly (1/301)³.
        let bound = at_least(3, 0, 1.0 / 300.0);
        assert!((bound / (1.0_f64 / 301.0).powi(3) - 1.0).abs() < 1e-9, "{bound}");
        // 8 or more of 10 where half are expected: exactly 56 of 1024.
        let bound = at_least(8, 2, 1.0);
        assert!(bound > 56.0 / 1024.0 && bound < 0.2, "{bound}");
        assert!((at_least(5, 5, 1.0) - 1.0).abs() < f64::EPSILON);
        assert!((at_least(0, 9, 1.0) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn the_interval_of_a_count_is_that_of_the_tables() {
        for (found, most_of_tables) in [(0, 3.69), (1, 5.57), (5, 11.67), (100, 121.6)] {
            assert!((most(found) - most_of_tables).abs() < 0.35, "{found}: {}", most(found));
        }
    }
}

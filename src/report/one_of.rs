//! Of how many page views one is counted.

use std::fmt;

/// A sample of page views: one of so many, from all of them to one of [`OneOf::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OneOf(u32);

impl OneOf {
    /// All of them.
    pub const ALL: Self = Self(1);

    /// The rarest. Anybody can claim any sample, and what is counted stands for so many: nobody's word is worth more. A site
    /// with ten million page views a day still counts one a second.
    pub const MAX: u32 = 100;

    /// One of so many; a rarer sample counts as the rarest. `None`: that is no sample.
    pub fn new(number: i64) -> Option<Self> {
        let number = u32::try_from(number.min(i64::from(Self::MAX))).ok()?;
        (number > 0).then_some(Self(number))
    }

    /// The sample that its text names.
    pub fn read(text: &str) -> Option<Self> {
        Self::new(text.strip_prefix("1/")?.parse().ok()?)
    }

    /// How many page views one that is counted stands for.
    pub fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for OneOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1/{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_one_of_a_hundred_at_the_most() {
        for (number, text) in [(1, "1/1"), (10, "1/10"), (101, "1/100"), (i64::MAX, "1/100")] {
            let one_of = OneOf::new(number).map(|one_of| one_of.to_string());
            assert_eq!(one_of.as_deref(), Some(text));
        }
        for nothing in [0, -1, i64::MIN] {
            assert_eq!(OneOf::new(nothing), None);
        }
        for text in ["", "1/0", "1/-3", "1/x", "2/1", "0.1", "1/99999999999999999999"] {
            assert_eq!(OneOf::read(text), None, "{text}");
        }
        assert_eq!(OneOf::read("1/10"), OneOf::new(10));
    }
}

//! Numbers written in groups: `2026/11/22`, `3.7.1`, `(555) 123-4567`, `123-45-6789`, `12/29`. Dates and versions are
//! harmless; other rows of groups are somebody's number, though each group is short.

use std::ops::Range;

/// Digits from which on groups are a telephone number, a social security number, an account.
const DIGITS_MIN: usize = 7;
/// Characters between two groups.
const GAP_MAX: usize = 3;

/// A number of a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    pub(super) range: Range<usize>,
    pub(super) value: u32,
}

/// The groups that follow each other.
#[derive(Default)]
pub(super) struct NumberGroups {
    /// The first three.
    first: [Group; 3],
    count: usize,
    digits: usize,
    end: usize,
    /// Whether a slash is between the first two.
    has_slash: bool,
    is_version: bool,
}

impl NumberGroups {
    /// Takes the next number; returns what is to be masked of the groups before it, if it is none of them.
    pub(super) fn push(&mut self, bytes: &[u8], group: Group) -> Option<Range<usize>> {
        let gap = &bytes[self.end..group.range.start];
        let is_next = self.count > 0
            && !gap.is_empty()
            && gap.len() <= GAP_MAX
            && gap.iter().all(|byte| b" -.()/+".contains(byte));
        let masked = if is_next { None } else { self.end() };
        if self.count == 0 {
            self.is_version = true;
        } else {
            self.is_version &= gap == b".";
        }
        if self.count == 1 {
            self.has_slash = gap.contains(&b'/');
        }
        self.is_version &= group.range.len() <= 3;
        self.digits += group.range.len();
        self.end = group.range.end;
        if self.count < self.first.len() {
            self.first[self.count] = group;
        }
        self.count += 1;
        masked
    }

    /// Whether the groups so far are a date: year, month and day, or the other way round.
    pub(super) fn is_date(&self) -> bool {
        let [a, b, c] = &self.first;
        let lengths = [a.range.len(), b.range.len(), c.range.len()];
        self.count == 3
            && match lengths {
                [4, 1..=2, 1..=2] => is_day(a.value, b.value, c.value),
                [1..=2, 1..=2, 4] => {
                    is_day(c.value, b.value, a.value) || is_day(c.value, a.value, b.value)
                }
                _ => false,
            }
    }

    /// The digits of the date; what follows is not a part of it.
    pub(super) fn take_date(&mut self) -> usize {
        std::mem::take(self).digits
    }

    /// What is to be masked of the groups.
    pub(super) fn end(&mut self) -> Option<Range<usize>> {
        let groups = std::mem::take(self);
        let is_secret = match groups.count {
            0 | 1 => false,
            _ if groups.digits >= DIGITS_MIN => !(groups.is_version && groups.digits <= 8),
            2 => groups.has_slash && groups.is_expiry(),
            _ => false,
        };
        is_secret.then(|| groups.first[0].range.start..groups.end)
    }

    /// `12/29` and `12/2029`, as cards have it.
    fn is_expiry(&self) -> bool {
        let [month, year, _] = &self.first;
        let is_year = match year.range.len() {
            2 => (20..50).contains(&year.value),
            4 => (2020..2050).contains(&year.value),
            _ => false,
        };
        month.range.len() == 2 && (1..=12).contains(&month.value) && is_year
    }
}

/// Whether numbers are a day of this age.
fn is_day(year: u32, month: u32, day: u32) -> bool {
    (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// The value of a number's first nine digits.
pub(super) fn value(digits: &[u8]) -> u32 {
    digits.iter().take(9).fold(0, |value, digit| value * 10 + u32::from(digit - b'0'))
}

/// Whether a number is a date: `20261122` or `202611`.
pub(super) fn is_plain_date(number: &[u8]) -> bool {
    let (year, month, day) = match number.len() {
        8 => (value(&number[..4]), value(&number[4..6]), value(&number[6..])),
        6 => (value(&number[..4]), value(&number[4..]), 1),
        _ => return false,
    };
    is_day(year, month, day)
}

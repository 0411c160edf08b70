//! Card numbers in text. PCI DSS v4.0.1 (3.5.1) requires that a primary account number is unreadable wherever it is
//! stored, logs included; so none may reach the journal.
//!
//! Every run of digits is masked that contains 13 to 19 digits with a right Luhn check digit (ISO/IEC 7812-1, annex B);
//! single separators between digits are allowed. This masks many innocent numbers too: a masked order number does no harm,
//! a stored card number does. To be *reported* as a card number, which pages the on-call, it also needs an issuer's prefix
//! and length.

use std::ops::Range;

use super::ascii_digits;
use super::card_writing::{is_other_data, is_printed, uniform_length};
pub(super) use super::issuers::{DIGITS_MAX, DIGITS_MIN};
use super::issuers::{has_issuer, is_issued};
use super::runs::runs;

/// A card number in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CardMatch {
    /// The whole run of digits and separators.
    pub(super) range: Range<usize>,
    /// Whether it has the prefix and length of an issuer.
    pub(super) is_card: bool,
}

/// Finds the card numbers of a text, in order.
pub(super) fn find(bytes: &[u8]) -> impl Iterator<Item = CardMatch> {
    let mut run = Run::default();
    let mut long = runs(bytes, DIGITS_MIN, is_part);
    let mut parts = 0..0;
    std::iter::from_fn(move || {
        loop {
            let Some(range) = run.read(&bytes[..parts.end], parts.start) else {
                parts = long.next()?;
                continue;
            };
            parts.start = range.end;
            if let Some(is_card) = find_card(&run.digits) {
                return Some(CardMatch { range, is_card: is_card && run.is_written_as_card() });
            }
        }
    })
}

/// Whether a text has as many digits as a card number. Counting them costs less than most other looks at a text.
pub(super) fn has_digits(bytes: &[u8]) -> bool {
    ascii_digits::count(bytes) >= DIGITS_MIN
}

/// Whether a byte can be a part of a written card number: a digit or a separator.
pub(super) const fn is_part(byte: u8) -> bool {
    byte.is_ascii_digit() || is_separator(byte)
}

const fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'_' | b'+')
}

/// Whether digits are a card number, or begin or end with one as skimmers write it.
pub(super) fn is_card(digits: &[u8]) -> bool {
    find_card(digits) == Some(true)
}

/// A run of digits, single separators allowed within.
#[derive(Default)]
struct Run {
    digits: Vec<u8>,
    /// Digits of each group.
    groups: Vec<usize>,
}

impl Run {
    /// Reads the next one; returns where it is.
    fn read(&mut self, bytes: &[u8], from: usize) -> Option<Range<usize>> {
        let start = from + bytes.get(from..)?.iter().position(u8::is_ascii_digit)?;
        self.digits.clear();
        self.groups.clear();
        self.digits.reserve(bytes.len() - start);
        let (mut end, mut position) = (start, start);
        while let Some(&byte) = bytes.get(position) {
            match byte {
                b'0'..=b'9' => {
                    self.digits.push(byte - b'0');
                    match self.groups.last_mut().filter(|_| end == position && end > start) {
                        Some(group) => *group += 1,
                        None => self.groups.push(1),
                    }
                    end = position + 1;
                }
                // Only one separator between two digits: "1 - 2" is not a card number.
                byte if is_separator(byte) && end == position => {}
                _ => break,
            }
            position += 1;
        }
        Some(start..end)
    }

    /// Whether a card number is at the beginning or the end, in groups as cards have them. Other groups are somebody's order.
    fn is_written_as_card(&self) -> bool {
        let mut start = 0;
        for (first, length) in self.groups.iter().enumerate() {
            let mut end = start;
            for (count, group) in self.groups[first..].iter().enumerate() {
                end += group;
                let groups = &self.groups[first..=first + count];
                if self.is_card(start, end, groups) {
                    return true;
                }
                if end - start > DIGITS_MAX {
                    break;
                }
            }
            start += length;
        }
        false
    }

    fn is_card(&self, start: usize, end: usize, groups: &[usize]) -> bool {
        let (number, rest) = (&self.digits[start..end], &self.digits[end..]);
        if start > 0 && !rest.is_empty() {
            return false;
        }
        let is_usual = |length: usize| matches!(length, 15 | 16);
        if groups.len() == 1 {
            let is_whole = start == 0 && rest.is_empty();
            let begins = |length: usize| {
                number.split_at_checked(length).is_some_and(|(card, rest)| {
                    let is_next = rest.get(..length).is_some_and(is_issued);
                    is_issued(card) && (is_next || is_other_data(rest))
                })
            };
            return ((is_whole || is_usual(number.len())) && is_issued(number))
                || begins(16)
                || begins(15);
        }
        let is_grouped = uniform_length(groups).is_some() || is_printed(groups.iter().copied());
        if !is_grouped || !is_issued(number) || !is_other_data(rest) {
            return false;
        }
        // A list of numbers goes on as it began.
        let alike = self.groups.iter().filter(|group| **group == groups[0]).count();
        start == 0 || alike <= groups.len()
    }
}

/// Whether a window of the digits is a card number: `Some(true)` when an issuer's prefix and length fit
/// too, `Some(false)` when only the check digit is right.
fn find_card(digits: &[u8]) -> Option<bool> {
    if digits.len() < DIGITS_MIN {
        return None;
    }
    // sums[parity][i]: sum of the first i digits where those at positions of the other parity are doubled
    // as Luhn doubles. Makes each window O(1), so that long runs cannot be used to burn time.
    let mut sums = [vec![0_u32; digits.len() + 1], vec![0_u32; digits.len() + 1]];
    for (index, &digit) in digits.iter().enumerate() {
        let plain = u32::from(digit);
        let doubled = if digit > 4 { 2 * plain - 9 } else { 2 * plain };
        for (parity, sum) in sums.iter_mut().enumerate() {
            sum[index + 1] = sum[index] + if index % 2 == parity { plain } else { doubled };
        }
    }
    let mut found = None;
    for start in 0..=digits.len() - DIGITS_MIN {
        for length in DIGITS_MIN..=DIGITS_MAX.min(digits.len() - start) {
            let end = start + length;
            let sum = &sums[(end - 1) % 2];
            if (sum[end] - sum[start]).is_multiple_of(10) && digits[start] != 0 {
                if is_aligned(start, end, digits.len()) && has_issuer(&digits[start..end]) {
                    return Some(true);
                }
                found = Some(false);
            }
        }
    }
    found
}

/// Whether a window is likely a number of its own: the whole run, or a card of usual length at its
/// beginning or end (skimmers write expiry date and security code right behind it).
fn is_aligned(start: usize, end: usize, digits: usize) -> bool {
    let is_whole = start == 0 && end == digits;
    is_whole || (matches!(end - start, 15 | 16) && (start == 0 || end == digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, bool)]) {
        let found: Vec<_> =
            find(text.as_bytes()).map(|found| (&text[found.range], found.is_card)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn test_numbers_of_the_networks() {
        for card in [
            "4111111111111111",
            "5555555555554444",
            "2223003122003222",
            "378282246310005",
            "30569309025904",
            "3530111333300000",
            "6011111111111117",
            "6200000000000005",
            "4222222222222",
        ] {
            check(&format!("/p/x{card}y/z"), &[(card, true)]);
        }
    }

    #[test]
    fn separated_and_embedded() {
        check("n=4111-1111-1111-1111&", &[("4111-1111-1111-1111", true)]);
        check("4111 1111 1111 1111 12/27", &[("4111 1111 1111 1111 12", true)]);
        check("41111111111111111227123", &[("41111111111111111227123", true)]);
        // Somewhere within a longer number, or in groups of another kind: masked, but it pages nobody.
        check("411-1111111-111111", &[("411-1111111-111111", false)]);
        check("41111111111111119", &[("41111111111111119", false)]);
        check("0000411111111111111100", &[("0000411111111111111100", false)]);
    }

    #[test]
    fn other_numbers_stay() {
        check("", &[]);
        check("4111111111114", &[]);
        check("411111111111", &[]);
        check("4111 - 1111 - 1111 - 1111", &[]);
        check("0000000000000000", &[]);
        // A right check digit alone is masked, but not reported as a card number.
        check("1111111111111117", &[("1111111111111117", false)]);
    }

    #[test]
    fn long_runs_stay_cheap_and_masked() {
        let run = "4111111111111111".repeat(5_000);
        check(&run, &[(&run, true)]);
    }
}

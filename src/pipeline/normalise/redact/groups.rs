//! Card numbers in groups of digits, whatever separates them, and as lists of character codes.

use std::ops::RangeInclusive;

use super::card_writing::{
    PRINTED_FIRST, begins_printed, is_other_data, is_printed, uniform_length,
};
use super::{ascii_digits, issuers, pan};

/// Characters between two groups of digits of one number.
const SEPARATOR_MAX: usize = 24;
/// Longer groups than cards have are numbers of their own.
const UNIFORM_MAX: usize = 4;

/// Room for the groups of most texts.
const GROUPS_USUAL: usize = 32;
/// The codes of a card number's digits have as many digits each.
const CODE_LENGTHS: RangeInclusive<usize> = 2..=3;

/// A run of digits, and what precedes it.
struct Group<'t> {
    digits: &'t [u8],
    separator: &'t [u8],
}

/// Whether a text has a card number in groups.
pub(super) fn hold_card(text: &str) -> bool {
    if !pan::has_digits(text.as_bytes()) {
        return false;
    }
    let groups = groups(text.as_bytes());
    let mut end = 0;
    for row in groups.chunk_by(|a, b| a.digits.len() == b.digits.len()) {
        let start = end;
        end += row.len();
        if may_begin_card(row, groups.get(end)) && (start..end).any(|at| begins_card(&groups, at)) {
            return true;
        }
    }
    are_codes(&groups)
}

/// Whether a card number may begin in a row of groups of one length: in groups as on cards, or in short ones that have enough
/// digits with the one behind them, which may be shorter.
fn may_begin_card(row: &[Group<'_>], behind: Option<&Group<'_>>) -> bool {
    let length = row[0].digits.len();
    let digits = row.len() * length + behind.map_or(0, |group| group.digits.len());
    length == PRINTED_FIRST || (length <= UNIFORM_MAX && digits >= pan::DIGITS_MIN)
}

fn groups(text: &[u8]) -> Vec<Group<'_>> {
    let mut groups = Vec::with_capacity(GROUPS_USUAL);
    let mut end = 0;
    while let Some(start) = ascii_digits::next(text, end) {
        let length = text[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        groups.push(Group { digits: &text[start..start + length], separator: &text[end..start] });
        end = start + length;
    }
    groups
}

fn begins_card(groups: &[Group<'_>], start: usize) -> bool {
    let first = groups[start].digits.len();
    let mut length = first;
    for (index, group) in groups[start..].iter().enumerate().skip(1) {
        length += group.digits.len();
        if group.separator.len() > SEPARATOR_MAX || length > pan::DIGITS_MAX {
            return false;
        }
        let end = start + index + 1;
        if length >= pan::DIGITS_MIN && is_card(groups, start, end) {
            return true;
        }
        // Groups of other lengths are none of a card's. Nearly all texts end here.
        let is_uniform = group.digits.len() == first && first <= UNIFORM_MAX;
        let lengths = groups[start..end].iter().map(|group| group.digits.len());
        if !is_uniform && !begins_printed(lengths) {
            return false;
        }
    }
    false
}

fn is_card(groups: &[Group<'_>], start: usize, end: usize) -> bool {
    let mut digits = [0; pan::DIGITS_MAX];
    let number = groups[start..end].iter().flat_map(|group| group.digits);
    let mut length = 0;
    for (digit, byte) in digits.iter_mut().zip(number) {
        *digit = byte - b'0';
        length += 1;
    }
    issuers::is_issued(&digits[..length]) && is_one_number(groups, start, end)
}

/// The digits of groups, one behind the other.
fn digits_of(groups: &[Group<'_>]) -> Vec<u8> {
    groups.iter().flat_map(|group| group.digits).map(|byte| byte - b'0').collect()
}

/// Whether groups are written as one number: as cards have it, or in short groups of one length; and no list of such numbers
/// goes on beside them.
fn is_one_number(groups: &[Group<'_>], start: usize, end: usize) -> bool {
    let number = &groups[start..end];
    let lengths: Vec<usize> = number.iter().map(|group| group.digits.len()).collect();
    let length = uniform_length(&lengths).filter(|length| *length <= UNIFORM_MAX);
    let is_printed = is_printed(lengths.iter().copied());
    if length.is_none() && !is_printed {
        return false;
    }
    let signs: Vec<Vec<u8>> = number[1..].iter().map(Group::signs).collect();
    let has_letters =
        number[1..].iter().zip(&signs).any(|(group, signs)| signs.len() < group.separator.len());
    // Random letters with digits among them are in many addresses; parameters are separated alike.
    if has_letters
        && !(is_printed && !signs[0].is_empty() && signs.windows(2).all(|pair| pair[0] == pair[1]))
    {
        return false;
    }
    let separator = number[1].separator;
    let goes_on = |group: &Group<'_>| group.separator == separator;
    let is_alike = |group: &Group<'_>| {
        let is_year =
            group.digits.len() == 4 && matches!(group.digits, [b'1', b'9', ..] | [b'2', b'0', ..]);
        group.digits.len() == lengths[0] && !is_year
    };
    let is_in_list = start > 0 && goes_on(&number[0]) && is_alike(&groups[start - 1]);
    let count = groups[end..].iter().take_while(|group| goes_on(group)).count();
    let after = &groups[end..end + count];
    // One more may be an expiry date.
    let begins_list = lengths[0] > 2 && after.iter().filter(|group| is_alike(group)).count() > 1;
    !is_in_list && !begins_list && is_other_data(&digits_of(after))
}

impl Group<'_> {
    /// What precedes it, without letters and digits.
    fn signs(&self) -> Vec<u8> {
        self.separator.iter().copied().filter(|byte| !byte.is_ascii_alphanumeric()).collect()
    }
}

/// Whether the groups are the codes of a card number's digits: decimal (48 to 57), octal (60 to 71) or hex (30 to 39).
fn are_codes(groups: &[Group<'_>]) -> bool {
    let is_code = |group: &&Group<'_>| CODE_LENGTHS.contains(&group.digits.len());
    if groups.iter().filter(is_code).count() < pan::DIGITS_MIN {
        return false;
    }
    let decimal = |code: u32| (48..58).contains(&code).then(|| code - 48);
    let octal = |code: u32| match code {
        60..=67 => Some(code - 60),
        70..=71 => Some(code - 62),
        _ => None,
    };
    let hex = |code: u32| (30..40).contains(&code).then(|| code - 30);
    let decoders: [&dyn Fn(u32) -> Option<u32>; 3] = [&decimal, &octal, &hex];
    decoders.into_iter().any(|decode| {
        let digit = |group: &Group<'_>| {
            let text = std::str::from_utf8(group.digits).ok()?;
            u8::try_from(decode(text.parse().ok()?)?).ok()
        };
        let digits: Vec<Option<u8>> = groups.iter().map(digit).collect();
        digits.split(Option::is_none).any(|run| {
            let run: Vec<u8> = run.iter().flatten().copied().collect();
            pan::is_card(&run)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_in_groups() {
        for text in [
            "4111/1111/1111/1111",
            "4111--1111--1111--1111",
            "a=4111&b=1111&c=1111&d=1111",
            "4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1",
            "41|11|11|11|11|11|11|11",
            "3782=822463=10005",
            "4111;1111;1111;1111;12;29;123",
            "/2026/4111/1111/1111/1111",
            "t=1700000000000&a=4111&b=1111&c=1111&d=1111&exp=1229",
            "52,49,49,49,49,49,49,49,49,49,49,49,49,49,49,49",
            "64 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61",
            "34-31-31-31-31-31-31-31-31-31-31-31-31-31-31-31",
        ] {
            assert!(hold_card(text), "{text}");
        }
    }

    #[test]
    fn other_numbers() {
        for text in [
            "",
            "52.520008,13.404954",
            "2026-11-22T10:20:30.123Z",
            "4111/1111/1111/1112",
            "item=41111&size=11111&colour=111111",
            "41111,11111,111111,10001,10002,10003",
            "4111,1111,1111,1111,9901,9902",
            "4111,1111,1111,1111,1229,4822",
            "9901,4111,1111,1111,1111",
            "411-1111111-111111",
            "41111111,11111111",
            "4111a1111bc1111d-1111",
        ] {
            assert!(!hold_card(text), "{text}");
        }
    }
}

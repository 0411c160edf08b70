//! Card numbers in groups of digits, whatever separates them, and as lists of character codes.

use super::pan;

/// Digits of a card's expiry date and security code.
const OTHER_DIGITS: usize = 10;
/// Characters between two groups of digits of one number.
const SEPARATOR_MAX: usize = 24;
/// How cards have their digits in groups (ISO/IEC 7813 leaves it open; these are printed).
const PRINTED: [&[usize]; 5] =
    [&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[4, 4, 4, 4, 3], &[4, 4, 4, 1]];

/// A run of digits, and what precedes it.
struct Group<'t> {
    digits: &'t [u8],
    separator: &'t [u8],
}

/// Whether a text has a card number in groups.
pub(super) fn hold_card(text: &str) -> bool {
    let groups = groups(text.as_bytes());
    (0..groups.len()).any(|start| begins_card(&groups, start)) || are_codes(&groups)
}

fn groups(text: &[u8]) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    let mut end = 0;
    let mut at = 0;
    while at < text.len() {
        let length = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length > 0 {
            groups.push(Group { digits: &text[at..at + length], separator: &text[end..at] });
            end = at + length;
        }
        at += length + 1;
    }
    groups
}

fn begins_card(groups: &[Group<'_>], start: usize) -> bool {
    let mut digits: Vec<u8> = Vec::new();
    for (index, group) in groups[start..].iter().enumerate() {
        if index > 0 && group.separator.len() > SEPARATOR_MAX {
            return false;
        }
        digits.extend(group.digits.iter().map(|byte| byte - b'0'));
        if digits.len() > pan::DIGITS_MAX {
            return false;
        }
        let end = start + index + 1;
        if index > 0 && pan::is_issued(&digits) && is_one_number(groups, start, end) {
            return true;
        }
    }
    false
}

/// Whether groups are written as one number: as cards have it, digit by digit, or with the same separator between all of
/// them and no more groups beside them than a card's other data.
fn is_one_number(groups: &[Group<'_>], start: usize, end: usize) -> bool {
    let number = &groups[start..end];
    let has_lengths = |lengths: &[usize]| {
        number.len() == lengths.len()
            && number.iter().zip(lengths).all(|(group, length)| group.digits.len() == *length)
    };
    if PRINTED.iter().any(|printed| has_lengths(printed)) {
        return true;
    }
    // Random letters with digits among them are in many addresses.
    let has_letters = |group: &Group<'_>| group.separator.iter().any(u8::is_ascii_alphanumeric);
    if number[1..].iter().any(has_letters) {
        return false;
    }
    let length = number[0].digits.len();
    if length <= 2 && number[..number.len() - 1].iter().all(|group| group.digits.len() == length) {
        return true;
    }
    let separator = number[1].separator;
    let is_separated = |group: &Group<'_>| group.separator == separator;
    if !number[1..].iter().all(is_separated) {
        return false;
    }
    let before = groups[1..=start].iter().rev().take_while(|group| is_separated(group)).count();
    let after = groups[end..].iter().take_while(|group| is_separated(group)).count();
    let others = groups[start - before..start].iter().chain(&groups[end..end + after]);
    let mut other_digits = 0;
    // Month and year, and a security code; a list of numbers has longer ones.
    let are_short = others.into_iter().all(|group| {
        other_digits += group.digits.len();
        (2..=4).contains(&group.digits.len())
    });
    (before == 0 || after == 0) && are_short && other_digits <= OTHER_DIGITS
}

/// Whether the groups are the codes of a card number's digits: decimal (48 to 57), octal (60 to 71) or hex (30 to 39).
fn are_codes(groups: &[Group<'_>]) -> bool {
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
            "41111;11111;111111;12;29;123",
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
        ] {
            assert!(!hold_card(text), "{text}");
        }
    }
}

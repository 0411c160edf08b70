//! Recognises a card number whose digits are spread over the texts and numbers of a report.

use super::{ascii_digits, pan};

/// The status that nearly all pages have: where it is expected, nothing is hidden in it.
const USUAL_STATUS: u16 = 200;

/// The numbers of a report that are no texts; 0 where there is none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Numbers {
    /// Of what was blocked. Those of document and source are not kept.
    pub(super) port: u16,
    /// Line and column.
    pub(super) positions: [u32; 2],
    /// HTTP status of the document.
    pub(super) status: u16,
}

impl Numbers {
    /// Line and column, which nearly all reports have.
    fn usual(&self) -> impl Iterator<Item = u32> + Clone {
        self.positions.into_iter().filter(|number| *number != 0)
    }

    fn status(&self) -> u32 {
        if self.status == USUAL_STATUS { 0 } else { self.status.into() }
    }

    /// All that there are, in the order in which a row has them.
    fn all(&self) -> impl Iterator<Item = u32> + Clone {
        let [line, column] = self.positions;
        let all = [self.port.into(), line, column, self.status()].into_iter();
        all.filter(|number| *number != 0)
    }

    fn are_usual(&self) -> bool {
        self.port == 0 && self.status() == 0
    }
}

/// Whether the digits of texts, one behind the other, are a card number, with or without numbers. The texts begin with host
/// and path of the three places.
///
/// Line and column stand behind the texts. Other numbers are rare: with them, each row of numbers is tried by itself, before
/// and behind the texts, and all of them where they stand.
pub(super) fn spell_card(texts: &[&str], numbers: &Numbers) -> bool {
    let in_texts = texts.iter().map(|text| ascii_digits::count(text.as_bytes())).sum::<usize>();
    let in_numbers = numbers.all().map(|number| number.ilog10() as usize + 1).sum::<usize>();
    if in_texts + in_numbers < pan::DIGITS_MIN {
        return false;
    }
    let mut digits = Vec::with_capacity(in_texts + in_numbers);
    texts.iter().for_each(|text| digits.extend(ascii_digits::values(text.as_bytes())));
    let is_card_without_numbers = pan::is_card(&digits);
    numbers.usual().for_each(|number| push(&mut digits, number));
    if is_card_without_numbers || pan::is_card(&digits) {
        return true;
    }
    digits.truncate(in_texts);
    !numbers.are_usual() && (is_card_in_rows(&digits, numbers) || is_card_in_place(texts, numbers))
}

/// Whether some numbers that follow each other are a card number: alone, or with the digits of the texts.
fn is_card_in_rows(in_texts: &[u8], numbers: &Numbers) -> bool {
    let all: Vec<u32> = numbers.all().collect();
    (0..all.len()).any(|begin| {
        let mut row = Vec::new();
        all[begin..].iter().any(|number| {
            push(&mut row, *number);
            pan::is_card(&row)
                || pan::is_card(&[in_texts, &row].concat())
                || pan::is_card(&[&row, in_texts].concat())
        })
    })
}

/// The indices of texts: host and path of what was blocked, and what follows the source.
const BLOCKED: [usize; 2] = [2, 3];
const BEHIND_SOURCE: usize = 6;

/// Whether the blocked URL with its port is a card number, or all texts with the numbers between them.
fn is_card_in_place(texts: &[&str], numbers: &Numbers) -> bool {
    let [host, path] = BLOCKED;
    let (mut all, mut begin) = (Vec::new(), 0);
    for (index, text) in texts.iter().enumerate() {
        match index {
            _ if index == host => begin = all.len(),
            _ if index == path => push(&mut all, numbers.port.into()),
            BEHIND_SOURCE => numbers.usual().for_each(|number| push(&mut all, number)),
            _ => {}
        }
        all.extend(ascii_digits::values(text.as_bytes()));
        if index == path && pan::is_card(&all[begin..]) {
            return true;
        }
    }
    push(&mut all, numbers.status());
    pan::is_card(&all)
}

/// Adds the digits of a number, if there is one.
fn push(digits: &mut Vec<u8>, number: u32) {
    if number != 0 {
        digits.extend(number.to_string().bytes().map(|digit| digit - b'0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts as those of a report: hosts and paths of three places, and a sample.
    #[track_caller]
    fn check(texts: [&str; 7], port: u16, positions: [u32; 2], status: u16, expected: bool) {
        let numbers = Numbers { port, positions, status };
        assert_eq!(spell_card(&texts, &numbers), expected, "{texts:?} {numbers:?}");
    }

    const NONE: [&str; 7] = [""; 7];
    const SHOP_2: [&str; 7] = ["shop2.example", "/", "evil.example", "/", "", "", ""];

    #[test]
    fn numbers_alone() {
        for texts in [NONE, SHOP_2] {
            check(texts, 4111, [1111, 11_111_111], 0, true);
            check(texts, 4111, [1111, 11_111_111], 200, true);
            check(texts, 4111, [1111, 11_111_111], 404, true);
            check(texts, 0, [41_111_111, 1111], 1111, true);
            check(texts, 41_111, [11_111, 11_111], 1, true);
            check(texts, 24_443, [37, 23], 404, false);
            check(texts, 4111, [1111, 0], 1111, false);
            check(texts, 4111, [1111, 11_111_112], 200, false);
            check(texts, 8443, [12, 34_567], 404, false);
        }
    }

    #[test]
    fn numbers_and_texts() {
        let sample = |sample| ["shop.example", "/", "evil.example", "/", "", "", sample];
        check(sample("41 11 11 11 11 11"), 0, [0, 0], 1111, true);
        check(sample("41 11 11 11 11 11"), 0, [7, 9], 1111, true);
        check(sample("1111 1111"), 4111, [0, 0], 1111, true);
        check(sample("1111 1111 1111"), 4111, [7, 9], 404, true);
        check(sample("4111 1111"), 1111, [1111, 3], 200, true);
        check(sample("4111 1111 1111"), 0, [1111, 0], 200, true);
        check(sample("1111 1111 1112"), 4111, [7, 9], 404, false);
        check(sample("12 34"), 8443, [10, 20], 200, false);
    }

    #[test]
    fn a_url_reads_from_the_left_to_the_right() {
        let texts = |host, path| ["shop2.example", "/a3", host, path, "", "", "x5"];
        check(texts("x5555.example", "/5555/4444"), 5555, [7, 9], 200, true);
        check(texts("evil.example", "/5555/5555/4444"), 5555, [7, 9], 404, true);
        check(texts("x5555.example", "/5555/4445"), 5555, [7, 9], 200, false);
        let all = ["a5555.example", "/", "b.example", "/5555", "", "", "4444"];
        check(all, 5555, [0, 0], 0, true);
    }
}

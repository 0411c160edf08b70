//! What of a text is recognisably harmless: words, short numbers, dates and versions. The rest is masked, because a list of
//! what is harmful ends before the encodings do that somebody can invent.

use std::ops::Range;

use super::number_groups::{Group, NumberGroups, is_plain_date, value};
use super::strictness::{Strictness, Sums};
use super::word::Word;
use super::{Mark, MaskedSpan, digits, file_names, key, secrets};

/// Digits of a number that is kept.
const NUMBER_DIGITS: usize = 5;
/// Adds what is not harmless; returns what is counted of the rest.
pub(super) fn find(bytes: &[u8], strictness: Strictness, findings: &mut Vec<MaskedSpan>) -> Sums {
    let mut walk = Walk {
        bytes,
        strictness,
        findings,
        sums: Sums::default(),
        numbers: NumberGroups::default(),
        label_end: None,
        file_name: None,
    };
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at = match byte {
            _ if byte.is_ascii_alphanumeric() => walk.word(at),
            b'{' => at + mark_length(&bytes[at..]).unwrap_or(1),
            b' '..=b'~' => at + 1,
            0x80.. => walk.foreign(at),
            // Only a percent-encoded byte can be one.
            _ => walk.mask(at..at + 1),
        };
    }
    walk.end_numbers();
    walk.sums
}

/// The length of a mark that a text begins with.
pub(super) fn mark_length(bytes: &[u8]) -> Option<usize> {
    Mark::ALL.into_iter().find_map(|mark| {
        let rest = bytes[1..].strip_prefix(mark.name().as_bytes())?;
        let inner = mark.name().len();
        match rest {
            [b'}', ..] => Some(inner + 2),
            [b':', hash @ ..] if hash.get(key::HASH_LETTERS) == Some(&b'}') => {
                key::is_hash(&hash[..key::HASH_LETTERS]).then_some(inner + key::HASH_LETTERS + 3)
            }
            _ => None,
        }
    })
}

/// One pass over a text.
struct Walk<'b, 'f> {
    bytes: &'b [u8],
    strictness: Strictness,
    findings: &'f mut Vec<MaskedSpan>,
    sums: Sums,
    numbers: NumberGroups,
    /// Where a word ended that says that the number behind it is secret.
    label_end: Option<usize>,
    /// The name of a file whose hashes are kept, once it was looked for.
    file_name: Option<Range<usize>>,
}

impl Walk<'_, '_> {
    /// A run of ASCII letters and digits; returns where it ends.
    fn word(&mut self, start: usize) -> usize {
        let (word, end) = Word::read(self.bytes, start);
        if let Some(end) = secrets::key_end(self.bytes, start).or_else(|| self.uuid_end(start, end))
        {
            return self.mask(start..end);
        }
        let label_end = self.label_end.take();
        if word.letters == 0 {
            self.number(start..end, label_end);
            return end;
        }
        if is_label(&self.bytes[start..end]) {
            self.label_end = Some(end);
        }
        let is_colour = start > 0
            && self.bytes[start - 1] == b'#'
            && end - start <= 8
            && self.bytes[start..end].iter().all(u8::is_ascii_hexdigit);
        let is_odd = (word.is_odd() && !is_colour) || self.is_too_much(word.digits, word.rare);
        if is_odd && self.is_content_hash(start..end) {
            self.sums.content_hashes += 1;
            return end;
        }
        if is_odd {
            return self.mask(start..end);
        }
        self.sums.digits += word.digits;
        self.sums.letters += word.letters;
        self.sums.rare += word.rare;
        end
    }

    /// Whether the text as a whole has no room for a word.
    fn is_too_much(&self, digits: usize, rare: usize) -> bool {
        match self.strictness {
            Strictness::Usual => false,
            Strictness::LongNumbers => digits >= 3,
            Strictness::Numbers | Strictness::ContentHashes => digits > 0 || rare > 0,
        }
    }

    fn is_content_hash(&mut self, word: Range<usize>) -> bool {
        if self.strictness == Strictness::ContentHashes {
            return false;
        }
        let name =
            self.file_name.get_or_insert_with(|| file_names::kept(self.bytes).unwrap_or_default());
        name.contains(&word.start) && file_names::is_content_hash(&self.bytes[word])
    }

    fn number(&mut self, range: Range<usize>, label_end: Option<usize>) {
        let length = range.len();
        let is_labelled = label_end.is_some_and(|end| range.start - end <= 6) && length <= 4;
        let number = &self.bytes[range.clone()];
        let group = Group { range: range.clone(), value: value(number) };
        if let Some(span) = self.numbers.push(self.bytes, group) {
            self.mask(span);
        }
        if self.numbers.is_date() && self.strictness < Strictness::Numbers {
            // Its earlier groups were counted.
            let earlier = self.numbers.take_date() - length;
            self.sums.digits = self.sums.digits.saturating_sub(earlier);
            return;
        }
        let is_colour = length <= 6 && range.start > 0 && self.bytes[range.start - 1] == b'#';
        let is_short = length <= NUMBER_DIGITS
            || is_colour
            || (self.strictness == Strictness::Usual && self.is_content_hash(range.clone()));
        let is_date = is_plain_date(number) && self.strictness < Strictness::Numbers;
        if is_date && !is_labelled {
            return;
        }
        // A year may be the beginning of a date.
        let is_year = length == 4 && (1900..2100).contains(&value(number));
        let is_too_much =
            self.is_too_much(length, 0) && !(is_year && self.strictness == Strictness::LongNumbers);
        if !is_short || is_labelled || is_too_much {
            self.mask(range);
        } else {
            self.sums.digits += length;
        }
    }

    fn end_numbers(&mut self) {
        if let Some(span) = self.numbers.end() {
            self.mask(span);
        }
    }

    /// Characters that are not ASCII: letters, signs and spaces stay, digits and letters that only look different from ASCII
    /// do not.
    fn foreign(&mut self, start: usize) -> usize {
        let length = self.bytes[start..].iter().take_while(|byte| !byte.is_ascii()).count();
        let mut at = start;
        let bytes = self.bytes;
        for chunk in bytes[start..start + length].utf8_chunks() {
            for c in chunk.valid().chars() {
                let span = at..at + c.len_utf8();
                at = span.end;
                let is_digit = digits::value(c).is_some();
                if c.is_alphabetic() && is_digit && self.strictness == Strictness::Usual {
                    // A Chinese numeral is a part of many words.
                    self.sums.digits += 1;
                } else if is_digit || c.is_numeric() || is_disguised_letter(c) {
                    self.mask(span);
                }
            }
            if !chunk.invalid().is_empty() {
                at = self.mask(at..at + chunk.invalid().len());
            }
        }
        start + length
    }

    fn uuid_end(&self, start: usize, end: usize) -> Option<usize> {
        const LENGTH: usize = 36;
        let is_uuid = end - start == 8
            && self.bytes.get(end) == Some(&b'-')
            && self.bytes.get(start..start + LENGTH).is_some_and(is_uuid);
        is_uuid.then_some(start + LENGTH)
    }

    /// Masks a range; returns its end.
    fn mask(&mut self, range: Range<usize>) -> usize {
        let end = range.end;
        self.findings.push((range, Mark::Token));
        end
    }
}

/// RFC 9562, section 4.
fn is_uuid(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

/// Whether a word says that the number behind it is a card's security code or expiry date, or a person's number.
fn is_label(word: &[u8]) -> bool {
    const LABELS: [&str; 14] = [
        "cvv",
        "cvc",
        "cvn",
        "csc",
        "cvv2",
        "cvc2",
        "cvccode",
        "securitycode",
        "exp",
        "expiry",
        "expdate",
        "expmonth",
        "expyear",
        "ssn",
    ];
    // Many words begin as these do; the second letter passes most of them.
    matches!(
        [word[0] | 0x20, word.get(1).map_or(0, |byte| byte | 0x20)],
        [b'c', b'v' | b's'] | [b'e', b'x'] | [b's', b'e' | b's']
    ) && LABELS.iter().any(|label| word.eq_ignore_ascii_case(label.as_bytes()))
}

/// Letters of ASCII in another shape (full-width, mathematical, circled, squared): compatibility makes them ASCII again, and
/// then they can be anything.
fn is_disguised_letter(c: char) -> bool {
    matches!(c,
        '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' | '\u{1D400}'..='\u{1D7FF}'
        | '\u{249C}'..='\u{24E9}' | '\u{1F110}'..='\u{1F189}' | '\u{E000}'..='\u{F8FF}')
}

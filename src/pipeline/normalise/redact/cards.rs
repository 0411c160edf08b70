//! Recognises a card number in the spellings of skimmers: any separators, digits of every script, escapes and character codes,
//! base64, base32 and hex, one in another.
//!
//! What is recognised raises an alarm. What is kept does not depend on it.

use std::borrow::Cow;

use super::detector::Detector;
use super::pan::{self, CardMatch};
use super::percent::PercentDecoded;
use super::{digits, encoded, escapes, groups, layers};
use crate::base::limits;

/// Encodings within each other that are undone.
const DEPTH: usize = 3;

/// Whether a text contains a card number in any of the spellings.
pub fn holds_card(text: &str) -> bool {
    let decoded = PercentDecoded::new(text);
    if spans(&decoded.bytes).any(|found| found.is_card) {
        return true;
    }
    // What a page sends whole is searched for the plain spellings only.
    let bytes = &decoded.bytes[..decoded.bytes.len().min(limits::URL_BYTES)];
    is_suspect(bytes) && is_spelled_by(bytes)
}

/// Whether base64 that claims to be a hash holds a card number, or a text: the bytes of a hash are printable by chance, 3 of 8.
pub fn is_disguised(digest: &str) -> bool {
    pan::is_card(&pan::digits_of(digest.as_bytes()))
        || layers::is_mostly_text(digest.as_bytes())
        || holds_card(digest)
}

/// Card numbers at a place of their own: plain, or in base64 or hex.
pub(super) fn spans(bytes: &[u8]) -> impl Iterator<Item = CardMatch> {
    pan::find(bytes).chain(encoded::find(bytes))
}

/// Whether texts, one behind the other, spell a card number; with the numbers at the end, too.
pub(super) fn are_spread(texts: &[&str], numbers: &[u32]) -> bool {
    let mut detector = Detector::default();
    let mut count = 0;
    for text in texts {
        detector.push(text.as_bytes());
        count += pan::count_digits(text.as_bytes());
    }
    let written = || numbers.iter().filter(|number| **number != 0);
    count += written().map(|number| number.ilog10() as usize + 1).sum::<usize>();
    (count >= pan::DIGITS_MIN && are_spread_digits(texts, written()))
        || (detector.is_suspect()
            && is_spelled_by(&joined(texts.iter().map(|text| text.as_bytes()))))
}

fn are_spread_digits<'n>(texts: &[&str], numbers: impl Iterator<Item = &'n u32>) -> bool {
    let mut digits: Vec<u8> =
        texts.iter().flat_map(|text| pan::digits_of(text.as_bytes())).collect();
    let is_card_without_numbers = pan::is_card(&digits);
    digits.extend(numbers.flat_map(|number| pan::digits_of(number.to_string().as_bytes())));
    is_card_without_numbers || pan::is_card(&digits)
}

/// Whether a text can spell a card number at all. Nearly none can, and this costs a fraction of the search.
fn is_suspect(bytes: &[u8]) -> bool {
    let is_foreign = !bytes.is_ascii();
    pan::has_digits(bytes)
        || (is_foreign && foreign_digits(bytes) >= pan::DIGITS_MIN)
        || may_be_encoded(bytes)
}

/// Whether a text may hold another one in base64, base32 or hex.
fn may_be_encoded(bytes: &[u8]) -> bool {
    let (mut all, mut of_values) = (Detector::default(), Detector::default());
    all.push(bytes);
    values(bytes).for_each(|value| of_values.push(value));
    all.is_suspect() || of_values.is_suspect() || (pan::has_digits(bytes) && has_long_hex(bytes))
}

/// Whether enough hex digits for a card number follow each other, whatever separates them.
fn has_long_hex(bytes: &[u8]) -> bool {
    let mut run = 0;
    bytes.iter().filter(|byte| byte.is_ascii_alphanumeric()).any(|byte| {
        run = if byte.is_ascii_hexdigit() { run + 1 } else { 0 };
        run >= 2 * pan::DIGITS_MIN
    })
}

fn is_spelled_by(bytes: &[u8]) -> bool {
    is_spelled(&String::from_utf8_lossy(bytes), DEPTH)
}

/// The letters and digits of texts, one behind the other.
fn joined<'t>(texts: impl Iterator<Item = &'t [u8]>) -> Vec<u8> {
    texts.flatten().copied().filter(u8::is_ascii_alphanumeric).collect()
}

/// The values of parameters.
fn values(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let pairs = bytes.split(|byte| matches!(byte, b'&' | b'?' | b'#' | b';'));
    pairs.filter_map(|pair| {
        let equals = memchr::memchr(b'=', pair)?;
        Some(&pair[equals + 1..])
    })
}

fn foreign_digits(bytes: &[u8]) -> usize {
    let text = String::from_utf8_lossy(bytes);
    text.chars().filter(|c| digits::value(*c).is_some()).count()
}

fn is_spelled(text: &str, depth: usize) -> bool {
    let plain = escapes::undone(text);
    let has_card = |text: &str| spans(text.as_bytes()).any(|found| found.is_card);
    let is_same = matches!(plain, Cow::Borrowed(_));
    if has_card(&plain) || groups::hold_card(&plain) || (!is_same && groups::hold_card(text)) {
        return true;
    }
    if depth == 0 || !may_be_encoded(plain.as_bytes()) {
        return false;
    }
    candidates(&plain).iter().any(|candidate| {
        layers::texts(candidate).into_iter().any(|inner| {
            let inner = String::from_utf8_lossy(&inner).replace('\0', "");
            is_spelled(&inner, depth - 1)
        })
    })
}

/// The characters of a text that may be an encoded one: as they are, without all separators, and the values of its parameters
/// without their names.
fn candidates(text: &str) -> Vec<Cow<'_, [u8]>> {
    let values = joined(values(text.as_bytes()));
    let joined = joined(std::iter::once(text.as_bytes()));
    let mut all = vec![Cow::Borrowed(text.as_bytes())];
    if joined.len() < text.len() {
        all.push(Cow::Owned(joined));
    }
    if !values.is_empty() {
        all.push(Cow::Owned(values));
    }
    all
}

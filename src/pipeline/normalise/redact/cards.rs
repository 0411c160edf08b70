//! Recognises a card number in the spellings of skimmers: any separators, digits of every script, escapes and character codes,
//! base64, base32 and hex, one in another.
//!
//! What is recognised raises an alarm. What is kept does not depend on it.

use std::borrow::Cow;

use super::pan::{self, CardMatch};
use super::runs::runs;
use super::spread::{self, Numbers};
use super::{ascii_digits, detector, digits, encoded, escapes, groups, layers, percent};
use crate::base::limits;

/// Encodings within each other that are undone.
const DEPTH: usize = 3;

/// Whether a text contains a card number in any of the spellings.
pub fn holds_card(text: &str) -> bool {
    // Each digit is a byte at least, in every spelling.
    if text.len() < pan::DIGITS_MIN {
        return false;
    }
    let decoded = percent::decoded(text);
    if has_card(&decoded) {
        return true;
    }
    // What a page sends whole is searched for the plain spellings only.
    let bytes = &decoded[..decoded.len().min(limits::URL_BYTES)];
    if !is_suspect(bytes) {
        return false;
    }
    let text = lossy(bytes);
    let plain = escapes::undone(&text);
    let is_searched = matches!((&text, &plain), (Cow::Borrowed(_), Cow::Borrowed(_)))
        && bytes.len() == decoded.len();
    (!is_searched && has_card(plain.as_bytes())) || is_hidden(&text, &plain, DEPTH)
}

/// Whether base64 that claims to be a hash holds a card number, or a text: the bytes of a hash are printable by chance, 3 of 8.
pub fn is_disguised(digest: &str) -> bool {
    pan::is_card(&ascii_digits::values(digest.as_bytes()))
        || layers::is_mostly_text(digest.as_bytes())
        || holds_card(digest)
}

fn has_card(bytes: &[u8]) -> bool {
    spans(bytes).any(|found| found.is_card)
}

/// Card numbers at a place of their own: plain, or in base64 or hex.
pub(super) fn spans(bytes: &[u8]) -> impl Iterator<Item = CardMatch> {
    pan::find(bytes).chain(encoded::find(bytes))
}

/// Whether one of these texts holds a card number, or all of them, one behind the other, spell one; with the numbers of the
/// report, too ([`spread`]). One text may hold what was not found in it before: a mark beside it kept it from being seen.
pub(super) fn are_in(texts: &[&str], numbers: &Numbers) -> bool {
    if spread::spell_card(texts, numbers) {
        return true;
    }
    let bytes = || texts.iter().map(|text| text.as_bytes());
    let is_suspect = detector::is_suspect(bytes());
    // What is behind an escape is not in the bytes.
    let mut each = texts.iter().filter(|text| is_suspect || text.contains('%'));
    each.any(|text| holds_card(text)) || (is_suspect && is_spelled(&lossy(&joined(bytes())), DEPTH))
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
    detector::is_suspect(std::iter::once(bytes))
        || detector::is_suspect_between(values(bytes))
        || (pan::has_digits(bytes) && has_long_hex(bytes))
}

/// Whether enough hex digits for a card number follow each other, whatever separates them.
fn has_long_hex(bytes: &[u8]) -> bool {
    const MIN: usize = 2 * pan::DIGITS_MIN;
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || !byte.is_ascii_alphanumeric();
    runs(bytes, MIN, is_part)
        .any(|run| bytes[run].iter().filter(|byte| byte.is_ascii_hexdigit()).count() >= MIN)
}

/// The text of bytes. A check of the whole costs less than to go from one valid piece to the next.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// The letters and digits of texts, one behind the other.
fn joined<'t>(texts: impl Iterator<Item = &'t [u8]>) -> Vec<u8> {
    texts.flatten().copied().filter(u8::is_ascii_alphanumeric).collect()
}

/// The values of parameters.
fn values(bytes: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    let is_end = |byte: &u8| matches!(byte, b'&' | b'?' | b'#' | b';');
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let begin = memchr::memchr(b'=', rest)? + 1;
        let (_, value) = rest.split_at(begin);
        let length = value.iter().position(is_end).unwrap_or(value.len());
        let (value, after) = value.split_at(length);
        rest = after;
        Some(value)
    })
}

fn foreign_digits(bytes: &[u8]) -> usize {
    lossy(bytes).chars().filter(|c| digits::value(*c).is_some()).count()
}

/// Whether a text, or what is hidden in it, has a card number.
fn is_spelled(text: &str, depth: usize) -> bool {
    let plain = escapes::undone(text);
    has_card(plain.as_bytes()) || is_hidden(text, &plain, depth)
}

/// Whether a text has a card number in groups, or encoded. `plain`: the text with escapes undone.
fn is_hidden(text: &str, plain: &str, depth: usize) -> bool {
    if groups::hold_card(plain) || (plain != text && groups::hold_card(text)) {
        return true;
    }
    if depth == 0 || !may_be_encoded(plain.as_bytes()) {
        return false;
    }
    candidates(plain).iter().any(|candidate| {
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

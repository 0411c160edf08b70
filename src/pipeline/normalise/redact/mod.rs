//! What must never be stored, taken out of text: card numbers, e-mail addresses, tokens, and path segments
//! that identify somebody. A class mark stands where it stood.
//!
//! Card numbers are found as they are, percent-encoded, base64-encoded and hex-encoded, because skimmers
//! write them so. Found values are dropped here; only whether there was a card number goes on.

mod encoded;
mod pan;
mod percent;
mod secrets;
mod segments;

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;
use pan::Found;
use percent::Decoded;

/// A redacted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted<'a> {
    /// The text with marks; borrowed when there was nothing to take out.
    pub text: Cow<'a, str>,
    /// A card number with an issuer's prefix and length was in it.
    pub is_card: bool,
}

/// A class of what was taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Pan,
    Email,
    Token,
    Id,
}

impl Mark {
    fn as_str(self) -> &'static str {
        match self {
            Self::Pan => "{pan}",
            Self::Email => "{email}",
            Self::Token => "{token}",
            Self::Id => "{id}",
        }
    }
}

/// A place in a text, and what stands there.
type Finding = (Range<usize>, Mark);

/// Redacts free text: samples, messages, names. It has at most `bytes_max` then.
pub fn text(text: Cow<'_, str>, bytes_max: usize) -> Redacted<'_> {
    bounded(text, bytes_max, |_, _| {})
}

/// Redacts a URL's path: free text, and segments that identify somebody.
pub fn path(path: Cow<'_, str>, bytes_max: usize) -> Redacted<'_> {
    bounded(path, bytes_max, segments::find)
}

/// Whether a text holds a card number in any of the encodings.
pub fn holds_card(text: &str) -> bool {
    cards(&Decoded::new(text).bytes).any(|found| found.is_card)
}

/// Card numbers, encoded or not.
fn cards(bytes: &[u8]) -> impl Iterator<Item = Found> {
    pan::find(bytes).chain(encoded::find(bytes))
}

/// Passes over one text. Two suffice for all but texts made to need more.
const PASSES_MAX: usize = 8;

/// Redacts, then cuts to size, so that half a card number is not left at the end; and looks again as long
/// as there was something: a mark or a cut may lay bare what stood beside it.
fn bounded<'a>(
    text: Cow<'a, str>,
    bytes_max: usize,
    more: impl Fn(&[u8], &mut Vec<Finding>),
) -> Redacted<'a> {
    let mut redacted = redact(text, &more);
    let is_card = redacted.is_card;
    for _ in 0..PASSES_MAX {
        let is_long = redacted.text.len() > bytes_max;
        if !is_long && matches!(redacted.text, Cow::Borrowed(_)) {
            break;
        }
        let text = super::cut::truncate(redacted.text, bytes_max).into_owned();
        let again = redact(Cow::Borrowed(&text), &more);
        if !is_long && matches!(again.text, Cow::Borrowed(_)) {
            return Redacted { text: Cow::Owned(text), is_card };
        }
        redacted = Redacted { text: Cow::Owned(again.text.into_owned()), is_card };
    }
    Redacted { text: super::cut::truncate(redacted.text, bytes_max), is_card }
}

/// Redacts with what every text is searched for, and `more`.
fn redact<'a>(text: Cow<'a, str>, more: impl Fn(&[u8], &mut Vec<Finding>)) -> Redacted<'a> {
    if !is_suspicious(text.as_bytes()) {
        return Redacted { text, is_card: false };
    }
    let decoded = Decoded::new(&text);
    let bytes = &decoded.bytes;
    let mut findings: Vec<Finding> = Vec::new();
    let mut is_card = false;
    for found in cards(bytes) {
        is_card |= found.is_card;
        findings.push((found.range, Mark::Pan));
    }
    secrets::find(bytes, &mut findings);
    more(bytes, &mut findings);
    if findings.is_empty() {
        return Redacted { text, is_card };
    }
    let text = Cow::Owned(replace(&text, &decoded, findings));
    Redacted { text, is_card }
}

/// Whether a text can hold anything at all: nearly none does, and then it is not looked at again. A card
/// number has 13 digits, or 18 characters of base64; an e-mail address an `@`; a token 16 characters.
fn is_suspicious(bytes: &[u8]) -> bool {
    // Standard base64 has slashes in it, so the runs of a path count together.
    if bytes.len() >= encoded::BASE64_MIN && memchr(b'/', bytes).is_some() {
        return true;
    }
    let mut digits = 0;
    let mut run = 0;
    for &byte in bytes {
        match byte {
            b'@' | b'%' => return true,
            _ if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'_') => run += 1,
            _ => run = 0,
        }
        digits += usize::from(byte.is_ascii_digit());
        if digits >= pan::DIGITS_MIN || run >= secrets::TOKEN_MIN {
            return true;
        }
    }
    false
}

/// Writes the text with marks in the place of the findings; where two overlap, one mark stands for both,
/// that of the graver class.
fn replace(text: &str, decoded: &Decoded<'_>, mut findings: Vec<Finding>) -> String {
    findings.sort_by_key(|(range, mark)| (range.start, *mark as u8));
    let mut merged: Vec<Finding> = Vec::with_capacity(findings.len());
    for (range, mark) in findings {
        match merged.last_mut() {
            Some((last, last_mark)) if range.start < last.end => {
                last.end = last.end.max(range.end);
                if (mark as u8) < *last_mark as u8 {
                    *last_mark = mark;
                }
            }
            _ => merged.push((range, mark)),
        }
    }
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for (range, mark) in merged {
        let raw = decoded.raw(range);
        out.push_str(&text[copied..raw.start]);
        out.push_str(mark.as_str());
        copied = raw.end;
    }
    out.push_str(&text[copied..]);
    out
}

#[cfg(test)]
mod tests;

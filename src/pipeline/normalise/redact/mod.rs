//! Replaces what must never be stored by marks: card numbers, e-mail addresses, tokens, and path segments that identify
//! somebody.
//!
//! Card numbers are found plain, percent-encoded, base64-encoded and hex-encoded, because skimmers write them so. The
//! values are dropped here; only whether there was a card number is kept.

mod encoded;
mod pan;
mod percent;
mod secrets;
mod segments;

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;
use pan::CardMatch;
use percent::PercentDecoded;

/// A redacted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted<'a> {
    /// The text with marks; borrowed where nothing was replaced.
    pub text: Cow<'a, str>,
    /// Whether it contained a card number with an issuer's prefix and length.
    pub is_card: bool,
}

/// The class of a replaced value; the graver ones first.
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

/// A range of a text, and the class of the value there.
type MaskedSpan = (Range<usize>, Mark);

/// Redacts free text (samples, messages, names), and cuts it to `bytes_max`.
pub fn text(text: Cow<'_, str>, bytes_max: usize) -> Redacted<'_> {
    bounded(text, bytes_max, |_, _| {})
}

/// Redacts a URL's path as free text, and its segments that identify somebody.
pub fn path(path: Cow<'_, str>, bytes_max: usize) -> Redacted<'_> {
    bounded(path, bytes_max, segments::find)
}

/// Whether a text contains a card number in any of the encodings.
pub fn holds_card(text: &str) -> bool {
    cards(&PercentDecoded::new(text).bytes).any(|found| found.is_card)
}

/// Card numbers, encoded or not.
fn cards(bytes: &[u8]) -> impl Iterator<Item = CardMatch> {
    pan::find(bytes).chain(encoded::find(bytes))
}

/// Passes over one text. Two are enough for all texts but those that are crafted to need more.
const PASSES_MAX: usize = 8;

/// Redacts, then cuts to size, so that no half of a card number is left at the end. Repeats this as long as something was
/// found: a mark or a cut can expose what was beside it.
fn bounded<'a>(
    text: Cow<'a, str>,
    bytes_max: usize,
    more: impl Fn(&[u8], &mut Vec<MaskedSpan>),
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

/// Redacts what every text is searched for, and what `more` finds.
fn redact<'a>(text: Cow<'a, str>, more: impl Fn(&[u8], &mut Vec<MaskedSpan>)) -> Redacted<'a> {
    if !is_suspicious(text.as_bytes()) {
        return Redacted { text, is_card: false };
    }
    let decoded = PercentDecoded::new(&text);
    let bytes = &decoded.bytes;
    let mut findings: Vec<MaskedSpan> = Vec::new();
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

/// Whether a text can contain any of this. Nearly no text can, and then the search is skipped. A card number has 13
/// digits, or 18 characters of base64; an e-mail address has an `@`; a token has 16 characters.
fn is_suspicious(bytes: &[u8]) -> bool {
    // Standard base64 contains slashes, so the segments of a path count together.
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

/// The text with marks in place of the findings. Two that overlap get one mark, that of the graver class.
fn replace(text: &str, decoded: &PercentDecoded<'_>, mut findings: Vec<MaskedSpan>) -> String {
    findings.sort_by_key(|(range, mark)| (range.start, *mark as u8));
    let mut merged: Vec<MaskedSpan> = Vec::with_capacity(findings.len());
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

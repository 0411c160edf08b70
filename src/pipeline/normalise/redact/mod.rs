//! Replaces what must never be stored by marks. A text is kept only as far as it is recognisably harmless
//! ([`harmless`]); the rest becomes its class and a keyed hash, as in `{id:bdfkmqtv}`, so that equal values stay equal.
//! Card numbers become `{pan}` and e-mail addresses `{email}`, without a hash.
//!
//! What is kept does not depend on whether a card number is recognised, in whatever spelling. The alarm does: [`holds_card`]
//! decodes what it knows ([`cards`]).

mod ascii_digits;
mod card_writing;
mod cards;
mod detector;
mod digits;
mod encoded;
mod escapes;
mod file_names;
mod groups;
mod harmless;
mod issuers;
mod key;
mod layers;
mod number_groups;
mod pan;
mod percent;
mod report;
mod runs;
mod secrets;
mod spread;
mod strictness;
mod widen;
mod word;
mod words;

use std::borrow::Cow;
use std::ops::Range;

pub use cards::{holds_card, is_disguised};
pub use key::RedactionKey;
pub use report::redact_report;

use percent::PercentDecoded;
use strictness::{Strictness, Sums};
use widen::widen;

/// The class of a replaced value; the graver ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Pan,
    Email,
    Token,
    Id,
    Hash,
}

impl Mark {
    const ALL: [Self; 5] = [Self::Pan, Self::Email, Self::Token, Self::Id, Self::Hash];

    fn name(self) -> &'static str {
        match self {
            Self::Pan => "pan",
            Self::Email => "email",
            Self::Token => "token",
            Self::Id => "id",
            Self::Hash => "hash",
        }
    }

    /// Whether the value's hash is kept. Few bits of a card number or an address are secret.
    fn has_hash(self) -> bool {
        !matches!(self, Self::Pan | Self::Email)
    }
}

/// A range of a text, and the class of the value there.
type MaskedSpan = (Range<usize>, Mark);

/// A redacted text.
#[derive(Debug)]
struct Redacted<'a> {
    /// The text with marks.
    text: Cow<'a, str>,
    /// Whether it has marks that it did not have before.
    is_masked: bool,
    /// What is kept of it.
    sums: Sums,
}

/// Redacts a text, and cuts it to `bytes_max`.
pub fn text<'a>(text: Cow<'a, str>, bytes_max: usize, key: &RedactionKey) -> Cow<'a, str> {
    bounded(text, bytes_max, Strictness::Usual, key).text
}

/// The marks in a text, as commands print them.
pub fn marks(text: &str) -> Vec<String> {
    let opened = text.match_indices('{').map(|(at, _)| &text[at..]);
    opened
        .filter_map(|rest| Some(rest[..harmless::mark_length(rest.as_bytes())?].to_owned()))
        .collect()
}

/// Whether a text was masked in part.
pub fn has_mark(text: &str) -> bool {
    text.contains('{') && !marks(text).is_empty()
}

/// Passes over one text. Two are enough for all texts but those that are crafted to need more.
const PASSES_MAX: usize = 8;

/// Redacts, then cuts to size. Repeats this as long as something was found: a mark or a cut can expose what was beside it.
fn bounded<'a>(
    text: Cow<'a, str>,
    bytes_max: usize,
    strictness: Strictness,
    key: &RedactionKey,
) -> Redacted<'a> {
    let mut redacted = redact(text, strictness, key);
    for _ in 0..PASSES_MAX {
        if redacted.text.len() <= bytes_max && !redacted.is_masked {
            return redacted;
        }
        let text = cut(redacted.text, bytes_max).into_owned();
        let again = redact(Cow::Borrowed(&text), strictness, key);
        let Redacted { sums, is_masked, .. } = again;
        if again.text == text {
            return Redacted { text: Cow::Owned(text), sums, is_masked };
        }
        redacted = Redacted { text: Cow::Owned(again.text.into_owned()), sums, is_masked };
    }
    // Nobody needs a text that never comes to rest.
    Redacted { text: Cow::Borrowed(""), sums: Sums::default(), is_masked: true }
}

/// Cuts a text to size, and not within a mark.
fn cut(text: Cow<'_, str>, bytes_max: usize) -> Cow<'_, str> {
    let is_long = text.len() > bytes_max;
    let text = super::cut::truncate(text, bytes_max);
    match text.rfind('{') {
        Some(open) if is_long && !text[open..].contains('}') => super::cut::truncate(text, open),
        _ => text,
    }
}

/// Redacts once.
fn redact<'a>(text: Cow<'a, str>, at_least: Strictness, key: &RedactionKey) -> Redacted<'a> {
    let decoded = PercentDecoded::new(&text);
    let bytes = &*decoded.bytes;
    let mut findings = Vec::new();
    let mut strictness = at_least;
    let mut sums = harmless::find(bytes, strictness, &mut findings);
    while sums.strictness(strictness) > strictness {
        strictness = sums.strictness(strictness);
        findings.clear();
        sums = harmless::find(bytes, strictness, &mut findings);
    }
    // No browser writes a letter or digit as an escape, and the escapes have digits of their own.
    findings.extend(decoded.escaped_alphanumerics().map(|range| (range, Mark::Token)));
    let emails: Vec<MaskedSpan> =
        secrets::emails(bytes).map(|range| (range, Mark::Email)).collect();
    if findings.is_empty() && emails.is_empty() {
        return Redacted { text, sums, is_masked: false };
    }
    let mut marks = cards_among(&text, bytes, widen(bytes, findings));
    marks.extend(emails);
    let text = Cow::Owned(replace(&text, &decoded, marks, key));
    Redacted { text, sums, is_masked: true }
}

/// Calls the findings of a text card numbers that are some. Where the text holds one in another spelling, all of them are:
/// what is beside it are its expiry date and security code.
fn cards_among(text: &str, bytes: &[u8], mut findings: Vec<MaskedSpan>) -> Vec<MaskedSpan> {
    let spans: Vec<MaskedSpan> =
        cards::spans(bytes).map(|found| (found.range, Mark::Pan)).collect();
    if spans.is_empty() && holds_card(text) {
        findings.iter_mut().for_each(|(_, mark)| *mark = Mark::Pan);
    }
    findings.extend(spans);
    findings
}

/// The text with marks in place of the findings. Two that overlap get one mark, that of the graver class.
fn replace(
    text: &str,
    decoded: &PercentDecoded<'_>,
    mut findings: Vec<MaskedSpan>,
    key: &RedactionKey,
) -> String {
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
            // Two foreign digits side by side are one number.
            Some((last, last_mark)) if range.start == last.end && mark == *last_mark => {
                last.end = range.end;
            }
            _ => merged.push((range, mark)),
        }
    }
    let mut out = String::with_capacity(text.len() + 16 * merged.len());
    let mut copied = 0;
    for (range, mark) in merged {
        let raw = decoded.raw(range.clone());
        out.push_str(&text[copied..raw.start]);
        out.push('{');
        out.push_str(mark.name());
        if mark.has_hash() {
            out.push(':');
            out.extend(key.hash(&decoded.bytes[range]).map(char::from));
        }
        out.push('}');
        copied = raw.end;
    }
    out.push_str(&text[copied..]);
    out
}

/// What is looked at. Tests count the calls, because a body may be made to be looked at again and again; elsewhere it is
/// nothing.
#[inline]
fn look<T>(at: T) -> T {
    #[cfg(test)]
    tests::LOOKS.set(tests::LOOKS.get() + 1);
    at
}

#[cfg(test)]
mod tests;

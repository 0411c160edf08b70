//! Free text made safe to keep and to print: no control, bidirectional or escape characters, bounded,
//! card numbers masked.

use std::borrow::Cow;

use super::redact;
use crate::limits;

/// A script sample or a message.
pub(super) fn sample(text: Cow<'_, str>) -> Cow<'_, str> {
    let text = printable(truncate(text, limits::SAMPLE_SCAN_BYTES));
    let text = redact::text(text, limits::SAMPLE_BYTES).text;
    // Firefox marks a sample that it cut.
    part(text, |text| text.trim_end_matches('…'))
}

/// A directive, a type name or a keyword: lower-case ASCII, anything odd replaced by `?`, redacted.
pub(super) fn name(text: Cow<'_, str>) -> Cow<'_, str> {
    let text = truncate(text, limits::SAMPLE_SCAN_BYTES);
    let text = redact::text(text, limits::NAME_BYTES).text;
    let is_plain = |c: char| {
        c.is_ascii_lowercase()
            || c.is_ascii_digit()
            || matches!(c, '-' | '_' | '.' | '+' | '{' | '}')
    };
    if text.chars().all(is_plain) {
        return text;
    }
    let replaced = text.chars().map(|c| c.to_ascii_lowercase());
    Cow::Owned(replaced.map(|c| if is_plain(c) { c } else { '?' }).collect())
}

/// The hash of a resource as SRI writes it (section 3.1): `sha256-`, `sha384-` or `sha512-` and base64 of
/// that many bits; empty for anything else, as browsers send it for what they cannot read.
pub(super) fn integrity(text: Cow<'_, str>) -> Cow<'_, str> {
    let length = match text.split_once('-') {
        Some(("sha256", _)) => 44,
        Some(("sha384", _)) => 64,
        Some(("sha512", _)) => 88,
        _ => return Cow::Borrowed(""),
    };
    let digest = &text[7..];
    let is_base64 =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_');
    let is_hash = digest.len() == length && digest.bytes().all(is_base64);
    // Anybody may post anything, a card number dressed as a hash included.
    if is_hash && !redact::holds_card(digest) { text } else { Cow::Borrowed("") }
}

/// Cuts at a character's boundary, at `bytes_max` bytes or before.
pub(super) fn truncate(text: Cow<'_, str>, bytes_max: usize) -> Cow<'_, str> {
    part(text, |text| &text[..text.floor_char_boundary(bytes_max)])
}

/// A part of a text, borrowed where the text is.
pub(super) fn part<'a>(text: Cow<'a, str>, choose: impl Fn(&str) -> &str) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(choose(text)),
        Cow::Owned(text) => match choose(&text) {
            part if part.len() == text.len() => Cow::Owned(text),
            part => Cow::Owned(part.to_owned()),
        },
    }
}

/// Replaces by a space what could move a terminal's cursor, reverse text or hide: control characters
/// (Unicode `Cc`), bidirectional marks and overrides, zero-width and line-breaking ones.
pub(crate) fn printable(text: Cow<'_, str>) -> Cow<'_, str> {
    // Nearly all texts are plain, and bytes are looked at faster than characters.
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain || !text.contains(is_unprintable) {
        return text;
    }
    Cow::Owned(text.replace(is_unprintable, " "))
}

/// Whether a character moves the cursor, turns text around, or shows nothing.
pub(crate) fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_printable_bounded_and_masked() {
        let sample = |text: &str| super::sample(Cow::Owned(text.to_owned())).into_owned();
        assert_eq!(sample("a\u{1b}[31mb\0\u{202e}c"), "a [31mb  c");
        assert_eq!(sample("pay('4111 1111 1111 1111')"), "pay('{pan}')");
        assert_eq!(sample(&"ü".repeat(500)).len(), limits::SAMPLE_BYTES);
        assert_eq!(sample("cut by Firefox…"), "cut by Firefox");
    }

    #[test]
    fn only_hashes_are_hashes() {
        let integrity = |text: &str| super::integrity(Cow::Owned(text.to_owned())).into_owned();
        let hash = "sha256-lpCeHc6FylNP2IgfbINpqKh+Bt9aS/ge9Epy2xlbBwQ=";
        assert_eq!(integrity(hash), hash);
        for wrong in [
            "",
            "sha256-",
            "sha999-abc",
            &hash[..50],
            "sha256-lpCeHc6FylNP2IgfbINpqKh Bt9aS/ge9Epy2xlbBwQ=",
        ] {
            assert_eq!(integrity(wrong), "");
        }
    }

    #[test]
    fn names_are_plain() {
        let name = |text: &'static str| super::name(Cow::Borrowed(text));
        assert_eq!(name("Script-Src-Elem"), "script-src-elem");
        assert_eq!(name("a b\n<"), "a?b??");
        assert!(matches!(name("img-src"), Cow::Borrowed(_)));
    }
}

//! Free text made safe to print: no control, bidirectional or escape characters, bounded.

use std::borrow::Cow;

use super::cut::{part, truncate};
use super::redact;
use crate::base::display::printable;
use crate::base::limits;

/// A script sample or a message.
pub(super) fn sample(text: Cow<'_, str>) -> Cow<'_, str> {
    let text = printable(truncate(text, limits::SAMPLE_BYTES));
    // Firefox marks a sample that it has cut.
    part(text, |text| text.trim_end_matches('…'))
}

/// A directive, a type name or a keyword: lower-case ASCII, anything odd but a mark of redaction replaced by `?`.
pub(super) fn name(text: Cow<'_, str>) -> Cow<'_, str> {
    let text = truncate(text, limits::NAME_BYTES);
    let is_plain = |c: char| {
        c.is_ascii_lowercase()
            || c.is_ascii_digit()
            || matches!(c, '-' | '_' | '.' | '+' | '{' | '}' | ':')
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
    // Anybody can post anything, even a card number disguised as a hash.
    if is_hash && !redact::is_disguised(digest) { text } else { Cow::Borrowed("") }
}

/// Such a hash, if it is a SHA-256.
pub(super) fn sha256(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.starts_with("sha256-") { integrity(text) } else { Cow::Borrowed("") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_printable_and_bounded() {
        let sample = |text: &str| super::sample(Cow::Owned(text.to_owned())).into_owned();
        assert_eq!(sample("a\u{1b}[31mb\0\u{202e}c"), "a [31mb  c");
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

//! Free text made safe to keep and to print: no control, bidirectional or escape characters, bounded,
//! card numbers masked.

use std::borrow::Cow;

use super::pan;
use crate::limits;

/// A script sample: the first characters of the offending code.
pub(super) fn sample(text: Cow<'_, str>) -> Cow<'_, str> {
    let clean = printable(truncate(text, limits::SAMPLE_BYTES));
    match pan::mask(&clean) {
        Some(masked) => Cow::Owned(masked.text),
        None => clean,
    }
}

/// A directive, a type name or a keyword: lower-case ASCII, anything odd replaced by `?`.
pub(super) fn name(text: Cow<'_, str>) -> Cow<'_, str> {
    let text = truncate(text, limits::NAME_BYTES);
    let is_plain = |c: char| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | '+')
    };
    if text.chars().all(is_plain) {
        return text;
    }
    let replaced = text.chars().map(|c| c.to_ascii_lowercase());
    Cow::Owned(replaced.map(|c| if is_plain(c) { c } else { '?' }).collect())
}

/// Cuts at a character's boundary, at `bytes_max` bytes or before.
pub(super) fn truncate(text: Cow<'_, str>, bytes_max: usize) -> Cow<'_, str> {
    if text.len() <= bytes_max {
        return text;
    }
    let end = text.floor_char_boundary(bytes_max);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}

/// Replaces by a space what could move a terminal's cursor, reverse text or hide: control characters
/// (Unicode `Cc`), bidirectional marks and overrides, zero-width and line-breaking ones.
pub(crate) fn printable(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains(is_unprintable) {
        return text;
    }
    Cow::Owned(text.replace(is_unprintable, " "))
}

fn is_unprintable(c: char) -> bool {
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
    }

    #[test]
    fn names_are_plain() {
        let name = |text: &'static str| super::name(Cow::Borrowed(text));
        assert_eq!(name("Script-Src-Elem"), "script-src-elem");
        assert_eq!(name("a b\n<"), "a?b??");
        assert!(matches!(name("img-src"), Cow::Borrowed(_)));
    }
}

//! Parts of texts, which stay borrowed where the text is.

use std::borrow::Cow;

/// Cuts a text to at most `bytes_max` bytes, at the boundary of a character.
pub(super) fn truncate(text: Cow<'_, str>, bytes_max: usize) -> Cow<'_, str> {
    part(text, |text| &text[..text.floor_char_boundary(bytes_max)])
}

/// The part of a text that `choose` returns; it stays borrowed where the text is.
pub(super) fn part<'a>(text: Cow<'a, str>, choose: impl Fn(&str) -> &str) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(choose(text)),
        Cow::Owned(text) => match choose(&text) {
            part if part.len() == text.len() => Cow::Owned(text),
            part => Cow::Owned(part.to_owned()),
        },
    }
}

//! Parts of texts, borrowed where the text is.

use std::borrow::Cow;

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

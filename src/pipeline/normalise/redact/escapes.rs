//! Undoes the ways to write a character by its number: HTML entities, escapes of JavaScript, CSS and JSON; and writes the
//! digits of every script as ASCII.

use std::borrow::Cow;

use memchr::memchr2;

use super::digits;

/// What an escape begins with.
const BEGINNINGS: [char; 4] = ['&', '\\', '%', '0'];

/// A text with all of them undone.
pub(super) fn undone(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !(may_have_escapes(text.as_bytes()) && has_escapes(text)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((decoded, length)) = escape(rest) {
            out.push(decoded);
            rest = &rest[length..];
            continue;
        }
        match digits::value(c) {
            Some(digit) => out.push(char::from(b'0' + digit)),
            None => out.push(narrow(c)),
        }
        rest = &rest[c.len_utf8()..];
    }
    Cow::Owned(out)
}

/// Whether there are escapes in a text of ASCII.
fn has_escapes(text: &str) -> bool {
    text.match_indices(BEGINNINGS).any(|(at, _)| escape(&text[at..]).is_some())
}

/// Whether one of [`escape`]'s forms may begin in a text. In most texts none does, and this costs less than to try each.
fn may_have_escapes(text: &[u8]) -> bool {
    if memchr2(b'\\', b'%', text).is_some() {
        return true;
    }
    // To the end, whatever is found: so many bytes are compared at a time.
    let [second, third] = [1, 2].map(|from| text.get(from..).unwrap_or_default());
    text.iter().zip(second).zip(third).fold(false, |found, ((a, b), c)| {
        let is_entity = (*a == b'&') & (*b == b'#');
        let is_hex = (*a == b'0') & (*b == b'x') & c.is_ascii_hexdigit();
        found | is_entity | is_hex
    })
}

/// Full-width letters and signs as ASCII.
fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

/// The character that a text begins with, and the length of its escape.
fn escape(text: &str) -> Option<(char, usize)> {
    /// How an escape begins, its base, how many digits it has at the most, and what may end it.
    const FORMS: [(&str, u32, usize, &str); 10] = [
        ("&#x", 16, 6, ";"),
        ("&#X", 16, 6, ";"),
        ("&#", 10, 7, ";"),
        ("\\u{", 16, 6, "}"),
        ("\\u", 16, 4, ""),
        ("%u", 16, 4, ""),
        ("\\x", 16, 2, ""),
        ("0x", 16, 2, ""),
        ("\\", 16, 6, " "),
        ("%", 16, 2, ""),
    ];
    if !text.starts_with(BEGINNINGS) {
        return None;
    }
    FORMS.into_iter().find_map(|(begin, base, digits_max, end)| {
        let rest = text.strip_prefix(begin)?;
        let count = rest.chars().take(digits_max).take_while(|c| c.is_digit(base)).count();
        let value = u32::from_str_radix(&rest[..count], base).ok()?;
        let decoded = char::from_u32(value).filter(|c| !c.is_control())?;
        let has_end = !end.is_empty() && rest[count..].starts_with(end);
        Some((decoded, begin.len() + count + usize::from(has_end)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_by_their_numbers() {
        for text in [
            "41",
            "&#52;&#49;",
            "&#x34;&#x31;",
            "&#52&#49",
            "\\x34\\x31",
            "\\u0034\\u0031",
            "\\u{34}\\u{31}",
            "%u0034%u0031",
            "\\34 \\31 ",
            "0x340x31",
            "４１",
            "٤١",
        ] {
            assert_eq!(undone(text), "41", "{text}");
        }
        assert_eq!(undone("a\\b & c%"), "a\u{b} & c%".replace('\u{b}', "\\b"));
    }
}

//! Byte repair before parsing. Browsers cut script samples at 40 UTF-16 units, through the middle of a
//! surrogate pair: Chromium then sends invalid UTF-8 (`ED A0 BD`), Firefox and WebKit a lone escape
//! (`\ud83d`). A strict JSON parser would refuse the whole report.

use std::borrow::Cow;

/// Valid UTF-8 without byte order marks and lone surrogate escapes; what is broken becomes U+FFFD.
/// Borrows when there is nothing to repair.
pub fn repair(body: &[u8]) -> Cow<'_, str> {
    let mut body = body;
    while let Some(rest) = body.strip_prefix(b"\xEF\xBB\xBF") {
        body = rest;
    }
    // Nearly all bodies are valid, and this check is ten times as fast.
    match std::str::from_utf8(body) {
        Ok(text) => repair_escapes(text),
        Err(_) => {
            let text = String::from_utf8_lossy(body);
            Cow::Owned(repair_escapes(&text).into_owned())
        }
    }
}

/// Bytes of an escape: `\uXXXX`.
const ESCAPE: usize = 6;

fn repair_escapes(text: &str) -> Cow<'_, str> {
    let mut repaired = String::new();
    let mut copied = 0;
    let mut position = 0;
    while let Some(offset) = memchr::memchr(b'\\', &text.as_bytes()[position..]) {
        let start = position + offset;
        let Some(unit) = escaped_unit(text, start) else {
            // Another escape: a backslash and one more character.
            position = start + 1 + text[start + 1..].chars().next().map_or(0, char::len_utf8);
            continue;
        };
        position = start + ESCAPE;
        match unit {
            0xD800..=0xDBFF if is_low_surrogate(escaped_unit(text, position)) => position += ESCAPE,
            0xD800..=0xDFFF => {
                repaired.push_str(&text[copied..start]);
                repaired.push('\u{FFFD}');
                copied = position;
            }
            _ => {}
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    repaired.push_str(&text[copied..]);
    Cow::Owned(repaired)
}

fn is_low_surrogate(unit: Option<u16>) -> bool {
    matches!(unit, Some(0xDC00..=0xDFFF))
}

/// The UTF-16 unit of the `\uXXXX` that starts at `start`, if one does.
fn escaped_unit(text: &str, start: usize) -> Option<u16> {
    let escape = text.as_bytes().get(start..start + ESCAPE)?;
    let digits = escape.strip_prefix(b"\\u")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &[u8], expected: &str) {
        assert_eq!(repair(input), expected);
    }

    #[test]
    fn leaves_sound_text_alone() {
        assert!(matches!(repair(br#"{"a":"\ud83d\ude00 \n \\ud83d"}"#), Cow::Borrowed(_)));
    }

    #[test]
    fn replaces_what_chromium_cuts() {
        check(b"\"abc\xED\xA0\xBD\"", "\"abc\u{FFFD}\u{FFFD}\u{FFFD}\"");
    }

    #[test]
    fn replaces_what_firefox_and_webkit_cut() {
        check(br#""abc\ud83d""#, "\"abc\u{FFFD}\"");
        check(br#""\uDE00x\uD83D\uD83D\uDE00""#, "\"\u{FFFD}x\u{FFFD}\\uD83D\\uDE00\"");
    }

    #[test]
    fn keeps_odd_escapes_for_the_parser_to_judge() {
        check(br#""\u12""#, r#""\u12""#);
        check("\"\\é\"".as_bytes(), "\"\\é\"");
        check(b"\\", "\\");
    }

    #[test]
    fn drops_byte_order_marks() {
        check(b"\xEF\xBB\xBF{}", "{}");
        check(b"\xEF\xBB\xBF\xEF\xBB\xBF{}", "{}");
    }
}

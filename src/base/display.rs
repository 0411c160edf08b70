//! Texts of reports made safe to display: they cannot move a cursor, reverse a line or become a link.

use std::borrow::Cow;

use super::clock::{SECOND, Timestamp};

/// A text that reports or people chose, without control and bidirectional characters.
pub fn safe(text: &str) -> String {
    printable(text.to_owned().into()).into_owned()
}

/// A host with `[.]` for its dots, so that no program turns it into a link.
pub fn defanged(host: &str) -> String {
    safe(&host.replace('.', "[.]"))
}

/// A text that contains hosts: every dot that does not end a sentence may belong to one, and is defanged.
pub fn defanged_words(text: &str) -> String {
    let mut defanged = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match rest.peek() {
            Some(next) if c == '.' && !next.is_whitespace() => defanged.push_str("[.]"),
            _ => defanged.push(c),
        }
    }
    safe(&defanged)
}

/// A time, to the second.
pub fn seconds(at: Timestamp) -> String {
    at.floor(SECOND).to_string()
}

/// A point in time as JSON and CSV write it (RFC 3339).
pub fn time(at: Timestamp) -> String {
    at.to_string()
}

/// A day as 2026-11-01; `days` since 1970-01-01.
pub fn day(days: impl Into<i64>) -> String {
    let mut midnight = Timestamp::from_day(days.into()).to_string();
    midnight.truncate("2026-11-01".len());
    midnight
}

/// Replaces by a space what could move a terminal's cursor, reverse text or hide: control characters
/// (Unicode `Cc`), bidirectional marks and overrides, zero-width and line-breaking ones.
pub fn printable(text: Cow<'_, str>) -> Cow<'_, str> {
    // Nearly all texts are plain, and bytes are looked at faster than characters.
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain || !text.contains(is_unprintable) {
        return text;
    }
    Cow::Owned(text.replace(is_unprintable, " "))
}

/// Whether a character moves the cursor, turns text around, or shows nothing.
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_a_link() {
        assert_eq!(defanged("a.evil.example"), "a[.]evil[.]example");
        assert_eq!(
            defanged_words("img-src has https://x.example/a now. So."),
            "img-src has https://x[.]example/a now. So."
        );
        assert_eq!(safe("a\u{202e}b\u{1b}[31m"), "a b [31m");
    }
}

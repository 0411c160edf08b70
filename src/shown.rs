//! Texts as people are shown them: nothing that a report said moves a cursor, turns a line around or becomes a link.

use crate::clock::Timestamp;
use crate::normalise::printable;

const DAY_MILLIS: i64 = 24 * 3_600_000;

/// A text that reports or people chose, without control and bidirectional characters.
pub fn safe(text: &str) -> String {
    printable(text.to_owned().into()).into_owned()
}

/// A host: nobody makes a link of it.
pub fn defanged(host: &str) -> String {
    safe(&host.replace('.', "[.]"))
}

/// Words with hosts among them: each dot that does not end a sentence is one of a host, or may be.
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

/// A time, to the second; `millis` since 1970.
pub fn seconds(millis: i64) -> String {
    Timestamp(millis - millis.rem_euclid(1000)).to_string()
}

/// A day as 2026-11-01; `days` since 1970-01-01.
pub fn day(days: impl Into<i64>) -> String {
    let mut midnight = Timestamp(days.into() * DAY_MILLIS).to_string();
    midnight.truncate("2026-11-01".len());
    midnight
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

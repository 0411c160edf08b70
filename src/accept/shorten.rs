//! A body that is longer than it may be, made short enough to be read: a page chooses how long the URLs are that its browser
//! reports, and could push the report of a theft over the limit.
//!
//! Long strings of the JSON text lose their ends; everything else stays as it is. It works on pieces as they arrive, and says
//! nothing about whether the text is JSON.

use std::ops::Range;

use memchr::memchr2;

use crate::base::limits;

/// Bytes of a key that are compared.
const KEY_BYTES: usize = 16;

/// What a policy stands under, in the Reporting API and in bodies of `report-uri`.
const POLICY_KEYS: [&[u8]; 2] = [b"originalPolicy", b"original-policy"];

/// Shortens one body.
#[derive(Debug, Default)]
pub(super) struct Shortener {
    at: At,
    /// Bytes that were kept of the string.
    count: usize,
    /// The beginning of the latest string: a key, if a colon follows it.
    latest: Vec<u8>,
    /// The string is a policy, which is judged as a whole.
    is_policy: bool,
    /// The digits of the latest `\u` escape.
    digits: [u8; 4],
    /// What was kept ends with the first escape of a pair.
    is_half: bool,
}

/// Where the next byte is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    /// Between strings.
    #[default]
    Between,
    /// In a string that is kept so far.
    Kept,
    /// Behind a backslash there.
    Escape,
    /// Behind so many digits of an escape there.
    Digits(usize),
    /// In a string whose end is left out.
    Cut,
    /// Behind a backslash there.
    CutEscape,
}

impl Shortener {
    /// Appends to `all_kept` what stays of the next piece.
    pub(super) fn push(&mut self, mut piece: &[u8], all_kept: &mut Vec<u8>) {
        while let Some(first) = piece.first() {
            let (kept, taken) = match self.at {
                At::Between => self.between(piece),
                At::Kept => self.kept(piece),
                At::Escape => self.escape(*first),
                At::Digits(before) => self.digit(*first, before),
                At::Cut => self.cut(piece),
                At::CutEscape => {
                    self.at = At::Cut;
                    (0..0, 1)
                }
            };
            all_kept.extend_from_slice(&piece[kept]);
            piece = &piece[taken..];
        }
    }

    /// What is kept of the piece, and how much of it was looked at; the others the same.
    fn between(&mut self, piece: &[u8]) -> (Range<usize>, usize) {
        let quote = memchr::memchr(b'"', piece);
        let before = quote.unwrap_or(piece.len());
        if piece[..before].contains(&b':') {
            self.is_policy = POLICY_KEYS.contains(&self.latest.as_slice());
        }
        if quote.is_none() {
            return (0..before, before);
        }
        self.at = At::Kept;
        self.count = 0;
        self.is_half = false;
        self.latest.clear();
        (0..before + 1, before + 1)
    }

    fn kept(&mut self, piece: &[u8]) -> (Range<usize>, usize) {
        let most = if self.is_policy {
            limits::OVERLONG_POLICY_BYTES
        } else {
            limits::OVERLONG_TEXT_BYTES
        };
        let room = match most.saturating_sub(self.count) {
            // Neither a character of UTF-8 nor a pair of escapes is kept by half, and the end of a string is none of its bytes.
            0 if matches!(piece[0], b'"' | 0x80..0xc0) || self.is_half && piece[0] == b'\\' => 1,
            0 => {
                self.at = At::Cut;
                return (0..0, 0);
            }
            room => room.min(piece.len()),
        };
        let special = memchr2(b'"', b'\\', &piece[..room]);
        let plain = special.unwrap_or(room);
        self.note(&piece[..plain]);
        match special.map(|at| piece[at]) {
            None => (0..plain, plain),
            Some(b'"') => {
                self.end();
                (0..plain + 1, plain + 1)
            }
            Some(_) => {
                self.at = At::Escape;
                self.count += 1;
                (0..plain + 1, plain + 1)
            }
        }
    }

    fn escape(&mut self, byte: u8) -> (Range<usize>, usize) {
        self.count += 1;
        if byte == b'u' {
            self.at = At::Digits(0);
        } else {
            self.is_half = false;
            self.at = At::Kept;
        }
        (0..1, 1)
    }

    fn digit(&mut self, byte: u8, before: usize) -> (Range<usize>, usize) {
        self.count += 1;
        self.digits[before] = byte.to_ascii_lowercase();
        if before + 1 < self.digits.len() {
            self.at = At::Digits(before + 1);
        } else {
            self.is_half = matches!(self.digits, [b'd', b'8' | b'9' | b'a' | b'b', ..]);
            self.at = At::Kept;
        }
        (0..1, 1)
    }

    fn cut(&mut self, piece: &[u8]) -> (Range<usize>, usize) {
        let Some(special) = memchr2(b'"', b'\\', piece) else { return (0..0, piece.len()) };
        if piece[special] == b'"' {
            self.end();
            return (special..special + 1, special + 1);
        }
        self.at = At::CutEscape;
        (0..0, special + 1)
    }

    fn end(&mut self) {
        self.at = At::Between;
        self.is_policy = false;
    }

    fn note(&mut self, plain: &[u8]) {
        self.count += plain.len();
        self.is_half &= plain.is_empty();
        let room = KEY_BYTES.saturating_sub(self.latest.len());
        self.latest.extend_from_slice(&plain[..plain.len().min(room)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shortened(pieces: &[&[u8]]) -> Vec<u8> {
        let mut shortener = Shortener::default();
        let mut all = Vec::new();
        for piece in pieces {
            shortener.push(piece, &mut all);
        }
        all
    }

    fn parse(json: &[u8]) -> serde_json::Value {
        serde_json::from_slice(json).unwrap()
    }

    #[test]
    fn long_texts_lose_their_ends_and_nothing_else_changes() {
        let long = "a/".repeat(400_000);
        let body =
            format!(r#"[{{"url":"{long}","n":1}},{{"blockedURL":"https://evil.example/c"}}]"#);
        let whole = shortened(&[body.as_bytes()]);
        assert!(whole.len() < 4096, "{}", whole.len());
        let read = parse(&whole);
        assert_eq!(read[1]["blockedURL"], "https://evil.example/c");
        assert_eq!(read[0]["n"], 1);
        assert!(long.starts_with(read[0]["url"].as_str().unwrap()));
    }

    #[test]
    fn it_is_the_same_however_it_arrives() {
        let text = format!(
            r#"{{"a\"b":"{}","c":["{}"],"d":"\\"}}"#,
            "x\\\"é\\u00e9".repeat(700),
            "yz".repeat(2000)
        );
        let whole = shortened(&[text.as_bytes()]);
        parse(&whole);
        for size in [1, 2, 3, 7, 1000] {
            let pieces: Vec<_> = text.as_bytes().chunks(size).collect();
            assert_eq!(shortened(&pieces), whole, "{size}");
        }
    }

    #[test]
    fn texts_of_any_characters_stay_json() {
        for unit in ["é", "漢", "😀", "\\ud83d\\ude00", "\\n", "\\\\", "\\\"", "\\u0041", "0a"]
        {
            for offset in 0..12 {
                let text =
                    format!(r#"{{"k":"{}{}","z":2}}"#, "-".repeat(offset), unit.repeat(3000));
                let read = parse(&shortened(&[text.as_bytes()]));
                assert_eq!(read["z"], 2, "{unit} {offset}");
            }
        }
    }

    #[test]
    fn a_policy_stays_whole() {
        let policy = "script-src https://a.example; ".repeat(200);
        for key in ["originalPolicy", "original-policy"] {
            let text = format!(r#"{{"{key}" : "{policy}","referrer":"{policy}"}}"#);
            let read = parse(&shortened(&[text.as_bytes()]));
            assert_eq!(read[key], policy.as_str());
            assert_ne!(read["referrer"], policy.as_str());
        }
    }
}

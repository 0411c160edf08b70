//! Decodes percent-encoding, and maps ranges of the result back to the text.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;

/// A text's bytes without percent-encoding (RFC 3986, section 2.1), also where it was encoded twice.
pub(super) struct PercentDecoded<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    /// Where each byte begins in the text, and the text's end; empty when nothing was encoded.
    starts: Vec<usize>,
}

impl<'a> PercentDecoded<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let raw = text.as_bytes();
        if memchr(b'%', raw).is_none() {
            return Self { bytes: Cow::Borrowed(raw), starts: Vec::new() };
        }
        let mut bytes = Vec::with_capacity(raw.len());
        let mut starts = Vec::with_capacity(raw.len() + 1);
        let mut position = 0;
        while position < raw.len() {
            starts.push(position);
            let (byte, length) = escape(&raw[position..]).unwrap_or((raw[position], 1));
            bytes.push(byte);
            position += length;
        }
        starts.push(raw.len());
        Self { bytes: Cow::Owned(bytes), starts }
    }

    /// Where letters and digits were encoded.
    pub(super) fn escaped_alphanumerics(&self) -> impl Iterator<Item = Range<usize>> {
        let escaped = self.starts.windows(2).enumerate().filter(|(_, at)| at[1] - at[0] > 1);
        let indices = escaped.map(|(index, _)| index);
        indices.filter(|index| self.bytes[*index].is_ascii_alphanumeric()).map(|at| at..at + 1)
    }

    /// The range of the text that a range of bytes was decoded from. It begins and ends at characters, because findings are
    /// ASCII.
    pub(super) fn raw(&self, range: Range<usize>) -> Range<usize> {
        if self.starts.is_empty() {
            return range;
        }
        self.starts[range.start]..self.starts[range.end]
    }
}

/// A text's bytes without percent-encoding, for those who do not ask where they were.
pub(super) fn decoded(text: &str) -> Cow<'_, [u8]> {
    let mut rest = text.as_bytes();
    let Some(first) = memchr(b'%', rest) else { return Cow::Borrowed(rest) };
    let mut bytes = Vec::with_capacity(rest.len());
    let mut next = Some(first);
    while let Some(at) = next {
        bytes.extend_from_slice(&rest[..at]);
        let (byte, length) = escape(&rest[at..]).unwrap_or((b'%', 1));
        bytes.push(byte);
        rest = &rest[at + length..];
        next = memchr(b'%', rest);
    }
    bytes.extend_from_slice(rest);
    Cow::Owned(bytes)
}

/// The byte that an escape stands for, and the escape's length. `%2534` is `%34` encoded once more.
fn escape(raw: &[u8]) -> Option<(u8, usize)> {
    let mut length = 1;
    if raw.first() != Some(&b'%') {
        return None;
    }
    while raw[length..].starts_with(b"25") && is_hex_pair(&raw[length + 2..]) {
        length += 2;
    }
    let digits = raw.get(length..length + 2).filter(|digits| is_hex_pair(digits))?;
    let value = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    Some((value, length + 2))
}

fn is_hex_pair(bytes: &[u8]) -> bool {
    bytes.len() >= 2 && bytes[..2].iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let decoded = PercentDecoded::new(text);
        assert_eq!(String::from_utf8_lossy(&decoded.bytes), expected);
        assert_eq!(decoded.raw(0..decoded.bytes.len()), 0..text.len());
        assert_eq!(super::decoded(text), decoded.bytes);
    }

    #[test]
    fn escapes() {
        check("plain", "plain");
        check("%34%31x%2F", "41x/");
        check("%2534%252531", "41");
        check("100%", "100%");
        check("%zz%4", "%zz%4");
        check("%25", "%");
    }

    #[test]
    fn ranges_map_back_to_the_text() {
        assert_eq!(PercentDecoded::new("a%34b").raw(1..2), 1..4);
    }
}

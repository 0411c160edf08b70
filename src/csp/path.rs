//! Whether the path of a source matches that of a report's URL.

use crate::base::limits;

/// Whether a source matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Match {
    No,
    Maybe,
    Yes,
}

/// "Path-part match", section 6.7.2.12: all of it, or a folder where the pattern ends with `/`.
pub(super) fn path(pattern: &str, path: &str) -> Match {
    if pattern.is_empty() || pattern == "/" {
        return Match::Yes;
    }
    // What the operator keeps of queries follows the path.
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    if path.is_empty() || path == "/" || path.len() >= limits::PATH_BYTES {
        return Match::Maybe;
    }
    let (folder, is_folder) = match pattern.strip_suffix('/') {
        Some(folder) => (folder, true),
        None => (pattern, false),
    };
    let mut pieces = path.split('/');
    for wanted in folder.split('/') {
        match pieces.next() {
            // The marks of redaction; a real brace is percent-encoded.
            Some(piece) if piece.contains('{') => return Match::Maybe,
            Some(piece) if decoded(wanted).eq(decoded(piece)) => {}
            _ => return Match::No,
        }
    }
    // A folder itself is not in it: `/js/` does not match `/js`.
    if pieces.next().is_some() == is_folder { Match::Yes } else { Match::No }
}

/// The bytes of a percent-encoded text.
fn decoded(text: &str) -> impl Iterator<Item = u8> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let byte = *bytes.get(at)?;
        let digit = |n: usize| bytes.get(at + n).and_then(|b| char::from(*b).to_digit(16));
        let (byte, length) = match (byte, digit(1), digit(2)) {
            (b'%', Some(high), Some(low)) => (u8::try_from(high * 16 + low).unwrap_or(byte), 3),
            _ => (byte, 1),
        };
        at += length;
        Some(byte)
    })
}

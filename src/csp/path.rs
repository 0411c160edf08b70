//! Whether the path of a source matches the path of a reported URL.

use crate::base::limits;

/// Whether a source matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Match {
    No,
    Maybe,
    Yes,
}

/// "Path-part match", section 6.7.2.12: exactly this path, or anything below it where the pattern ends with `/`.
pub(super) fn path(pattern: &str, path: &str) -> Match {
    if pattern.is_empty() || pattern == "/" {
        return Match::Yes;
    }
    // Where the operator keeps queries, they follow the path.
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    if path.is_empty() || path == "/" || path.len() >= limits::PATH_BYTES {
        return Match::Maybe;
    }
    let (folder, is_folder) = match pattern.strip_suffix('/') {
        Some(folder) => (folder, true),
        None => (pattern, false),
    };
    let mut pieces = path.split('/');
    for expected in folder.split('/') {
        match pieces.next() {
            // A brace marks redaction; a real one is percent-encoded.
            Some(piece) if piece.contains('{') => return Match::Maybe,
            Some(piece) if decoded(expected).eq(decoded(piece)) => {}
            _ => return Match::No,
        }
    }
    // `/js/` does not match `/js`.
    if pieces.next().is_some() == is_folder { Match::Yes } else { Match::No }
}

/// Whether a reported path certainly matches a pattern as a source's path does.
pub fn is_path_below(pattern: &str, reported: &str) -> bool {
    path(pattern, reported) == Match::Yes
}

/// The bytes of a percent-encoded text.
fn decoded(text: &str) -> impl Iterator<Item = u8> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let byte = *bytes.get(at)?;
        let digit =
            |offset: usize| bytes.get(at + offset).and_then(|b| char::from(*b).to_digit(16));
        let (byte, length) = match (byte, digit(1), digit(2)) {
            (b'%', Some(high), Some(low)) => (u8::try_from(high * 16 + low).unwrap_or(byte), 3),
            _ => (byte, 1),
        };
        at += length;
        Some(byte)
    })
}

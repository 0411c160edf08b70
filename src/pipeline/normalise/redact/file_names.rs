//! Names of static files. Bundlers write a hash of the content into them, and an inventory of scripts needs the whole name:
//! people approve scripts by their URL.

use std::ops::Range;

use super::{ascii_digits, cards, pan};

/// Extensions of files that a build makes. JSON is not among them: it is mostly somebody's data.
const EXTENSIONS: &[&str] = &[
    "js", "mjs", "css", "map", "wasm", "png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "ico",
    "woff", "woff2", "ttf", "otf", "mp4", "webm", "mp3",
];

/// Hex of SHA-256.
const HEX_MAX: usize = 64;
/// Characters of a hash of letters and digits: Vite and webpack write 8, Next 11. They encode 9 digits at the most.
const MIXED_MAX: usize = 12;
/// Digits of a hash that has no letter by chance.
const DIGITS_MAX: usize = 8;

/// Whether this is the name of a static file.
pub(super) fn is_static(name: &[u8]) -> bool {
    memchr::memrchr(b'.', name).is_some_and(|dot| {
        let extension = &name[dot + 1..];
        EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known.as_bytes()))
    })
}

/// Where the name of the static file is that a path ends with, unless a number is hidden in its hashes.
pub(super) fn kept(text: &[u8]) -> Option<Range<usize>> {
    let range = name(text)?;
    (!is_disguised(&text[range.clone()])).then_some(range)
}

/// Whether a word looks like the hash of a file's content.
pub(super) fn is_content_hash(word: &[u8]) -> bool {
    let is_mixed = || word.iter().any(u8::is_ascii_alphabetic);
    word.len() <= DIGITS_MAX
        || (word.len() <= MIXED_MAX && is_mixed())
        || (word.len() <= HEX_MAX && word.iter().all(u8::is_ascii_hexdigit) && is_mixed())
}

/// The hashes of the names of several paths' files, one behind the other; the same name counts once.
pub(super) fn hashes_of(paths: &[&str]) -> Vec<u8> {
    let mut names: Vec<&[u8]> =
        paths.iter().filter_map(|path| Some(&path.as_bytes()[name(path.as_bytes())?])).collect();
    names.dedup();
    names.into_iter().flat_map(|name| hashes(name).flatten().copied()).collect()
}

fn name(text: &[u8]) -> Option<Range<usize>> {
    let end = memchr::memchr(b'?', text).unwrap_or(text.len());
    let start = memchr::memrchr(b'/', &text[..end])? + 1;
    is_static(&text[start..end]).then_some(start..end)
}

/// The words of a name that may be hashes: those that have a digit or look like no word. Its extension is none.
fn hashes(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    let stem = &name[..memchr::memrchr(b'.', name).unwrap_or(name.len())];
    let words = stem.split(|byte| !byte.is_ascii_alphanumeric());
    words.filter(|word| {
        let (read, _) = super::word::Word::read(word, 0);
        read.digits > 0 || read.is_odd()
    })
}

/// Whether a name's digits, or what its hashes encode, are a card number. A hash in hex is one by chance, 1 of 20.
fn is_disguised(name: &[u8]) -> bool {
    let mut joined = Vec::new();
    for hash in hashes(name) {
        if pan::is_card(&ascii_digits::values(hash)) || is_text_in_hex(hash) {
            return true;
        }
        joined.extend_from_slice(hash);
    }
    holds_card(&joined) || cards::holds_card(&String::from_utf8_lossy(name))
}

/// Whether hashes, one behind the other, hold a card number.
pub(super) fn holds_card(hashes: &[u8]) -> bool {
    pan::is_card(&ascii_digits::values(hashes))
        || cards::holds_card(&String::from_utf8_lossy(hashes))
}

/// Whether most of what hex encodes is printable, as of no hash.
fn is_text_in_hex(hash: &[u8]) -> bool {
    if hash.len() <= MIXED_MAX || !hash.iter().all(u8::is_ascii_hexdigit) {
        return false;
    }
    let digits = std::str::from_utf8(hash).unwrap_or_default();
    let pairs = (0..digits.len() / 2).map(|at| &digits[2 * at..2 * at + 2]);
    let is_printable =
        |pair: &str| u8::from_str_radix(pair, 16).is_ok_and(|byte| (b' '..=b'~').contains(&byte));
    let printable = pairs.filter(|pair| is_printable(pair)).count();
    printable * 8 > hash.len() * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_bundlers_are_kept() {
        for path in [
            "/main.8f3b2c1d.js",
            "/static/js/2.8f14e45fceea467ea4d1.chunk.js",
            "/assets/index-BkZ3d9Qa.js",
            "/_next/static/chunks/4bd1b696-182b6b13bdad92e3.js",
            "/assets/application-8f14e45fceea467ea4d10123456789ab.css",
            "/a/8f14e45fceea467ea4d1e45fceea467e8f14e45fceea467ea4d1e45fceea467e.js?v=2",
            "/main.12345678.js",
        ] {
            assert!(kept(path.as_bytes()).is_some(), "{path}");
        }
    }

    #[test]
    fn numbers_are_not() {
        for path in [
            "/main.4a1b1c1d1e1f1a1b1c1d1e1f1a1b1c1d.js",
            "/main.4111a.1111b.1111c.1111d.js",
            "/x.34313131313131313131313131313131.js",
            "/x.6a616e654073686f702e6578616d706c65.js",
            "/NDExMTExMTEx.MTExMTExMQ.js",
            "/orders/8f14e45f.json",
            "/reset/8f14e45f",
            "/8f14e45f.js/x",
        ] {
            assert!(kept(path.as_bytes()).is_none(), "{path}");
        }
        for word in ["123456789", "Zk3PqX9aLm42TtYw8Q"] {
            assert!(!is_content_hash(word.as_bytes()), "{word}");
        }
    }
}

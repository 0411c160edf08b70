//! Segments of a path that identify a person, a session or an order: UUIDs, long hexadecimal numbers,
//! random strings. Masking them also keeps one page from looking like a million.

use super::secrets::TOKEN_MIN;
use super::{Mark, MaskedSpan};

/// Length of a run of letters that counts as random if upper and lower case alternate.
const LETTERS_MIN: usize = 24;

/// Extensions of files whose names contain a hash of their content, which identifies nobody.
const STATIC_FILES: &[&str] = &[
    "js", "mjs", "css", "map", "wasm", "json", "png", "jpg", "jpeg", "gif", "svg", "webp", "avif",
    "ico", "woff", "woff2", "ttf", "otf", "mp4", "webm", "mp3",
];

/// Adds such segments of a path.
pub(super) fn find(path: &[u8], findings: &mut Vec<MaskedSpan>) {
    let mut start = 0;
    for segment in path.split(|byte| *byte == b'/') {
        if let Some(mark) = class(segment) {
            findings.push((start..start + segment.len(), mark));
        }
        start += segment.len() + 1;
    }
}

fn class(segment: &[u8]) -> Option<Mark> {
    if segment.len() < TOKEN_MIN || is_static_file(segment) {
        return None;
    }
    if is_uuid(segment) || is_hex_number(segment) {
        return Some(Mark::Id);
    }
    let mut runs = segment.split(|byte| !byte.is_ascii_alphanumeric());
    runs.any(is_random).then_some(Mark::Token)
}

fn is_static_file(segment: &[u8]) -> bool {
    let extension = segment.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    extension.len() < segment.len()
        && STATIC_FILES.iter().any(|known| extension.eq_ignore_ascii_case(known.as_bytes()))
}

/// RFC 9562, section 4.
fn is_uuid(segment: &[u8]) -> bool {
    let groups: Vec<&[u8]> = segment.split(|byte| *byte == b'-').collect();
    let lengths = [8, 4, 4, 4, 12];
    groups.len() == lengths.len()
        && groups.iter().zip(lengths).all(|(group, length)| group.len() == length)
        && groups.concat().iter().all(u8::is_ascii_hexdigit)
}

fn is_hex_number(segment: &[u8]) -> bool {
    segment.iter().all(u8::is_ascii_hexdigit) && segment.iter().any(u8::is_ascii_digit)
}

/// Letters and digits mixed, or letters whose case alternates as it does in no word.
fn is_random(run: &[u8]) -> bool {
    if run.len() < TOKEN_MIN {
        return false;
    }
    let digits = run.iter().filter(|byte| byte.is_ascii_digit()).count();
    let has_both = digits >= 2 && digits < run.len();
    let turns = run.windows(2).filter(|pair| is_turn(pair[0], pair[1])).count();
    has_both || (run.len() >= LETTERS_MIN && turns * 3 > run.len())
}

fn is_turn(first: u8, second: u8) -> bool {
    first.is_ascii_uppercase() != second.is_ascii_uppercase()
}

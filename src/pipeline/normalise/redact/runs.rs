//! Runs of bytes of a kind, where only long ones matter.

use std::ops::Range;

/// The maximal runs of at least `min` bytes of a kind. Of a text without such a run only each `min`th byte is looked at, and
/// what precedes it as far as it is of the kind.
pub(super) fn runs(
    bytes: &[u8],
    min: usize,
    is_kind: impl Fn(u8) -> bool + Copy,
) -> impl Iterator<Item = Range<usize>> {
    // What is before it is not of the kind, or was returned.
    let mut position = 0;
    std::iter::from_fn(move || {
        loop {
            // A run that begins at the position or behind it, and long enough, has this byte or one of the next `min`.
            let probe = position + min - 1;
            if !is_kind(*bytes.get(probe)?) {
                position = probe + 1;
                continue;
            }
            let before = bytes[position..probe].iter().rev().take_while(|byte| is_kind(**byte));
            let start = probe - before.count();
            let after = bytes[probe..].iter().take_while(|byte| is_kind(**byte));
            position = probe + after.count();
            if position - start >= min {
                return Some(start..position);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Byte by byte.
    fn all_runs(bytes: &[u8], min: usize) -> Vec<Range<usize>> {
        let mut at = 0;
        let pieces = bytes.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
        let ranges = pieces.map(|piece| {
            at += piece.len();
            at - piece.len()..at
        });
        ranges.filter(|range| range.len() >= min && bytes[range.start].is_ascii_digit()).collect()
    }

    proptest::proptest! {
        #[test]
        fn no_run_is_passed_over(text in "([0-9]{1,9}|[a-z]{1,3}){0,20}", min in 1..8_usize) {
            let found: Vec<_> = runs(text.as_bytes(), min, |byte| byte.is_ascii_digit()).collect();
            proptest::prop_assert_eq!(found, all_runs(text.as_bytes(), min));
        }
    }
}

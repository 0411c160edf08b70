//! The digits of ASCII in a text: how many there are, where they are, and their values.

/// How many digits a text has.
pub(super) fn count(bytes: &[u8]) -> usize {
    // Blocks whose count fits a byte are counted many bytes at a time.
    let count = |block: &[u8]| block.iter().map(|byte| u8::from(byte.is_ascii_digit())).sum::<u8>();
    bytes.chunks(128).map(|block| usize::from(count(block))).sum::<usize>()
}

/// Where the next digit is at or behind a position.
pub(super) fn next(bytes: &[u8], from: usize) -> Option<usize> {
    let (pieces, rest) = bytes.get(from..)?.as_chunks::<8>();
    for (index, piece) in pieces.iter().enumerate() {
        let digits = digits_among(*piece);
        if digits != 0 {
            return Some(from + 8 * index + digits.trailing_zeros() as usize / 8);
        }
    }
    let of_rest = rest.iter().position(u8::is_ascii_digit)?;
    Some(bytes.len() - rest.len() + of_rest)
}

/// Of eight bytes at once, the highest bit of those that are digits.
const fn digits_among(bytes: [u8; 8]) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // Digits become 0 to 9; the sum of any greater number below 128 and 118 has the highest bit.
    let values = u64::from_le_bytes(bytes) ^ (EACH * b'0' as u64);
    let others = ((values & (EACH * 0x7F)) + EACH * 118) | values;
    !others & (EACH * 0x80)
}

/// The values of a text's digits, one behind the other.
pub(super) fn values(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| byte - b'0').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_next_digit_is_found(text in "([^0-9]|[/0-9:pé]){0,40}", from in 0..45_usize) {
            let bytes = text.as_bytes();
            let expected = (from..bytes.len()).find(|at| bytes[*at].is_ascii_digit());
            proptest::prop_assert_eq!(next(bytes, from), expected);
        }
    }
}

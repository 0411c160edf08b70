//! Card numbers in base64 (standard and URL-safe alphabet, padded or not; RFC 4648) and in hex.

use std::ops::Range;

use super::pan::{self, CardMatch};
use super::runs::runs;

/// Characters of base64 that encode the shortest card number.
pub(super) const BASE64_MIN: usize = 18;
/// Digits of hex that encode it.
const HEX_MIN: usize = 2 * pan::DIGITS_MIN;

/// Finds runs that encode a card number. A run may begin anywhere within a quantum, and other characters of the alphabet
/// may directly precede it; so every alignment is tried.
pub(super) fn find(bytes: &[u8]) -> impl Iterator<Item = CardMatch> {
    // Nearly every path is a run of base64's alphabet, so the buffer is allocated once.
    let mut decoded = Vec::new();
    let suspect = if may_be_digits(bytes) { bytes } else { &[] };
    let base64 = runs(suspect, BASE64_MIN, is_base64).filter_map(move |run| {
        (0..4).find_map(|offset| in_base64(bytes, run.start + offset..run.end, &mut decoded))
    });
    let hex = runs(bytes, HEX_MIN, |byte| byte.is_ascii_hexdigit())
        .filter_map(|run| (0..2).find_map(|offset| in_hex(bytes, run.start + offset..run.end)));
    base64.chain(hex)
}

/// Whether a text can contain enough digits in base64. 13 bytes, wherever they begin, have three whole quanta among them:
/// 12 characters in a row, of which each is one that digits and what separates them can become at its place. Nearly no
/// text has as many that is not made of them.
fn may_be_digits(bytes: &[u8]) -> bool {
    let fits = |at: usize, place: usize| PLACES[usize::from(bytes[at])] >> place & 1 == 1;
    let is_row = |start: usize| {
        start + QUANTA <= bytes.len() && (0..QUANTA).all(|index| fits(start + index, index % 4))
    };
    let begins_quantum_of_row = |first: usize| {
        fits(first, 0)
            && [0, 4, 8].into_iter().any(|back| first.checked_sub(back).is_some_and(is_row))
    };
    // A row has three first characters of quanta, one of which is in the first third of a block as long as a row: only
    // that third is checked.
    (0..).step_by(QUANTA).zip(bytes.chunks(QUANTA)).any(|(start, block)| {
        let third = &block[..block.len().min(4)];
        let places = third.iter().fold(0, |places, byte| places | PLACES[usize::from(*byte)]);
        places & 1 == 1 && (start..start + third.len()).any(begins_quantum_of_row)
    })
}

/// Characters of three quanta.
const QUANTA: usize = 12;

/// For each character, the places in a quantum at which it can encode digits and separators, a bit each.
#[allow(clippy::cast_possible_truncation, reason = "the numbers end at 255")]
const PLACES: [u8; 256] = {
    let mut sextets = [0_u8; 64];
    let mut first = 0;
    while first < 256 {
        let mut second = 0;
        while second < 256 {
            if pan::is_part(first as u8) && pan::is_part(second as u8) {
                sextets[first >> 2] |= 1;
                sextets[(first & 3) << 4 | second >> 4] |= 2;
                sextets[(first & 15) << 2 | second >> 6] |= 4;
                sextets[second & 63] |= 8;
            }
            second += 1;
        }
        first += 1;
    }
    let mut places = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        if is_base64(byte as u8) {
            places[byte] = sextets[SEXTETS[byte] as usize];
        }
        byte += 1;
    }
    places
};

fn in_base64(bytes: &[u8], run: Range<usize>, decoded: &mut Vec<u8>) -> Option<CardMatch> {
    let encoded = &bytes[run.clone()];
    decoded.clear();
    for quantum in encoded.chunks(4) {
        let bits = quantum.iter().fold(0_u32, |bits, byte| bits << 6 | sextet(*byte));
        let bits = (bits << (6 * (4 - quantum.len()))).to_be_bytes();
        decoded.extend_from_slice(&bits[1..quantum.len()]);
    }
    let found = pan::find(decoded).reduce(graver)?;
    // What surrounds it is probably the rest of the card's data; the mask reaches to the next slashes.
    let first = run.start + found.range.start * 4 / 3;
    let last = (run.start + (found.range.end * 4).div_ceil(3)).min(run.end);
    let is_slash = |byte: &u8| *byte == b'/';
    let start = bytes[..first].iter().rposition(is_slash).map_or(0, |slash| slash + 1);
    let end = bytes[last..].iter().position(is_slash).map_or(bytes.len(), |slash| last + slash);
    let run_start =
        bytes[..first].iter().rposition(|byte| !is_base64(*byte)).map_or(0, |at| at + 1);
    Some(CardMatch { range: start.max(run_start)..end.min(run.end), is_card: found.is_card })
}

fn in_hex(bytes: &[u8], run: Range<usize>) -> Option<CardMatch> {
    let encoded = &bytes[run.clone()];
    let pairs = encoded.chunks_exact(2);
    let decoded: Vec<u8> = pairs.map(|pair| nibble(pair[0]) << 4 | nibble(pair[1])).collect();
    let found = pan::find(&decoded).reduce(graver)?;
    let start = bytes[..run.start].iter().rposition(|byte| !byte.is_ascii_hexdigit());
    Some(CardMatch { range: start.map_or(0, |at| at + 1)..run.end, is_card: found.is_card })
}

fn graver(first: CardMatch, second: CardMatch) -> CardMatch {
    let range = first.range.start..second.range.end;
    CardMatch { range, is_card: first.is_card || second.is_card }
}

/// Characters of both alphabets.
pub(super) const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

pub(super) fn sextet(byte: u8) -> u32 {
    u32::from(SEXTETS[usize::from(byte)])
}

/// Every alignment of every long path is decoded, so this is a table and not comparisons.
const SEXTETS: [u8; 256] = {
    let mut table = [63; 256];
    let mut value = 0;
    while value < 26 {
        table[b'A' as usize + value as usize] = value;
        table[b'a' as usize + value as usize] = value + 26;
        value += 1;
    }
    let mut digit = 0;
    while digit < 10 {
        table[b'0' as usize + digit as usize] = digit + 52;
        digit += 1;
    }
    table[b'+' as usize] = 62;
    table[b'-' as usize] = 62;
    table
};

fn nibble(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        _ => byte.to_ascii_lowercase() - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    #[test]
    fn digits_are_seen_whatever_precedes_them() {
        for before in ["", "a", "ab", "abc", "p=", "order/"] {
            for card in [
                "4222222222222",
                "4111 1111 1111 1111",
                "4111-1111-1111-1111",
                "4_1_1_1.1_1+1 1_1_1_1_1_1_1_1_1",
            ] {
                for (lead, tail) in [("", ""), ("x", "y"), ("/q/", "/z"), ("AAA", "=")] {
                    let plain = format!("{before}{card} 12/29");
                    let encoded = [STANDARD.encode(&plain), URL_SAFE_NO_PAD.encode(&plain)];
                    for text in encoded.map(|encoded| format!("{lead}{encoded}{tail}")) {
                        assert!(may_be_digits(text.as_bytes()), "{text}");
                    }
                }
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn rows_are_found_at_every_position(text in "[IKLMNOXADQTUjYz0-9./]{0,40}") {
            let fits = |(index, byte): (usize, &u8)| PLACES[usize::from(*byte)] >> (index % 4) & 1 == 1;
            let is_row = |row: &[u8]| row.iter().enumerate().all(fits);
            let has_row = text.as_bytes().windows(QUANTA).any(is_row);
            proptest::prop_assert_eq!(may_be_digits(text.as_bytes()), has_row);
        }
    }

    #[test]
    fn usual_addresses_are_not_searched() {
        for text in [
            "https://www.shop.example/checkout/payment/step-2?session=abcdefghijklmnop&lang=en-GB",
            "https://cdn.example/static/js/main.3f2a9c1b.chunk.js",
            "https://region1.google-analytics.com/g/collect?v=2&tid=G-XXXXXXXXXX&_p=1843",
        ] {
            assert!(!may_be_digits(text.as_bytes()), "{text}");
        }
    }
}

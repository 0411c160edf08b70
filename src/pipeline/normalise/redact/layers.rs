//! Texts in base64 (whose case may be lost, as in a host name), base32 and hex, wherever they begin.

use super::encoded::{is_base64, sextet};
use super::pan;

/// Quanta of base64 that are printable by chance only: 12 bytes.
const QUANTA_MIN: usize = 4;
/// The characters of base32 that have the first five bits of a digit.
pub(super) const BEGINNINGS_OF_BASE32: &[u8] = b"GHgh";

/// Whether characters are quanta of base64 that encode printable bytes.
pub(super) fn are_quanta(bytes: &[u8]) -> bool {
    let mut quanta = (0..bytes.len()).step_by(4);
    quanta.clone().all(|at| printable_quantum(bytes, at))
        || quanta.all(|at| caseless_quantum(bytes, at))
}

/// Whether eight characters are digits or separators in base32.
pub(super) fn is_base32_of_digits(bytes: &[u8]) -> bool {
    base32_digits(bytes, 0).is_some()
}

/// Whether letters and digits without anything between them may hold an encoded text: what
/// [`super::detector::Detector`] must see, said in another way.
#[cfg(test)]
pub(super) fn may_be_text(bytes: &[u8]) -> bool {
    let is_row = |first: usize, is_good: &dyn Fn(usize) -> bool| {
        let back = (1..QUANTA_MIN).take_while(|n| 4 * n <= first && is_good(first - 4 * n)).count();
        back + 1 + (1..QUANTA_MIN).take_while(|n| is_good(first + 4 * n)).count() >= QUANTA_MIN
    };
    let is_printable = |at: usize| printable_quantum(bytes, at);
    let is_caseless = |at: usize| caseless_quantum(bytes, at);
    // Of a row's four quanta one begins in the first third of a block that is as long as three.
    let starts = (0..bytes.len()).step_by(12).flat_map(|block| block..block + 4);
    for at in starts {
        if is_printable(at) && is_row(at, &is_printable) {
            return true;
        }
        if is_caseless(at) && is_row(at, &is_caseless) {
            return true;
        }
    }
    (0..bytes.len()).any(|at| base32_digits(bytes, at).is_some())
}

/// The texts.
pub(super) fn texts(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for offset in 0..4 {
        found.extend(rows(bytes, offset, &|at| printable_quantum(bytes, at), &|_, at| {
            bytes.get(at).filter(|byte| is_base64(**byte)).map(|byte| sextet(*byte))
        }));
        found.extend(rows(bytes, offset, &|at| caseless_quantum(bytes, at), &|place, at| {
            caseless_sextet(place, *bytes.get(at)?)
        }));
    }
    found.extend(base32(bytes));
    found.extend(hex(bytes));
    found
}

/// Whether most bytes that base64 encodes are printable.
pub(super) fn is_mostly_text(bytes: &[u8]) -> bool {
    let decoded = bytes.chunks(4).flat_map(|chunk| {
        quantum(0, &|_, at| {
            chunk.get(at).filter(|byte| is_base64(**byte)).map(|byte| sextet(*byte))
        })
    });
    let (mut printable, mut all) = (0, 0);
    for byte in decoded {
        all += 1;
        printable += usize::from(is_text(byte));
    }
    printable * 4 > all * 3
}

/// Rows of good quanta at an alignment, decoded, with the good bytes of the quanta beside them.
fn rows(
    bytes: &[u8],
    offset: usize,
    is_good: &dyn Fn(usize) -> bool,
    sextet: &dyn Fn(usize, usize) -> Option<u32>,
) -> Vec<Vec<u8>> {
    let mut at = offset;
    let mut rows = Vec::new();
    while at < bytes.len() {
        let count = (0..).take_while(|n| is_good(at + 4 * n)).count();
        if count >= QUANTA_MIN {
            let mut row = Vec::with_capacity(3 * count + 4);
            if at >= 4 {
                let before = quantum(at - 4, sextet);
                let good = before.iter().rev().take_while(|byte| is_text(**byte)).count();
                row.extend(&before[before.len() - good..]);
            }
            for n in 0..=count {
                let decoded = quantum(at + 4 * n, sextet);
                row.extend(decoded.iter().take_while(|byte| is_text(**byte)));
            }
            rows.push(row);
        }
        at += 4 * (count + 1);
    }
    rows
}

/// The bytes of a quantum, as far as its characters are there.
fn quantum(at: usize, sextet: &dyn Fn(usize, usize) -> Option<u32>) -> Vec<u8> {
    let sextets: Vec<u32> = (0..4).map_while(|place| sextet(place, at + place)).collect();
    let bits = sextets.iter().fold(0, |bits, value| bits << 6 | value) << (6 * (4 - sextets.len()));
    bits.to_be_bytes()[1..].iter().copied().take(sextets.len().saturating_sub(1)).collect()
}

/// Whether a byte is in texts, in UTF-16 too.
pub(super) const fn is_text(byte: u8) -> bool {
    matches!(byte, 0 | b' '..=b'~')
}

fn printable_quantum(bytes: &[u8], at: usize) -> bool {
    let Some(&[a, b, c, d]) = bytes.get(at..at + 4) else { return false };
    if !(is_base64(a) && is_base64(b) && is_base64(c) && is_base64(d)) {
        return false;
    }
    let bits = sextet(a) << 18 | sextet(b) << 12 | sextet(c) << 6 | sextet(d);
    let [_, first, second, third] = bits.to_be_bytes();
    is_text(first) && is_text(second) && is_text(third)
}

/// In base64 of digits each character is one of a few, and another one in capitals is at no place.
pub(super) fn caseless_sextet(place: usize, byte: u8) -> Option<u32> {
    let index = |of: &[u8]| of.iter().position(|known| *known == byte.to_ascii_lowercase());
    let (first, step, of): (usize, usize, &[u8]) = match place {
        0 => (12, 1, b"mno"),
        // At the end of a text there are no bits of another digit.
        1 if b"aqgw".contains(&byte.to_ascii_lowercase()) => (0, 16, b"aqgw"),
        1 => (3, 16, b"dtjz"),
        2 => (0, 4, b"aeimquycgk"),
        _ => (48, 1, b"wxyz012345"),
    };
    u32::try_from(first + step * index(of)?).ok()
}

fn caseless_quantum(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..at + 4).is_some_and(|quantum| {
        quantum.iter().enumerate().all(|(place, byte)| caseless_sextet(place, *byte).is_some())
    })
}

/// The five digits or separators that eight characters of base32 (RFC 4648, section 6) encode.
fn base32_digits(bytes: &[u8], at: usize) -> Option<[u8; 5]> {
    if !BEGINNINGS_OF_BASE32.contains(&bytes[at]) {
        return None;
    }
    let mut bits = 0_u64;
    for byte in bytes.get(at..at + 8)? {
        bits = bits << 5 | u64::from(quintet(*byte)?);
    }
    let [_, _, _, digits @ ..] = bits.to_be_bytes();
    digits.iter().all(|byte| pan::is_part(*byte)).then_some(digits)
}

pub(super) fn quintet(byte: u8) -> Option<u8> {
    match byte.to_ascii_uppercase() {
        byte @ b'A'..=b'Z' => Some(byte - b'A'),
        byte @ b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    }
}

/// Base32 of digits.
fn base32(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if base32_digits(bytes, at).is_none() {
            at += 1;
            continue;
        }
        let length = bytes[at..].iter().take_while(|byte| quintet(**byte).is_some()).count();
        let mut bits = 0_u32;
        let mut row = Vec::new();
        for (index, byte) in bytes[at..at + length].iter().enumerate() {
            bits = bits << 5 | u32::from(quintet(*byte).unwrap_or(0));
            let filled = (index + 1) * 5;
            if filled / 8 > row.len() {
                row.push(((bits >> (filled % 8)) & 0xFF) as u8);
            }
        }
        let digits = row.iter().take_while(|byte| pan::is_part(**byte)).count();
        row.truncate(digits);
        found.push(row);
        at += (digits * 8).div_ceil(5).max(8);
    }
    found
}

/// Hex of any text.
fn hex(bytes: &[u8]) -> Vec<Vec<u8>> {
    if !pan::has_digits(bytes) {
        return Vec::new();
    }
    let nibble = |byte: &u8| char::from(*byte).to_digit(16);
    let mut found = Vec::new();
    for offset in 0..2 {
        let pairs = bytes[offset.min(bytes.len())..].chunks_exact(2);
        let decoded: Vec<u8> = pairs
            .map(|pair| match (nibble(&pair[0]), nibble(&pair[1])) {
                (Some(high), Some(low)) => u8::try_from(high << 4 | low).unwrap_or(1),
                _ => 1,
            })
            .collect();
        let rows = decoded.split(|byte| !is_text(*byte));
        found.extend(rows.filter(|row| row.len() >= pan::DIGITS_MIN).map(<[u8]>::to_vec));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(encoded: &str, plain: &str) {
        let joined: Vec<u8> = encoded.bytes().filter(u8::is_ascii_alphanumeric).collect();
        assert!(may_be_text(&joined), "{encoded}");
        let found = texts(&joined);
        let texts: Vec<_> = found.iter().map(|text| String::from_utf8_lossy(text)).collect();
        assert!(texts.iter().any(|text| text.replace('\0', "").contains(plain)), "{texts:?}");
    }

    #[test]
    fn digits_in_encodings() {
        check("NDExMTExMTExMTExMTExMQ==", "4111111111111111");
        check("NDEx/MTEx/MTEx/MTEx/MTEx/MQ", "4111111111111111");
        check("ndexmtexmtexmtexmtexmq", "4111111111111111");
        check("xxNDExMTExMTExMTExMTExMQyy", "4111111111111111");
        check("NAAxADEAMQAxADEAMQAxADEAMQAxADEAMQAxADEAMQA=", "4111111111111111");
        check("GQYTCMJRGEYTCMJRGEYTCMJRGE======", "4111111111111111");
        check("gqytcmjr-geytcmjr-geytcmjr-ge", "4111111111111111");
    }

    #[test]
    fn words_are_no_texts() {
        for text in
            ["checkoutpaymentconfirmation", "wpcontentuploadsimages", "staticjsmainchunk", ""]
        {
            assert!(!may_be_text(text.as_bytes()), "{text}");
        }
    }
}

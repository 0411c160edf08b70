//! Reads a card number out of what is kept, as somebody would who knows that it is there: undoes encodings, one in another,
//! joins the digits of a text, and those of all texts.

use std::collections::BTreeSet;

/// Encodings within each other.
const ROUNDS: usize = 2;

/// Whether texts, each by itself or one behind the other, give a card number back.
pub fn gives_back(texts: &[String], card: &str) -> bool {
    let mut seen: BTreeSet<String> = texts.iter().filter(|text| text.len() > 8).cloned().collect();
    seen.insert(texts.concat());
    let mut latest = seen.clone();
    for _ in 0..=ROUNDS {
        if latest.iter().any(|text| digits(text).contains(card)) {
            return true;
        }
        let decoded: BTreeSet<String> = latest.iter().flat_map(|text| decodings(text)).collect();
        latest = decoded.difference(&seen).cloned().collect();
        seen.extend(latest.iter().cloned());
    }
    false
}

/// The digits of a text, of any script.
fn digits(text: &str) -> String {
    const ZEROES: [u32; 10] =
        [0x30, 0x660, 0x6F0, 0x966, 0xFF10, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6];
    let digit = |c: char| {
        let zero = ZEROES.iter().find(|zero| (**zero..**zero + 10).contains(&u32::from(c)))?;
        char::from_digit(u32::from(c) - zero, 10)
    };
    text.chars().filter_map(digit).collect()
}

/// What a text says in each of the encodings, where that is long enough.
fn decodings(text: &str) -> Vec<String> {
    let alphanumeric: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut found = vec![escapes(text), codes(text)];
    for bits in [6, 5, 4] {
        // A host's letters have lost their case; base64 of digits can be read all the same.
        let values: Vec<u32> = alphanumeric.bytes().filter_map(|byte| value(byte, bits)).collect();
        for offset in 0..8 {
            found.extend(texts_of(values.get(offset..).unwrap_or_default(), bits));
        }
    }
    for offset in 0..4 {
        found.push(caseless(alphanumeric.get(offset..).unwrap_or_default()));
    }
    found.retain(|text| text.len() >= 13);
    found
}

/// The value of a character in base64, base32 and hex.
fn value(byte: u8, bits: u32) -> Option<u32> {
    const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let position = match bits {
        6 => BASE64.iter().position(|known| *known == byte),
        5 => BASE32.iter().position(|known| *known == byte.to_ascii_uppercase()),
        _ => return char::from(byte).to_digit(16),
    };
    position.map(|position| u32::try_from(position).unwrap())
}

/// Runs of printable characters of values put together to bytes, as long as a card number; UTF-16 has a zero beside each.
fn texts_of(values: &[u32], bits: u32) -> Vec<String> {
    let bytes = bytes_of(values, bits);
    let runs = bytes.split(|byte| !matches!(byte, 0 | b' '..=b'~'));
    let texts =
        runs.map(|run| run.iter().filter(|byte| **byte != 0).map(|b| char::from(*b)).collect());
    texts.filter(|text: &String| text.len() >= 13).collect()
}

fn bytes_of(values: &[u32], bits: u32) -> Vec<u8> {
    let (mut buffer, mut filled) = (0_u32, 0);
    let mut bytes = Vec::new();
    for value in values {
        buffer = buffer << bits | value;
        filled += bits;
        if filled >= 8 {
            filled -= 8;
            bytes.push((buffer >> filled & 0xFF) as u8);
            buffer &= (1 << filled) - 1;
        }
    }
    bytes
}

/// The digits that base64 of digits encodes in any case.
fn caseless(text: &str) -> String {
    let mut found = String::new();
    for quantum in text.as_bytes().chunks(4) {
        // Every spelling of the quantum that encodes digits only; there is one at the most.
        for spelling in 0..16_u32 {
            let values: Vec<u32> = quantum
                .iter()
                .enumerate()
                .filter_map(|(place, byte)| match spelling >> place & 1 {
                    0 => value(byte.to_ascii_lowercase(), 6),
                    _ => value(byte.to_ascii_uppercase(), 6),
                })
                .collect();
            let digits = bytes_of(&values, 6);
            if digits.len() + 1 >= quantum.len() && digits.iter().all(u8::is_ascii_digit) {
                found.extend(digits.iter().map(|byte| char::from(*byte)));
                break;
            }
        }
    }
    found
}

/// Percent-encoding, entities and escapes undone.
fn escapes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let forms = [("&#x", 16, 2), ("&#", 10, 2), ("\\u00", 16, 2), ("\\x", 16, 2), ("%", 16, 2)];
        let decoded = forms.iter().find_map(|(begin, base, length)| {
            let digits = rest.strip_prefix(begin)?.get(..*length)?;
            let value = u8::from_str_radix(digits, *base).ok()?;
            Some((char::from(value), begin.len() + length))
        });
        let (decoded, length) = decoded.unwrap_or((c, c.len_utf8()));
        out.push(decoded);
        rest = &rest[length..];
    }
    out
}

/// Characters of a list of their codes.
fn codes(text: &str) -> String {
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    numbers
        .filter_map(|number| number.parse::<u8>().ok())
        .filter(|code| code.is_ascii_digit())
        .map(char::from)
        .collect()
}

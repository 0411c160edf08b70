//! How a card number can be written: separators, scripts, encodings, and how it is cut in pieces.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

/// A card number in one of the spellings.
#[derive(Clone, Debug)]
pub struct Spelling {
    /// One behind the other, they are the number as it is written.
    pub pieces: Vec<String>,
    /// The number in four parts, each in this spelling of digits.
    pub quarters: [String; 4],
}

const SEPARATORS: [&str; 20] = [
    "", " ", "-", ".", "/", ",", ":", "|", "=", ";", "*", "_", "+", "--", " - ", "..", "\u{a0}",
    "\u{2009}", "~", ", ",
];

/// The first of the ten digits of a script.
const ZEROES: [char; 6] = ['0', '\u{FF10}', '\u{660}', '\u{6F0}', '\u{966}', '\u{1D7CE}'];

/// One of the spellings of a number.
pub fn spelling(card: String) -> impl Strategy<Value = Spelling> {
    let script = prop::sample::select(ZEROES.to_vec());
    let separator = prop::sample::select(SEPARATORS.to_vec());
    let lengths = prop::sample::select(vec![1_usize, 2, 4, 4, 4, 19]);
    (script, separator, lengths, 0..18_u8, prop::sample::select(vec![4_usize, 8, 200])).prop_map(
        move |(zero, separator, length, form, cut)| {
            let pieces = match form {
                0..=5 => grouped(&in_script(&card, zero), separator, length),
                _ => cut_in(&encoded(&card, form), cut),
            };
            Spelling { pieces, quarters: quarters(&in_script(&card, zero)) }
        },
    )
}

fn in_script(card: &str, zero: char) -> String {
    card.bytes()
        .map(|byte| char::from_u32(u32::from(zero) + u32::from(byte - b'0')).unwrap())
        .collect()
}

/// Groups of digits, each but the last with the separator at its end.
fn grouped(digits: &str, separator: &str, length: usize) -> Vec<String> {
    let digits: Vec<char> = digits.chars().collect();
    let groups: Vec<String> = digits.chunks(length).map(|group| group.iter().collect()).collect();
    let last = groups.len() - 1;
    let with = |(index, group): (usize, &String)| {
        if index < last { format!("{group}{separator}") } else { group.clone() }
    };
    groups.iter().enumerate().map(with).collect()
}

fn cut_in(text: &str, length: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(length).map(|piece| piece.iter().collect()).collect()
}

fn quarters(digits: &str) -> [String; 4] {
    let digits: Vec<char> = digits.chars().collect();
    let length = digits.len().div_ceil(4);
    let mut parts = digits.chunks(length).map(|part| part.iter().collect());
    [(); 4].map(|()| parts.next().unwrap_or_default())
}

fn encoded(card: &str, form: u8) -> String {
    let each = |form: &dyn Fn(u8) -> String| card.bytes().map(form).collect::<String>();
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    match form {
        6 => STANDARD.encode(card),
        7 => STANDARD_NO_PAD.encode(format!(r#"{{"n":"{card}","cvv":"123"}}"#)),
        8 => URL_SAFE_NO_PAD.encode(format!("number={}", grouped(card, " ", 4).concat())),
        9 => STANDARD_NO_PAD.encode(STANDARD.encode(card)),
        10 => STANDARD_NO_PAD.encode(utf16(card)),
        11 => base32(card.as_bytes()),
        12 => each(&|byte| format!("{byte:02x}")),
        13 => each(&|byte| format!("%{byte:02X}")),
        14 => each(&|byte| format!("%25{byte:02X}")),
        15 => each(&|byte| format!("&#{byte};")),
        16 => each(&|byte| format!("\\u{byte:04x}")),
        _ => card.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(","),
    }
}

/// RFC 4648, section 6, without padding.
fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let quintets = bits.as_bytes().chunks(5).map(|bits| {
        let text = format!("{:0<5}", std::str::from_utf8(bits).unwrap());
        char::from(ALPHABET[usize::from_str_radix(&text, 2).unwrap()])
    });
    quintets.collect()
}

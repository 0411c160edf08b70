//! Passes texts that cannot be encoded ones with a few instructions a character.

use std::sync::LazyLock;

use super::encoded::sextet;
use super::{layers, pan};

/// Looks at letters and digits one by one for what may be an encoded text. Nearly all texts are passed with a few instructions
/// a character, and without a copy.
#[derive(Default)]
pub(super) struct Detector {
    /// Bit n: the last n + 1 characters fit the first n + 1 places of a row (shift-and search). The lower half is for base64, the
    /// upper one for base32.
    fits: u32,
    /// The last sixteen characters.
    last: u128,
    is_suspect: bool,
}

/// The first places.
const FIRST: u32 = 0x0001_0001;
/// The last place of four quanta of base64.
const LAST_OF_BASE64: u32 = 0x0000_8000;
/// The last place of eight characters of base32.
const LAST_OF_BASE32: u32 = 0x0080_0000;

impl Detector {
    pub(super) fn push(&mut self, text: &[u8]) {
        let places: &[u32; 256] = &PLACES;
        for byte in text.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
            self.fits = (self.fits << 1 | FIRST) & places[usize::from(*byte)];
            self.last = self.last << 8 | u128::from(*byte);
            if self.fits & (LAST_OF_BASE64 | LAST_OF_BASE32) != 0 {
                self.is_suspect = self.is_suspect || self.ends_row();
            }
        }
    }

    /// Whether the last characters are an encoded text: each fits its place, so it is worth to decode them.
    fn ends_row(&self) -> bool {
        let last = self.last.to_be_bytes();
        (self.fits & LAST_OF_BASE64 != 0 && layers::are_quanta(&last))
            || (self.fits & LAST_OF_BASE32 != 0 && layers::is_base32_of_digits(&last[8..]))
    }

    /// Whether there was a row of quanta, or of digits in base32.
    pub(super) fn is_suspect(&self) -> bool {
        self.is_suspect
    }
}

/// For each character, the places at which it can be, whatever the others are.
static PLACES: LazyLock<[u32; 256]> = LazyLock::new(|| {
    let mut places = [0; 256];
    for byte in (0..=255_u8).filter(u8::is_ascii_alphanumeric) {
        let of_place = |place: usize| u32::from(fits_base64(byte, place)) * (0x1111 << place);
        let base64: u32 = (0..4).map(of_place).sum();
        let base32: u32 = (0..8).map(|place| u32::from(fits_base32(byte, place)) << place).sum();
        places[usize::from(byte)] = base64 | base32 << 16;
    }
    places
});

fn fits_base64(byte: u8, place: usize) -> bool {
    if layers::caseless_sextet(place, byte).is_some() {
        return true;
    }
    // The other bits of a byte to which the character gives some can be any.
    let (value, texts) =
        (sextet(byte), (0..=255_u8).filter(|byte| layers::is_text(*byte)).map(u32::from));
    texts.into_iter().any(|text| match place {
        0 => text >> 2 == value,
        1 => text >> 4 == value & 15,
        2 => text >> 6 == value & 3,
        _ => text & 63 == value,
    })
}

fn fits_base32(byte: u8, place: usize) -> bool {
    let Some(value) = layers::quintet(byte).map(u32::from) else { return false };
    let first_bit = 5 * place;
    // The bits that the character gives to the byte in which it begins.
    let (index, offset) = (first_bit / 8, first_bit % 8);
    let digits = (0..=255_u8).filter(|digit| pan::is_part(*digit)).map(u32::from);
    index < 5
        && digits.into_iter().any(|digit| {
            let bits = (digit << 8 >> (11 - offset)) & 31;
            let given = if offset <= 3 { 31 } else { 31 & (31 << (offset - 3)) };
            bits & given == value & given
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_detector_sees_all_that_may_be_text(text in "[A-Za-z0-9]{0,12}([NMO][DTjz][AEIMQUYcgk][wxyz0-5]|G[EQ4][YZ2][TDC][CEM][MN][JRZ][RG]|[I-Za-f][i-nD][A-Za-z][0-9a-z]){1,8}[a-z]{0,4}") {
            let mut detector = Detector::default();
            detector.push(text.as_bytes());
            proptest::prop_assert_eq!(detector.is_suspect(), layers::may_be_text(text.as_bytes()));
        }
    }

    #[test]
    fn words_pass() {
        for text in ["https://www.shop.example/checkout/payment", "static/js/main", ""] {
            let mut detector = Detector::default();
            detector.push(text.as_bytes());
            assert!(!detector.is_suspect(), "{text}");
        }
    }
}

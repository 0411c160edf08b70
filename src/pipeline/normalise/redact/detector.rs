//! Passes texts that cannot be encoded ones with a few instructions a character.

use std::ops::Range;
use std::sync::LazyLock;

use super::encoded::sextet;
use super::{layers, pan};

/// Whether texts, one behind the other, may be an encoded one: what a [`Detector`] says, with fewer instructions a character.
pub(super) fn is_suspect<'t>(texts: impl Iterator<Item = &'t [u8]> + Clone) -> bool {
    let mut fits = 0;
    for text in texts.clone() {
        match has_row(text, &mut fits) {
            Some(false) => {}
            Some(true) => return true,
            None => return is_detected(texts),
        }
    }
    false
}

/// [`is_suspect`], where it is known that none of the texts is one by itself.
pub(super) fn is_suspect_between<'t>(texts: impl Iterator<Item = &'t [u8]> + Clone) -> bool {
    let mut fits = 0;
    for text in texts.clone() {
        let (start, end) = ends(text);
        match has_row(start, &mut fits).zip(has_row(end, &mut fits)) {
            Some((false, false)) => {}
            // The two may be one row only because what is between them is left out.
            _ => return is_detected(texts),
        }
    }
    false
}

fn is_detected<'t>(texts: impl Iterator<Item = &'t [u8]>) -> bool {
    let mut detector = Detector::default();
    texts.for_each(|text| detector.push(text));
    detector.is_suspect()
}

/// Whether a row is in a text; `None` where it begins in what was before. `fits`: the bits before the text, and behind it.
fn has_row(text: &[u8], fits: &mut Fits) -> Option<bool> {
    let places: &[Fits; 256] = &PLACES;
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let mut now = *fits;
    for (index, block) in blocks.iter().enumerate() {
        let before = now;
        for byte in block {
            now = next(now, places[usize::from(*byte)]);
        }
        let part = index * BLOCK..(index + 1) * BLOCK;
        if now & ENDED != 0 && has_row_in(before, text, part)? {
            return Some(true);
        }
    }
    let before = now;
    for byte in rest {
        now = next(now, places[usize::from(*byte)]);
    }
    *fits = now;
    match now & ENDED {
        0 => Some(false),
        _ => has_row_in(before, text, text.len() - rest.len()..text.len()),
    }
}

/// The bits behind one more byte, which is in a row only if it is a letter or a digit.
fn next(fits: Fits, of_byte: Fits) -> Fits {
    if of_byte == 0 { fits } else { (fits << 1 | FIRST) & of_byte }
}

/// Whether a row ends in a part of a text. `before`: the bits before the part.
fn has_row_in(before: Fits, text: &[u8], part: Range<usize>) -> Option<bool> {
    let mut fits = before;
    for at in part {
        let of_byte = PLACES[usize::from(text[at])];
        fits = next(fits, of_byte);
        if of_byte != 0 && fits & LAST != 0 && ends_row(fits, last(&text[..=at], fits)?) {
            return Some(true);
        }
    }
    Some(false)
}

/// The last characters of a text, as many as a row has.
fn last(text: &[u8], fits: Fits) -> Option<u128> {
    let count = if fits & LAST_OF_BASE64 != 0 { ROW_MAX } else { ROW_MAX / 2 };
    let mut last = text.iter().rev().filter(|byte| byte.is_ascii_alphanumeric());
    (0..count).try_fold(0, |row, at| Some(row | u128::from(*last.next()?) << (8 * at)))
}

/// The beginning and the end of a text: what can be in a row that is not within it.
fn ends(text: &[u8]) -> (&[u8], &[u8]) {
    let is_enough = |end: &[u8]| {
        end.iter().map(|byte| u8::from(byte.is_ascii_alphanumeric())).sum::<u8>() as usize
            >= ROW_MAX
    };
    match (text.first_chunk::<END>(), text.last_chunk::<END>()) {
        (Some(start), Some(end)) if text.len() > 2 * END && is_enough(start) && is_enough(end) => {
            (start, end)
        }
        _ => (text, &[]),
    }
}

/// Looks at letters and digits one by one for what may be an encoded text. Nearly all texts are passed with a few instructions
/// a character, and without a copy.
#[derive(Default)]
pub(super) struct Detector {
    fits: Fits,
    /// The last sixteen characters.
    last: u128,
    is_suspect: bool,
}

/// Bit n: the last n + 1 characters fit the first n + 1 places of a row (shift-and search). The lower bits are for base64, the
/// upper ones for base32. Behind each row's last bit are those of a row that ended up to [`BLOCK`] characters ago.
type Fits = u64;

/// Characters of a row of base64, four quanta: the longest.
const ROW_MAX: usize = 16;
/// Bytes that usually have as many letters and digits.
const END: usize = 24;
/// Bytes that are looked at before it is asked whether a row ended among them.
const BLOCK: usize = 8;

/// The first bit for base32, of which eight characters are a row.
const BASE32: usize = ROW_MAX + BLOCK;
/// The first places.
const FIRST: Fits = 1 | 1 << BASE32;
/// The last place of four quanta of base64.
const LAST_OF_BASE64: Fits = 1 << (ROW_MAX - 1);
/// The last place of eight characters of base32.
const LAST_OF_BASE32: Fits = 1 << (BASE32 + 7);
const LAST: Fits = LAST_OF_BASE64 | LAST_OF_BASE32;
/// The last places, and those behind them.
const ENDED: Fits = LAST * 0xFF;

impl Detector {
    pub(super) fn push(&mut self, text: &[u8]) {
        let places: &[Fits; 256] = &PLACES;
        for byte in text.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
            self.fits = (self.fits << 1 | FIRST) & places[usize::from(*byte)];
            self.last = self.last << 8 | u128::from(*byte);
            if self.fits & LAST != 0 {
                self.is_suspect = self.is_suspect || ends_row(self.fits, self.last);
            }
        }
    }

    /// Whether there was a row of quanta, or of digits in base32.
    pub(super) fn is_suspect(&self) -> bool {
        self.is_suspect
    }
}

/// Whether the last characters are an encoded text: each fits its place, so it is worth to decode them.
fn ends_row(fits: Fits, last: u128) -> bool {
    let last = last.to_be_bytes();
    (fits & LAST_OF_BASE64 != 0 && layers::are_quanta(&last))
        || (fits & LAST_OF_BASE32 != 0 && layers::is_base32_of_digits(&last[8..]))
}

/// For each character, the places at which it can be, whatever the others are. Letters and digits have some, others none.
static PLACES: LazyLock<[Fits; 256]> = LazyLock::new(|| {
    let mut places = [0; 256];
    for byte in (0..=255_u8).filter(u8::is_ascii_alphanumeric) {
        let base64 = (0..ROW_MAX).map(|place| Fits::from(fits_base64(byte, place % 4)) << place);
        let base32 = (0..8).map(|place| Fits::from(fits_base32(byte, place)) << (BASE32 + place));
        places[usize::from(byte)] = base64.chain(base32).sum::<Fits>() | (ENDED & !LAST);
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
    if place == 0 && !layers::BEGINNINGS_OF_BASE32.contains(&byte) {
        return false;
    }
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

    proptest::proptest! {
        #[test]
        fn texts_are_suspect_that_the_detector_detects(
            texts in proptest::collection::vec(
                "([a-z/._&-]{0,3}|[NMODTjzAEIMQUYcgkwxyz0-5]{4}|N[DTjz][EIMQUYcgk][wxyz0-5]|G[EQ4][YZ2][TDC][CEM][MN][JRZ][RG]){0,14}",
                0..5,
            )
        ) {
            let whole = texts.concat();
            let of_texts = || texts.iter().map(String::as_bytes);
            proptest::prop_assert_eq!(is_suspect(of_texts()), is_detected(of_texts()));
            let is_one_by_itself = texts.iter().any(|text| is_suspect([text.as_bytes()].into_iter()));
            let is_between = is_one_by_itself || is_suspect_between(of_texts());
            proptest::prop_assert_eq!(is_between, is_detected([whole.as_bytes()].into_iter()));
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

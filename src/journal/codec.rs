//! The smallest pieces of the journal's format: variable-length integers (LEB128) and texts with their
//! length before them.

/// Appends an unsigned integer, seven bits a byte, lowest first.
pub(super) fn put_uint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// Appends a signed integer: zigzag, so that small ones of either sign stay short.
pub(super) fn put_int(out: &mut Vec<u8>, value: i64) {
    put_uint(out, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

/// Appends a text.
pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_uint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Reads what the functions above wrote. Every method is `None` when the bytes do not hold it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(super) fn uint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            if shift == 63 && bits > 1 {
                return None;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    pub(super) fn int(&mut self) -> Option<i64> {
        let value = self.uint()?;
        Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    pub(super) fn narrow<T: TryFrom<u64>>(&mut self) -> Option<T> {
        T::try_from(self.uint()?).ok()
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length: usize = self.narrow()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    /// Reads texts that are all that is left. Where each is shorter than 128 bytes, the lengths between them are ASCII, and
    /// one check is enough for all.
    pub(super) fn texts<const N: usize>(&mut self) -> Option<[&'a str; N]> {
        let left = self.0.len();
        let whole = std::str::from_utf8(self.0).ok();
        let mut texts = [""; N];
        for text in &mut texts {
            let Some(whole) = whole else {
                *text = self.text()?;
                continue;
            };
            let length: usize = self.narrow()?;
            let start = left - self.0.len();
            self.take(length)?;
            *text = whole.get(start..start + length)?;
        }
        self.0.is_empty().then_some(texts)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_come_back() {
        for value in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            put_uint(&mut bytes, value);
            assert_eq!(Cursor(&bytes).uint(), Some(value));
        }
        for value in [0, -1, 1, i64::MIN, i64::MAX, -300] {
            let mut bytes = Vec::new();
            put_int(&mut bytes, value);
            assert_eq!(Cursor(&bytes).int(), Some(value));
        }
    }

    proptest::proptest! {
        #[test]
        fn texts_are_the_same_together_and_one_by_one(
            texts: [String; 4],
            length in 0..300_usize,
            flipped in proptest::option::of((0..900_usize, 0..8)),
        ) {
            let long = "x".repeat(length);
            let mut bytes = Vec::new();
            for text in [&texts[0], &texts[1], &long, &texts[2], &texts[3]] {
                put_text(&mut bytes, text);
            }
            if let Some((at, bit)) = flipped && let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1_u8 << bit;
            }
            let mut cursor = Cursor(&bytes);
            let one_by_one: Option<Vec<&str>> = (0..5).map(|_| cursor.text()).collect();
            let one_by_one = one_by_one.filter(|_| cursor.0.is_empty());
            let together = Cursor(&bytes).texts::<5>().map(|texts| texts.to_vec());
            proptest::prop_assert_eq!(together, one_by_one);
        }
    }

    #[test]
    fn what_is_cut_or_too_long_is_none() {
        assert_eq!(Cursor(&[]).uint(), None);
        assert_eq!(Cursor(&[0x80]).uint(), None);
        assert_eq!(Cursor(&[0xFF; 11]).uint(), None);
        assert_eq!(Cursor(&[5, b'a']).text(), None);
        assert_eq!(Cursor(&[1, 0xFF]).text(), None);
    }
}

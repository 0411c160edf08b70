//! Digits of every script. A person or a program reads `４１１` as 411, so they count as digits.

/// Ranges of characters that are digits (Unicode 15, property `Numeric_Type` = `Decimal` or `Digit`): the first character, its
/// value, how many follow each other with rising values.
const RANGES: &[(u32, u8, u8)] = &[
    (0x00b2, 2, 2),
    (0x00b9, 1, 1),
    (0x0660, 0, 10),
    (0x06f0, 0, 10),
    (0x07c0, 0, 10),
    (0x0966, 0, 10),
    (0x09e6, 0, 10),
    (0x0a66, 0, 10),
    (0x0ae6, 0, 10),
    (0x0b66, 0, 10),
    (0x0be6, 0, 10),
    (0x0c66, 0, 10),
    (0x0ce6, 0, 10),
    (0x0d66, 0, 10),
    (0x0de6, 0, 10),
    (0x0e50, 0, 10),
    (0x0ed0, 0, 10),
    (0x0f20, 0, 10),
    (0x1040, 0, 10),
    (0x1090, 0, 10),
    (0x1369, 1, 9),
    (0x17e0, 0, 10),
    (0x1810, 0, 10),
    (0x1946, 0, 10),
    (0x19d0, 0, 10),
    (0x19da, 1, 1),
    (0x1a80, 0, 10),
    (0x1a90, 0, 10),
    (0x1b50, 0, 10),
    (0x1bb0, 0, 10),
    (0x1c40, 0, 10),
    (0x1c50, 0, 10),
    (0x2070, 0, 1),
    (0x2074, 4, 6),
    (0x2080, 0, 10),
    (0x2460, 1, 9),
    (0x2474, 1, 9),
    (0x2488, 1, 9),
    (0x24ea, 0, 1),
    (0x24f5, 1, 9),
    (0x24ff, 0, 1),
    (0x2776, 1, 9),
    (0x2780, 1, 9),
    (0x278a, 1, 9),
    (0xa620, 0, 10),
    (0xa8d0, 0, 10),
    (0xa900, 0, 10),
    (0xa9d0, 0, 10),
    (0xa9f0, 0, 10),
    (0xaa50, 0, 10),
    (0xabf0, 0, 10),
    (0xff10, 0, 10),
    (0x104a0, 0, 10),
    (0x10a40, 1, 4),
    (0x10d30, 0, 10),
    (0x10e60, 1, 9),
    (0x11052, 1, 9),
    (0x11066, 0, 10),
    (0x110f0, 0, 10),
    (0x11136, 0, 10),
    (0x111d0, 0, 10),
    (0x112f0, 0, 10),
    (0x11450, 0, 10),
    (0x114d0, 0, 10),
    (0x11650, 0, 10),
    (0x116c0, 0, 10),
    (0x11730, 0, 10),
    (0x118e0, 0, 10),
    (0x11950, 0, 10),
    (0x11c50, 0, 10),
    (0x11d50, 0, 10),
    (0x11da0, 0, 10),
    (0x16a60, 0, 10),
    (0x16ac0, 0, 10),
    (0x16b50, 0, 10),
    (0x1d7ce, 0, 10),
    (0x1d7d8, 0, 10),
    (0x1d7e2, 0, 10),
    (0x1d7ec, 0, 10),
    (0x1d7f6, 0, 10),
    (0x1e140, 0, 10),
    (0x1e2f0, 0, 10),
    (0x1e950, 0, 10),
    (0x1f100, 0, 1),
    (0x1f101, 0, 10),
    (0x1fbf0, 0, 10),
];

/// Chinese numerals, which are letters to Unicode.
const IDEOGRAPHS: [char; 11] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九', '零'];

/// The value of a character that is a digit in some script.
pub(super) fn value(c: char) -> Option<u8> {
    if c.is_ascii() {
        return c.is_ascii_digit().then(|| c as u8 - b'0');
    }
    let index = RANGES.partition_point(|(first, ..)| *first <= u32::from(c));
    let in_range = index.checked_sub(1).and_then(|index| {
        let (first, value, count) = RANGES[index];
        let offset = u8::try_from(u32::from(c) - first).ok()?;
        (offset < count).then(|| value + offset)
    });
    let ideograph = || IDEOGRAPHS.iter().position(|known| *known == c);
    in_range.or_else(|| ideograph().and_then(|index| u8::try_from(index % 10).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_scripts() {
        for (text, expected) in [
            ("4111", Some("4111")),
            ("４１", Some("41")),
            ("٤١", Some("41")),
            ("४१", Some("41")),
            ("④①⓪", Some("410")),
            ("⁴₁", Some("41")),
            ("𝟒𝟙", Some("41")),
            ("四一〇零", Some("4100")),
            ("a", None),
            ("é", None),
            ("½", None),
            // 255 behind the last range before it, which begins with a one.
            ("\u{10b3f}", None),
        ] {
            let digits: Option<String> =
                text.chars().map(|c| value(c).map(|digit| char::from(b'0' + digit))).collect();
            assert_eq!(digits.as_deref(), expected);
        }
    }
}

//! Card numbers as issuers assign them: prefix, length and check digit.

/// Digits of the shortest card number.
pub(super) const DIGITS_MIN: usize = 13;
/// Digits of the longest.
pub(super) const DIGITS_MAX: usize = 19;

/// Whether digits have an issuer's prefix and length, and the right check digit.
pub(super) fn is_issued(digits: &[u8]) -> bool {
    // The check digit costs the most, so it comes last.
    if !(DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) || !has_issuer(digits) {
        return false;
    }
    let doubled = |digit: u8| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| u32::from(if index % 2 == 0 { *digit } else { doubled(*digit) }))
        .sum();
    sum.is_multiple_of(10)
}

/// Whether digits have the prefix and length of a network whose cards are accepted on the web.
pub(super) fn has_issuer(digits: &[u8]) -> bool {
    let prefix = |count: usize| {
        digits[..count].iter().fold(0_u32, |number, &digit| number * 10 + u32::from(digit))
    };
    match (digits.len(), digits[0]) {
        (13 | 16 | 19, 4) => true,                                        // Visa
        (16, 5) => matches!(prefix(2), 51..=55),                          // Mastercard
        (16, 2) => matches!(prefix(4), 2221..=2720 | 2200..=2204),        // Mastercard, Mir
        (15, 3) => matches!(prefix(2), 34 | 37),                          // American Express
        (14, 3) => matches!(prefix(2), 30 | 36 | 38 | 39),                // Diners Club
        (16..=19, 3) => matches!(prefix(4), 3528..=3589),                 // JCB
        (16..=19, 6) => matches!(prefix(2), 60 | 62 | 63 | 64 | 65 | 67), // Discover, UnionPay, Maestro
        _ => false,
    }
}

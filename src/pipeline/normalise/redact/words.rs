//! Whether letters look like a word: which pairs of letters follow each other in words, and which in random strings.
//!
//! Words of twenty languages that are written with Latin letters share their pairs; of a random string every second pair is
//! none of these. Base64 and base32 of digits are made of few pairs, and most of those are in no word.

/// For each first letter, the letters that follow it in words, a bit each: the pairs that are at least 0.15 % of all pairs
/// in the words of one of nineteen European languages (the messages of GNU programs), and a few after `x`. A letter's number is
/// its low five bits, which do not depend on its case; zero is the word's beginning, which any letter follows.
const FOLLOWS: [u32; 32] = [
    u32::MAX,
    0x6fdffde, // a,
    0x0249222, // b,
    0x43c9b2a, // c,
    0x42cc222, // d,
    0x77d7ffe, // e,
    0x0208262, // f,
    0x22cc3a2, // g,
    0x0349222, // h,
    0x75ffffe, // i,
    0x0208222, // j,
    0x23c9a22, // k,
    0x238f632, // l,
    0x021b226, // m,
    0x638fffa, // n,
    0x4fdffbc, // o,
    0x0359222, // p,
    0x0200000, // q,
    0x63cfebe, // r,
    0x639df2a, // s,
    0x63c832a, // t,
    0x03dfe7e, // u,
    0x200c222, // v,
    0x2008222, // w,
    0x0110228, // x,
    0x098a22a, // y,
    0x630c222, // z
    0,
    0,
    0,
    0,
    0,
];

/// Whether a pair of letters is rare in words. Letters of either case count as the same; before the first is 0.
pub(super) const fn is_rare(first: u8, second: u8) -> bool {
    FOLLOWS[(first & 31) as usize] >> (second & 31) & 1 == 0
}

/// Letters of a long word, which says more of itself.
const LONG: usize = 20;

/// Whether so many rare pairs are too many for a word of this length. A short word may have any: abbreviations do.
pub(super) const fn is_odd(letters: usize, rare: usize) -> bool {
    rare >= 4 && (rare * 3 > letters || (letters > LONG && rare * 5 > letters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, odd: bool) {
        let rare = word.as_bytes().windows(2).filter(|pair| is_rare(pair[0], pair[1])).count();
        assert_eq!(is_odd(word.len(), rare), odd, "{word}: {rare}");
    }

    #[test]
    fn words_and_names_of_programs() {
        for word in [
            "checkout",
            "bestellbestaetigung",
            "confirmation",
            "datenschutzerklaerung",
            "carrello",
            "xmlhttprequest",
            "jquery",
            "nginx",
            "googletagmanager",
            "swiftkey",
            "recaptcha",
            "koszyk",
            "winkelwagen",
            "platnosci",
            "bootstrap",
            "polyfill",
        ] {
            check(word, false);
        }
    }

    #[test]
    fn encoded_digits() {
        for text in [
            "ndexmtexmtexmtexmtexmq",
            "gqytcmjrgeytcmjrgeytcmjrge",
            "naaxadeamqaxadea",
            "gutemztguztcobxhatanrwgi",
            "qxkzjvwpfhbd",
        ] {
            check(text, true);
        }
    }
}

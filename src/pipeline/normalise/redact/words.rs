//! Whether letters look like a word: which pairs of letters follow each other in words, and which in random strings.
//!
//! Words of twenty languages that are written with Latin letters share their pairs; of a random string every second pair is
//! none of these. Base64 and base32 of digits are made of few pairs, and most of those are in no word.

/// For each first letter, the letters that follow it in words, a bit each: the pairs that are at least 0.15 % of all pairs
/// in the words of one of nineteen European languages (the messages of GNU programs), and a few after `x`.
const FOLLOWS: [u32; 26] = [
    0x37effef, // a,
    0x0124911, // b,
    0x21e4d95, // c,
    0x2166111, // d,
    0x3bebfff, // e,
    0x0104131, // f,
    0x11661d1, // g,
    0x01a4911, // h,
    0x3afffff, // i,
    0x0104111, // j,
    0x11e4d11, // k,
    0x11c7b19, // l,
    0x010d913, // m,
    0x31c7ffd, // n,
    0x27effde, // o,
    0x01ac911, // p,
    0x0100000, // q,
    0x31e7f5f, // r,
    0x31cef95, // s,
    0x31e4195, // t,
    0x01eff3f, // u,
    0x1006111, // v,
    0x1004111, // w,
    0x0088114, // x,
    0x04c5115, // y,
    0x3186111, // z
];

/// Whether a pair of letters is rare in words. Letters of either case count as the same.
pub(super) const fn is_rare(first: u8, second: u8) -> bool {
    let (first, second) = (first | 0x20, second | 0x20);
    FOLLOWS[(first - b'a') as usize] >> (second - b'a') & 1 == 0
}

/// Letters of a long word, by which more can be told.
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

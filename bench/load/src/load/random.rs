//! Numbers that look random and are the same for a seed.

/// SplitMix64 (Steele, Lea and Flood 2014): a few instructions a number, and good enough to choose bodies by.
pub struct Random(u64);

/// What may stand in a nonce (RFC 4648, section 4).
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const CONSONANTS: &[u8; 20] = b"bcdfghjklmnpqrstvwxz";
const VOWELS: &[u8; 5] = b"aeiou";

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of the numbers below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// True so often as `share` says.
    pub fn happens(&mut self, share: f64) -> bool {
        ((self.next() >> 11) as f64) < share * (1_u64 << 53) as f64
    }

    pub fn one_of<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    /// Fills a place with characters of base64.
    pub fn fill_base64(&mut self, place: &mut [u8]) {
        for piece in place.chunks_mut(10) {
            let mut bits = self.next();
            for byte in piece {
                *byte = BASE64[bits as usize % 64];
                bits >>= 6;
            }
        }
    }

    pub fn base64(&mut self, length: usize) -> String {
        let mut text = vec![0; length];
        self.fill_base64(&mut text);
        String::from_utf8(text).expect("base64 is ASCII")
    }
}

/// Bytes of a name that [`name`] writes.
pub const NAME_BYTES: usize = 13;

/// Writes a number as a name like `bakilo-temiru`, another one for each number below 10^12. A page's name in a
/// path looks so; digits would look like an order's number, and redaction would make all of them one.
pub fn name(mut number: u64, place: &mut [u8]) {
    for at in [0, 2, 4, 7, 9, 11] {
        let syllable = (number % 100) as usize;
        place[at] = CONSONANTS[syllable % 20];
        place[at + 1] = VOWELS[syllable / 20];
        number /= 100;
    }
    place[6] = b'-';
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_names_of_their_own() {
        let named = |number| {
            let mut place = [0; NAME_BYTES];
            name(number, &mut place);
            String::from_utf8(place.to_vec()).expect("ASCII")
        };
        let names: std::collections::BTreeSet<String> = (0..20_000).map(named).collect();
        assert_eq!(names.len(), 20_000);
        assert_eq!(named(0), "bababa-bababa");
    }

    #[test]
    fn a_share_is_met() {
        let mut random = Random::new(1);
        let met = (0..100_000).filter(|_| random.happens(0.95)).count();
        assert!((94_700..95_300).contains(&met), "{met}");
    }
}

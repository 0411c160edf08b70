//! What a run of letters and digits looks like.

use super::words;

/// Digits in a word that is kept, as in `html5` or `es2015`.
const WORD_DIGITS: usize = 4;
/// Letters of a word, or of words written as one. The longest names of browsers' features have nearly as many.
const WORD_LETTERS: usize = 64;
/// Times that a letter follows itself.
const REPETITIONS: usize = 5;

/// What a run of letters and digits is made of.
#[derive(Default)]
pub(super) struct Word {
    pub(super) letters: usize,
    pub(super) digits: usize,
    /// Changes between letters and digits.
    changes: usize,
    /// Capitals behind a small letter.
    capitals: usize,
    /// Small letters behind two capitals, as in `HTMLElement`.
    falls: usize,
    /// Rare pairs of letters.
    pub(super) rare: usize,
    /// The longest row of one letter, less one.
    repetitions: usize,
}

impl Word {
    /// Reads the run that begins at `start`; returns its end, too.
    pub(super) fn read(bytes: &[u8], start: usize) -> (Self, usize) {
        let mut word = Self::default();
        let (mut at, mut before) = (start, 0);
        let (mut repeated, mut capitals_before) = (0, 0);
        // Nearly all words begin with small letters, and most have nothing else.
        while let Some(&byte) = bytes.get(at).filter(|byte| byte.is_ascii_lowercase()) {
            word.rare += usize::from(words::is_rare(before, byte));
            repeated = if byte == before { repeated + 1 } else { 0 };
            word.repetitions = word.repetitions.max(repeated);
            before = byte;
            at += 1;
        }
        word.letters = at - start;
        while let Some(&byte) = bytes.get(at) {
            if byte.is_ascii_digit() {
                word.digits += 1;
                word.changes += usize::from(before.is_ascii_alphabetic());
            } else if byte.is_ascii_alphabetic() {
                word.letters += 1;
                if before.is_ascii_alphabetic() {
                    let is_capital = byte.is_ascii_uppercase() && before.is_ascii_lowercase();
                    word.capitals += usize::from(is_capital);
                    let is_fall = byte.is_ascii_lowercase() && capitals_before >= 2;
                    word.falls += usize::from(is_fall);
                    // Two words written as one meet at a capital.
                    word.rare += usize::from(!is_capital && words::is_rare(before, byte));
                } else {
                    word.changes += usize::from(before != 0);
                }
            } else {
                break;
            }
            capitals_before = if byte.is_ascii_uppercase() { capitals_before + 1 } else { 0 };
            repeated = if byte == before { repeated + 1 } else { 0 };
            word.repetitions = word.repetitions.max(repeated);
            before = byte;
            at += 1;
        }
        (word, at)
    }

    /// Whether it looks like no word. What has four characters has too few to judge by.
    pub(super) fn is_odd(&self) -> bool {
        let length = self.letters + self.digits;
        if length <= 4 {
            return false;
        }
        let has_odd_digits = self.digits > WORD_DIGITS
            || (self.changes > 2 && (self.changes * 3 > length + 2 || length > 16));
        // Words have three letters and more.
        let has_odd_case = self.letters >= 8
            && ((self.capitals >= 3 && self.capitals * 3 > length)
                || (self.falls >= 2 && self.falls * 6 > length));
        has_odd_digits
            || has_odd_case
            || self.letters > WORD_LETTERS
            || self.repetitions >= REPETITIONS
            || words::is_odd(self.letters, self.rare)
    }
}

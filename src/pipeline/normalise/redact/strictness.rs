//! How strict to be with a text: what is harmless by itself may be a number in pieces, if there is much of it.

/// How much of a text is masked. What is too much for one text, or for a report, is masked by the next step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strictness {
    /// What is not harmless by itself.
    #[default]
    Usual,
    /// Words and numbers with three digits, too.
    LongNumbers,
    /// All that has a digit, and words with a pair of letters that is rare.
    Numbers,
    /// The hashes in the names of files, too.
    ContentHashes,
}

/// Digits that are kept, of all texts of a report together; the shortest card number has one more.
pub(super) const DIGITS_KEPT: usize = super::pan::DIGITS_MIN - 1;
/// Rare pairs that any text may have.
const RARE_PAIRS: usize = 8;

/// What is kept of a text, as far as it is counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    /// Digits that are not in a date.
    pub(super) digits: usize,
    /// Hashes in the name of a file.
    pub(super) content_hashes: usize,
    pub(super) letters: usize,
    /// Pairs of letters that are rare in words.
    pub(super) rare: usize,
}

impl Sums {
    /// How strict to be with a text, by what would be kept of it.
    pub(super) fn strictness(&self, was: Strictness) -> Strictness {
        if self.rare > RARE_PAIRS && self.rare * 3 > self.letters {
            return was.max(Strictness::Numbers);
        }
        match was {
            _ if self.digits <= DIGITS_KEPT => was,
            Strictness::Usual => Strictness::LongNumbers,
            _ => was.max(Strictness::Numbers),
        }
    }
}

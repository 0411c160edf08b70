//! What of a report's way does not fit its browser.

/// What of a report's transport does not fit: a set of [`ODDITIES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddities(u8);

/// The names, in the order of the bits: the User-Agent is another engine's, or missing; the origin is not the document's;
/// the request was not fetched as that engine does; the media type is another.
const ODDITIES: [&str; 4] = ["agent", "origin", "fetch", "media-type"];

impl Oddities {
    /// The empty set.
    pub(super) const NONE: Self = Self(0);

    /// A set; the flags are in the order of their names.
    pub fn new(flags: [bool; 4]) -> Self {
        Self(flags.iter().rev().fold(0, |bits, is_odd| bits << 1 | u8::from(*is_odd)))
    }

    /// A number for each set, 0 for the empty one; at most 15.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// Whether everything fits.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names of what is in the set.
    pub(super) fn names(self) -> impl Iterator<Item = &'static str> {
        let is_odd = move |(index, name)| (self.0 >> index & 1 == 1).then_some(name);
        ODDITIES.into_iter().enumerate().filter_map(is_odd)
    }

    /// The set of names that `+` separates; those that are not known are left out.
    pub(super) fn read(names: &str) -> Self {
        Self::new(ODDITIES.map(|oddity| names.split('+').any(|name| name == oddity)))
    }
}

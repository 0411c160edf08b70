//! Whether a destination's name imitates another: the site's own, one that it expects, or that of a vendor whom many shops
//! allow (`vendors.toml`).
//!
//! Seven of eight skimmers' domains look like nothing in particular, so this is no detector of skimmers: it makes an
//! unknown destination more urgent, and gives a reason to show. Only the registered label is compared; the rest of a
//! host's name costs a thief nothing, and proves nothing:
//!
//! | Likeness | Example | What keeps the innocent out |
//! | --- | --- | --- |
//! | the same label under another suffix | `google-analytics.cm` | six letters; no everyday words; countries where the vendor has them |
//! | it looks the same | `xn--gstatc-7va.com`, `bra1ntree.com` | six letters unless it is international |
//! | a typing error or two | `gooqletagmanager.com` | eight letters for one, ten for two |
//! | a name within the name | `payment-mastercard.com` | listed names only, with hyphens or words of infrastructure |
//!
//! Of the 10,519 domains of skimmers that maltrail knows this says something of 12 %, of the 1,357 in its
//! list of innocent ones of one (August 2026).

mod compile;
pub(super) mod distance;
mod label;
mod punycode;
mod tokens;
mod vendors;

use std::cmp::Reverse;
use std::fmt;

use label::Label;
use tokens::Tokens;
use vendors::VENDORS;

use crate::base::collections::{HashMap, HashSet};
use crate::base::domain::registrable;

/// Fewest letters of a name that is compared under other suffixes, by look-alike letters, and within other names.
const LETTERS_MIN: usize = 6;
/// Fewest letters of a name that may have one typing error.
const LETTERS_ONE_ERROR: usize = 8;
/// Fewest letters of a name that may have two.
const LETTERS_TWO_ERRORS: usize = 10;
/// No name may have more.
const ERRORS_MAX: usize = 2;

/// The names that destinations are compared with, compiled once.
#[derive(Debug)]
pub struct Lookalikes {
    /// The built-in ones, which all sites share and which come first; `None`: these are they.
    built_in: Option<&'static Self>,
    /// Domains that are genuine.
    genuine: HashSet<Box<str>>,
    names: Vec<Name>,
    by_plain: HashMap<Box<[u8]>, usize>,
    by_skeleton: HashMap<Box<[u8]>, usize>,
    /// Names that are long enough for typing errors, by length.
    long: Vec<Long>,
    tokens: Tokens,
}

#[derive(Debug)]
struct Name {
    label: Box<str>,
    of: Box<str>,
    countries: bool,
}

#[derive(Debug)]
struct Long {
    letters: u64,
    plain: Box<[u8]>,
    name: usize,
}

/// The name that a destination imitates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Likeness<'a> {
    /// The domain that it looks like.
    pub of: &'a str,
    /// In which way.
    pub kind: LikenessKind,
}

/// In which way a name looks like another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LikenessKind {
    /// It is the same under another suffix.
    OtherSuffix,
    /// Its letters look the same, or only hyphens differ.
    Confusable,
    /// This number of typing errors lies between them.
    Errors(u8),
    /// It contains the other name.
    Contains,
}

impl LikenessKind {
    /// Whether it is hardly a coincidence: few honest names are that close to another, while many contain one.
    pub fn is_strong(self) -> bool {
        matches!(self, Self::Confusable | Self::Errors(_))
    }
}

impl Lookalikes {
    /// The name that a host imitates, unless the host is genuine. Allocates nothing.
    pub fn find<'a>(&'a self, destination: &str) -> Option<Likeness<'a>> {
        let domain = registrable(destination);
        let (label, suffix) = split(domain)?;
        if self.parts().any(|part| part.genuine.contains(domain)) {
            return None;
        }
        let folded = Label::new(label);
        let plain = |part: &'a Self| Some((part, *part.by_plain.get(folded.plain())?));
        if let Some((part, name)) = self.parts().find_map(plain) {
            let kind = if part.names[name].label.as_ref() == label {
                LikenessKind::OtherSuffix
            } else {
                LikenessKind::Confusable
            };
            return part.counts(name, kind, suffix, &folded).then(|| part.likeness(name, kind));
        }
        let skeleton = |part: &'a Self| Some((part, *part.by_skeleton.get(folded.skeleton())?));
        if let Some((part, name)) = self.parts().find_map(skeleton)
            && part.counts(name, LikenessKind::Confusable, suffix, &folded)
        {
            return Some(part.likeness(name, LikenessKind::Confusable));
        }
        let is_everyday = VENDORS.everyday.contains(label);
        let with_errors = if is_everyday { None } else { self.with_fewest_errors(&folded) };
        with_errors.or_else(|| self.within(&folded))
    }

    /// The built-in names, and those that the site adds.
    fn parts(&self) -> impl Iterator<Item = &Self> {
        self.built_in.into_iter().chain([self])
    }

    /// Whether the same letters are no coincidence.
    fn counts(&self, name: usize, kind: LikenessKind, suffix: &str, folded: &Label) -> bool {
        let Name { label, countries, .. } = &self.names[name];
        let is_country = suffix.rsplit('.').next().is_some_and(|last| last.len() == 2);
        match kind {
            LikenessKind::OtherSuffix => {
                folded.plain().len() >= LETTERS_MIN
                    && !VENDORS.everyday.contains(&**label)
                    && !(*countries && is_country)
            }
            _ => folded.plain().len() >= LETTERS_MIN || folded.is_international,
        }
    }

    /// The name with the fewest typing errors.
    fn with_fewest_errors(&self, folded: &Label) -> Option<Likeness<'_>> {
        let found = self.parts().filter_map(|part| part.with_errors(folded));
        found.min_by_key(|(errors, _)| *errors).map(|(_, likeness)| likeness)
    }

    /// The longest of the names that are within it.
    fn within(&self, folded: &Label) -> Option<Likeness<'_>> {
        let found = self.parts().filter_map(|part| Some((part, part.tokens.find(folded)?)));
        // Of two that are as long, the built-in one is the first.
        let (part, token) = found.min_by_key(|(_, token)| Reverse(token.length()))?;
        Some(part.likeness(token.name(), LikenessKind::Contains))
    }

    /// The name with the fewest typing errors of this part, and how many.
    fn with_errors(&self, folded: &Label) -> Option<(u8, Likeness<'_>)> {
        let (plain, letters) = (folded.plain(), folded.letters());
        let shorter = self.long.partition_point(|long| long.plain.len() + ERRORS_MAX < plain.len());
        let mut found = None;
        for long in &self.long[shorter..] {
            if long.plain.len() > plain.len() + ERRORS_MAX {
                break;
            }
            let errors = if long.plain.len() >= LETTERS_TWO_ERRORS { 2 } else { 1 };
            // An error takes at most one of the letters that a name has, and brings at most one.
            let is_near = has_at_most(errors, letters & !long.letters)
                && has_at_most(errors, long.letters & !letters);
            if is_near && let Some(errors) = distance::within(plain, &long.plain, errors) {
                let likeness = self.likeness(long.name, LikenessKind::Errors(errors));
                if errors <= 1 {
                    return Some((errors, likeness));
                }
                found = found.or(Some((errors, likeness)));
            }
        }
        found
    }

    fn likeness(&self, name: usize, kind: LikenessKind) -> Likeness<'_> {
        Likeness { of: &self.names[name].of, kind }
    }
}

/// Whether at most `count` bits are set. Not every target CPU has an instruction that counts them.
fn has_at_most(count: u8, mut bits: u64) -> bool {
    for _ in 0..count {
        bits &= bits.saturating_sub(1);
    }
    bits == 0
}

/// The registered label and the suffix of a registrable domain; `None` of an IP address.
fn split(domain: &str) -> Option<(&str, &str)> {
    domain.split_once('.').filter(|_| psl::domain_str(domain).is_some() && !is_address(domain))
}

fn is_address(domain: &str) -> bool {
    domain.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()))
}

impl LikenessKind {
    /// Its name in a reason.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OtherSuffix => "other-suffix",
            Self::Confusable => "confusable",
            Self::Errors(_) => "misspelt",
            Self::Contains => "contains",
        }
    }
}

impl fmt::Display for Likeness<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = self.of;
        match self.kind {
            LikenessKind::OtherSuffix => write!(f, "has the name of {of} under another suffix"),
            LikenessKind::Confusable => write!(f, "looks the same as {of}"),
            LikenessKind::Errors(1) => write!(f, "is one letter away from {of}"),
            LikenessKind::Errors(errors) => write!(f, "is {errors} letters away from {of}"),
            LikenessKind::Contains => write!(f, "has the name of {of} in it"),
        }
    }
}

#[cfg(test)]
mod tests;

//! How far a decision goes: everywhere on a site, or for one directive, for one page group, or for one directive on one page
//! group.

use crate::base::clock::Timestamp;

/// How far a decision goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Extent {
    /// Only where this directive was violated; empty: whichever.
    pub directive: Box<str>,
    /// Only on pages of this page group; empty: on all.
    pub page_group: Box<str>,
}

/// From where, and by what, a page contacted a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContactedFrom<'a> {
    /// The violated directive; empty: it is not known, or there is none.
    pub directive: &'a str,
    /// The page group of the page; empty: several.
    pub page_group: &'a str,
}

/// What detection remembers of where a destination was seen.
#[derive(Clone, Copy, Debug)]
pub struct SeenAt<'a> {
    /// The directives that reports of it named; empty: they are not known.
    pub directives: &'a [Box<str>],
    /// The page group; empty: several.
    pub page_group: &'a str,
    /// When it was last seen.
    pub last: Timestamp,
}

impl Extent {
    /// What columns, fields or options say.
    pub fn of(directive: &str, page_group: &str) -> Self {
        Self { directive: Box::from(directive), page_group: Box::from(page_group) }
    }

    /// Whether it is the whole site.
    pub fn is_everywhere(&self) -> bool {
        self.directive.is_empty() && self.page_group.is_empty()
    }

    /// Whether a contact is within it. What is not known is outside of what is limited by it.
    pub fn covers(&self, from: ContactedFrom<'_>) -> bool {
        let on_group = self.page_group.is_empty() || *self.page_group == *from.page_group;
        on_group && covers_directive(&self.directive, from.directive)
    }

    /// It in words, to follow what was decided: " for connect-src on payment"; empty: everywhere.
    pub fn in_words(&self) -> String {
        extent_words(&self.directive, &self.page_group)
    }
}

/// [`Extent::in_words`] of what columns say.
pub fn extent_words(directive: &str, page_group: &str) -> String {
    let part = |word, name: &str| match name {
        "" => String::new(),
        name => format!(" {word} {name}"),
    };
    part("for", directive) + &part("on", page_group)
}

/// Whether a directive covers the one that a report names: `script-src` covers `script-src-elem` and `script-src-attr`, and the
/// empty one covers all.
pub fn covers_directive(directive: &str, reported: &str) -> bool {
    let parent = || reported.strip_suffix("-elem").or_else(|| reported.strip_suffix("-attr"));
    directive.is_empty() || directive == reported || parent() == Some(directive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(extent: (&str, &str), from: (&str, &str), covered: bool) {
        let from = ContactedFrom { directive: from.0, page_group: from.1 };
        assert_eq!(Extent::of(extent.0, extent.1).covers(from), covered, "{extent:?} {from:?}");
    }

    #[test]
    fn an_extent_covers_its_directive_on_its_page_group_and_nothing_that_is_not_known() {
        for from in [("img-src", "other"), ("", "payment"), ("", "")] {
            check(("", ""), from, true);
        }
        check(("img-src", ""), ("img-src", "other"), true);
        check(("img-src", ""), ("form-action", "other"), false);
        check(("img-src", ""), ("", "other"), false);
        check(("", "other"), ("form-action", "other"), true);
        check(("", "other"), ("form-action", "payment"), false);
        check(("", "other"), ("form-action", ""), false);
        check(("img-src", "other"), ("img-src", "other"), true);
        check(("img-src", "other"), ("img-src", "payment"), false);
        check(("script-src", ""), ("script-src-elem", "other"), true);
        check(("script-src-elem", ""), ("script-src", "other"), false);
    }

    #[test]
    fn an_extent_is_said_after_what_was_decided() {
        for (extent, words) in [
            (("", ""), ""),
            (("img-src", ""), " for img-src"),
            (("", "payment"), " on payment"),
            (("img-src", "payment"), " for img-src on payment"),
        ] {
            assert_eq!(Extent::of(extent.0, extent.1).in_words(), words);
        }
    }
}

//! The page groups of a site, and which of them a path belongs to.

use std::sync::Arc;

use super::known::KnownSet;
use crate::base::glob::glob;
use crate::base::page_path::{comparable, segments};
use crate::config;

/// A group of pages that is watched as one.
#[derive(Clone, Debug)]
pub struct PageGroup {
    /// Its name.
    pub name: Arc<str>,
    /// Whether cards are entered here.
    pub payment: bool,
    /// Whether its pages send buyers on to their banks; `None`: that is learnt.
    pub three_d_secure: Option<bool>,
    /// Comparable patterns.
    paths: Vec<String>,
    /// What pages where cards are entered are called, wherever they are.
    names: Vec<String>,
    pub(super) known: KnownSet,
}

/// The page groups of a site.
#[derive(Debug)]
pub(super) struct PageGroups {
    configured: Vec<PageGroup>,
    other: PageGroup,
}

impl PageGroup {
    fn new(config: &config::PageGroupConfig) -> Self {
        let paths: Vec<String> =
            config.paths.iter().map(|pattern| comparable(pattern).into_owned()).collect();
        let names = paths.iter().filter(|_| config.payment).filter_map(|pattern| name(pattern));
        Self {
            name: Arc::from(config.name.as_str()),
            payment: config.payment,
            three_d_secure: config.three_d_secure,
            names: names.collect(),
            paths,
            known: KnownSet::new(&config.known),
        }
    }

    fn other() -> Self {
        Self {
            name: Arc::from(config::OTHER),
            payment: false,
            three_d_secure: None,
            paths: Vec::new(),
            names: Vec::new(),
            known: KnownSet::default(),
        }
    }
}

impl PageGroups {
    pub(super) fn new(groups: &[config::PageGroupConfig]) -> Self {
        Self { configured: groups.iter().map(PageGroup::new).collect(), other: PageGroup::other() }
    }

    /// The page group of a path: the first configured one that matches, else `other`.
    pub(super) fn of_path(&self, path: &str) -> &PageGroup {
        if self.configured.is_empty() {
            return &self.other;
        }
        let path = comparable(path);
        let matches = |group: &&PageGroup| group.paths.iter().any(|pattern| glob(pattern, &path));
        self.configured.iter().find(matches).unwrap_or(&self.other)
    }

    /// The page group with cards that a path of `other` looks like: a segment of it is the name of these pages.
    pub(super) fn resembling(&self, path: &str) -> Option<&PageGroup> {
        let mut with_names =
            self.configured.iter().filter(|group| !group.names.is_empty()).peekable();
        with_names.peek()?;
        let is_name = |group: &PageGroup, segment: &[u8]| {
            group.names.iter().any(|name| name.as_bytes() == segment)
        };
        if is_plain(path) {
            // A segment is so short that a loop over its bytes finds its end before a search has begun.
            let segments = || path.as_bytes().split(|byte| *byte == b'/');
            return with_names.find(|group| segments().any(|segment| is_name(group, segment)));
        }
        let path = comparable(path);
        with_names.find(|group| segments(&path).any(|segment| is_name(group, segment.as_bytes())))
    }

    pub(super) fn other(&self) -> &PageGroup {
        &self.other
    }

    /// The configured ones, then `other`.
    pub(super) fn all(&self) -> impl Iterator<Item = &PageGroup> {
        self.configured.iter().chain([&self.other])
    }
}

/// Whether the segments of a path are what `/` separates: nothing in it is encoded or upper case. Most paths are so, and each
/// report asks.
fn is_plain(path: &str) -> bool {
    // Without an early end the compiler looks at many bytes at once.
    let is_odd = |byte: &u8| (*byte == b'%') | byte.is_ascii_uppercase();
    !path.as_bytes().iter().fold(false, |odd, byte| odd | is_odd(byte))
}

/// The last segment of a pattern that is a word: `checkout` of `/shop/checkout*`.
fn name(pattern: &str) -> Option<String> {
    let words = segments(pattern).map(|segment| segment.trim_end_matches('*'));
    let last = words.filter(|word| word.len() > 1 && !word.contains('*')).last()?;
    Some(last.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(paths: &[&str]) -> PageGroups {
        PageGroups::new(&[config::PageGroupConfig {
            name: "payment".to_owned(),
            paths: paths.iter().map(ToString::to_string).collect(),
            payment: true,
            three_d_secure: None,
            known: Vec::new(),
        }])
    }

    #[test]
    fn all_spellings_of_a_path_are_in_its_group() {
        let groups = groups(&["/checkout*", "/Cart/Pay*"]);
        for (path, expected) in [
            ("/checkout", "payment"),
            ("/Checkout/payment", "payment"),
            ("//checkout", "payment"),
            ("/%63heckout", "payment"),
            ("/cart//pay/1", "payment"),
            ("/%2563heckout", "other"),
            ("/%2Fcheckout", "other"),
            ("/de/checkout", "other"),
            ("", "other"),
        ] {
            assert_eq!(&*groups.of_path(path).name, expected, "{path}");
        }
    }

    #[test]
    fn paths_that_look_like_a_payment_page() {
        let groups = groups(&["/checkout*", "/cart/pay*", "/*/kasse/*", "/*"]);
        for (path, expected) in [
            ("/index.php/checkout/1", true),
            ("/de/Checkout", true),
            ("/%2Fcheckout", true),
            ("/fr/pay", true),
            ("/at/kasse", true),
            ("/de/cart", false),
            ("/help/checkout-questions", false),
            ("/", false),
        ] {
            assert_eq!(groups.resembling(path).is_some(), expected, "{path}");
        }
    }
}

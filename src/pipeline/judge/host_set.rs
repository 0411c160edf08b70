//! Host patterns, found by hash lookups.

use crate::base::collections::HashSet;
use crate::config::HostPattern;

/// Host patterns, found by hash lookups instead of trying every pattern.
#[derive(Clone, Debug, Default)]
pub(super) struct HostSet {
    exact: HashSet<String>,
    below: HashSet<String>,
}

impl HostSet {
    pub(super) fn new<'p>(patterns: impl IntoIterator<Item = &'p HostPattern>) -> Self {
        let mut set = Self::default();
        for pattern in patterns {
            match pattern {
                HostPattern::Exact(host) => set.exact.insert(host.clone()),
                HostPattern::Below(host) => set.below.insert(host.clone()),
            };
        }
        set
    }

    /// The narrowest pattern that matches a host.
    pub(super) fn pattern(&self, host: &str) -> Option<String> {
        if self.exact.contains(host) {
            return Some(host.to_owned());
        }
        let parent = parents(host).find(|parent| self.below.contains(*parent))?;
        Some(format!("*.{parent}"))
    }

    /// All patterns: wildcards first, each kind by its name.
    pub(super) fn patterns(&self) -> Vec<HostPattern> {
        let sorted = |names: &HashSet<String>| {
            let mut names: Vec<String> = names.iter().cloned().collect();
            names.sort_unstable();
            names
        };
        let below = sorted(&self.below).into_iter().map(HostPattern::Below);
        below.chain(sorted(&self.exact).into_iter().map(HostPattern::Exact)).collect()
    }

    /// Whether a wildcard matches a host, and no name does.
    pub(super) fn contains_by_wildcard(&self, host: &str) -> bool {
        !self.exact.contains(host) && parents(host).any(|parent| self.below.contains(parent))
    }

    pub(super) fn contains(&self, host: &str) -> bool {
        self.exact.contains(host) || parents(host).any(|parent| self.below.contains(parent))
    }
}

/// `b.c` and `c` of `a.b.c`. A label is so short that a loop over its bytes finds the dot before a search has begun.
pub(super) fn parents(host: &str) -> impl Iterator<Item = &str> {
    let bytes = host.bytes().enumerate();
    bytes.filter(|(_, byte)| *byte == b'.').map(|(dot, _)| &host[dot + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_of_a_host() {
        assert_eq!(parents("a.b.c").collect::<Vec<_>>(), ["b.c", "c"]);
        assert_eq!(parents("a").count(), 0);
    }
}

//! The built-in names: `vendors.toml`, which describes its format.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::base::collections::HashSet;

const BUILTIN: &str = include_str!("vendors.toml");

/// The table of names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vendors {
    /// Words of infrastructure.
    pub(super) words: Vec<String>,
    /// Names that are everyday words.
    pub(super) everyday: HashSet<String>,
    /// Vendors that are treated alike.
    #[serde(rename = "group")]
    pub(super) groups: Vec<VendorGroup>,
}

/// Vendors that are treated alike.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VendorGroup {
    /// Their domains.
    pub(super) domains: Vec<String>,
    /// Further spellings of their names.
    #[serde(default)]
    pub(super) names: Vec<String>,
    /// Words that mark their name within another.
    #[serde(default)]
    pub(super) tokens: Vec<String>,
    /// Names that are theirs under every country's domain.
    #[serde(default)]
    pub(super) countries: Vec<String>,
}

/// The built-in table, read once for all sites.
pub(super) static VENDORS: LazyLock<Vendors> =
    LazyLock::new(|| toml::from_str(BUILTIN).expect("the built-in table is tested"));

impl VendorGroup {
    /// The domain that a name or token of the group is short for.
    pub(super) fn domain_of(&self, name: &str) -> &str {
        let label = |domain: &str| domain.split('.').next().unwrap_or("").replace('-', "");
        let is = |domain: &&String| label(domain) == name;
        let has = |domain: &&String| label(domain).contains(name);
        let found = self.domains.iter().find(is).or_else(|| self.domains.iter().find(has));
        found.or(self.domains.first()).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::domain::registrable;

    #[test]
    fn the_builtin_table_is_right() {
        let vendors = &*VENDORS;
        let mut seen = HashSet::default();
        let is_word = |word: &String| {
            word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) && word.len() < 64
        };
        assert!(vendors.words.iter().all(is_word));
        for group in &vendors.groups {
            for domain in &group.domains {
                assert!(seen.insert(domain), "{domain} is listed twice");
                assert_eq!(domain, &domain.to_ascii_lowercase());
                assert!(domain.ends_with(registrable(domain)));
            }
            let is_name = |name: &String| {
                group.domains.iter().any(|domain| domain.split('.').next() == Some(name))
            };
            assert!(group.countries.iter().all(is_name), "{:?}", group.countries);
            for name in group.tokens.iter().chain(&group.names) {
                assert!(is_word(name), "{name}");
                assert!(!group.domain_of(name).is_empty());
            }
        }
    }
}

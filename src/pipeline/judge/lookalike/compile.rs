//! Compiles the names: those of vendors first, so that hosts of a site do not take them over.

use std::sync::LazyLock;

use super::label::Label;
use super::tokens::Tokens;
use super::vendors::{VENDORS, VendorGroup};
use super::{LETTERS_MIN, LETTERS_ONE_ERROR, Long, Lookalikes, Name, split};
use crate::base::collections::{HashMap, HashSet};
use crate::base::domain::registrable;

/// The built-in names, compiled once for all sites: they are most of the names, and half a megabyte.
static BUILT_IN: LazyLock<Lookalikes> = LazyLock::new(|| {
    let mut compiled = Lookalikes::empty(None);
    for group in &VENDORS.groups {
        compiled.add_group(group);
    }
    compiled.sort();
    compiled
});

impl Lookalikes {
    /// Adds the hosts of the site and those that it expects to the built-in names. Of a pattern (`*.shop.example`) give the host
    /// without `*.`.
    pub fn new<'a>(
        own: impl IntoIterator<Item = &'a str>,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut compiled = Self::empty(Some(&BUILT_IN));
        own.into_iter().for_each(|host| compiled.add_host(host, true));
        known.into_iter().for_each(|host| compiled.add_host(host, false));
        compiled.sort();
        compiled
    }

    fn empty(built_in: Option<&'static Self>) -> Self {
        Self {
            built_in,
            genuine: HashSet::default(),
            names: Vec::new(),
            by_plain: HashMap::default(),
            by_skeleton: HashMap::default(),
            long: Vec::new(),
            tokens: Tokens::default(),
        }
    }

    fn sort(&mut self) {
        self.long.sort_by_key(|long| long.plain.len());
    }

    fn add_group(&mut self, group: &VendorGroup) {
        for domain in &group.domains {
            self.add_domain(registrable(domain), &group.countries);
        }
        for name in &group.names {
            self.add_name(name, group.domain_of(name), false);
        }
        for token in &group.tokens {
            let of = group.domain_of(token);
            let name = self.names.len();
            self.names.push(Name { label: token.as_str().into(), of: of.into(), countries: false });
            self.tokens.add(token.as_bytes(), name, VENDORS.everyday.contains(token));
        }
    }

    fn add_host(&mut self, host: &str, is_own: bool) {
        let domain = registrable(host);
        // Names of a hoster's customers are mostly numbers, and nobody imitates them.
        let is_customer = psl::suffix(domain.as_bytes())
            .is_some_and(|suffix| suffix.typ() == Some(psl::Type::Private));
        if is_customer && !is_own {
            self.genuine.insert(domain.into());
        } else if let Some(name) = self.add_domain(domain, &[]) {
            let label = Label::new(&self.names[name].label);
            let is_word = VENDORS.everyday.contains(&*self.names[name].label);
            if label.plain().len() >= LETTERS_MIN && !is_word {
                self.tokens.add(label.plain(), name, false);
            }
        }
    }

    /// Adds a domain, and the name in it where it is new.
    fn add_domain(&mut self, domain: &str, countries: &[String]) -> Option<usize> {
        let (label, _) = split(domain)?;
        let is_built_in = self.built_in.is_some_and(|part| part.genuine.contains(domain));
        let is_new = !is_built_in && self.genuine.insert(domain.into());
        let countries = countries.iter().any(|name| name == label);
        if is_new { self.add_name(label, domain, countries) } else { None }
    }

    fn add_name(&mut self, label: &str, of: &str, countries: bool) -> Option<usize> {
        let folded = Label::new(label);
        let (plain, number) = (folded.plain(), self.names.len());
        if plain.is_empty() || self.parts().any(|part| part.by_plain.contains_key(plain)) {
            return None;
        }
        self.by_plain.insert(plain.into(), number);
        self.by_skeleton.entry(folded.skeleton().into()).or_insert(number);
        if plain.len() >= LETTERS_ONE_ERROR && !VENDORS.everyday.contains(label) {
            self.long.push(Long { letters: folded.letters(), plain: plain.into(), name: number });
        }
        self.names.push(Name { label: label.into(), of: of.into(), countries });
        Some(number)
    }
}

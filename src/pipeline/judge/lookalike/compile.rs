//! Compiles the names: those of vendors first, so that hosts of a site do not take them over.

use super::label::Label;
use super::tokens::Tokens;
use super::vendors::{VENDORS, VendorGroup, Vendors};
use super::{LETTERS_MIN, LETTERS_ONE_ERROR, Long, Lookalikes, Name, split};
use crate::base::collections::{HashMap, HashSet};
use crate::base::domain::registrable;

impl Lookalikes {
    /// Compiles the built-in names, the hosts of the site and those that it expects. Of a pattern
    /// (`*.shop.example`) give the host without `*.`.
    pub fn new<'a>(
        own: impl IntoIterator<Item = &'a str>,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let Vendors { words, everyday, groups } = &*VENDORS;
        let mut compiled = Self {
            genuine: HashSet::default(),
            everyday,
            names: Vec::new(),
            by_plain: HashMap::default(),
            by_skeleton: HashMap::default(),
            long: Vec::new(),
            tokens: Tokens::new(words),
        };
        for group in groups {
            compiled.add_group(group);
        }
        own.into_iter().for_each(|host| compiled.add_host(host, true));
        known.into_iter().for_each(|host| compiled.add_host(host, false));
        compiled.long.sort_by_key(|long| long.plain.len());
        compiled
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
            self.tokens.add(token.as_bytes(), name, self.everyday.contains(token));
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
            let is_word = self.everyday.contains(&*self.names[name].label);
            if label.plain().len() >= LETTERS_MIN && !is_word {
                self.tokens.add(label.plain(), name, false);
            }
        }
    }

    /// Adds a domain, and the name in it where it is new.
    fn add_domain(&mut self, domain: &str, countries: &[String]) -> Option<usize> {
        let (label, _) = split(domain)?;
        let is_new = self.genuine.insert(domain.into());
        let countries = countries.iter().any(|name| name == label);
        if is_new { self.add_name(label, domain, countries) } else { None }
    }

    fn add_name(&mut self, label: &str, of: &str, countries: bool) -> Option<usize> {
        let folded = Label::new(label);
        let (plain, number) = (folded.plain(), self.names.len());
        if plain.is_empty() || self.by_plain.contains_key(plain) {
            return None;
        }
        self.by_plain.insert(plain.into(), number);
        self.by_skeleton.entry(folded.skeleton().into()).or_insert(number);
        if plain.len() >= LETTERS_ONE_ERROR && !self.everyday.contains(label) {
            self.long.push(Long { letters: folded.letters(), plain: plain.into(), name: number });
        }
        self.names.push(Name { label: label.into(), of: of.into(), countries });
        Some(number)
    }
}

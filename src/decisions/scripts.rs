//! Which scripts people approved: an address, a hash and the pages.

use crate::base::collections::{HashMap, HashSet};

/// What an approval is about, and what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script<'a> {
    /// Of this site.
    pub site: &'a str,
    /// On these pages; of an approval, empty: on all.
    pub page_group: &'a str,
    /// Its host.
    pub host: &'a str,
    /// Its path.
    pub path: &'a str,
    /// As browsers write it (`sha256-…`), empty where they could not read it; of an approval, empty: whatever it holds.
    pub hash: &'a str,
}

/// All approvals that hold.
#[derive(Debug, Default)]
pub struct Approvals(HashMap<Box<str>, OfSite>);

#[derive(Debug, Default)]
struct OfSite {
    /// Page groups about which something is approved.
    page_groups: HashSet<Box<str>>,
    /// By host and path.
    scripts: HashMap<Box<str>, HashMap<Box<str>, Vec<Approval>>>,
}

#[derive(Debug)]
struct Approval {
    page_group: Box<str>,
    hash: Box<str>,
}

impl Approvals {
    /// Adds one.
    pub fn add(&mut self, script: Script<'_>) {
        let site = self.0.entry(Box::from(script.site)).or_default();
        site.page_groups.insert(Box::from(script.page_group));
        let paths = site.scripts.entry(Box::from(script.host)).or_default();
        let approvals = paths.entry(Box::from(script.path)).or_default();
        let (page_group, hash) = (Box::from(script.page_group), Box::from(script.hash));
        approvals.push(Approval { page_group, hash });
    }

    /// Whether a script is approved. `None`: about these pages nothing is approved yet, so nothing is missing.
    pub fn approves(&self, script: Script<'_>) -> Option<bool> {
        let site = self.0.get(script.site)?;
        let is_used = ["", script.page_group].iter().any(|group| site.page_groups.contains(*group));
        is_used.then(|| {
            let approvals = site.scripts.get(script.host).and_then(|paths| paths.get(script.path));
            approvals.is_some_and(|approvals| approvals.iter().any(|it| it.covers(script)))
        })
    }
}

impl Approval {
    fn covers(&self, script: Script<'_>) -> bool {
        (self.page_group.is_empty() || *self.page_group == *script.page_group)
            && (self.hash.is_empty() || *self.hash == *script.hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script<'a>(page_group: &'a str, path: &'a str, hash: &'a str) -> Script<'a> {
        Script { site: "shop", page_group, host: "cdn.example", path, hash }
    }

    #[test]
    fn an_approval_is_about_pages_an_address_and_a_hash() {
        let mut approvals = Approvals::default();
        assert_eq!(approvals.approves(script("payment", "/a.js", "h1")), None);
        approvals.add(script("payment", "/a.js", "h1"));
        approvals.add(script("payment", "/any.js", ""));
        for (asked, expected) in [
            (script("payment", "/a.js", "h1"), Some(true)),
            (script("payment", "/a.js", "h2"), Some(false)),
            (script("payment", "/a.js", ""), Some(false)),
            (script("payment", "/b.js", "h1"), Some(false)),
            (script("payment", "/any.js", "h7"), Some(true)),
            (script("payment", "/any.js", ""), Some(true)),
            (script("other", "/a.js", "h1"), None),
        ] {
            assert_eq!(approvals.approves(asked), expected, "{asked:?}");
        }
        approvals.add(script("", "/b.js", "h1"));
        assert_eq!(approvals.approves(script("payment", "/b.js", "h1")), Some(true));
        assert_eq!(approvals.approves(script("other", "/a.js", "h1")), Some(false));
        let elsewhere = Script { site: "blog", ..script("payment", "/a.js", "h1") };
        assert_eq!(approvals.approves(elsewhere), None);
    }
}

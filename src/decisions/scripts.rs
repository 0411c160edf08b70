//! Which scripts people approved. An approval is about an address, a hash and pages.

use crate::base::collections::{HashMap, HashSet};

/// The path of inline scripts, whose host is empty. They have no address, so that their hash alone tells them apart.
pub const INLINE: &str = "inline";

/// A script on pages of a site: what an approval is about, and what detection looks up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApprovalTarget<'a> {
    /// The site that carries the script.
    pub site: &'a str,
    /// The pages that carry it. Empty in an approval: all pages.
    pub page_group: &'a str,
    /// The host in the script's URL. Empty: it is an inline script.
    pub host: &'a str,
    /// The path in the script's URL, or [`INLINE`].
    pub path: &'a str,
    /// As browsers write it (`sha256-…`); empty where a browser cannot read the content. Empty in an approval: any content.
    pub hash: &'a str,
}

impl ApprovalTarget<'_> {
    /// Whether it is an inline script, or all of them.
    pub fn is_inline(&self) -> bool {
        is_inline(self.host, self.path)
    }
}

/// Whether host and path are those of inline scripts.
pub fn is_inline(host: &str, path: &str) -> bool {
    host.is_empty() && path == INLINE
}

/// All approvals in force, by site.
#[derive(Debug, Default)]
pub struct Approvals(HashMap<Box<str>, SiteApprovals>);

#[derive(Debug, Default)]
struct SiteApprovals {
    /// Page groups for which people approved any script; the empty one means all pages.
    page_groups: HashSet<Box<str>>,
    /// Approvals by host, then by path.
    scripts: HashMap<Box<str>, HashMap<Box<str>, Vec<Approval>>>,
}

#[derive(Debug)]
struct Approval {
    page_group: Box<str>,
    hash: Box<str>,
}

impl Approvals {
    /// Approves a script.
    pub fn add(&mut self, script: ApprovalTarget<'_>) {
        let site = self.0.entry(Box::from(script.site)).or_default();
        site.page_groups.insert(Box::from(script.page_group));
        let paths = site.scripts.entry(Box::from(script.host)).or_default();
        let approvals = paths.entry(Box::from(script.path)).or_default();
        let (page_group, hash) = (Box::from(script.page_group), Box::from(script.hash));
        approvals.push(Approval { page_group, hash });
    }

    /// Whether a script is approved. `None`: nobody approved any script of these pages yet, so no approval is missing.
    pub fn approves(&self, script: ApprovalTarget<'_>) -> Option<bool> {
        let site = self.0.get(script.site)?;
        let has_approvals =
            ["", script.page_group].iter().any(|group| site.page_groups.contains(*group));
        has_approvals.then(|| {
            let approvals = site.scripts.get(script.host).and_then(|paths| paths.get(script.path));
            approvals
                .is_some_and(|approvals| approvals.iter().any(|approval| approval.covers(script)))
        })
    }
}

impl Approval {
    fn covers(&self, script: ApprovalTarget<'_>) -> bool {
        (self.page_group.is_empty() || *self.page_group == *script.page_group)
            && (self.hash.is_empty() || *self.hash == *script.hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script<'a>(page_group: &'a str, path: &'a str, hash: &'a str) -> ApprovalTarget<'a> {
        ApprovalTarget { site: "shop", page_group, host: "cdn.example", path, hash }
    }

    #[test]
    fn an_approval_covers_its_pages_address_and_hash() {
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
        let inline = |hash| ApprovalTarget { host: "", ..script("payment", INLINE, hash) };
        assert_eq!(approvals.approves(inline("h1")), Some(false));
        approvals.add(inline("h1"));
        assert_eq!(approvals.approves(inline("h1")), Some(true));
        assert_eq!(approvals.approves(inline("h2")), Some(false), "another one");
        assert_eq!(approvals.approves(inline("")), Some(false), "those that are not listed");
        approvals.add(inline(""));
        assert_eq!(approvals.approves(inline("h2")), Some(true), "whatever they hold");
        let elsewhere = ApprovalTarget { site: "blog", ..script("payment", "/a.js", "h1") };
        assert_eq!(approvals.approves(elsewhere), None);
    }
}

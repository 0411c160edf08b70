//! The last touches of a policy.

use super::draft::{Because, Draft, Entry, List};
use super::evidence::general;
use super::lists::once;
use crate::csp::{Source, lists_sources};

impl Draft {
    /// A directive that says what the one says that decides in its place is not needed.
    pub(super) fn leave_out_copies(&mut self) {
        let policy = self.policy();
        let without = |name: &str| {
            let others = self.lists.iter().filter(|list| list.directive != name);
            Self { lists: others.cloned().collect() }.policy()
        };
        let is_copy = |list: &List| {
            let left = without(&list.directive);
            let own = policy.deciding(&list.directive).map(|(_, sources)| sources);
            let others = left.deciding(&list.directive).map(|(_, sources)| sources);
            lists_sources(&list.directive) && list.directive != "script-src" && own == others
        };
        let copies: Vec<String> =
            self.lists.iter().filter(|it| is_copy(it)).map(|it| it.directive.clone()).collect();
        self.lists.retain(|list| !copies.contains(&list.directive));
    }

    /// Makes browsers tell the beginning of inline code (CSP3, section 2.3.1, `'report-sample'`) and the hashes of
    /// scripts that were loaded (section 2.3.1, `'report-sha256'`).
    pub(super) fn tell_more(&mut self) {
        let lists = self.lists.iter_mut();
        for list in lists.filter(|it| {
            general(&it.directive) == "script-src" && it.directive != "script-src-attr"
        }) {
            for word in ["'report-sample'", "'report-sha256'"] {
                let entry = Entry::new(Source::Keyword(word.into()), Because::Telling);
                list.entries.push(entry);
            }
            list.entries = once(std::mem::take(&mut list.entries));
        }
    }
}

//! The last changes to a draft: remove redundant directives, and make browsers report more.

use super::draft::{DraftDirective, DraftSource, PolicyDraft, Rationale};
use super::evidence::parent_directive;
use super::lists::deduplicated;
use crate::csp::{Source, lists_sources};

impl PolicyDraft {
    /// Removes each directive that lists the same sources as the one that would decide in its place.
    pub(super) fn remove_redundant(&mut self) {
        let policy = self.policy();
        let without = |name: &str| {
            let others = self.directives.iter().filter(|directive| directive.name != name);
            Self { directives: others.cloned().collect() }.policy()
        };
        let is_redundant = |directive: &DraftDirective| {
            let rest = without(&directive.name);
            let own = policy.deciding(&directive.name).map(|(_, sources)| sources);
            let fallback = rest.deciding(&directive.name).map(|(_, sources)| sources);
            lists_sources(&directive.name) && directive.name != "script-src" && own == fallback
        };
        let redundant: Vec<String> = self
            .directives
            .iter()
            .filter(|directive| is_redundant(directive))
            .map(|directive| directive.name.clone())
            .collect();
        self.directives.retain(|directive| !redundant.contains(&directive.name));
    }

    /// Makes browsers report the beginning of inline code (`'report-sample'`) and the hashes of loaded scripts
    /// (`'report-sha256'`; CSP3, section 2.3.1).
    pub(super) fn add_diagnostics(&mut self) {
        let directives = self.directives.iter_mut();
        for directive in directives.filter(|directive| {
            parent_directive(&directive.name) == "script-src" && directive.name != "script-src-attr"
        }) {
            for word in ["'report-sample'", "'report-sha256'"] {
                let source = Source::Keyword(word.into());
                directive.sources.push(DraftSource::new(source, Rationale::Diagnostic));
            }
            directive.sources = deduplicated(std::mem::take(&mut directive.sources));
        }
    }
}

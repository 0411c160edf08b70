//! The changes between two policies, directive by directive, and whether each protects more or less.

use std::collections::HashSet;

use super::Policy;
use super::directive::Directive;
use super::effect::{Effect, effect, replaced};
use super::known_directives::DirectiveKind;
use super::source::Source;
use crate::base::limits;

/// One difference. Alerts show its text; hosts in it are not defanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyChange<'a> {
    /// A directive is new.
    DirectiveAdded {
        /// Its name.
        directive: &'a str,
        /// Its list.
        sources: &'a [Source],
        /// The directive that applied in its place before.
        instead_of: Option<&'a str>,
        /// Whether the policy protects more or less.
        effect: Effect,
    },
    /// A directive is gone.
    DirectiveRemoved {
        /// Its name.
        directive: &'a str,
        /// The directive that applies in its place now.
        left_to: Option<&'a str>,
        /// Whether the policy protects more or less.
        effect: Effect,
    },
    /// An entry of a directive is new.
    SourceAdded {
        /// The directive.
        directive: &'a str,
        /// The entry.
        source: &'a Source,
        /// Whether the policy protects more or less.
        effect: Effect,
    },
    /// An entry of a directive is gone.
    SourceRemoved {
        /// The directive.
        directive: &'a str,
        /// The entry.
        source: &'a Source,
        /// Whether the policy protects more or less.
        effect: Effect,
    },
    /// A reporting directive, `report-uri` or `report-to`, is new.
    EndpointAdded(&'static str),
    /// A reporting directive is gone.
    EndpointRemoved {
        /// Its name.
        directive: &'static str,
        /// Whether the other one is new: reports have another way, and not one less.
        is_replaced: bool,
    },
    /// The number of further changes, which are left out. They include changes that weaken only where all that are listed
    /// do.
    More(usize),
}

impl Policy {
    /// The changes to a newer policy: what is new or different in the order of the newer, then what is gone. At most
    /// [`limits::POLICY_CHANGES`], and one that counts the rest; those that weaken are left out last.
    ///
    /// Reporting directives are compared only where both policies have one: a text without them may be incomplete.
    pub fn diff<'a>(&'a self, newer: &'a Self) -> Vec<PolicyChange<'a>> {
        let mut changes = Vec::new();
        for directive in &newer.directives {
            match self.directive(&directive.name) {
                Some(older) => sources(older, directive, &mut changes),
                None => changes.push(added(directive, self)),
            }
        }
        let is_gone = |older: &&Directive| newer.directive(&older.name).is_none();
        changes.extend(self.directives.iter().filter(is_gone).map(|older| removed(older, newer)));
        changes.extend(self.endpoint_changes(newer));
        bounded(changes)
    }

    fn endpoint_changes<'a>(&self, newer: &Self) -> impl Iterator<Item = PolicyChange<'a>> {
        let (old, new) = (self.reporting, newer.reporting);
        let is_known = (old.report_uri || old.report_to) && (new.report_uri || new.report_to);
        let directives = [
            ("report-uri", old.report_uri, new.report_uri),
            ("report-to", old.report_to, new.report_to),
        ];
        let is_replaced = directives.iter().any(|(_, old, new)| !old && *new);
        directives.into_iter().filter(move |_| is_known).filter_map(move |(directive, old, new)| {
            match (old, new) {
                (false, true) => Some(PolicyChange::EndpointAdded(directive)),
                (true, false) => Some(PolicyChange::EndpointRemoved { directive, is_replaced }),
                _ => None,
            }
        })
    }
}

fn added<'a>(directive: &'a Directive, older: &'a Policy) -> PolicyChange<'a> {
    let before = older.fallback(&directive.name);
    PolicyChange::DirectiveAdded {
        directive: &directive.name,
        sources: &directive.sources,
        instead_of: before.map(|before| &*before.name),
        effect: match before {
            Some(before) => replaced(&before.sources, &directive.sources),
            None if directive.kind == DirectiveKind::Unknown => Effect::Alters,
            None => Effect::Tightens,
        },
    }
}

fn removed<'a>(directive: &'a Directive, newer: &'a Policy) -> PolicyChange<'a> {
    let after = newer.fallback(&directive.name);
    PolicyChange::DirectiveRemoved {
        directive: &directive.name,
        left_to: after.map(|after| &*after.name),
        effect: match after {
            Some(after) => replaced(&directive.sources, &after.sources),
            None if directive.kind == DirectiveKind::Unknown => Effect::Alters,
            None => Effect::Weakens,
        },
    }
}

fn sources<'a>(older: &'a Directive, newer: &'a Directive, changes: &mut Vec<PolicyChange<'a>>) {
    let (old, new): (HashSet<_>, HashSet<_>) =
        (older.sources.iter().collect(), newer.sources.iter().collect());
    let directive = &*newer.name;
    let mut seen = HashSet::new();
    for source in &newer.sources {
        if !old.contains(source) && seen.insert(source) {
            let effect = effect(newer.kind, source, &old);
            changes.push(PolicyChange::SourceAdded { directive, source, effect });
        }
    }
    for source in &older.sources {
        if !new.contains(source) && seen.insert(source) {
            let effect = effect(older.kind, source, &new).opposite();
            changes.push(PolicyChange::SourceRemoved { directive, source, effect });
        }
    }
}

/// Leaves out changes beyond the limit, those that weaken last.
fn bounded(changes: Vec<PolicyChange<'_>>) -> Vec<PolicyChange<'_>> {
    let more = changes.len().saturating_sub(limits::POLICY_CHANGES);
    if more == 0 {
        return changes;
    }
    let (mut listed, others): (Vec<_>, Vec<_>) =
        changes.into_iter().partition(|change| change.effect() == Effect::Weakens);
    listed.extend(others);
    listed.truncate(limits::POLICY_CHANGES);
    listed.push(PolicyChange::More(more));
    listed
}

impl PolicyChange<'_> {
    /// Whether the policy protects more or less. A way for reports that is gone protects less, because what happens is heard
    /// by fewer browsers; the policies of a page that report each in its own way differ in that alone.
    pub fn effect(&self) -> Effect {
        match self {
            Self::DirectiveAdded { effect, .. }
            | Self::DirectiveRemoved { effect, .. }
            | Self::SourceAdded { effect, .. }
            | Self::SourceRemoved { effect, .. } => *effect,
            Self::EndpointRemoved { is_replaced: false, .. } => Effect::Weakens,
            Self::EndpointAdded(_) | Self::EndpointRemoved { .. } | Self::More(_) => Effect::Alters,
        }
    }
}

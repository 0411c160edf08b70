//! What changed between two policies, directive by directive, and whether it protects more or less.

use std::collections::HashSet;

use super::Policy;
use super::directives::Form;
use super::effect::{Effect, effect, replaced};
use super::list::Directive;
use super::source::Source;
use crate::base::limits;

/// One difference. Its text is what an alert says; hosts in it are not defanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// A directive is new.
    DirectiveAdded {
        /// Its name.
        directive: &'a str,
        /// What it lists.
        sources: &'a [Source],
        /// The directive that decided in its place before.
        instead_of: Option<&'a str>,
        /// What that does.
        effect: Effect,
    },
    /// A directive is gone.
    DirectiveRemoved {
        /// Its name.
        directive: &'a str,
        /// The directive that decides in its place now.
        left_to: Option<&'a str>,
        /// What that does.
        effect: Effect,
    },
    /// An entry of a directive is new.
    SourceAdded {
        /// The directive.
        directive: &'a str,
        /// The entry.
        source: &'a Source,
        /// What that does.
        effect: Effect,
    },
    /// An entry of a directive is gone.
    SourceRemoved {
        /// The directive.
        directive: &'a str,
        /// The entry.
        source: &'a Source,
        /// What that does.
        effect: Effect,
    },
    /// Reports have one way more.
    EndpointAdded(&'static str),
    /// Reports have one way less.
    EndpointRemoved(&'static str),
    /// So many further changes, told no more; of those that weaken, only if all that are told do.
    More(usize),
}

impl Policy {
    /// What is different in a newer policy, in its order, then what is gone. At most
    /// [`limits::POLICY_CHANGES`] and one that counts the rest, which holds what weakens last.
    ///
    /// Endpoints are compared where both policies have one: normal texts have none, policies that report do.
    pub fn diff<'a>(&'a self, newer: &'a Self) -> Vec<Change<'a>> {
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

    fn endpoint_changes<'a>(&self, newer: &Self) -> impl Iterator<Item = Change<'a>> {
        let (old, new) = (self.endpoints, newer.endpoints);
        let is_known = (old.uri || old.to) && (new.uri || new.to);
        let ways = [("report-uri", old.uri, new.uri), ("report-to", old.to, new.to)];
        ways.into_iter().filter(move |_| is_known).filter_map(|(name, old, new)| match (old, new) {
            (false, true) => Some(Change::EndpointAdded(name)),
            (true, false) => Some(Change::EndpointRemoved(name)),
            _ => None,
        })
    }
}

fn added<'a>(directive: &'a Directive, older: &'a Policy) -> Change<'a> {
    let before = older.fallback(&directive.name);
    Change::DirectiveAdded {
        directive: &directive.name,
        sources: &directive.sources,
        instead_of: before.map(|before| &*before.name),
        effect: match before {
            Some(before) => replaced(&before.sources, &directive.sources),
            None if directive.form == Form::Other => Effect::Alters,
            None => Effect::Tightens,
        },
    }
}

fn removed<'a>(directive: &'a Directive, newer: &'a Policy) -> Change<'a> {
    let after = newer.fallback(&directive.name);
    Change::DirectiveRemoved {
        directive: &directive.name,
        left_to: after.map(|after| &*after.name),
        effect: match after {
            Some(after) => replaced(&directive.sources, &after.sources),
            None if directive.form == Form::Other => Effect::Alters,
            None => Effect::Weakens,
        },
    }
}

fn sources<'a>(older: &'a Directive, newer: &'a Directive, changes: &mut Vec<Change<'a>>) {
    let (old, new): (HashSet<_>, HashSet<_>) =
        (older.sources.iter().collect(), newer.sources.iter().collect());
    let directive = &*newer.name;
    let mut told = HashSet::new();
    for source in &newer.sources {
        if !old.contains(source) && told.insert(source) {
            let effect = effect(newer.form, source, &old);
            changes.push(Change::SourceAdded { directive, source, effect });
        }
    }
    for source in &older.sources {
        if !new.contains(source) && told.insert(source) {
            let effect = effect(older.form, source, &new).opposite();
            changes.push(Change::SourceRemoved { directive, source, effect });
        }
    }
}

/// Leaves out what is too much, what weakens last.
fn bounded(changes: Vec<Change<'_>>) -> Vec<Change<'_>> {
    let more = changes.len().saturating_sub(limits::POLICY_CHANGES);
    if more == 0 {
        return changes;
    }
    let (mut told, others): (Vec<_>, Vec<_>) =
        changes.into_iter().partition(|change| change.effect() == Effect::Weakens);
    told.extend(others);
    told.truncate(limits::POLICY_CHANGES);
    told.push(Change::More(more));
    told
}

impl Change<'_> {
    /// What it does to the protection. An endpoint less shows less of what happens.
    pub fn effect(&self) -> Effect {
        match self {
            Self::DirectiveAdded { effect, .. }
            | Self::DirectiveRemoved { effect, .. }
            | Self::SourceAdded { effect, .. }
            | Self::SourceRemoved { effect, .. } => *effect,
            Self::EndpointRemoved(_) => Effect::Weakens,
            Self::EndpointAdded(_) | Self::More(_) => Effect::Alters,
        }
    }
}

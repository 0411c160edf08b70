//! Inline scripts in the suggested policies. What `/sri.js` reports of them is in the inventory, by hash; a hash that
//! people approved is a source. An approval is of one text: for scripts that the server writes anew there is only a nonce.

use super::build::Suggestion;
use super::draft::{DraftSource, PolicyDraft, Rationale};
use super::evidence::PolicyEvidence;
use crate::audit::script_inventory::{InventoryScript, ScriptContent};
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::csp::{Policy, Source};
use crate::store::scripts::RecordedScriptDecision;

/// The directive that decides about the elements of scripts.
const ELEMENTS: &str = "script-src-elem";

/// The inline scripts of a page group, and how the suggested policies allow them.
#[derive(Debug, Default)]
pub struct InlineAdvice<'a> {
    /// Those that the pages have now, by their hash.
    pub scripts: Vec<InlineScript<'a>>,
    /// How many others ran within the range, and do not run any more.
    pub gone: usize,
}

/// An inline script that the pages have now.
#[derive(Debug)]
pub struct InlineScript<'a> {
    /// `sha256-…`, as browsers write it.
    pub hash: &'a str,
    /// When it was first reported.
    pub first_seen: Timestamp,
    /// When last.
    pub last_seen: Timestamp,
    /// The approval that holds for it.
    pub approval: Option<&'a RecordedScriptDecision>,
    /// How the first policy allows it.
    pub first_policy: InlineAllowance,
    /// How the second policy allows it.
    pub second_policy: InlineAllowance,
}

/// What in a policy allows an inline script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InlineAllowance {
    /// Its hash is there.
    Hash,
    /// A nonce is there: the script runs if the server gives its element the nonce.
    Nonce,
    /// `'unsafe-inline'`, or no list at all.
    Any,
    /// Nothing does.
    Nothing,
}

impl InlineAllowance {
    /// Its name, for people and machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hash => "hash",
            Self::Nonce => "nonce",
            Self::Any => "any",
            Self::Nothing => "nothing",
        }
    }
}

impl<'a> InlineAdvice<'a> {
    /// What is known of the inline scripts on the pages of a group.
    pub(super) fn of(
        inventory: &'a [InventoryScript],
        page_group: &str,
        suggestion: &Suggestion,
    ) -> Self {
        let mut advice = Self::default();
        let (first, second) = (suggestion.now.policy(), suggestion.strict.policy());
        for content in inline_contents(inventory, page_group) {
            if !content.is_in_use {
                advice.gone += 1;
                continue;
            }
            advice.scripts.push(InlineScript {
                hash: &content.hash,
                first_seen: content.first,
                last_seen: content.last,
                approval: content.approval.as_ref(),
                first_policy: allowance(&first, &content.hash),
                second_policy: allowance(&second, &content.hash),
            });
        }
        advice
    }

    /// Whether a nonce serves better than hashes: the pages have more scripts than a header has room for, or more of them are
    /// gone than are left, because the server writes them anew.
    pub fn wants_nonce(&self) -> bool {
        self.scripts.len() > limits::SUGGESTED_SOURCES || self.gone > self.scripts.len()
    }
}

/// What is known of each inline script of a page group; without those that are counted only, which have no hash.
fn inline_contents<'a>(
    inventory: &'a [InventoryScript],
    page_group: &str,
) -> impl Iterator<Item = &'a ScriptContent> {
    let inline = inventory.iter().filter(|script| script.is_inline());
    let contents = inline.flat_map(|script| &script.contents);
    contents.filter(move |content| content.page_group == page_group && !content.hash.is_empty())
}

impl PolicyEvidence<'_> {
    /// The directive that lists inline scripts.
    fn inline_directive(&self) -> &'static str {
        match self.existing_directives.contains(ELEMENTS) {
            true => ELEMENTS,
            false => "script-src",
        }
    }

    /// The hashes of the inline scripts that the pages have now and somebody approved.
    fn approved_inline_scripts(&self) -> Vec<DraftSource> {
        let contents = inline_contents(self.inputs.scripts, &self.inputs.group.name);
        let in_use = contents.filter(|content| content.is_in_use);
        let approved = in_use.filter_map(|content| {
            // An approval of any content is of no text that somebody has seen.
            let approval = content.approval.clone().filter(|approval| !approval.hash.is_empty())?;
            let source = Source::parse(&format!("'{}'", content.hash))?;
            Some(DraftSource::new(source, Rationale::ApprovedScript(approval)))
        });
        approved.take(limits::SUGGESTED_SOURCES).collect()
    }
}

impl Suggestion {
    /// Adds the hashes of approved inline scripts to both policies.
    pub(super) fn add_inline_scripts(&mut self, evidence: &PolicyEvidence<'_>) {
        let hashes = evidence.approved_inline_scripts();
        for draft in [&mut self.now, &mut self.strict] {
            draft.add_hashes(evidence.inline_directive(), &hashes);
        }
    }
}

impl PolicyDraft {
    fn add_hashes(&mut self, name: &str, hashes: &[DraftSource]) {
        // A hash turns 'unsafe-inline' off, for all that nobody approved yet.
        if self.policy().allows_inline(name) {
            return;
        }
        let directive = self.directives.iter_mut().find(|directive| directive.name == name);
        let Some(directive) = directive else { return };
        for hash in hashes {
            if !directive.sources.iter().any(|other| other.source == hash.source) {
                directive.sources.push(hash.clone());
            }
        }
    }
}

/// How a policy allows an inline script with a hash.
fn allowance(policy: &Policy, hash: &str) -> InlineAllowance {
    let Some((_, sources)) = policy.deciding(ELEMENTS) else { return InlineAllowance::Any };
    let quoted = format!("'{hash}'");
    let is_it = |source: &Source| matches!(source, Source::Hash(word) if **word == *quoted);
    if sources.iter().any(is_it) {
        InlineAllowance::Hash
    } else if sources.contains(&Source::Nonce) {
        InlineAllowance::Nonce
    } else if policy.allows_inline(ELEMENTS) {
        InlineAllowance::Any
    } else {
        InlineAllowance::Nothing
    }
}

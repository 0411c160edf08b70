//! A draft of the reviewed file: what is approved, as it is approved, and what else is in use.

use std::collections::{BTreeMap, BTreeSet};

use super::file::holding;
use super::{InventoryScript, ScriptApproval};
use crate::decisions::{INLINE, is_inline};
use crate::store::scripts::RecordedScriptDecision;

/// Approvals that differ in their pages alone: one block of the file.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Block {
    host: String,
    path: String,
    owner: String,
    justification: String,
    /// Empty: whatever it holds.
    hashes: BTreeSet<String>,
}

/// The approvals that hold (`decided`: all decisions about the site, the oldest first), so that the file, applied, revokes
/// nothing; then what is in use of `scripts` and not approved, without the words of an approval, for people to add.
pub fn draft(scripts: &[InventoryScript], decided: &[RecordedScriptDecision]) -> String {
    let approved = holding(decided);
    let mut blocks: Vec<_> = blocks(approved.chain(scripts.iter().flat_map(missing))).collect();
    blocks.sort();
    blocks.iter().map(|(block, page_groups)| block.text(page_groups)).collect()
}

/// An approval for each content that is in use without one.
fn missing(script: &InventoryScript) -> impl Iterator<Item = ScriptApproval> {
    let contents = script.contents.iter();
    let unapproved = contents.filter(|content| content.is_in_use && content.approval.is_none());
    unapproved.map(|content| ScriptApproval {
        host: script.host.clone(),
        path: script.path.clone(),
        page_group: content.page_group.clone(),
        hash: content.hash.clone(),
        owner: String::new(),
        justification: String::new(),
    })
}

/// The blocks, each with its page groups; none: all pages. A block means each of its hashes on each of its page groups, so
/// that page groups share one only if they have the same hashes.
fn blocks(
    approvals: impl Iterator<Item = ScriptApproval>,
) -> impl Iterator<Item = (Block, Vec<String>)> {
    // Any content, and all pages, are no further entries of a list: each stands alone.
    let mut hashes: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for ScriptApproval { host, path, page_group, hash, owner, justification } in approvals {
        let is_any = hash.is_empty();
        let key = (host, path, owner, justification, page_group, is_any);
        let of_key = hashes.entry(key).or_default();
        of_key.extend((!is_any).then_some(hash));
    }
    let mut blocks: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for ((host, path, owner, justification, page_group, _), hashes) in hashes {
        let block = Block { host, path, owner, justification, hashes };
        let is_everywhere = page_group.is_empty();
        let page_groups = blocks.entry((block, is_everywhere)).or_default();
        page_groups.extend((!is_everywhere).then_some(page_group));
    }
    blocks.into_iter().map(|((block, _), page_groups)| (block, page_groups))
}

impl Block {
    fn text(&self, page_groups: &[String]) -> String {
        let url = match is_inline(&self.host, &self.path) {
            true => INLINE.to_owned(),
            false => format!("https://{}{}", self.host, self.path),
        };
        let pages = match page_groups {
            [] => String::new(),
            page_groups => format!("page_groups = [{}]\n", list(page_groups)),
        };
        let content = match self.hashes.is_empty() {
            true => "any_content = true".to_owned(),
            false => format!("hashes = [{}]", list(&self.hashes)),
        };
        format!(
            "[[script]]\nurl = {}\n{pages}{content}\nowner = {}\njustification = {}\n\n",
            quoted(&url),
            quoted(&self.owner),
            quoted(&self.justification),
        )
    }
}

fn list<'a>(words: impl IntoIterator<Item = &'a String>) -> String {
    words.into_iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", ")
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

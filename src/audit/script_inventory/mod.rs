//! The inventory of a site's scripts (PCI DSS 4.0.1, requirement 6.4.3): what browsers reported of them, put together with
//! what people decided. Asks nobody.

mod changes;
mod csv;
mod draft;
mod file;
mod json;
mod name;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::clock::{DAY, Timestamp};
use crate::decisions::is_inline;
use crate::store::scripts::{RecordedScriptDecision, SeenScript};

pub use changes::{ScriptChange, changes};
pub use csv::csv;
pub use draft::draft;
pub use file::{ApprovalPlan, ApprovedFile, ScriptApproval, check_hash};
pub use json::json;
pub use name::{script_address, script_name};

/// Contents of an address that were reported within a day of the latest are all in use: releases take a while.
const IN_USE: Duration = DAY;

/// One script: an address, or an inline script by its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryScript {
    /// Its host; empty: it is inline.
    pub host: String,
    /// Its path; of inline scripts [`decisions::INLINE`](crate::decisions::INLINE).
    pub path: String,
    /// What it held, by page group and hash.
    pub contents: Vec<ScriptContent>,
    /// What went wrong with it.
    pub failures: Vec<SeenScript>,
}

/// What a script held on the pages of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptContent {
    /// On which pages.
    pub page_group: String,
    /// As browsers write it, `sha256-…`; empty: they could not read it, because the element has no `crossorigin` or the
    /// server sends no `Access-Control-Allow-Origin`; or these are the inline scripts beyond those that are listed.
    pub hash: String,
    /// When it was first reported.
    pub first: Timestamp,
    /// When last.
    pub last: Timestamp,
    /// Whether it is what the address holds now.
    pub is_in_use: bool,
    /// The approval that holds for it.
    pub approval: Option<RecordedScriptDecision>,
}

/// What people agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApprovalStatus {
    /// All that is in use.
    Whole,
    /// Some of it.
    Partial,
    /// Nothing.
    Missing,
    /// It is not known that it ran: browsers only reported that it was not allowed, or has no integrity.
    NotSeenRunning,
}

/// What words of the inventory mean that are not plain.
pub const WORDS: &str = "\"not readable\": the browser was not allowed to read the script, so its content is not known. \
                         \"inline\": a script within the page, which /sri.js reports with data-inline; a page with many different \
                         ones has \"more than are listed\". \"not seen running\": reports name the script as blocked, or as one \
                         without integrity metadata, and none says that it ran.";

impl ApprovalStatus {
    /// Its name, for people and machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "approved",
            Self::Partial => "partly",
            Self::Missing => "no",
            Self::NotSeenRunning => "not seen running",
        }
    }
}

impl InventoryScript {
    /// Whether it is an inline script.
    pub fn is_inline(&self) -> bool {
        is_inline(&self.host, &self.path)
    }

    /// What people call it: its address, not defanged; of an inline script the word and its hash.
    pub fn name(&self) -> String {
        let hash = self.contents.first().map_or("", |content| content.hash.as_str());
        script_name(&self.host, &self.path, hash)
    }

    /// Whether a decision is about it, whatever the decision says of its content; of inline scripts it is about the one with its hash.
    pub fn is_subject_of(&self, decision: &RecordedScriptDecision) -> bool {
        let has = |hash: &str| self.contents.iter().any(|content| content.hash == hash);
        self.host == decision.script_host
            && self.path == decision.script_path
            && (!self.is_inline() || decision.hash.is_empty() || has(&decision.hash))
    }

    /// Whether what is in use is approved.
    pub fn approval(&self) -> ApprovalStatus {
        let in_use = || self.contents.iter().filter(|content| content.is_in_use);
        let approved = in_use().filter(|content| content.approval.is_some()).count();
        match (approved, in_use().count()) {
            (_, 0) => ApprovalStatus::NotSeenRunning,
            (0, _) => ApprovalStatus::Missing,
            (approved, all) if approved == all => ApprovalStatus::Whole,
            _ => ApprovalStatus::Partial,
        }
    }

    /// The newest approval of what is in use.
    pub fn newest_approval(&self) -> Option<&RecordedScriptDecision> {
        let in_use = self.contents.iter().filter(|content| content.is_in_use);
        in_use
            .filter_map(|content| content.approval.as_ref())
            .max_by_key(|decision| decision.decided_at)
    }

    /// Whether browsers could read what it holds now; `None`: none reported a hash.
    pub fn is_readable(&self) -> Option<bool> {
        let mut in_use = self.contents.iter().filter(|content| content.is_in_use).peekable();
        in_use.peek()?;
        Some(in_use.all(|content| !content.hash.is_empty()))
    }

    /// On which pages, in the order of their names.
    pub fn page_groups(&self) -> Vec<&str> {
        let contents = self.contents.iter().map(|content| content.page_group.as_str());
        let failures = self.failures.iter().map(|failure| failure.page_group.as_str());
        let mut groups: Vec<&str> = contents.chain(failures).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// When it was first and last reported.
    pub fn seen(&self) -> (Timestamp, Timestamp) {
        let contents = self.contents.iter().map(|content| (content.first, content.last));
        let failures = self.failures.iter().map(|failure| (failure.first, failure.last));
        let all = contents.chain(failures);
        all.reduce(|(first, last), (from, to)| (first.min(from), last.max(to))).unwrap_or_default()
    }

    /// Reports of this kind: `csp`, `integrity` or `sri_failure`.
    pub fn failed(&self, kind: &str) -> u64 {
        self.failures
            .iter()
            .filter(|failure| failure.kind == kind)
            .map(|failure| failure.reports)
            .sum()
    }
}

/// The scripts by host and path, inline ones by their hash: each has an owner and a reason of its own. `decided`: all decisions about the site, the oldest first.
pub fn scripts(
    reported: &[SeenScript],
    decided: &[RecordedScriptDecision],
) -> Vec<InventoryScript> {
    let mut scripts: BTreeMap<(&str, &str, &str), InventoryScript> = BTreeMap::new();
    for seen in reported {
        let key = (seen.script_host.as_str(), seen.script_path.as_str());
        let hash = if is_inline(key.0, key.1) { seen.hash.as_str() } else { "" };
        let script = scripts.entry((key.0, key.1, hash)).or_insert_with(|| InventoryScript {
            host: seen.script_host.clone(),
            path: seen.script_path.clone(),
            contents: Vec::new(),
            failures: Vec::new(),
        });
        if seen.kind != "csp_hash" {
            script.failures.push(seen.clone());
            continue;
        }
        script.contents.push(ScriptContent {
            page_group: seen.page_group.clone(),
            hash: seen.hash.clone(),
            first: seen.first,
            last: seen.last,
            is_in_use: false,
            approval: approval(decided, key, &seen.page_group, &seen.hash).cloned(),
        });
    }
    let mut scripts: Vec<InventoryScript> = scripts.into_values().collect();
    mark_in_use(&mut scripts);
    scripts
}

/// Marks what is as recent as the latest of the same address on the same pages. All inline scripts have one address: what
/// another visitor reports a day later without one of them shows that the pages have it no more.
fn mark_in_use(scripts: &mut [InventoryScript]) {
    let mut latest: BTreeMap<[String; 3], Timestamp> = BTreeMap::new();
    let key = |host: &str, path: &str, group: &str| [host, path, group].map(str::to_owned);
    for InventoryScript { host, path, contents, .. } in scripts.iter() {
        for content in contents {
            let last = latest.entry(key(host, path, &content.page_group)).or_insert(content.last);
            *last = (*last).max(content.last);
        }
    }
    for InventoryScript { host, path, contents, .. } in scripts {
        for content in contents {
            let last = latest[&key(host, path, &content.page_group)];
            content.is_in_use = last.is_within(IN_USE, content.last);
        }
    }
}

/// The approval that holds for a content, the newest of several.
fn approval<'a>(
    decided: &'a [RecordedScriptDecision],
    (host, path): (&str, &str),
    page_group: &str,
    hash: &str,
) -> Option<&'a RecordedScriptDecision> {
    let about = decided.iter().filter(|decision| {
        decision.script_host == host
            && decision.script_path == path
            && (decision.page_group.is_empty() || decision.page_group == page_group)
            && (decision.hash.is_empty() || decision.hash == hash)
    });
    // Of each address, pages and hash the newest decision holds.
    let mut newest: BTreeMap<(&str, &str), &RecordedScriptDecision> = BTreeMap::new();
    about.for_each(|decision| _ = newest.insert((&decision.page_group, &decision.hash), decision));
    newest
        .into_values()
        .filter(|decision| decision.decision == "approve")
        .max_by_key(|decision| decision.decided_at)
}

#[cfg(test)]
mod tests;

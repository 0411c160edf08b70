//! The reviewed file of approvals: what is in it is approved, and nothing else is.
//!
//! ```toml
//! [[script]]
//! url = "https://cdn.example/pay.js"    # or "inline": the inline scripts with these hashes
//! page_groups = ["payment"]             # without it: all
//! hashes = ["sha256-…"]                 # or: any_content = true
//! owner = "payments team"
//! justification = "the card form"
//! ```

use std::collections::BTreeSet;

use serde::Deserialize;

use super::script_address;
use crate::config::KeepQuery;
use crate::decisions;
use crate::store::scripts::RecordedScriptDecision;

/// It, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovedFile {
    #[serde(default, rename = "script")]
    scripts: Vec<FileEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileEntry {
    url: String,
    #[serde(default)]
    page_groups: Vec<String>,
    #[serde(default)]
    hashes: Vec<String>,
    #[serde(default)]
    any_content: bool,
    owner: String,
    justification: String,
}

/// One approval.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScriptApproval {
    /// Its host.
    pub host: String,
    /// Its path.
    pub path: String,
    /// On these pages; empty: on all.
    pub page_group: String,
    /// Empty: whatever it holds.
    pub hash: String,
    /// Who is asked about it.
    pub owner: String,
    /// Why the pages need it.
    pub justification: String,
}

/// What is to be decided so that only what a file says is approved.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ApprovalPlan {
    /// To be approved, or again with other words.
    pub approve: Vec<ScriptApproval>,
    /// To be revoked.
    pub revoke: Vec<ScriptApproval>,
}

impl ApprovedFile {
    /// Reads it; `page_groups`: those that are configured, `keep`: what reports keep of queries.
    ///
    /// # Errors
    /// Every mistake, a line each.
    pub fn read(
        text: &str,
        page_groups: &[&str],
        keep: &KeepQuery,
    ) -> Result<Vec<ScriptApproval>, Vec<String>> {
        let file: Self = toml::from_str(text).map_err(|error| vec![error.to_string()])?;
        let mut wrong = Vec::new();
        let mut approved = BTreeSet::new();
        for (index, block) in file.scripts.iter().enumerate() {
            match block.approved(page_groups, keep) {
                Ok(of_block) => approved.extend(of_block),
                Err(why) => wrong.push(format!("script {} ({}): {why}", index + 1, block.url)),
            }
        }
        if wrong.is_empty() { Ok(approved.into_iter().collect()) } else { Err(wrong) }
    }
}

impl FileEntry {
    fn approved(
        &self,
        page_groups: &[&str],
        keep: &KeepQuery,
    ) -> Result<Vec<ScriptApproval>, String> {
        let (host, path) = script_address(&self.url, keep)?;
        for (name, value) in [("owner", &self.owner), ("justification", &self.justification)] {
            if value.trim().is_empty() {
                return Err(format!("{name} is needed: somebody will ask"));
            }
        }
        if self.any_content != self.hashes.is_empty() {
            return Err(
                "either hashes or any_content = true says what it may hold, one of them".to_owned()
            );
        }
        self.hashes.iter().try_for_each(|hash| check_hash(hash))?;
        if let Some(unknown) =
            self.page_groups.iter().find(|group| !page_groups.contains(&group.as_str()))
        {
            let known = page_groups.join(", ");
            return Err(format!("no such page group is configured: {unknown}; there are: {known}"));
        }
        let all = [String::new()];
        let or_all =
            |list: &'_ [String]| if list.is_empty() { all.to_vec() } else { list.to_vec() };
        let hashes = or_all(&self.hashes);
        let approved = or_all(&self.page_groups).into_iter().flat_map(|page_group| {
            hashes.iter().map({
                let (host, path) = (host.clone(), path.clone());
                move |hash| ScriptApproval {
                    host: host.clone(),
                    path: path.clone(),
                    page_group: page_group.clone(),
                    hash: hash.clone(),
                    owner: self.owner.trim().to_owned(),
                    justification: self.justification.trim().to_owned(),
                }
            })
        });
        Ok(approved.collect())
    }
}

/// Whether a text is a hash as browsers write it (CSP3, section 2.3.1, `hash-source`, without quotes).
///
/// # Errors
/// What is wrong with it.
pub fn check_hash(text: &str) -> Result<(), String> {
    let base64 =
        ["sha256-", "sha384-", "sha512-"].iter().find_map(|prefix| text.strip_prefix(prefix));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '=');
    match base64 {
        Some(base64) if base64.len() >= 43 && base64.chars().all(is_plain) => Ok(()),
        _ => Err(format!("\"{text}\" is no hash; write it as browsers do, sha256-… in base64")),
    }
}

impl ApprovalPlan {
    /// From what holds (`decided`: all decisions about the site, the oldest first) to what a file says.
    pub fn to(approved: &[ScriptApproval], decided: &[RecordedScriptDecision]) -> Self {
        let holding: BTreeSet<ScriptApproval> = holding(decided).collect();
        let wanted: BTreeSet<&ScriptApproval> = approved.iter().collect();
        let is_wanted =
            |approval: &ScriptApproval| wanted.iter().any(|wanted| wanted.key() == approval.key());
        Self {
            approve: approved
                .iter()
                .filter(|approval| !holding.contains(*approval))
                .cloned()
                .collect(),
            revoke: holding.into_iter().filter(|approval| !is_wanted(approval)).collect(),
        }
    }

    /// Whether all is as the file says.
    pub fn is_empty(&self) -> bool {
        self.approve.is_empty() && self.revoke.is_empty()
    }
}

impl ScriptApproval {
    /// What it is about, on this site.
    pub fn script<'a>(&'a self, site: &'a str) -> decisions::ApprovalTarget<'a> {
        let Self { host, path, page_group, hash, .. } = self;
        decisions::ApprovalTarget { site, page_group, host, path, hash }
    }

    fn key(&self) -> [&str; 4] {
        [&self.host, &self.path, &self.page_group, &self.hash]
    }
}

/// The approvals that hold.
pub(super) fn holding(decided: &[RecordedScriptDecision]) -> impl Iterator<Item = ScriptApproval> {
    let mut newest = std::collections::BTreeMap::new();
    for decision in decided {
        newest.insert(
            [&decision.script_host, &decision.script_path, &decision.page_group, &decision.hash],
            decision,
        );
    }
    newest.into_values().filter(|decision| decision.decision == "approve").map(|decision| {
        ScriptApproval {
            host: decision.script_host.clone(),
            path: decision.script_path.clone(),
            page_group: decision.page_group.clone(),
            hash: decision.hash.clone(),
            owner: decision.owner.clone(),
            justification: decision.justification.clone(),
        }
    })
}

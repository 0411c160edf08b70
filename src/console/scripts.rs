//! Approvals of scripts, one by one or a reviewed batch.

use std::borrow::Cow;

use serde::Deserialize;

use super::Console;
use super::answer::Refusal;
use super::pages::check_site;
use super::people::Person;
use crate::audit::script_inventory::{ScriptApproval, check_hash, script_address};
use crate::base::clock::Timestamp;
use crate::decisions::kept_text;
use crate::store::scripts::{self, DecisionReasons, ScriptDecision};

/// One approval, as a form or a program sends it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedApproval {
    /// As the inventory prints it.
    pub(super) url: String,
    /// Empty: on all pages.
    #[serde(default)]
    pub(super) page_group: String,
    /// Empty: whatever it holds, which `any_content` must say.
    #[serde(default)]
    pub(super) hash: String,
    #[serde(default)]
    pub(super) any_content: bool,
    pub(super) owner: String,
    pub(super) justification: String,
    /// Whether approvals are taken back.
    #[serde(default)]
    pub(super) revoke: bool,
}

/// Approves all of them, or none; returns how many.
pub(super) async fn approve(
    console: &Console,
    person: &Person,
    site: &str,
    wanted: &[WantedApproval],
) -> Result<usize, Refusal> {
    check_site(console, site)?;
    let mut wrong = Vec::new();
    let mut checked = Vec::new();
    for (place, approval) in wanted.iter().enumerate() {
        match check(console, site, approval) {
            Ok(approval_checked) => checked.push((approval_checked, approval.revoke)),
            Err(why) => wrong.push(format!("approval {}: {why}", place + 1)),
        }
    }
    if !wrong.is_empty() {
        return Err(Refusal::unusable(wrong.join("; ")));
    }
    if checked.is_empty() {
        return Err(Refusal::unusable("there is nothing to approve: choose scripts"));
    }
    let mut decisions = Vec::with_capacity(checked.len());
    for (approval, revoke) in &checked {
        let decision = if *revoke { ScriptDecision::Revoke } else { ScriptDecision::Approve };
        let ScriptApproval { owner, justification, .. } = approval;
        let reasons = DecisionReasons { by: &person.name, owner, justification };
        decisions.push((approval.script(site), decision, reasons));
    }
    scripts::decide(&console.client, Timestamp::now(), decisions).await?;
    tracing::info!(by = %person.name, scripts = checked.len(), "scripts were decided about");
    console.live.look(&console.client).await;
    Ok(checked.len())
}

fn check(console: &Console, site: &str, wanted: &WantedApproval) -> Result<ScriptApproval, String> {
    let groups = console.config.page_groups(site);
    if !wanted.page_group.is_empty() && !groups.contains(&wanted.page_group.as_str()) {
        return Err(format!("there is no such page group; there are: {}", groups.join(", ")));
    }
    if wanted.any_content != wanted.hash.is_empty() {
        return Err("either a hash or any_content says what it may hold".to_owned());
    }
    if !wanted.hash.is_empty() {
        check_hash(&wanted.hash)?;
    }
    let (host, path) = script_address(&wanted.url, &console.config.privacy.keep_query)?;
    let owner = match wanted.owner.trim() {
        "" if wanted.revoke => Cow::Borrowed(""),
        owner => Cow::Borrowed(kept_text(owner).map_err(|wrong| format!("the owner {wrong}"))?),
    };
    let justification =
        kept_text(&wanted.justification).map_err(|wrong| format!("the justification {wrong}"))?;
    Ok(ScriptApproval {
        host,
        path,
        page_group: wanted.page_group.clone(),
        hash: wanted.hash.clone(),
        owner: owner.into_owned(),
        justification: justification.to_owned(),
    })
}

//! The inline scripts of a page group: for people and as JSON.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::super::table::{self, safe, seconds};
use crate::audit::policy_advice::{InlineAdvice, InlineScript, reasons};
use crate::base::limits;

/// Prints nothing where no inline script was reported.
pub(super) fn print(out: &mut impl Write, site: &str, advice: &InlineAdvice<'_>) -> io::Result<()> {
    const NAMES: [&str; 6] = ["HASH", "FIRST", "LAST", "APPROVED", "FIRST POLICY", "SECOND POLICY"];
    if advice.scripts.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = advice.scripts.iter().map(row).collect();
    let heading = "Inline scripts, and what in each policy allows them";
    table::section(out, heading, NAMES, &rows)?;
    for note in notes(site, advice) {
        writeln!(out, "- {note}")?;
    }
    Ok(())
}

fn row(script: &InlineScript<'_>) -> [String; 6] {
    let approval = script.approval.map_or_else(|| "no".to_owned(), reasons::script_approval);
    [
        safe(script.hash),
        seconds(script.first_seen),
        seconds(script.last_seen),
        safe(&approval),
        script.first_policy.as_str().to_owned(),
        script.second_policy.as_str().to_owned(),
    ]
}

fn notes(site: &str, advice: &InlineAdvice<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let missing = advice.scripts.iter().filter(|script| script.approval.is_none()).count();
    if missing > 0 {
        notes.push(format!(
            "Not approved: {missing}. `cspwatch scripts approve inline --hash HASH --site {}` approves one, and the next \
             suggestion has its hash.",
            safe(site)
        ));
    }
    if advice.wants_nonce() {
        notes.push(format!(
            "A nonce serves better here: {} inline scripts of the range are gone, and {} are there now (a list has room for \
             {}). Write 'nonce-{{RANDOM}}' instead of hashes, and the same nonce into each <script>.",
            advice.gone,
            advice.scripts.len(),
            limits::SUGGESTED_SOURCES,
        ));
    }
    notes
}

/// The same as JSON.
pub(super) fn json(advice: &InlineAdvice<'_>) -> Value {
    let scripts = advice.scripts.iter().map(|script| {
        let approval = script.approval.map(|approval| {
            json!({
                "by": approval.by,
                "justification": approval.justification,
                "at": approval.decided_at.to_string(),
            })
        });
        json!({
            "hash": script.hash,
            "first_seen": script.first_seen.to_string(),
            "last_seen": script.last_seen.to_string(),
            "approval": approval,
            "policy": script.first_policy.as_str(),
            "trial": script.second_policy.as_str(),
        })
    });
    json!({
        "scripts": scripts.collect::<Vec<_>>(),
        "gone": advice.gone,
        "wants_nonce": advice.wants_nonce(),
    })
}

//! The inventory as a table.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::super::table;
use crate::audit::script_inventory::{InventoryScript, ScriptChange, script_name};
use crate::base::display::{defanged, safe, seconds};
use crate::store::scripts::RecordedScriptDecision;

/// Changes in the table; `--json` has all.
const CHANGES: usize = 50;

/// For people.
pub(super) fn text(
    out: &mut impl Write,
    scripts: &[InventoryScript],
    changes: &[ScriptChange<'_>],
) -> io::Result<()> {
    let rows: Vec<_> = scripts.iter().map(row).collect();
    let names =
        ["SCRIPT", "PAGES", "HASHES", "READABLE", "FIRST", "LAST", "APPROVED", "OWNER", "WHY"];
    table::print(out, names, &rows)?;
    if changes.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nWhat changed, the latest last")?;
    let latest = &changes[changes.len().saturating_sub(CHANGES)..];
    let rows: Vec<_> = latest.iter().map(change_row).collect();
    table::print(out, ["AT", "PAGES", "SCRIPT", "WHAT", "HASH", "BY"], &rows)?;
    if changes.len() > CHANGES {
        writeln!(out, "and {} before: --json has them", changes.len() - CHANGES)?;
    }
    Ok(())
}

fn row(script: &InventoryScript) -> [String; 9] {
    let (first, last) = script.seen();
    let hashes: BTreeSet<&str> =
        script.contents.iter().map(|content| content.hash.as_str()).collect();
    let count = hashes.iter().filter(|hash| !hash.is_empty()).count();
    let readable = match script.is_readable() {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    };
    let approval = script.newest_approval();
    let by = approval.map_or(String::new(), |decision| format!(" by {}", decision.by));
    let word = |of: fn(&RecordedScriptDecision) -> &String| {
        safe(approval.map_or("", |decision| of(decision)))
    };
    [
        name(&script.host, &script.path, hashes.first().copied().unwrap_or("")),
        safe(&script.page_groups().join(", ")),
        count.to_string(),
        readable.to_owned(),
        seconds(first),
        seconds(last),
        safe(&format!("{}{by}", script.approval().as_str())),
        word(|decision| &decision.owner),
        word(|decision| &decision.justification),
    ]
}

fn change_row(change: &ScriptChange<'_>) -> [String; 6] {
    [
        seconds(change.at),
        safe(change.page_group),
        name(change.host, change.path, change.hash),
        change.what.to_owned(),
        safe(change.hash),
        safe(change.decided.map_or("", |decision| &decision.by)),
    ]
}

fn name(host: &str, path: &str, hash: &str) -> String {
    script_name(&defanged(host), &safe(path), &safe(hash))
}

//! The inventory as a table, as JSON and as CSV.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::super::csv::{inert, writer};
use super::super::{table, time};
use crate::audit::script_inventory::{InventoryScript, ScriptChange, ScriptContent};
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
    let hashes = hashes.iter().filter(|hash| !hash.is_empty()).count();
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
        address(&script.host, &script.path),
        safe(&script.page_groups().join(", ")),
        hashes.to_string(),
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
        address(change.host, change.path),
        change.what.to_owned(),
        safe(change.hash),
        safe(change.decided.map_or("", |decision| &decision.by)),
    ]
}

fn address(host: &str, path: &str) -> String {
    format!("{}{}", defanged(host), safe(path))
}

/// The public form; docs/commands/scripts.md describes it.
pub(in crate::cli) fn json(
    site: &str,
    scripts: &[InventoryScript],
    changes: &[ScriptChange<'_>],
) -> Value {
    json!({
        "site": site,
        "scripts": scripts.iter().map(script_json).collect::<Vec<_>>(),
        "changes": changes.iter().map(|change| json!({
            "at": time(change.at),
            "page_group": change.page_group,
            "host": change.host,
            "path": change.path,
            "what": change.what,
            "hash": change.hash,
            "decided": change.decided.map(decided_json),
        })).collect::<Vec<_>>(),
    })
}

fn script_json(script: &InventoryScript) -> Value {
    let (first, last) = script.seen();
    json!({
        "host": script.host,
        "path": script.path,
        "page_groups": script.page_groups(),
        "first_seen": time(first),
        "last_seen": time(last),
        "readable": script.is_readable(),
        "approved": script.approval().as_str(),
        "approval": script.newest_approval().map(decided_json),
        "violations": script.failed("csp"),
        "integrity_missing": script.failed("integrity"),
        "integrity_failed": script.failed("sri_failure"),
        "contents": script.contents.iter().map(|content| json!({
            "page_group": content.page_group,
            "hash": content.hash,
            "first_seen": time(content.first),
            "last_seen": time(content.last),
            "in_use": content.is_in_use,
            "approval": content.approval.as_ref().map(decided_json),
        })).collect::<Vec<_>>(),
    })
}

fn decided_json(decided: &RecordedScriptDecision) -> Value {
    json!({
        "at": time(decided.decided_at),
        "page_group": decided.page_group,
        "hash": decided.hash,
        "by": decided.by,
        "owner": decided.owner,
        "justification": decided.justification,
    })
}

/// A line for each script, page group and hash.
pub(in crate::cli) fn csv(
    out: &mut impl Write,
    site: &str,
    scripts: &[InventoryScript],
) -> io::Result<()> {
    let mut lines = writer(out);
    lines.write_record([
        "site",
        "page_group",
        "host",
        "path",
        "hash",
        "first_seen",
        "last_seen",
        "in_use",
        "approved_at",
        "approved_by",
        "owner",
        "justification",
        "violations",
        "integrity_missing",
        "integrity_failed",
    ])?;
    for script in scripts {
        // One that was never seen running has a line as well.
        let none = script.contents.is_empty().then_some(None);
        for content in script.contents.iter().map(Some).chain(none) {
            lines.write_record(cells(site, script, content))?;
        }
    }
    lines.flush()
}

fn cells(site: &str, script: &InventoryScript, content: Option<&ScriptContent>) -> [String; 15] {
    let pages = script.page_groups().join(" ");
    let (first, last) = content.map_or(script.seen(), |content| (content.first, content.last));
    let approval = content.and_then(|content| content.approval.as_ref());
    let word = |of: fn(&RecordedScriptDecision) -> &String| {
        cell(approval.map_or("", |decision| of(decision)))
    };
    [
        cell(site),
        cell(content.map_or(&pages, |content| &content.page_group)),
        cell(&script.host),
        cell(&script.path),
        content.map_or(String::new(), |content| content.hash.clone()),
        time(first),
        time(last),
        content.is_some_and(|content| content.is_in_use).to_string(),
        approval.map_or(String::new(), |decision| time(decision.decided_at)),
        word(|decision| &decision.by),
        word(|decision| &decision.owner),
        word(|decision| &decision.justification),
        script.failed("csp").to_string(),
        script.failed("integrity").to_string(),
        script.failed("sri_failure").to_string(),
    ]
}

fn cell(text: &str) -> String {
    inert(&safe(text)).into_owned()
}

//! The inventory as CSV.

use std::io::{self, Write};

use super::{InventoryScript, ScriptContent};
use crate::audit::csv::{cell_time, inert, writer};
use crate::base::display::safe;
use crate::store::scripts::RecordedScriptDecision;

/// A line for each script, page group and hash.
pub fn csv(out: &mut impl Write, site: &str, scripts: &[InventoryScript]) -> io::Result<()> {
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
        cell_time(first),
        cell_time(last),
        content.is_some_and(|content| content.is_in_use).to_string(),
        approval.map_or(String::new(), |decision| cell_time(decision.decided_at)),
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

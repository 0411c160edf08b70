//! How a drill is printed.

use std::io::{self, Write};

use serde_json::json;

use super::super::road::{Outcome, Road, line_of, obstacle_as_json};
use crate::audit::drill::Stage;
use crate::base::display::{defanged, safe, time};
use crate::base::stdout::stdout;

/// In which form.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// One object.
    Json,
    /// For people; without the stages, if they have just seen them.
    Text { has_stages: bool },
}

/// Prints it.
pub(super) fn print(road: &Road<'_>, outcome: &Outcome, form: Form) -> io::Result<()> {
    let mut out = stdout();
    let Form::Text { has_stages } = form else {
        return writeln!(out, "{}", as_json(road, outcome));
    };
    let page = &road.page;
    writeln!(
        out,
        "{}: {} ({}), a form to {}",
        safe(road.site),
        safe(page.address.as_str()),
        safe(&page.page_group),
        defanged(&road.destination)
    )?;
    for (stage, seconds) in outcome.stages.iter().filter(|_| has_stages) {
        writeln!(out, "  {}", line_of(*stage, *seconds))?;
    }
    let is_stored = outcome.stages.iter().any(|(stage, _)| *stage == Stage::Stored);
    if outcome.failed.is_none() {
        let integrations: Vec<&str> = outcome.integrations.iter().map(|name| &**name).collect();
        let (by, receivers) = (integrations.join(", "), outcome.receivers.join(", "));
        writeln!(out, "passed: delivered by {} to {}", safe(&by), safe(&receivers))?;
        if !is_stored {
            writeln!(out, "  but not stored: {}", Stage::Stored.missing())?;
        }
    }
    Ok(())
}

fn as_json(road: &Road<'_>, outcome: &Outcome) -> serde_json::Value {
    json!({
        "site": road.site,
        "page_group": road.page.page_group,
        "page": road.page.address.as_str(),
        "destination": road.destination,
        "at": time(road.began),
        "passed": outcome.failed.is_none(),
        "stages": outcome.stages_as_json(),
        "failed": outcome.failed.as_ref().map(obstacle_as_json),
        "receivers": outcome.receivers,
        "integrations": outcome.integrations,
    })
}

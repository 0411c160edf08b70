//! A person's decision about a destination, from a page or from the API.

use axum::http::StatusCode;
use clap::ValueEnum as _;
use serde_json::json;

use super::Console;
use super::answer::Refusal;
use super::pages::check_site;
use super::people::Person;
use super::words::decided;
use crate::base::clock::Timestamp;
use crate::base::domain::registrable;
use crate::decisions::{Decision, destination_of, kept_text};
use crate::store::console::{self, NoteRow};
use crate::store::decisions::{self, Deciding, NewDecision, StoredDecision};

/// What somebody wants to decide.
pub(super) struct Wanted<'a> {
    pub(super) site: &'a str,
    pub(super) destination: &'a str,
    /// `approve`, `ignore`, `forget` or `theft`; or [`UNDO`].
    pub(super) decision: &'a str,
    /// Of an approval: only for this directive; empty: for all.
    pub(super) directive: &'a str,
    /// Of an approval: only on this page group; empty: on all.
    pub(super) page_group: &'a str,
    pub(super) why: &'a str,
    pub(super) until: Option<Timestamp>,
    /// When the newest decision was made that they know of, `None` for none; absent: they do not say.
    pub(super) seen: Option<Option<Timestamp>>,
}

/// Takes the newest decision back: what was in force before is in force again.
pub(super) const UNDO: &str = "undo";

/// Decides. Two people who decide at once see each other's decision: the second one is asked again.
pub(super) async fn decide(
    console: &Console,
    person: &Person,
    wanted: &Wanted<'_>,
) -> Result<StoredDecision, Refusal> {
    let is_undoing = wanted.decision == UNDO;
    let (site, host) = host_of(console, wanted.site, wanted.destination)?;
    let made = if is_undoing { None } else { Some(made(console, wanted)?) };
    let destination = decisions::subject(&host);
    let why = reason(wanted)?;
    let now = Timestamp::now();
    if wanted.until.is_some_and(|until| until <= now) {
        return Err(Refusal::unusable("the end of the decision is in the past"));
    }
    // One console writes for all collectors: between the look and the decision nobody else decides here.
    let _alone = console.deciding.lock().await;
    let latest = decisions::newest_of(&console.client, (site, destination)).await?;
    let newest_at = latest.first().map(|newest| newest.decided_at);
    if wanted.seen.is_some_and(|seen| seen != newest_at) {
        return Err(conflict(latest.first()));
    }
    let decided_at = decisions::time_after(newest_at, now);
    let rows = match made {
        Some(made) => vec![made],
        None => undoing(&latest, why, decided_at)?,
    };
    let deciding = Deciding { site, destination, by: &person.name, at: decided_at };
    let (stored, _) = decisions::decide_all(&console.client, deciding, rows).await?;
    let last = stored.into_iter().next_back().ok_or_else(nothing_to_undo)?;
    tracing::info!(by = %person.name, decision = wanted.decision, "a decision was made");
    console.live.look(&console.client).await;
    Ok(last)
}

/// What somebody wants to decide, checked.
fn made(console: &Console, wanted: &Wanted<'_>) -> Result<NewDecision, Refusal> {
    let decision = named(wanted.decision)?;
    let extent = console.config.extent(wanted.site, wanted.directive, wanted.page_group);
    let extent = extent.map_err(Refusal::unusable)?;
    if decision != Decision::Approve && !extent.is_everywhere() {
        return Err(Refusal::unusable(
            "only an approval can be limited to a directive or a page group",
        ));
    }
    let why = reason(wanted)?.to_owned();
    Ok(NewDecision { decision, extent, until: wanted.until, why })
}

fn reason<'w>(wanted: &Wanted<'w>) -> Result<&'w str, Refusal> {
    kept_text(wanted.why).map_err(|wrong| Refusal::unusable(format!("the reason {wrong}")))
}

fn undoing(
    latest: &[StoredDecision],
    why: &str,
    at: Timestamp,
) -> Result<Vec<NewDecision>, Refusal> {
    let undoing = NewDecision::undoing(latest, why, at);
    if undoing.is_empty() { Err(nothing_to_undo()) } else { Ok(undoing) }
}

fn nothing_to_undo() -> Refusal {
    Refusal::unusable("no decision about it is in force, so there is nothing to undo")
}

/// Writes a note down.
pub(super) async fn note(
    console: &Console,
    person: &Person,
    (site, destination): (&str, &str),
    text: &str,
) -> Result<(), Refusal> {
    let (site, destination) = about(console, site, destination)?;
    let note = kept_text(text).map_err(|wrong| Refusal::unusable(format!("the note {wrong}")))?;
    let noted_at = Timestamp::now();
    let row = NoteRow { noted_at, site, destination: &destination, by: &person.name, note };
    console::note(&console.client, &row).await?;
    console.live.look(&console.client).await;
    Ok(())
}

/// The site, which must be one, and the destination as tables have it.
pub(super) fn about<'a>(
    console: &Console,
    site: &'a str,
    destination: &str,
) -> Result<(&'a str, String), Refusal> {
    let (site, host) = host_of(console, site, destination)?;
    Ok((site, registrable(&host).to_owned()))
}

/// The site, which must be one, and the host that a text names.
fn host_of<'a>(
    console: &Console,
    site: &'a str,
    destination: &str,
) -> Result<(&'a str, String), Refusal> {
    check_site(console, site)?;
    let host = destination_of(destination)
        .map_err(|wrong| Refusal::unusable(format!("the destination {wrong}")))?;
    Ok((site, host))
}

fn named(decision: &str) -> Result<Decision, Refusal> {
    Decision::from_str(decision, false).map_err(|_| {
        Refusal::unusable(
            "the decision must be approve, ignore, theft, forget (it is over) or undo",
        )
    })
}

fn conflict(newest: Option<&StoredDecision>) -> Refusal {
    let Some(newest) = newest else {
        return Refusal::new(
            StatusCode::CONFLICT,
            "the decision that you saw is not there any more; open the page again",
        );
    };
    let detail = format!(
        "meanwhile {}. Nothing of yours was stored: look at the destination again, and decide if that is still needed",
        decided(newest)
    );
    Refusal::new(StatusCode::CONFLICT, detail).with(json!({ "newest": as_json(newest) }))
}

pub(super) fn as_json(decision: &StoredDecision) -> serde_json::Value {
    json!({
        "at": decision.decided_at.to_string(),
        "site": decision.site,
        "destination": decision.destination,
        "decision": decision.decision,
        "directive": decision.directive,
        "page_group": decision.page_group,
        "by": decision.by,
        "why": decision.why,
        "until": decision.until.map(|until| until.to_string()),
    })
}

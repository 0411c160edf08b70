//! The pages.

pub(super) mod decisions;
pub(super) mod destination;
pub(super) mod evidence;
pub(super) mod now;
pub(super) mod policy;
pub(super) mod releases;
pub(super) mod reports;
pub(super) mod scripts;
pub(super) mod sites;
pub(super) mod system;
pub(super) mod words;

use std::collections::BTreeSet;
use std::time::Duration;

use super::Console;
use super::answer::Refusal;
use crate::base::clock::{HOUR, Timestamp, days};
use crate::base::limits;
use crate::store::console::{self, SeenCollector};
use crate::store::error::InsertError;

/// How far back alerts count as open: longer than anybody is on holiday.
pub(super) const OPEN: Duration = days(30);

/// Runs the queries of a page within the time that a person waits.
pub(super) async fn answered<T>(
    answer: impl Future<Output = Result<T, InsertError>>,
) -> Result<T, Refusal> {
    let limit = limits::CONSOLE_ANSWER;
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(InsertError::timed_out("show a page").into()),
    }
}

/// The sites: those that are configured, or else those that reported.
pub(super) async fn sites(console: &Console) -> Result<BTreeSet<String>, InsertError> {
    let configured = &console.config.sites;
    if !configured.is_empty() {
        return Ok(configured.iter().map(|site| site.name.clone()).collect());
    }
    Ok(console::sites(&console.client).await?.into_iter().collect())
}

/// Whether a collector has stopped: one that works writes that down at least once in this time.
pub(super) fn is_away(collector: &SeenCollector, now: Timestamp) -> bool {
    const WORKS: Duration = HOUR.saturating_mul(2);
    now.since(collector.last_seen) > WORKS
}

/// Refuses a site that is not configured: for a misspelt name, every answer would be empty.
pub(super) fn check_site(console: &Console, site: &str) -> Result<(), Refusal> {
    match console.config.has_site(site) && !site.is_empty() {
        true => Ok(()),
        false => Err(Refusal::not_found("no such site is configured")),
    }
}

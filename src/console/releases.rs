//! Marks a release of a site.

use std::time::Duration;

use super::Console;
use super::answer::Refusal;
use super::pages::check_site;
use super::people::Person;
use crate::base::clock::{MINUTE, Timestamp};
use crate::decisions::check_release;
use crate::store::releases::{self, Release, ReleaseRow};

/// Within this time, the same version in the same environment is the same release.
const TWICE: Duration = MINUTE;

/// Marks it; `at` is now where it is not said.
pub(super) async fn mark(
    console: &Console,
    person: &Person,
    (site, version, environment): (&str, &str, &str),
    at: Option<Timestamp>,
) -> Result<Release, Refusal> {
    check_site(console, site)?;
    let now = Timestamp::now();
    let at = at.unwrap_or(now);
    check_release(version, environment, at, now).map_err(Refusal::unusable)?;
    // A second click is no second release.
    let latest = releases::latest(&console.client, site, version).await?;
    let is_again =
        |latest: &Release| latest.environment == environment && at.distance(latest.at) < TWICE;
    if let Some(again) = latest.filter(is_again) {
        return Ok(again);
    }
    let row = ReleaseRow { site, version, environment, at, by: &person.name };
    releases::release(&console.client, &row).await?;
    console.live.look(&console.client).await;
    Ok(Release {
        site: site.to_owned(),
        version: version.to_owned(),
        environment: environment.to_owned(),
        at,
        by: person.name.to_string(),
    })
}

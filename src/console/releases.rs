//! Marks a release of a site.

use super::Console;
use super::answer::Refusal;
use super::pages::check_site;
use super::people::Person;
use crate::base::clock::{HOUR, Timestamp};
use crate::base::display::is_unprintable;
use crate::base::limits;
use crate::store::console::{self, Release, ReleaseRow};

/// Marks it; `at` is now where it is not said.
pub(super) async fn mark(
    console: &Console,
    person: &Person,
    (site, version, environment): (&str, &str, &str),
    at: Option<Timestamp>,
) -> Result<Release, Refusal> {
    check_site(console, site)?;
    for (name, text, least) in [("version", version, 1), ("environment", environment, 0)] {
        let most = limits::CONSOLE_NAME_CHARS;
        let chars = text.chars().count();
        if chars < least || chars > most || text.contains(is_unprintable) {
            let wrong = format!("the {name} must have {least} to {most} printable characters");
            return Err(Refusal::unusable(wrong));
        }
    }
    let now = Timestamp::now();
    let at = at.unwrap_or(now);
    if at > now + HOUR {
        return Err(Refusal::unusable("the release is in the future; mark it when it happens"));
    }
    let row = ReleaseRow { site, version, environment, at, by: &person.name };
    console::release(&console.client, &row).await?;
    Ok(Release {
        site: site.to_owned(),
        version: version.to_owned(),
        environment: environment.to_owned(),
        at,
        by: person.name.to_string(),
    })
}

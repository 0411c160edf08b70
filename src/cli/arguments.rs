//! How the arguments of several commands are read and checked.

use std::time::Duration;

use super::Failure;
use crate::accept::is_tag;
use crate::base::clock::{DAY, SECOND, Timestamp};
use crate::config::{self, Config};
use crate::decisions::kept_text;

/// The begin of a range of time: a day (UTC), from its first moment, or a point in time.
pub(super) fn range_begin(text: &str) -> Result<Timestamp, String> {
    if let Some(time) = Timestamp::parse(text) {
        return Ok(time);
    }
    Timestamp::parse(&format!("{text}T00:00:00Z"))
        .ok_or_else(|| "write a day as 2027-03-31, or a time as 2027-03-31T12:00:00Z".to_owned())
}

/// The end of a range of time: a day (UTC), which is included, or a point in time.
pub(super) fn range_end(text: &str) -> Result<Timestamp, String> {
    let time = range_begin(text)?;
    Ok(if Timestamp::parse(text).is_some() { time } else { time + DAY })
}

/// A duration of at least `least`; `least_text` is how the error writes that.
pub(super) fn duration_at_least(
    least: Duration,
    least_text: &str,
    text: &str,
) -> Result<Duration, String> {
    let duration = config::duration(text)
        .map_err(|_| format!("\"{text}\" is not a duration; write for example \"{least_text}\""))?;
    if duration < least {
        return Err(format!("is less than {least_text}"));
    }
    Ok(duration)
}

/// A duration of at least a second.
pub(super) fn at_least_a_second(text: &str) -> Result<Duration, String> {
    duration_at_least(SECOND, "1s", text)
}

/// The text that a decision is kept with for years: neither empty nor endless.
pub(super) fn nonempty_text(text: &str) -> Result<String, String> {
    kept_text(text).map(str::to_owned)
}

/// A correlation tag.
pub(super) fn tag(text: &str) -> Result<String, String> {
    if is_tag(text) {
        return Ok(text.to_owned());
    }
    Err("a tag is 1 to 128 of A-Z a-z 0-9 . _ ~ -".to_owned())
}

/// Origin of the collector as browsers reach it: https, or http on this machine, and no path.
pub(super) fn origin(text: &str) -> Result<String, String> {
    const EXAMPLE: &str = "write https://reports.shop.example";
    let url = url::Url::parse(text).map_err(|error| format!("{error}; {EXAMPLE}"))?;
    if url.scheme() != "https" && !(url.scheme() == "http" && config::is_on_this_machine(&url)) {
        return Err(format!("browsers report to https only; {EXAMPLE}"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(format!("an origin has no path; {EXAMPLE}"));
    }
    Ok(url.origin().ascii_serialization())
}

/// Refuses a site that is not configured: for a misspelt name, every answer would be empty.
pub(super) fn check_site(config: &Config, site: &str) -> Result<(), Failure> {
    check_given_site(config, "--site", site)
}

/// As [`check_site`], for a command whose argument SITE it is.
pub(super) fn check_site_argument(config: &Config, site: &str) -> Result<(), Failure> {
    check_given_site(config, "SITE", site)
}

fn check_given_site(config: &Config, given: &str, site: &str) -> Result<(), Failure> {
    match config.has_site(site) {
        true => Ok(()),
        false => Err(unknown_site(&format!("{given} {site}"), config)),
    }
}

/// A site that is not configured. `said`: as it was given.
pub(super) fn unknown_site(said: &str, config: &Config) -> Failure {
    let names: Vec<&str> = config.sites.iter().map(|site| site.name.as_str()).collect();
    let names = names.join(", ");
    Failure::Usage(format!("{said}: no such site is configured; there are: {names}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_goes_from_its_first_moment_to_the_next_day() {
        let text = |time: Result<Timestamp, String>| time.map(|time| time.to_string());
        assert_eq!(text(range_begin("2027-03-31")), Ok("2027-03-31T00:00:00Z".to_owned()));
        assert_eq!(text(range_end("2027-03-31")), Ok("2027-04-01T00:00:00Z".to_owned()));
        assert_eq!(text(range_end("2027-03-31T12:00:00Z")), Ok("2027-03-31T12:00:00Z".to_owned()));
        assert!(range_end("tomorrow").is_err() && range_begin("2027-02-30").is_err());
    }
}
